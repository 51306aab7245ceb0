# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to Entra ID through MSAL, and its answers in our own words. The only file that imports msal."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .._base.errors import CredentialError, MissingLibraryError, PartnerCenterError, Trace
from .._base.identifiers import known_guid
from .._base.secret import Secret
from .._http.settings import RESOURCE, Settings
from .._http.transport import Transport, TransportFailure
from . import certificate
from . import sentences as entra_sentences
from .access_token import AccessToken, described, seconds
from .assertions import AssertionFile
from .credentials import TOKEN, Credentials
from .token_requests import MsalHttp

try:
    import msal  # type: ignore[import-untyped]

    HAS_MSAL = True
except ImportError:
    HAS_MSAL = False

SCOPES = [f"{RESOURCE}/user_impersonation"]
_WORD = re.compile(r"[a-z_]{1,40}")
#: The form of texts of Entra ID that a person is shown.
_PAGE, _USER_CODE = re.compile(r"https://[!-~]{1,200}"), re.compile(r"[!-~]{1,64}")
#: The range of AADSTS numbers.
_SMALLEST_CODE, _LARGEST_CODE = 1000, 999_999_999
#: The refresh token belongs to a public client, as after a device code flow: it must come without a proof.
_CLIENT_IS_PUBLIC = 700025

Flow = dict[str, Any]


@dataclass(frozen=True)
class Granted:
    """Tokens from Entra ID. ``refresh_token`` is None where the answer has none: then the old one stays valid."""

    access_token: AccessToken
    refresh_token: Secret | None


class Entra:
    """One application in one tenant. Every method raises :class:`CredentialError`. Used by one thread at a time."""

    def __init__(
        self,
        credentials: Credentials,
        settings: Settings,
        transport: Transport,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not HAS_MSAL:
            raise MissingLibraryError("msal", "to sign in")
        self._client_id = known_guid(credentials.client_id)
        self._authority = f"{settings.authority_url}/{(credentials.tenant_id or '').strip()}"
        self._credential = _client_credential(credentials, transport)
        self._http = MsalHttp(transport, settings.authority_url, sleep=sleep)
        self._clock = clock
        self._made: dict[bool, Any] = {}
        self._proves_itself = self._credential is not None

    def redeem(self, refresh_token: Secret) -> Granted:
        """Exchange a refresh token for an access token."""
        try:
            return self._redeem(refresh_token)
        except CredentialError as refusal:
            if not self._proves_itself or _CLIENT_IS_PUBLIC not in refusal.codes:
                raise
            self._proves_itself = False
        return self._redeem(refresh_token)

    def start_device_code(self) -> Flow:
        """Begin a sign-in: ``verification_uri``, ``user_code``, and seconds in ``expires_in`` and ``interval``."""
        flow = self._ask(lambda: self._application(proof=False).initiate_device_flow(SCOPES))
        uri, code = flow.get("verification_uri"), flow.get("user_code")
        if not (isinstance(uri, str) and _PAGE.fullmatch(uri) and isinstance(code, str) and _USER_CODE.fullmatch(code)):
            raise _refusal(flow)
        lifetime, interval = seconds(flow.get("expires_in")), seconds(flow.get("interval"))
        # A value that is no number is replaced by Entra ID's usual one; the wait is always bounded.
        return {
            **flow,
            "expires_in": min(max(int(lifetime or 900), 1), 86_400),
            "interval": 5 if interval is None else min(max(int(interval), 0), 60),
        }

    def poll_device_code(self, flow: Flow) -> Granted | None:
        """Return the tokens, or None as long as nobody has signed in."""
        application = self._application(proof=False)
        answer = self._ask(lambda: application.acquire_token_by_device_flow(flow, exit_condition=lambda _flow: True))
        if answer.get("error") in ("authorization_pending", "slow_down"):
            return None
        return self._granted(answer)

    def start_authorization_code(self, redirect_uri: str) -> Flow:
        """Begin a sign-in. The flow has ``auth_uri`` and ``state``, and secrets that prove its end (PKCE)."""
        flow = dict(
            self._ask(
                lambda: self._application(self._proves_itself).initiate_auth_code_flow(
                    SCOPES, redirect_uri=redirect_uri, prompt="select_account", response_mode="form_post"
                )
            )
        )
        self._http.check_place(str(flow.get("auth_uri")))
        return flow

    def finish_authorization_code(self, flow: Flow, answer: Mapping[str, str]) -> Granted:
        """Return the tokens for the ``answer`` that the browser brought back."""
        if "error" in answer:
            raise _refusal({**answer, "error_codes": entra_sentences.codes_in(answer.get("error_description", ""))})
        application = self._application(self._proves_itself)
        return self._granted(self._ask(lambda: application.acquire_token_by_auth_code_flow(flow, dict(answer))))

    def _redeem(self, refresh_token: Secret) -> Granted:
        application = self._application(self._proves_itself)
        return self._granted(
            self._ask(lambda: application.acquire_token_by_refresh_token(refresh_token.reveal(), scopes=SCOPES))
        )

    def _application(self, proof: bool) -> Any:
        """Return MSAL's application, which reads the authority's discovery document when it is made."""
        if proof not in self._made:
            kind = msal.ConfidentialClientApplication if proof else msal.PublicClientApplication
            self._made[proof] = self._ask(
                lambda: kind(
                    self._client_id,
                    authority=self._authority,
                    client_credential=self._credential if proof else None,
                    instance_discovery=False,
                    http_client=self._http,
                )
            )
        return self._made[proof]

    def _ask(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except TransportFailure as failure:
            raise CredentialError(failure.sentence("Entra ID", "authority_url")) from None
        except PartnerCenterError:
            raise
        except Exception:
            # MSAL raises many kinds for a tenant without discovery document, an answer that it cannot read, and the
            # like; their texts quote what they got.
            raise CredentialError(
                "Entra ID gave no usable answer for this tenant, or the certificate cannot be used: "
                "look at authority_url, tenant_id and the certificate"
            ) from None

    def _granted(self, answer: Mapping[str, Any]) -> Granted:
        value, refresh_token = answer.get("access_token"), answer.get("refresh_token")
        if not isinstance(value, str) or not TOKEN.fullmatch(value):
            raise _refusal(answer)
        return Granted(
            described(Secret(value), lifetime=seconds(answer.get("expires_in")), now=self._clock()),
            Secret(refresh_token) if isinstance(refresh_token, str) and refresh_token else None,
        )


def _client_credential(credentials: Credentials, transport: Transport) -> Any:
    """Return MSAL's client credential; None for an application without a proof. Offline."""
    if credentials.client_secret:
        return credentials.client_secret.reveal()
    if credentials.certificate_path:
        return certificate.load(credentials.certificate_path, credentials.certificate_passphrase)
    source = credentials.client_assertion
    if credentials.client_assertion_file:
        source = AssertionFile(credentials.client_assertion_file)
    if source is None:
        return None
    return {"client_assertion": lambda: source.assertion(transport)}


def _refusal(answer: Mapping[str, Any]) -> CredentialError:
    """Return an error with numbers, fixed words and id of Entra's (contract section 6, shape 4), never its texts."""
    listed, correlation_id = answer.get("error_codes"), answer.get("correlation_id")
    codes = tuple(code for code in listed if _is_code(code)) if isinstance(listed, list) else ()
    sentence = entra_sentences.of_refusal(codes, _word(answer.get("error")), _word(answer.get("suberror")))
    trace = Trace(correlation_id=known_guid(correlation_id) if isinstance(correlation_id, str) else None)
    return CredentialError(sentence, codes=codes, trace=trace)


def _is_code(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and _SMALLEST_CODE <= value <= _LARGEST_CODE


def _word(value: object) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens redeemed from a refresh token. The only file that imports msal.

One token serves a whole task: it is renewed shortly before it expires, and once when the service answers 401, by
whichever worker notices first while the others wait.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from .. import sentences
from ..credentials import TOKEN, Credentials, read_text
from ..errors import CredentialError, MissingLibraryError, PartnerCenterError, Trace
from ..identifiers import known_guid
from ..secret import Secret
from ..settings import RESOURCE, Settings
from ..transport import Transport, TransportFailure
from .access_token import AccessToken, described, seconds
from .application import client_credential
from .msal_http import MsalHttp

try:
    import msal  # type: ignore[import-untyped]

    HAS_MSAL = True
except ImportError:
    HAS_MSAL = False

SCOPE = f"{RESOURCE}/user_impersonation"
_WORD = re.compile(r"[a-z_]{1,40}")


class RefreshedToken:
    """Redeems a refresh token through MSAL (contract section 4: the secure application model).

    ``save`` gets a refresh token that the answer replaced, before its access token is used.
    """

    renewable = True

    def __init__(
        self,
        credentials: Credentials,
        settings: Settings,
        transport: Transport,
        *,
        save: Callable[[Secret], None] | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not HAS_MSAL:
            raise MissingLibraryError("msal", "to redeem a refresh token")
        self._credentials = credentials
        self._settings = settings
        self._application_credential = client_credential(credentials)
        self._http = MsalHttp(transport, settings.authority_url, sleep=sleep)
        self._save = save
        self._clock = clock
        self._lock = threading.Lock()
        self._refresh_token = credentials.refresh_token or Secret(
            read_text(credentials.refresh_token_file or "", "refresh_token_file")
        )
        self._application: Any = None
        self._current: AccessToken | None = None
        self._redemptions = 0
        self._refusal: CredentialError | None = None

    def token(self) -> AccessToken:
        current = self._current
        if current is not None and not current.is_due(self._clock()):
            return current
        return self.renew(current)

    def renew(self, stale: AccessToken | None) -> AccessToken:
        seen = self._redemptions
        with self._lock:
            if self._current is not None and self._current is not stale:
                return self._current
            if self._refusal is not None and self._redemptions != seen:
                raise self._refusal  # what another worker was told while this one waited
            self._refusal = None
            try:
                self._current = self._redeem()
            except CredentialError as refusal:
                self._refusal = refusal
                raise
            finally:
                self._redemptions += 1
            return self._current

    def _redeem(self) -> AccessToken:
        try:
            if self._application is None:
                self._application = self._make_application()
            answer = self._application.acquire_token_by_refresh_token(self._refresh_token.reveal(), scopes=[SCOPE])
        except TransportFailure as failure:
            raise CredentialError(
                f"Entra ID cannot be reached: {failure.failure.value}; look at authority_url"
            ) from None
        except PartnerCenterError:
            raise
        except Exception:
            # MSAL raises many kinds for a tenant without discovery document, a certificate that it cannot read, and
            # the like; their texts quote what they got.
            raise CredentialError(
                "Entra ID gave no usable answer for this tenant, or the certificate cannot be used: "
                "look at authority_url, tenant_id and the certificate"
            ) from None
        return self._accept(answer)

    def _accept(self, answer: Mapping[str, Any]) -> AccessToken:
        value = answer.get("access_token")
        if not isinstance(value, str) or not TOKEN.fullmatch(value):
            raise _refusal(answer)
        rotated = answer.get("refresh_token")
        if isinstance(rotated, str) and rotated and rotated != self._refresh_token.reveal():
            self._keep(Secret(rotated))
        return described(Secret(value), lifetime=seconds(answer.get("expires_in")), now=self._clock())

    def _keep(self, rotated: Secret) -> None:
        try:
            if self._save is not None:
                self._save(rotated)
        except PartnerCenterError:
            raise
        except Exception:
            raise CredentialError("Entra ID replaced the refresh token, and the new one could not be saved") from None
        self._refresh_token = rotated

    def _make_application(self) -> Any:
        return msal.ConfidentialClientApplication(
            known_guid(self._credentials.client_id),
            authority=f"{self._settings.authority_url}/{(self._credentials.tenant_id or '').strip()}",
            client_credential=self._application_credential,
            instance_discovery=False,
            http_client=self._http,
        )


def _refusal(answer: Mapping[str, Any]) -> CredentialError:
    """Numbers, a fixed word and an id are taken over from Entra's error (contract section 6, shape 4), never texts."""
    listed, error, correlation_id = (answer.get(name) for name in ("error_codes", "error", "correlation_id"))
    codes = tuple(code for code in listed if isinstance(code, int)) if isinstance(listed, list) else ()
    word = error if isinstance(error, str) and _WORD.fullmatch(error) else "without a reason"
    trace = Trace(correlation_id=known_guid(correlation_id) if isinstance(correlation_id, str) else None)
    return CredentialError(sentences.of_sign_in(codes, word), codes=codes, trace=trace)

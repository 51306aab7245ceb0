# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of Azure Key Vault over azure-keyvault-secrets, and what its refusals mean."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from ..._password.moments import lies_ahead
from ..._service.entra_sentences import of_refusal
from ..._service.secret import Secret
from .sdk import sdk, session_without_netrc, unanswered

_PURPOSE = "for the store type azure_keyvault"
_CONNECTIONS = 64
_TOKEN_SECONDS = 3600
_MOST_PAGES = 10_000

_REFUSES = "Key Vault refuses access: give the identity"
_RECOVERABLE = "the secret is deleted but can be recovered: recover it, or purge it to begin anew"

#: Key Vault's own words for a refusal, the inner one before the outer one.
_BY_CODE = {
    "AccessDenied": f"{_REFUSES} the role 'Key Vault Secrets Officer', or an access policy with get, list and set",
    "ForbiddenByRbac": f"{_REFUSES} the role 'Key Vault Secrets Officer' for this vault",
    "ForbiddenByPolicy": f"{_REFUSES} an access policy with get, list and set for secrets",
    "ForbiddenByFirewall": "the firewall of the Key Vault does not let this machine in: add its address to the rules",
    "ForbiddenByConnection": "the Key Vault takes connections through its private endpoint only",
    "SecretDisabled": "the secret is disabled at the Key Vault: enable it",
    "ObjectIsDeletedButRecoverable": _RECOVERABLE,
    "ObjectIsBeingDeleted": "the secret is being deleted just now: try again later",
    "VaultAlreadySoftDeleted": "the Key Vault is deleted: recover it",
    "AKV10032": "Key Vault does not accept the credentials: they are of another tenant than the vault's, or of another "
    "service. Check tenant_id",
}
_BY_STATUS = {
    401: "Key Vault does not accept the credentials",
    403: "Key Vault refuses access: check the roles of the identity, the firewall, and that the secret is enabled",
    404: "the secret, or a version of it, is gone",
    409: _RECOVERABLE,
    429: "Key Vault has throttled the request for too long",
}
_CODE = re.compile(r"[A-Za-z0-9]{1,60}")
_NUMBER = re.compile(r"\bAADSTS(\d{4,9})\b", re.ASCII)
_WRONG_TENANT = re.compile(r"\bAKV10032\b")

T = TypeVar("T")


class Refused(Exception):
    """``status`` is that of the answer, 0 where there was none, ``code`` Key Vault's word. ``sentence`` is ours."""

    def __init__(self, status: int, sentence: str | None = None, codes: tuple[str, ...] = ()) -> None:
        super().__init__(status)
        self.status = status
        self.codes = codes
        found = next((_BY_CODE[code] for code in codes if code in _BY_CODE), None)
        unusual = f"Key Vault gave no usable answer (status {status})" if status else "Key Vault gave no usable answer"
        # A page of a gateway has no code, and says nothing of a secret.
        known = _BY_STATUS.get(status) if codes or status == 429 else None
        self.sentence = sentence or found or known or unusual

    @property
    def is_missing(self) -> bool:
        return self.status == 404 and "SecretNotFound" in self.codes

    @property
    def is_disabled(self) -> bool:
        return self.status == 403 and "SecretDisabled" in self.codes


@dataclass(frozen=True)
class Identity:
    """Who signs in: a token, an application with its secret, or what azure-identity finds, with ids to choose by."""

    access_token: Secret | None = None
    tenant_id: str | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    authority_url: str | None = None


@dataclass(frozen=True)
class Version:
    """One version of a secret, without its value. ``valid``: within the dates that somebody may have given it."""

    id: str
    enabled: bool
    tags: dict[str, str] = field(repr=False)
    created: datetime | None = None
    valid: bool = True


class KeyVaultApi:
    """One client, made at the first call. Safe under threads. Every method raises :class:`Refused`."""

    def __init__(self, vault_url: str, identity: Identity, ca_path: str | None) -> None:
        self.vault_url = vault_url
        self._identity, self._ca_path = identity, ca_path
        self._errors = sdk("azure.core.exceptions", "azure-keyvault-secrets", _PURPOSE)
        self._secrets = sdk("azure.keyvault.secrets", "azure-keyvault-secrets", _PURPOSE)
        if identity.access_token is None:
            self._identities = sdk("azure.identity", "azure-identity", f"{_PURPOSE} without an access_token")
        self._lock = threading.Lock()
        self._client: Any = None
        self._credential: Any = None

    def versions(self, name: str) -> list[Version]:
        """All versions of a secret, in no order; none where there is no such secret."""
        try:
            return self._ask(
                lambda client: [_version(found) for found in _all(client.list_properties_of_secret_versions(name))]
            )
        except Refused as problem:
            if problem.is_missing:
                return []
            raise

    def latest(self, name: str) -> Version | None:
        """The version that consumers get; None where there is none. Refused where it is disabled."""
        try:
            return self._ask(lambda client: _version(client.get_secret(name).properties))
        except Refused as problem:
            if problem.is_missing:
                return None
            raise

    def is_deleted(self, name: str) -> bool:
        """Whether the secret can be recovered; false where the identity may not know."""
        try:
            return self._ask(lambda client: bool(client.get_deleted_secret(name).properties))
        except Refused as problem:
            if problem.status in (403, 404):
                return False
            raise

    def value(self, name: str, version: str) -> str:
        return self._ask(lambda client: _text(client.get_secret(name, version).value))

    def put(self, name: str, value: str, tags: dict[str, str]) -> str:
        """Makes a version and gives its id."""
        return self._ask(
            lambda client: _text(client.set_secret(name, value, tags=tags, content_type="password").properties.version)
        )

    def retag(self, name: str, version: str, tags: dict[str, str], *, enabled: bool = True) -> None:
        self._ask(lambda client: client.update_secret_properties(name, version, tags=tags, enabled=enabled))

    def secrets(self) -> list[tuple[str, dict[str, str]]]:
        """Name and tags of every secret of the vault."""
        return self._ask(
            lambda client: [(str(item.name), _tags(item)) for item in _all(client.list_properties_of_secrets())]
        )

    def _ask(self, call: Callable[[Any], T]) -> T:
        """The SDK and ``call`` raise many kinds for an answer that is not Key Vault's."""
        errors = self._errors
        try:
            return call(self._connected())
        except errors.DecodeError:
            raise Refused(0) from None
        except errors.ClientAuthenticationError as error:
            raise Refused(getattr(error, "status_code", None) or 401, self._not_signed_in(error)) from None
        except errors.HttpResponseError as error:
            raise Refused(error.status_code or 0, codes=_codes(error)) from None
        except Exception as error:
            raise Refused(0, unanswered("Key Vault", error)) from None

    def _not_signed_in(self, error: Any) -> str:
        """By numbers, never by the text, which may hold anything."""
        text = str(error)
        if _WRONG_TENANT.search(text):
            return _BY_CODE["AKV10032"]
        if number := _NUMBER.search(text):
            return f"Key Vault does not accept the credentials: {of_refusal((int(number[1]),), '', '')}"
        tried = [_name_of(one) for one in getattr(self._credential, "credentials", ())]
        if not tried or error.response is not None:
            return _BY_STATUS[401]
        return (
            f"Key Vault does not accept the credentials: no identity was found; tried were {', '.join(tried)}. Give "
            "access_token, or tenant_id, client_id and client_secret (or AZURE_TENANT_ID, AZURE_CLIENT_ID and "
            "AZURE_CLIENT_SECRET), give the machine or job a managed or workload identity, or sign in with 'az login'"
        )

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._credential = self._signing_in()
                self._client = self._secrets.SecretClient(
                    self.vault_url,
                    self._credential,
                    transport=self._transport(verify=self._ca_path or True),
                    connection_timeout=10,
                    read_timeout=30,
                    retry_total=4,
                    logging_enable=False,
                    permit_redirects=False,
                )
            return self._client

    def _signing_in(self) -> Any:
        who = self._identity
        if who.access_token is not None:
            return _GivenToken(who.access_token)
        identity = self._identities
        if who.client_secret is None:
            chosen = {
                "managed_identity_client_id": who.client_id,  # and that of a workload
                "workload_identity_tenant_id": who.tenant_id,
                "authority": who.authority_url,
            }
            given = {name: text for name, text in chosen.items() if text}
            return identity.DefaultAzureCredential(
                transport=self._transport(verify=True), permit_redirects=False, **given
            )
        elsewhere: dict[str, Any] = {}
        if who.authority_url:
            elsewhere = {"authority": who.authority_url, "disable_instance_discovery": True}
        return identity.ClientSecretCredential(
            who.tenant_id,
            who.client_id,
            who.client_secret.reveal(),
            transport=self._transport(verify=self._ca_path or True),
            permit_redirects=False,
            **elsewhere,
        )

    @staticmethod
    def _transport(*, verify: str | bool) -> Any:
        transports = sdk("azure.core.pipeline.transport", "azure-keyvault-secrets", _PURPOSE)
        session = session_without_netrc(sdk("requests", "requests", _PURPOSE), _CONNECTIONS)
        return transports.RequestsTransport(session=session, session_owner=False, connection_verify=verify)


class _GivenToken:
    """A credential of azure-core around a token that the user brought."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        credentials = sdk("azure.core.credentials", "azure-keyvault-secrets", _PURPOSE)
        return credentials.AccessToken(self._token.reveal(), int(time.time()) + _TOKEN_SECONDS)


def _version(found: Any) -> Version:
    created, begins, ends = (
        moment if isinstance(moment, datetime) else None
        for moment in (found.created_on, found.not_before, found.expires_on)
    )
    enabled, now = found.enabled is not False, datetime.now(UTC)
    valid = (begins is None or not lies_ahead(begins, now)) and (ends is None or ends > now)
    return Version(_text(found.version), enabled, _tags(found), created, valid)


def _name_of(identity: Any) -> str:
    """One that cannot be tried is a stand-in that knows its name."""
    return str(getattr(identity, "_credential_name", type(identity).__name__)).removesuffix("Credential")


def _codes(error: Any) -> tuple[str, ...]:
    """Key Vault's words for what it refuses, the innermost first; nothing but words."""
    found: list[str] = []
    shown = getattr(error, "error", None)
    inner = getattr(shown, "innererror", None)
    for code in (inner.get("code") if isinstance(inner, Mapping) else None, getattr(shown, "code", None)):
        if isinstance(code, str) and _CODE.fullmatch(code):
            found.append(code)
    return tuple(found)


def _all(items: Any) -> list[Any]:
    """Of all pages; an error where they lead round in a circle, or have no end."""
    found: list[Any] = []
    pages = items.by_page()
    seen: set[str] = set()
    for page in pages:
        found += page
        if pages.continuation_token in seen or len(seen) >= _MOST_PAGES:
            raise ValueError
        seen.add(pages.continuation_token)
    return found


def _tags(properties: Any) -> dict[str, str]:
    return {name: value for name, value in dict(properties.tags or {}).items() if isinstance(value, str)}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value

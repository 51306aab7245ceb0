# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of Azure Key Vault over azure-keyvault-secrets, and what its refusals mean."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from ..._service import hosts
from ..._service.secret import Secret
from .sdk import sdk

_PURPOSE = "for the store type azure_keyvault"
_CONNECTIONS = 64
_TOKEN_SECONDS = 3600
_MOST_PAGES = 10_000

_SENTENCES = {
    401: "Key Vault does not accept the credentials",
    403: "Key Vault refuses access: check the roles of the identity, the firewall, and that the secret is enabled",
    404: "the secret, or a version of it, is gone",
    409: "the secret is deleted but can be recovered: recover it, or purge it to begin anew",
    429: "Key Vault has throttled the request for too long",
}

T = TypeVar("T")


class Refused(Exception):
    """``status`` is that of the answer, 0 where there was none. ``sentence`` is ours."""

    def __init__(self, status: int, sentence: str | None = None) -> None:
        super().__init__(status)
        self.status = status
        unusual = f"Key Vault gave no usable answer (status {status})" if status else "Key Vault cannot be reached"
        self.sentence = sentence or _SENTENCES.get(status, unusual)


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
    """One version of a secret, without its value."""

    id: str
    enabled: bool
    tags: dict[str, str] = field(repr=False)
    created: datetime | None = None


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

    def versions(self, name: str) -> list[Version]:
        """All versions of a secret, in no order; none where there is no such secret."""
        try:
            return self._ask(
                lambda client: [_version(found) for found in self._all(client.list_properties_of_secret_versions(name))]
            )
        except Refused as problem:
            if problem.status == 404:
                return []
            raise

    def latest_tags(self, name: str) -> dict[str, str]:
        """The tags of the version that consumers get."""
        try:
            return self._ask(lambda client: _tags(client.get_secret(name).properties))
        except Refused as problem:
            if problem.status in (403, 404):
                return {}
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
            lambda client: [(str(item.name), _tags(item)) for item in self._all(client.list_properties_of_secrets())]
        )

    def _all(self, items: Any) -> list[Any]:
        """Of all pages; an error where they lead to another host, round in a circle, or have no end.

        The SDK would send the token wherever the next page is said to be.
        """
        found: list[Any] = []
        pages = items.by_page()
        here, seen = hosts.origin_of(self.vault_url), set[str]()
        for page in pages:
            found += page
            link = pages.continuation_token
            if link in seen or len(seen) >= _MOST_PAGES or (link and hosts.origin_of(link) != here):
                raise ValueError
            seen.add(link)
        return found

    def _ask(self, call: Callable[[Any], T]) -> T:
        """The SDK and ``call`` raise many kinds for an answer that is not Key Vault's."""
        errors = self._errors
        try:
            return call(self._connected())
        except errors.ClientAuthenticationError as error:
            raise Refused(getattr(error, "status_code", None) or 401, _SENTENCES[401]) from None
        except errors.HttpResponseError as error:
            raise Refused(error.status_code or 0) from None
        except Exception:
            raise Refused(0) from None

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = self._secrets.SecretClient(
                    self.vault_url,
                    self._credential(),
                    transport=self._transport(),
                    connection_timeout=10,
                    read_timeout=30,
                    retry_total=4,
                    logging_enable=False,
                    permit_redirects=False,
                )
            return self._client

    def _credential(self) -> Any:
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
            return identity.DefaultAzureCredential(**{name: text for name, text in chosen.items() if text})
        elsewhere: dict[str, Any] = {}
        if who.authority_url:
            elsewhere = {"authority": who.authority_url, "disable_instance_discovery": True}
        return identity.ClientSecretCredential(
            who.tenant_id,
            who.client_id,
            who.client_secret.reveal(),
            transport=self._transport(),
            permit_redirects=False,
            **elsewhere,
        )

    def _transport(self) -> Any:
        requests = sdk("requests", "requests", _PURPOSE)
        transports = sdk("azure.core.pipeline.transport", "azure-keyvault-secrets", _PURPOSE)
        session = requests.Session()
        session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=_CONNECTIONS))
        return transports.RequestsTransport(
            session=session, session_owner=False, connection_verify=self._ca_path or True
        )


class _GivenToken:
    """A credential of azure-core around a token that the user brought."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        credentials = sdk("azure.core.credentials", "azure-keyvault-secrets", _PURPOSE)
        return credentials.AccessToken(self._token.reveal(), int(time.time()) + _TOKEN_SECONDS)


def _version(found: Any) -> Version:
    created = found.created_on if isinstance(found.created_on, datetime) else None
    return Version(_text(found.version), found.enabled is not False, _tags(found), created)


def _tags(properties: Any) -> dict[str, str]:
    return {name: value for name, value in dict(properties.tags or {}).items() if isinstance(value, str)}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value

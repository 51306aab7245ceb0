# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of Azure Key Vault with azure-keyvault-secrets, and the meaning of the versions of its secrets."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from .._base import hosts
from .._base.moments import lies_ahead
from .._base.secret import Secret
from .key_vault_refusals import KeyVaultRefused, codes_of, why_not_signed_in
from .remote import sdk, session_without_netrc, unanswered

_PURPOSE = "for the store type azure_keyvault"
_CONNECTIONS = 64
_TOKEN_SECONDS = 3600
_MOST_PAGES = 10_000
_ID = re.compile(r"[0-9A-Za-z]{1,64}")

PENDING = "--pending"
REVISION, WITHDRAWN = "partnercenter-revision", "partnercenter-withdrawn"
PIECE = "partnercenter-document-{:02d}"
#: The tag of a version of ``<name>`` that holds the version of its password in the document.
PASSWORD_VERSION = "partnercenter-version"

#: Limits of Key Vault: 15 tags of 256 characters. Two tags have other uses.
LONGEST_TAG, MOST_PIECES = 256, 13
_REVISION_TEXT = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9a-f]{16}")

T = TypeVar("T")


@dataclass(frozen=True)
class Identity:
    """The identity that signs in: a token, an application with its secret, or else what azure-identity finds.

    ``tenant_id`` and ``client_id`` choose among the identities that azure-identity finds.
    """

    access_token: Secret | None = None
    tenant_id: str | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    authority_url: str | None = None


@dataclass(frozen=True)
class Version:
    """One version of a secret, without its value. ``valid``: now is within the dates that somebody may have set."""

    id: str
    enabled: bool
    tags: dict[str, str] = field(repr=False)
    created: datetime | None = None
    valid: bool = True

    @property
    def is_marked(self) -> bool:
        """Return whether this version is a document of this collection."""
        return bool(_REVISION_TEXT.fullmatch(self.tags.get(REVISION, "")))

    @property
    def age(self) -> float:
        return self.created.timestamp() if self.created else 0.0

    @property
    def order(self) -> tuple[int, int, float, str]:
        """Return the key for ``max``: the newest generation, in it the most changed version, else the oldest one.

        Every run picks the same version in this way.
        """
        generation, writes, _random = self.tags[REVISION].split(".")
        return int(generation), int(writes), -self.age, self.id

    def unusable(self, name: str) -> str | None:
        """Return why our newest version of a secret cannot be used, or None."""
        what = f"version {self.id} of the secret {name}, the newest one,"
        if not self.enabled:
            return f"{what} was disabled by hand: enable it"
        if not self.valid:
            return f"{what} was given dates by hand, and has expired or is not valid yet: take its dates away"
        return None

    def is_rival(self, generation: int, revision: str) -> bool:
        """Return whether this is another run's claim for the generation.

        A version of the same revision is our own, made twice because an answer was lost.
        """
        if not self.is_marked or WITHDRAWN in self.tags or self.tags[REVISION] == revision:
            return False
        return generation_of(self.tags[REVISION]) >= generation


class KeyVaultApi:
    """One client, made at the first call. Safe under threads. Every method raises :class:`KeyVaultRefused`."""

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
        """Return all versions of a secret, in no order; none where there is no such secret."""
        try:
            return self._ask(
                lambda client: [_version(found) for found in self._all(client.list_properties_of_secret_versions(name))]
            )
        except KeyVaultRefused as problem:
            if problem.is_missing:
                return []
            raise

    def latest(self, name: str) -> Version | None:
        """Return the version that consumers get, or None. Raises :class:`KeyVaultRefused` where it is disabled."""
        try:
            return self._ask(lambda client: _version(client.get_secret(name).properties))
        except KeyVaultRefused as problem:
            if problem.is_missing:
                return None
            raise

    def is_deleted(self, name: str) -> bool:
        """Return whether the secret can be recovered; false where the identity may not know."""
        try:
            return self._ask(lambda client: bool(client.get_deleted_secret(name).properties))
        except KeyVaultRefused as problem:
            if problem.status in (403, 404):
                return False
            raise

    def value(self, name: str, version: str) -> str:
        return self._ask(lambda client: _text(client.get_secret(name, version).value))

    def put(self, name: str, value: str, tags: dict[str, str]) -> str:
        """Make a version and return its id."""
        return self._ask(
            lambda client: _id(client.set_secret(name, value, tags=tags, content_type="password").properties)
        )

    def retag(self, name: str, version: str, tags: dict[str, str], *, enabled: bool = True) -> None:
        self._ask(lambda client: client.update_secret_properties(name, version, tags=tags, enabled=enabled))

    def secrets(self) -> list[tuple[str, dict[str, str]]]:
        """Return name and tags of every secret of the vault."""
        return self._ask(
            lambda client: [(str(item.name), _tags(item)) for item in self._all(client.list_properties_of_secrets())]
        )

    def _all(self, items: Any) -> list[Any]:
        """Return the items of all pages; raises where pages lead to another host or in a circle, or do not end.

        The SDK would send the token to any place that the answer names as the next page.
        """
        records: list[Any] = []
        pages = items.by_page()
        here, seen = hosts.origin_of(self.vault_url), set[str]()
        for page in pages:
            records += page
            link = pages.continuation_token
            if link in seen or len(seen) >= _MOST_PAGES or (link and hosts.origin_of(link) != here):
                raise ValueError
            seen.add(link)
        return records

    def _ask(self, call: Callable[[Any], T]) -> T:
        """Return the result of ``call``. Many kinds of errors become :class:`KeyVaultRefused`."""
        errors = self._errors
        try:
            return call(self._connected())
        except errors.DecodeError:
            raise KeyVaultRefused(0) from None
        except errors.ClientAuthenticationError as error:
            raise KeyVaultRefused(
                getattr(error, "status_code", None) or 401, why_not_signed_in(error, self._credential)
            ) from None
        except errors.HttpResponseError as error:
            raise KeyVaultRefused(error.status_code or 0, codes=codes_of(error)) from None
        except Exception as error:
            raise KeyVaultRefused(0, unanswered("Key Vault", error)) from None

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
        identity = self._identity
        if identity.access_token is not None:
            return _GivenToken(identity.access_token)
        if identity.client_secret is None:
            chosen = {
                "managed_identity_client_id": identity.client_id,  # and that of a workload
                "workload_identity_tenant_id": identity.tenant_id,
                "authority": identity.authority_url,
            }
            given = {name: text for name, text in chosen.items() if text}
            return self._identities.DefaultAzureCredential(
                transport=self._transport(verify=True), permit_redirects=False, **given
            )
        elsewhere: dict[str, Any] = {}
        if identity.authority_url:
            elsewhere = {"authority": identity.authority_url, "disable_instance_discovery": True}
        return self._identities.ClientSecretCredential(
            identity.tenant_id,
            identity.client_id,
            identity.client_secret.reveal(),
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
    """A credential of azure-core for a token that the user gave."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        credentials = sdk("azure.core.credentials", "azure-keyvault-secrets", _PURPOSE)
        return credentials.AccessToken(self._token.reveal(), int(time.time()) + _TOKEN_SECONDS)


def generation_of(revision: str) -> int:
    return int(revision.split(".")[0])


def document_text(tags: Mapping[str, str]) -> str:
    """Return the text of the document from the tags that hold its pieces."""
    return "".join(tags.get(PIECE.format(number), "") for number in range(MOST_PIECES))


def deleted(name: str) -> str:
    """Return the sentence for a secret that was deleted."""
    both = f"{name.removesuffix(PENDING)} and {name.removesuffix(PENDING)}{PENDING}"
    recover = f"'az keyvault secret recover --name {name}'"
    return f"the secret {name} was deleted: recover it ({recover}), or begin anew: delete and purge {both}"


def _id(properties: Any) -> str:
    """Return the id of a version; raises for any other text, because it becomes part of URLs and messages."""
    if not _ID.fullmatch(_text(properties.version)):
        raise ValueError
    return str(properties.version)


def _version(found: Any) -> Version:
    created, begins, ends = (
        moment if isinstance(moment, datetime) else None
        for moment in (found.created_on, found.not_before, found.expires_on)
    )
    enabled, now = found.enabled is not False, datetime.now(UTC)
    valid = (begins is None or not lies_ahead(begins, now)) and (ends is None or ends > now)
    return Version(_id(found), enabled, _tags(found), created, valid)


def _tags(properties: Any) -> dict[str, str]:
    return {name: value for name, value in dict(properties.tags or {}).items() if isinstance(value, str)}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value

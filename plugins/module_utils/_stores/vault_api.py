# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of the KV engine, version 2, of HashiCorp Vault over hvac, and what its refusals mean."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .._base.secret import Secret
from .remote import sdk, session_without_netrc, unanswered

_CONNECTIONS = 64
_SECONDS = 30.0
_SHARE_OF_LEASE = 0.8
_PURPOSE = "for the store type hashi_vault"

_SENTENCES = {
    "InvalidRequest": "Vault does not accept the request: is it a KV engine of version 2?",
    "InvalidPath": "nothing is stored there",
    "Mount": "Vault has no such engine: check mount_point and namespace",
    "Engine": "this is no KV engine of version 2: name another mount_point, or run 'vault kv enable-versioning'",
    "Unauthorized": "Vault refuses access: check the token and its policies",
    "Forbidden": "Vault refuses access: the policies of the token must allow read, create and update below data/, and "
    "list below metadata/, of mount_point and prefix",
    "Token": "Vault refuses access: it does not know the token, which has expired, was revoked, or is of another "
    "Vault or namespace",
    "NoToken": "Vault refuses access: no token was given, and no Vault Agent adds one. Give token, VAULT_TOKEN, or "
    "role_id and secret_id, or sign in with 'vault login'",
    "RateLimitExceeded": "Vault has throttled the request",
    "SignIn": "Vault does not accept role_id and secret_id, or AppRole is not enabled",
    "VaultDown": "Vault is sealed, on standby, or in maintenance: unseal it, or give the url of the active node",
    "VaultNotInitialized": "Vault is not initialized",
    "BadGateway": "Vault gave no usable answer: what is in front of it does not reach it",
    "InternalServerError": "Vault has failed: look into its log",
    "Redirect": "Vault names another address, and the token is not sent there: give the url of the active node",
}

T = TypeVar("T")


class VaultRefused(Exception):
    """``kind`` is hvac's name for it, or one of ours; empty without a usable answer. ``sentence`` is ours."""

    def __init__(self, kind: str, sentence: str | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.sentence = sentence or _SENTENCES.get(kind, "Vault gave no usable answer")


@dataclass(frozen=True)
class SignIn:
    """A token, or a role for AppRole; neither where a Vault Agent adds its own token."""

    token: Secret | None = None
    role_id: str | None = None
    secret_id: Secret | None = None


@dataclass(frozen=True)
class Newest:
    """The newest version of a secret; without fields where it was deleted or ``destroyed``."""

    version: int
    fields: Mapping[str, Any] | None = field(repr=False)
    destroyed: bool = False


class VaultApi:
    """One client for one KV engine. Safe under threads. Every method raises :class:`VaultRefused`."""

    def __init__(self, url: str, namespace: str | None, mount: str, ca_path: str | None, sign_in: SignIn) -> None:
        self._hvac = sdk("hvac", "hvac", _PURPOSE)
        session = session_without_netrc(sdk("requests", "requests", _PURPOSE), _CONNECTIONS)
        session.verify = ca_path or True
        self.url, self.namespace, self.mount = url, namespace, mount
        self._sign_in, self._signing_in = sign_in, threading.Lock()
        self._renew_at = self._ends_at = -math.inf
        self._client: Any = self._hvac.Client(
            url=url,
            token=sign_in.token.reveal() if sign_in.token else "",
            namespace=namespace,
            verify=ca_path or True,
            session=session,
            timeout=_SECONDS,
            allow_redirects=False,
        )

    def read(self, path: str, version: int | None = None) -> Newest | None:
        """The newest version, or that one; None where there is none."""
        try:
            return self._ask(lambda kv: self._version(kv, path, version), _newest)
        except VaultRefused as problem:
            if problem.kind == "InvalidPath":
                return None
            raise

    def write(self, path: str, fields: Mapping[str, str], version: int) -> int:
        """Writes all fields if the newest version is ``version`` (0: there is none), and gives the new one."""
        return self._ask(
            lambda kv: kv.create_or_update_secret(path, secret=fields, cas=version, mount_point=self.mount),
            lambda answer: int(answer["data"]["version"]),
        )

    def names(self, path: str) -> list[str]:
        """What lies in a folder."""
        try:
            return self._ask(
                lambda kv: kv.list_secrets(path=path, mount_point=self.mount),
                lambda answer: [str(name).rstrip("/") for name in answer["data"]["keys"]],
            )
        except VaultRefused as problem:
            if problem.kind == "InvalidPath":
                return []
            raise

    def may_write(self, path: str) -> bool:
        """Whether the token may; true where it may not ask."""
        place = f"{self.mount}/data/{path}"
        try:
            return self._ask(
                lambda kv: self._client.sys.get_capabilities(paths=[place]),
                lambda answer: bool({"root", "create", "update"} & set(answer.get("capabilities") or ())),
            )
        except VaultRefused as problem:
            if problem.kind in ("Forbidden", "InvalidPath"):
                return True
            raise

    def check_engine(self) -> None:
        """Check that the engine is KV of version 2. A version 1 would take a write as that of another secret."""
        try:
            found = self._ask(
                lambda kv: self._client.adapter.get(f"/v1/sys/internal/ui/mounts/{self.mount}"),
                lambda answer: (answer["data"]["type"], (answer["data"].get("options") or {}).get("version")),
            )
        except VaultRefused:
            return  # not every token may ask, and what is wrong is told by the next call
        if found != ("kv", "2"):
            raise VaultRefused("Engine")

    def _version(self, kv: Any, path: str, version: int | None) -> Any:
        """Where a version was deleted or destroyed, its metadata come with the status 404."""
        try:
            return kv.read_secret_version(path, version=version, mount_point=self.mount, raise_on_deleted_version=False)
        except self._hvac.exceptions.InvalidPath as error:
            answer = getattr(error, "json", None)
            if isinstance(answer, Mapping) and isinstance(answer.get("data"), Mapping):
                return answer
            raise

    def _ask(self, call: Callable[[Any], Any], read: Callable[[Any], T]) -> T:
        """What ``read`` makes of the answer; hvac and ``read`` raise many kinds for one that is not Vault's."""
        try:
            self._signed_in()
            answer = call(self._client.secrets.kv.v2)
            if getattr(answer, "is_redirect", False):
                raise VaultRefused("Redirect")
            return read(answer)
        except self._hvac.exceptions.Forbidden:
            raise VaultRefused(self._why_forbidden()) from None
        except self._hvac.exceptions.VaultError as error:
            raise VaultRefused(_kind(error)) from None
        except VaultRefused:
            raise
        except Exception as error:
            raise VaultRefused("", unanswered("Vault", error)) from None

    def _why_forbidden(self) -> str:
        """Whether it is the token, or what it may do."""
        if self._sign_in == SignIn():
            return "NoToken"
        try:
            self._client.auth.token.lookup_self()
        except self._hvac.exceptions.Forbidden:
            return "Token"
        except Exception:
            return "Forbidden"
        return "Forbidden"

    def _signed_in(self) -> None:
        """A role's token is exchanged before it ends: a run may take longer than it lives."""
        role, refusals = self._sign_in, self._hvac.exceptions
        if role.role_id is None or role.secret_id is None or time.monotonic() < self._renew_at:
            return
        with self._signing_in:
            if time.monotonic() < self._renew_at:
                return
            try:
                answer = self._client.auth.approle.login(role_id=role.role_id, secret_id=role.secret_id.reveal())
            except (refusals.InvalidRequest, refusals.InvalidPath, refusals.Unauthorized, refusals.Forbidden):
                if time.monotonic() >= self._ends_at:
                    raise VaultRefused("SignIn") from None
                self._renew_at = self._ends_at  # a secret_id for one use: the token is good until then
                return
            lease = float(answer["auth"]["lease_duration"]) or math.inf  # 0: it never ends
            now = time.monotonic()
            self._renew_at, self._ends_at = now + _SHARE_OF_LEASE * lease, now + lease


def _kind(error: Any) -> str:
    """hvac's name for it. Vault's own 404 has a list of errors, which is empty where only the secret is missing."""
    errors = error.errors if isinstance(error.errors, list) else None
    if any("check-and-set parameter did not match" in str(text) for text in errors or ()):
        return "Conflict"
    kind = type(error).__name__
    if kind != "InvalidPath" or errors == []:
        return kind
    return "Mount" if errors else ""


def _newest(answer: Any) -> Newest:
    metadata, fields = answer["data"]["metadata"], answer["data"]["data"]
    if fields is not None and not isinstance(fields, Mapping):
        raise TypeError
    version = metadata["version"]
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise TypeError
    return Newest(version, fields, destroyed=metadata.get("destroyed") is True)

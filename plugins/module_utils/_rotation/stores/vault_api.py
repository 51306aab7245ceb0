# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of the KV engine, version 2, of HashiCorp Vault over hvac, and what its refusals mean."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ..._service.secret import Secret
from .sdk import sdk

_CONNECTIONS = 64
_SECONDS = 30.0
_SHARE_OF_LEASE = 0.8
_PURPOSE = "for the store type hashi_vault"

_SENTENCES = {
    "InvalidRequest": "Vault does not accept the request: is it a KV engine of version 2?",
    "InvalidPath": "nothing is stored there, or there is no such KV engine",
    "Unauthorized": "Vault refuses access: check the token and its policies",
    "Forbidden": "Vault refuses access: check the token and its policies",
    "RateLimitExceeded": "Vault has throttled the request",
    "SignIn": "Vault does not accept role_id and secret_id, or AppRole is not enabled",
    "VaultDown": "Vault is sealed or in maintenance",
    "Redirect": "Vault names another address, and the token is not sent there: give the url of the active node",
}

T = TypeVar("T")


class Refused(Exception):
    """``kind`` is hvac's name for it, or ``Conflict``, ``SignIn``, or empty without a usable answer.

    ``sentence`` is ours.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.sentence = _SENTENCES.get(kind, "Vault cannot be reached, or gave no usable answer")


@dataclass(frozen=True)
class SignIn:
    """A token, or a role for AppRole."""

    token: Secret | None = None
    role_id: str | None = None
    secret_id: Secret | None = None


class VaultApi:
    """One client for one KV engine. Safe under threads. Every method raises :class:`Refused`."""

    def __init__(self, url: str, namespace: str | None, mount: str, ca_path: str | None, sign_in: SignIn) -> None:
        self._hvac = sdk("hvac", "hvac", _PURPOSE)
        self._requests = sdk("requests", "requests", _PURPOSE)
        self.url, self.mount = url, mount
        session = self._requests.Session()
        session.verify = ca_path or True
        adapter = self._requests.adapters.HTTPAdapter(pool_maxsize=_CONNECTIONS)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        self._sign_in, self._signing_in = sign_in, threading.Lock()
        self._renew_at = self._ends_at = -math.inf
        token = sign_in.token.reveal() if sign_in.token else ""
        self._client: Any = self._hvac.Client(
            url=url,
            token=token,
            namespace=namespace,
            verify=ca_path or True,
            session=session,
            timeout=_SECONDS,
            allow_redirects=False,
        )

    def read(self, path: str) -> tuple[int, Mapping[str, Any] | None] | None:
        """Version and fields of the newest version (None where that was deleted); None where there is no secret."""
        try:
            return self._ask(
                lambda kv: kv.read_secret_version(path, mount_point=self.mount, raise_on_deleted_version=False), _fields
            )
        except Refused as problem:
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
        except Refused as problem:
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
        except Refused as problem:
            if problem.kind in ("Forbidden", "InvalidPath"):
                return True
            raise

    def _ask(self, call: Callable[[Any], Any], read: Callable[[Any], T]) -> T:
        """What ``read`` makes of the answer; hvac and ``read`` raise many kinds for one that is not Vault's."""
        try:
            self._signed_in()
            answer = call(self._client.secrets.kv.v2)
            if getattr(answer, "is_redirect", False):
                raise Refused("Redirect")
            return read(answer)
        except self._hvac.exceptions.VaultError as error:
            texts = [str(text) for text in error.errors or ()]
            conflict = any("check-and-set parameter did not match" in text for text in texts)
            raise Refused("Conflict" if conflict else type(error).__name__) from None
        except Refused:
            raise
        except Exception:
            raise Refused("") from None

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
                    raise Refused("SignIn") from None
                self._renew_at = self._ends_at  # a secret_id for one use: the token is good until then
                return
            lease = float(answer["auth"]["lease_duration"]) or math.inf  # 0: it never ends
            now = time.monotonic()
            self._renew_at, self._ends_at = now + _SHARE_OF_LEASE * lease, now + lease


def _fields(answer: Any) -> tuple[int, Mapping[str, Any] | None]:
    version, fields = int(answer["data"]["metadata"]["version"]), answer["data"]["data"]
    if fields is not None and not isinstance(fields, Mapping):
        raise TypeError
    return version, fields

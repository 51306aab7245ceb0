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

from .._base.errors import InputError
from .._http.retry import Action, Try, judge
from .remote import is_lost, sdk, session_without_netrc, unanswered
from .vault_sign_in import SignIn

_CONNECTIONS = 64
_SECONDS = 30.0
_SHARE_OF_LEASE = 0.8
#: With fewer seconds, asking for a longer life of a token was of no use.
_LEAST_GAIN = 1.0
#: For how long a call is repeated, in seconds.
_PATIENCE = 60.0
_PURPOSE = "for the store type hashi_vault"

_SENTENCES = {
    "InvalidRequest": "Vault does not accept the request: is it a KV engine of version 2?",
    "InvalidPath": "nothing is stored there",
    "Mount": "Vault has no such engine: check mount_point and namespace",
    "Engine": "this is no KV engine of version 2: name another mount_point, or run 'vault kv enable-versioning'",
    "Unauthorized": "Vault refuses access: check the token and its policies",
    "Token": "Vault refuses access: it does not know the token, which has expired, was revoked, or is of another "
    "Vault or namespace",
    "NoToken": "Vault refuses access: no token was given, and no Vault Agent adds one. Give token or VAULT_TOKEN, "
    "or sign in by auth_method, or with 'vault login'",
    "RateLimitExceeded": "Vault has throttled the request",
    "VaultDown": "Vault is sealed, on standby, or in maintenance: unseal it, or give the url of the active node",
    "VaultNotInitialized": "Vault is not initialized",
    "BadGateway": "Vault gave no usable answer: what is in front of it does not reach it",
    "InternalServerError": "Vault has failed: look into its log",
    "Redirect": "Vault names another address, and the token is not sent there: give the url of the active node",
}

#: Refusals that may pass by themselves, and the status that the table of retries knows them by.
_PASSING = {
    "Lost": None,
    "RateLimitExceeded": 429,
    "InternalServerError": 500,
    "BadGateway": 502,
    "VaultDown": 503,
}

T = TypeVar("T")


class VaultRefused(Exception):
    """``kind`` is hvac's name for it, or one of ours; empty without a usable answer. ``sentence`` is ours. ``tries``
    counts the requests of this call: an earlier one may have taken effect.
    """

    tries = 1

    def __init__(self, kind: str, sentence: str | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.sentence = sentence or _SENTENCES.get(kind, "Vault gave no usable answer")


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
        """Return the newest version, or that one; None where there is none."""
        try:
            return self._ask(lambda kv: self._version(kv, path, version), _newest, ("read", f"data/{path}"))
        except VaultRefused as problem:
            if problem.kind == "InvalidPath":
                return None
            raise

    def write(self, path: str, fields: Mapping[str, str], version: int) -> int:
        """Write all fields if the newest version is ``version`` (0: there is none), and return the new one."""
        try:
            return self._ask(
                lambda kv: kv.create_or_update_secret(path, secret=fields, cas=version, mount_point=self.mount),
                lambda answer: int(answer["data"]["version"]),
                ("update" if version else "create", f"data/{path}"),
            )
        except VaultRefused as problem:
            if problem.kind == "Conflict" and problem.tries > 1:
                newest = self.read(path)
                if newest == Newest(version + 1, fields):
                    return version + 1  # it was the first try, whose answer was lost
            raise

    def names(self, path: str) -> list[str]:
        """Return the names in a folder."""
        try:
            return self._ask(
                lambda kv: kv.list_secrets(path=path, mount_point=self.mount),
                lambda answer: [str(name).rstrip("/") for name in answer["data"]["keys"]],
                ("list", f"metadata/{path}"),
            )
        except VaultRefused as problem:
            if problem.kind == "InvalidPath":
                return []
            raise

    def check_rights(self, path: str) -> None:
        """Check that the token may create and update a secret; nothing is said where it may not ask for its rights."""
        place = f"{self.mount}/data/{path}"
        try:
            rights = self._ask(
                lambda kv: self._client.sys.get_capabilities(paths=[place]),
                lambda answer: set(answer.get("capabilities") or ()),
            )
        except VaultRefused as problem:
            if problem.kind in ("Forbidden", "Token", "InvalidPath"):
                return
            raise
        missing = [] if "root" in rights else [right for right in ("create", "update") if right not in rights]
        if missing:
            why = self._not_allowed(missing[0], f"data/{path}")
            raise VaultRefused("Forbidden", f"Vault refuses access: {why}")

    def check_engine(self) -> None:
        """Check that the engine is KV of version 2. A version 1 would take a write as that of another secret."""
        try:
            found = self._ask(
                lambda kv: self._client.adapter.get(f"/v1/sys/internal/ui/mounts/{self.mount}"),
                lambda answer: (answer["data"]["type"], (answer["data"].get("options") or {}).get("version")),
            )
        except VaultRefused as problem:
            if problem.kind in _PASSING:
                raise
            return  # not every token may ask, and what is wrong is told by the next call
        if found != ("kv", "2"):
            raise VaultRefused("Engine")

    def _version(self, kv: Any, path: str, version: int | None) -> Any:
        """Read a version. The metadata of a deleted or destroyed one come with the status 404."""
        try:
            return kv.read_secret_version(path, version=version, mount_point=self.mount, raise_on_deleted_version=False)
        except self._hvac.exceptions.InvalidPath as error:
            answer = getattr(error, "json", None)
            if isinstance(answer, Mapping) and isinstance(answer.get("data"), Mapping):
                return answer
            raise

    def _ask(self, call: Callable[[Any], Any], read: Callable[[Any], T], right: tuple[str, str] | None = None) -> T:
        """Return what ``read`` makes of the answer. ``right`` is what a policy must allow for it, and where.

        A call is repeated where no answer came, or one that may pass: reading changes nothing, and a write names the
        version that it follows.
        """
        tries, throttled, waited = 0, 0, 0.0
        while True:
            tries += 1
            try:
                return self._once(call, read)
            except VaultRefused as problem:
                if problem.kind == "Forbidden" and right:
                    problem.sentence = f"Vault refuses access: {self._not_allowed(*right)}"
                if problem.kind == "Token" and right:
                    problem.sentence += f"; or {self._not_allowed(*right)}"
                problem.tries = tries
                if problem.kind not in _PASSING:
                    raise
                throttled += problem.kind == "RateLimitExceeded"
                verdict = judge(Try(tries, _PASSING[problem.kind], throttled, budget=_PATIENCE - waited))
                if verdict.action not in (Action.RETRY, Action.THROTTLE):
                    raise
            waited += verdict.delay
            time.sleep(verdict.delay)

    def _once(self, call: Callable[[Any], Any], read: Callable[[Any], T]) -> T:
        """One request; hvac and ``read`` raise many kinds of errors for an answer that is not Vault's."""
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
            raise VaultRefused("Lost" if is_lost(error) else "", unanswered("Vault", error)) from None

    def _not_allowed(self, right: str, place: str) -> str:
        where = f"{self.mount}/{place}"
        return f"no policy of the token allows {right} on {where}. Add it, or check mount_point, prefix and namespace"

    def _why_forbidden(self) -> str:
        """Return whether it is the token, or what it may do. A token without the policy default is not told apart."""
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
        """Sign in again before the token ends, because a run may take longer than it lives."""
        if self._sign_in.method == "token" or time.monotonic() < self._renew_at:
            return
        with self._signing_in:
            now = time.monotonic()
            if now < self._renew_at:
                return
            try:
                lease = _lease(self._sign_in.log_in(self._client))
            except (InputError, self._hvac.exceptions.VaultError) as error:
                if now >= self._ends_at:
                    if not isinstance(error, self._refusals()):
                        raise
                    unreadable = isinstance(error, InputError)
                    why = str(error) if unreadable else self._sign_in.refused(getattr(error, "errors", None))
                    raise VaultRefused("SignIn", why) from None
                lease = self._prolonged(now)  # a secret_id for one use, or a JWT that has expired meanwhile
            gained = now + lease - self._ends_at
            self._ends_at = now + lease
            # Where nothing was gained, the token is good until its end.
            self._renew_at = now + _SHARE_OF_LEASE * lease if gained > _LEAST_GAIN else self._ends_at

    def _prolonged(self, now: float) -> float:
        """Ask for a longer life of the token, and return the seconds that it has left."""
        try:
            return _lease(self._client.auth.token.renew_self())
        except self._hvac.exceptions.VaultError:
            return self._ends_at - now

    def _refusals(self) -> tuple[type[Exception], ...]:
        kinds = self._hvac.exceptions
        return (InputError, kinds.InvalidRequest, kinds.InvalidPath, kinds.Unauthorized, kinds.Forbidden)


def _lease(answer: Any) -> float:
    """Return the seconds that a token lives; Vault says 0 for one that never ends."""
    return float(answer["auth"]["lease_duration"]) or math.inf


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

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind of store, ready to be used, each at the real thing or at an emulator driven by the real SDK."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from ansible.parsing.vault import VaultSecret

from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import random_id
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Context, Store, Stored
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import Document
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, State, Subject
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.registry import make_store
from ansible_collections.csp.partnercenter.plugins.plugin_utils._vault_cipher import VaultCipher

CUSTOMER = "11111111-1111-4111-8111-111111111111"
NOW = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)
VAULT_PASSWORD = "vault-password-canary"


_CLIENTS: dict[str, Any] = {}


class Killed(BaseException):
    """Stands for ``kill -9``: nothing after it runs, not even a handler of errors."""


class PlainCipher:
    """Encodes, and hides nothing; with the header of Ansible's vault."""

    def __init__(self, vault_id: str | None = None) -> None:
        self._header = f"$ANSIBLE_VAULT;1.2;AES256;{vault_id}" if vault_id else "$ANSIBLE_VAULT;1.1;AES256"

    def encrypt(self, secret: Secret) -> str:
        return f"{self._header}\n{secret.reveal().encode().hex()}"

    def decrypt(self, text: str) -> Secret:
        return Secret(bytes.fromhex(text.partition("\n")[2].strip()).decode())

    def seal(self, content: bytes) -> str:
        return hashlib.sha256(content).hexdigest()

    def fits(self, content: bytes, seal: str) -> bool:
        return seal == self.seal(content)


@dataclass
class Kit:
    """One kind of store. ``make`` gives a new object each time, as another process would have; ``calls`` names the
    method of its ``_api`` through which every call of the SDK goes. ``tools`` is a client with more rights than the
    store's own, for whoever changes something by hand."""

    kind: str
    options: Mapping[str, Any]
    home: Path
    calls: str
    environment: Mapping[str, str] = field(default_factory=dict)
    vault_password: str = VAULT_PASSWORD
    cipher: Callable[[], Any] | None = None
    tools: Any = None
    _prefix: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:8]}")

    def make(self, **more: object) -> Store:
        secrets = [("default", VaultSecret(self.vault_password.encode()))]
        cipher = self.cipher
        context = Context(
            self.environment, str(self.home), lambda vault_id: cipher() if cipher else VaultCipher(secrets, vault_id)
        )
        prefix = {"prefix": self._prefix} if self.calls else {}
        store: Any = make_store({"type": self.kind, **prefix, **self.options, **more}, context)
        if self.calls and not more and self.kind != "git":
            # A client of an SDK takes up to a second to make, and keeps nothing but connections.
            store._api._client = _CLIENTS.setdefault(str(self.options), store._api._client) or store._api._connected()
            _CLIENTS[str(self.options)] = store._api._client
        return cast(Store, store)

    def killed_at(self, call: int) -> Store:
        """A store whose process dies just before that call of the SDK."""
        store = self.make()
        left = [call]

        def dying(real: Callable[..., Any]) -> Callable[..., Any]:
            def instead(*arguments: Any, **named: Any) -> Any:
                left[0] -= 1
                if left[0] <= 0:
                    raise Killed
                return real(*arguments, **named)

            return instead

        api: Any = store._api  # type: ignore[attr-defined]
        setattr(api, self.calls, dying(getattr(api, self.calls)))
        return store


def new_subject(name: str = "svc.canary@contoso.onmicrosoft.com", customer: str = CUSTOMER) -> Subject:
    return Subject(customer, str(uuid.uuid4()), name)


def canary() -> Secret:
    return Secret(f"Canary-{uuid.uuid4().hex}-1")


def staged(subject: Subject, before: Stored | None = None, rotation_id: str = "2026-11", **more: Any) -> Document:
    document = before.document if before else Document(subject)
    return document.stage(version=random_id(), rotation_id=rotation_id, owner="domain:host:1:a", now=NOW, **more)


def rotated(store: Store, subject: Subject, rotation_id: str, password: Secret | None = None) -> Stored:
    """One whole rotation."""
    stored = store.load(subject)
    stored = store.compare_and_set(stored, staged(subject, stored, rotation_id), new_password=password or canary())
    return finished(store, stored)


def with_all_passwords(store: Store) -> Subject:
    """A new user whose three slots are filled."""
    subject = new_subject()
    rotated(store, subject, "r1")
    stored = rotated(store, subject, "r2")
    store.compare_and_set(stored, staged(subject, stored, "r3"), new_password=canary())
    return subject


def rotated_at_once(store: Store, subject: Subject, password: Secret) -> Stored:
    """One whole rotation in two writes."""
    stored = store.load(subject)
    stored = store.compare_and_set(stored, staged(subject, stored), new_password=password)
    applied = stored.document.mark_sent(owner="a:b", now=NOW).mark_applied(now=NOW, evidence="exact")
    return store.compare_and_set(stored, replace(applied.promote(), outbox=()))


def finished(store: Store, stored: Stored, send: Callable[[str], None] = lambda password: None) -> Stored:
    """The rest of a rotation, from wherever it is, each transition one write."""
    pending = stored.document.pending
    if pending and pending.state in (State.STAGED, State.SENT):
        stored = store.compare_and_set(stored, stored.document.mark_sent(owner="domain:host:1:a", now=NOW))
        send(store.password(stored, Slot.PENDING).reveal())
        stored = store.compare_and_set(stored, stored.document.mark_applied(now=NOW, evidence="exact"))
        pending = stored.document.pending
    if pending:
        stored = store.compare_and_set(stored, stored.document.promote())
    if stored.document.outbox:
        events = [event.id for event in stored.document.outbox]
        stored = store.compare_and_set(stored, stored.document.deliver(*events))
    return stored


def passwords(store: Store, subject: Subject) -> dict[Slot, str]:
    """Return the stored passwords by slot."""
    stored = store.load(subject, read_only=True)
    if stored is None:
        return {}
    return {
        slot: store.password(stored, slot).reveal() for slot in Slot if stored.document.version_in(slot) is not None
    }


@contextmanager
def moto_server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()

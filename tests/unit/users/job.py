# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that create, change, delete and restore users at a service in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import User
from ansible_collections.csp.partnercenter.plugins.module_utils._handover.link_desk import LinkDesk
from ansible_collections.csp.partnercenter.plugins.module_utils._links.link import LinkService
from ansible_collections.csp.partnercenter.plugins.module_utils._password.batch import Options
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Account
from ansible_collections.csp.partnercenter.plugins.module_utils._password.report import Report
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.event_log import EventLog
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.generator import make_generator
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.file import FileStore
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.plugins.module_utils._users.changes import UserChanges
from ansible_collections.csp.partnercenter.plugins.module_utils._users.declaration import Declaration, Presence
from ansible_collections.csp.partnercenter.plugins.module_utils._users.first_passwords import (
    GivenPasswords,
    StoredPasswords,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._users.linked_passwords import LinkedPasswords
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, PASSWORD
from ansible_collections.csp.partnercenter.tests.unit.rotation.service import DyingStore, Killed
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import FakeService
from ansible_collections.csp.partnercenter.tests.unit.support.kits import PlainCipher

ADA = "ada@customer.example.com"
DETAILS = {"display_name": "Ada Lovelace", "usage_location": "GB"}


def declared(
    name: str | None = ADA,
    *,
    user_id: str | None = None,
    absent: bool = False,
    new_name: str | None = None,
    customer_id: str = CUSTOMER,
    **details: str,
) -> Declaration:
    """A declaration; who is created needs the usual details."""
    account = Account(name or user_id or "", customer_id, None, user_id, None if user_id else name)
    presence = Presence.ABSENT if absent else Presence.PRESENT
    return Declaration(account, Secret(PASSWORD), True, presence=presence, details=details, new_name=new_name)


@dataclass
class Job:
    """Runs tasks one after the other. Without ``root``, the caller gives the passwords; ``links`` get them."""

    service: FakeService = field(default_factory=lambda: FakeService(people={CUSTOMER: []}))
    root: Path | None = None
    links: LinkService | None = None

    def run(
        self,
        *declarations: Declaration,
        creates: bool = True,
        death: tuple[str, int] | None = None,
        failure: BaseException | None = None,
        lookup_timeout: float = 30,
        **options: Any,
    ) -> Report:
        passwords: Any = GivenPasswords() if creates else None
        self.service.now += timedelta(minutes=1)
        if self.root is not None:
            store: Any = DyingStore(self.root / "store", death, failure or Killed())
            events = EventLog(str(self.root / "events.jsonl"))
            passwords = StoredPasswords(store, make_generator(), events, lambda: self.service.now)
            if self.links is not None:
                tools = (store, self.links, make_generator(), events, "maria.desk", "a new colleague")
                passwords = LinkedPasswords(LinkDesk(*tools, now=lambda: self.service.now))
        task = UserChanges(
            self.service.connection(),
            passwords,
            self.service.trail(),
            Options(**options),
            lookup_timeout=lookup_timeout,
            now=lambda: self.service.now,
            clock=self.service.seconds,
            sleep=self.service.sleep,
        )
        return task.run(declarations)

    def one(self, *declarations: Declaration, **options: Any) -> Any:
        """The row of the only user."""
        (row,) = self.run(*declarations, **options).users
        return row

    def outcomes(self, *declarations: Declaration, **options: Any) -> list[str]:
        return [row.outcome.value for row in self.run(*declarations, **options).users]

    @property
    def store(self) -> FileStore:
        return FileStore(str((self.root or Path()) / "store"), PlainCipher())

    def stored(self, user: User, slot: Slot = Slot.CURRENT) -> str | None:
        """The password of a user in the store."""
        stored = self.store.load(Subject(CUSTOMER, user.id))
        if stored is None or stored.document.version_in(slot) is None:
            return None
        return self.store.password(stored, slot).reveal()

    def kept(self) -> dict[str, str]:
        """Every password in the store, by its place and slot."""
        kept = {}
        for place in self.store.places():
            stored = self.store.load(place)
            for slot in Slot:
                if stored and stored.document.version_in(slot):
                    kept[f"{place.user_id} {slot}"] = self.store.password(stored, slot).reveal()
        return kept

    def live(self, user: User) -> str:
        return self.service.live[CUSTOMER, user.id]

    @property
    def writes(self) -> list[str]:
        return [request for request in self.service.requests if not request.startswith("GET")]

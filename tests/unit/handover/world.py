# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A help desk in memory: a directory, a link service and a store on disk, each of which can fail and die at a step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Delivery, PasswordChange
from ansible_collections.csp.partnercenter.plugins.module_utils._handover.handing import Desk
from ansible_collections.csp.partnercenter.plugins.module_utils._handover.handover import Handover
from ansible_collections.csp.partnercenter.plugins.module_utils._handover.record import HandoverRecord
from ansible_collections.csp.partnercenter.plugins.module_utils._links.link import Link, LinkError, LinkService
from ansible_collections.csp.partnercenter.plugins.module_utils._password.batch import Options
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Account, Intent, make_trigger
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import UserResult
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.event_log import EventLog
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.generator import make_generator
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Stored
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import Document
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.file import FileStore
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Subject
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, user_id
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import FakeService
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Killed, PlainCipher

INITIAL = "Initial-Canary-1"
LIFE = timedelta(days=1)


class Deaths:
    """The steps at which the run dies, such as ``before stage``; each step is noted."""

    def __init__(self) -> None:
        self.at: frozenset[str] = frozenset()
        self.steps: list[str] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._passed(f"before {name}")
        yield
        self._passed(f"after {name}")

    def _passed(self, moment: str) -> None:
        self.steps.append(moment)
        if moment in self.at:
            self.at = frozenset()
            raise Killed


@dataclass
class FakeLinks(LinkService):
    """A link service. ``fault``: unreachable, odd (a link was made all the same), or stuck (no link can be ended)."""

    deaths: Deaths
    now: Callable[[], datetime]
    fault: str | None = None
    made: dict[str, str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    name: str = "fake links"

    def describe(self) -> str:
        return self.name

    def make(self, password: Secret, note: str) -> Link:
        with self.deaths.step("link"):
            if self.fault == "unreachable":
                raise LinkError("the link service cannot be reached")
            handle = f"link-{len(self.made) + 1}"
            self.made[handle] = password.reveal()
            if self.fault == "odd":
                raise LinkError("the link service does not answer as it should")
            return Link(f"https://links.example/p/{handle}", None, handle, self.now() + LIFE, 1)

    def expire(self, handle: str) -> None:
        with self.deaths.step("end"):
            if self.fault == "stuck":
                raise LinkError("the link service cannot be reached")
            self.ended.add(handle)

    def behind(self, record: HandoverRecord | None) -> str | None:
        """Return the password that a caller finds."""
        handle = record.one_time_link.handle if record else None
        return None if handle is None or handle in self.ended else self.made[handle]


class DyingStore:
    """A file store whose writes are steps, named after what they record."""

    def __init__(self, root: Path, deaths: Deaths) -> None:
        self._store, self._deaths = FileStore(str(root), PlainCipher()), deaths
        self.failing: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def compare_and_set(
        self, stored: Stored | None, document: Document, *, new_password: Secret | None = None
    ) -> Stored:
        name = _named(stored.document if stored else None, document)
        with self._deaths.step(name):
            if name in self.failing:
                raise OSError("the disk is full")
            return self._store.compare_and_set(stored, document, new_password=new_password)


def _named(before: Document | None, after: Document) -> str:
    if after.pending is None:
        if before is not None and before.pending is not None:
            return "record"
        return "event"
    if before is None or before.pending is None:
        return "stage"
    return "sent" if before.pending.state != after.pending.state else "doubt"


@dataclass
class Counter:
    """A help desk and one user, and runs that come and go."""

    root: Path
    service: FakeService = field(default_factory=lambda: FakeService().with_users(1))
    deaths: Deaths = field(default_factory=Deaths)
    record: HandoverRecord | None = None
    warnings: tuple[str, ...] = ()
    user: str = field(default_factory=user_id)
    links_of: FakeLinks | None = None

    def __post_init__(self) -> None:
        self.links = self.links_of or FakeLinks(self.deaths, lambda: self.service.now)
        self.store = DyingStore(self.root / "store", self.deaths)
        self.subject = Subject(CUSTOMER, self.user)

    def run(
        self, ticket: str = "INC-1", *, sessions: Any = None, witness: Any = None, pause: float = 60.0, **options: Any
    ) -> UserResult:
        """One run for the user, some seconds after the one before."""
        self.service.sleep(pause)
        connection = self.service.connection()
        store: Any = self.store
        users: Any = _Users(connection.users, self.deaths)
        desk = Desk(
            store=store,
            users=users,
            links=self.links,
            generator=make_generator(),
            events=EventLog(str(self.root / "events.jsonl")),
            requested_by="operator",
            reason="forgotten",
            now=lambda: self.service.now,
        )
        handover = Handover(connection, desk, witness or self.service.trail(), Options(**options), sessions)
        account = Account("", CUSTOMER, None, self.user, None)
        trigger = make_trigger("", update_password="when_rotated", rotation_id=ticket)
        report = handover.run([Intent(account, None, True, trigger)])
        self.record, self.warnings = handover.record, report.warnings
        return report.users[0]

    @property
    def live(self) -> str:
        return self.service.live.get((CUSTOMER, self.user), INITIAL)

    @property
    def shown(self) -> str | None:
        """The password behind the link that the last run showed."""
        return self.links.behind(self.record)

    @property
    def open_links(self) -> set[str]:
        return set(self.links.made) - self.links.ended

    @property
    def events(self) -> list[str]:
        path = self.root / "events.jsonl"
        return path.read_text().splitlines() if path.exists() else []


class _Users:
    """The way to the users, whose request is a step."""

    def __init__(self, users: Any, deaths: Deaths) -> None:
        self._users, self._deaths = users, deaths

    def __getattr__(self, name: str) -> Any:
        return getattr(self._users, name)

    def set_password(self, change: PasswordChange) -> Delivery:
        with self._deaths.step("request"):
            delivery: Delivery = self._users.set_password(change)
            return delivery

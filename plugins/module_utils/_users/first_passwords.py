# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sources and keepers of the first password of a new user: the caller, or a store.

A password that this collection makes is saved before the user is created, and is used again until it is known whether
the service has taken it. ``linked_passwords.py`` is the third keeper: a link that is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Protocol

from .._base import notices
from .._base.errors import StoreError, Trace
from .._base.identifiers import random_id
from .._base.secret import Secret
from .._directory.records import Certainty, Delivery
from .._handover.record import record_from
from .._links.link import Link
from .._password.lookup import Target
from .._rotation.event_log import EventLog
from .._rotation.generator import Generator
from .._stores.base import Hold, Store, StoreBusy, Stored
from .._stores.document import Document
from .._stores.records import Pending, Slot, Subject
from .lookup import new_user_id

_IS_A_LINK = (
    "an earlier run has begun to create this user with a link, and only that link leads to the password: run again "
    "with link, or name another store"
)


class Creation(Protocol):
    """One user on the way to the service."""

    @property
    def held(self) -> str | None:
        """The reason why nothing may be sent now."""

    @property
    def one_time_link(self) -> Link | None:
        """The link to the password, if it may be live."""

    @property
    def kept(self) -> str:
        """The place of the password, once :meth:`created` has recorded it."""

    @property
    def password(self) -> Secret:
        """The first password."""

    @property
    def trace(self) -> Trace:
        """The ids of the request."""

    @property
    def force_change_password(self) -> bool:
        """Return whether the user must change the password at the first sign-in."""

    @property
    def resumed(self) -> bool:
        """Return whether a request with this password may have been sent before."""

    def sending(self) -> None:
        """Record durably that the request is about to be sent."""

    def created(self, user_id: str, certainty: Certainty) -> None:
        """Record that the user is there, with this password."""

    def ended(self, delivery: Delivery, *, in_doubt: bool) -> None:
        """Record that the user is not there; ``in_doubt``: and may still appear."""


class FirstPasswords(Protocol):
    """The first passwords of new users. Methods raise :class:`StoreError`."""

    #: How a row says where a password is whose fate is not known.
    keeper: str

    def check(self, targets: Sequence[Target], *, write: bool) -> None:
        """Check that passwords can be kept; nothing is written without ``write``."""

    def waits(self, target: Target) -> bool:
        """Return whether an earlier run may have created this user, and has not recorded it."""

    def link_of(self, target: Target) -> Link | None:
        """Return the link to the first password of a user who is there, if there is one that has not ended."""

    def creation(self, target: Target) -> AbstractContextManager[Creation]:
        """Begin or resume a creation, and keep other runs from it; :class:`StoreBusy` where one works on it."""


class _Given:
    """A password that the caller keeps."""

    held = one_time_link = None
    kept = ""
    resumed = False

    def __init__(self, target: Target) -> None:
        self.password = target.password
        self.force_change_password = target.intent.force_change_password
        self.trace = Trace(random_id(), random_id())

    def sending(self) -> None:
        """Do nothing: the caller has it."""

    def created(self, user_id: str, certainty: Certainty) -> None:
        """Do nothing: the caller has it."""

    def ended(self, delivery: Delivery, *, in_doubt: bool) -> None:
        """Do nothing: the caller has it."""


class GivenPasswords:
    """Passwords that the caller gives and keeps."""

    keeper = "keep the password that was sent"

    def check(self, targets: Sequence[Target], *, write: bool) -> None:
        """Do nothing: they were checked already."""

    def waits(self, target: Target) -> bool:
        return False

    def link_of(self, target: Target) -> Link | None:
        return None

    @contextmanager
    def creation(self, target: Target) -> Iterator[Creation]:
        yield _Given(target)


class StoredPasswords:
    """Passwords that are generated into a store.

    Until the user has an id, the password is pending in a document under an id that is made from the name.
    """

    keeper = "its password is pending in the store"

    def __init__(self, store: Store, generator: Generator, events: EventLog, now: Callable[[], datetime]) -> None:
        self._store = store
        self._generator = generator
        self._events = events
        self._now = now

    def check(self, targets: Sequence[Target], *, write: bool) -> None:
        self._store.check([_place_of(target) for target in targets], write=write)

    def waits(self, target: Target) -> bool:
        stored = self._store.load(_place_of(target), read_only=True)
        pending = stored.document.pending if stored else None
        return pending is not None and pending.may_be_live

    def link_of(self, target: Target) -> Link | None:
        return None

    @contextmanager
    def creation(self, target: Target) -> Iterator[Creation]:
        place = _place_of(target)
        with self._store.lock(place) as hold:
            yield self._begun(target, place, self._store.load(place), hold)

    def _begun(self, target: Target, place: Subject, stored: Stored | None, hold: Hold) -> Creation:
        pending = stored.document.pending if stored else None
        if pending is not None and not hold.may_resume(pending, self._now()):
            raise StoreBusy("a run on another machine has begun to create this user: run again in ten minutes")
        if stored is None or pending is None:
            password = self._generator.generate(place.user_principal_name)
            stored = self._staged(target, place, stored, hold, password, random_id())
        if record_from(self._store.password(stored, Slot.PENDING)):
            raise self._store.problem(place, _IS_A_LINK)
        return StoredCreation(self._store, stored, hold, self._events, self._now)

    def _staged(
        self, target: Target, place: Subject, stored: Stored | None, hold: Hold, secret: Secret, rotation_id: str
    ) -> Stored:
        document = (stored.document if stored else Document(place)).called(place.user_principal_name)
        staged = document.stage(
            version=random_id(),
            rotation_id=rotation_id,
            owner=hold.owner,
            now=self._now(),
            force_change_password=target.intent.force_change_password,
        )
        return self._store.compare_and_set(stored, staged, new_password=secret)


class StoredCreation:
    """A creation whose password, or what leads to it, is pending in a store."""

    held: str | None = None
    kept = "the password is current in the store"
    unfinished = (
        "a rotation of this user has begun and is not finished, so the first password is kept where it is: finish the "
        "rotation (operation: resume), then run again"
    )

    def __init__(self, store: Store, stored: Stored, hold: Hold, events: EventLog, now: Callable[[], datetime]) -> None:
        self._store = store
        self._stored = stored
        self._hold = hold
        self._events = events
        self._now = now
        self._secret = store.password(stored, Slot.PENDING)
        self.resumed = self._pending.may_be_live

    @property
    def password(self) -> Secret:
        return self._secret

    @property
    def one_time_link(self) -> Link | None:
        return None

    @property
    def trace(self) -> Trace:
        return Trace(self._pending.request_id, self._pending.correlation_id)

    @property
    def force_change_password(self) -> bool:
        return self._pending.force_change_password

    def sending(self) -> None:
        self._save(self._stored.document.mark_sent(owner=self._hold.owner, now=self._now()))

    def created(self, user_id: str, certainty: Certainty) -> None:
        """Make it the current password of the user, who has an id now, and then drop it here."""
        self._hand_over(user_id, certainty)
        self._save(self._stored.document.hand_over().nameless())

    def ended(self, delivery: Delivery, *, in_doubt: bool) -> None:
        document = self._stored.document
        if not in_doubt and delivery.answered:
            self._save(document.drop_pending().nameless())
        elif not in_doubt:
            self._save(document.take_back())
        else:
            self._save(document.answered() if delivery.answered else document.mark_ambiguous())

    def _hand_over(self, user_id: str, certainty: Certainty) -> Stored:
        """Continue where an earlier run was killed. A rotation that was finished in between counts instead."""
        pending = self._pending
        subject = Subject(self._stored.document.subject.customer_id, user_id, self._stored.document.subject.name)
        own = self._store.load(subject)
        if own is None or not (own.document.current or own.document.pending):
            staged = (own.document if own else Document(subject)).stage(
                version=pending.version,
                rotation_id=pending.rotation_id,
                owner=self._hold.owner,
                now=self._now(),
                force_change_password=pending.force_change_password,
            )
            own = self._store.compare_and_set(own, staged, new_password=self._secret)
        document = own.document
        if document.pending is not None and document.pending.version == pending.version:
            now = self._now()
            sent = document.mark_sent(owner=self._hold.owner, now=now)
            promoted = sent.mark_applied(now=now, evidence=certainty.value).promote(now=now)
            own = self._store.compare_and_set(own, promoted)
        elif document.current is None:
            raise StoreError(self.unfinished)
        self._deliver(subject, own)
        return own

    def _deliver(self, subject: Subject, own: Stored) -> None:
        """Deliver the event. If the event log cannot be written, it stays in the document for the next rotation."""
        try:
            self._log(subject, own)
        except StoreError as error:
            notices.add(str(error))
            return
        if own.document.outbox:
            self._store.compare_and_set(own, own.document.deliver(*(event.id for event in own.document.outbox)))

    def _log(self, subject: Subject, own: Stored) -> None:
        self._events.deliver(subject, own.document.outbox, again=True)

    @property
    def _pending(self) -> Pending:
        pending = self._stored.document.pending
        if pending is None:
            raise StoreError("nothing is pending")
        return pending

    def _save(self, document: Document) -> None:
        self._stored = self._store.compare_and_set(self._stored, document)


def _place_of(target: Target) -> Subject:
    """Return the place of the password until the user has an id."""
    name = target.user_principal_name or ""
    return Subject(target.customer_id, new_user_id(target.customer_id, name), name or None)

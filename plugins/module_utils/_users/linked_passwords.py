# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""First passwords behind one-time links (guide for help desks).

The link is made first, and its record is saved where a store keeps a password. The password itself is only in memory
and behind the link. So it cannot be sent a second time, and no other one is sent while the first may still arrive.
"""

from __future__ import annotations

from dataclasses import replace

from .._base import notices
from .._base.identifiers import random_id
from .._base.moments import in_words
from .._base.secret import Secret
from .._directory.records import Certainty, Delivery
from .._handover.link_desk import LinkDesk, open_until
from .._handover.record import CREATION, HandoverRecord, record_from
from .._links.link import Link, LinkError
from .._password.lookup import Target
from .._stores.base import Hold, Stored
from .._stores.records import Slot, Subject
from .first_passwords import Creation, StoredCreation, StoredPasswords
from .lookup import Newcomer

_HELD = (
    "an earlier request to create this user had no answer and may still take effect, so nothing was sent. The link may "
    "or may not lead to the password of the user, and is kept. Run again after {}, which creates the user if nobody is "
    "there by then"
)
_MAY_LEAD = "the link may or may not lead to the password, because the user has other details: look whose it is"


class LinkedPasswords(StoredPasswords):
    """Passwords that are generated and put behind links. ``desk.store`` keeps the links, and no password."""

    keeper = "the link may or may not lead to the password, and is kept"

    def __init__(self, desk: LinkDesk) -> None:
        super().__init__(desk.store, desk.generator, desk.events, desk.now)
        self._desk = desk

    def link_of(self, target: Target) -> Link | None:
        stored = self._store.load(Subject(target.customer_id, target.user.id), read_only=True)
        if stored is None or stored.document.current is None:
            return None
        record = record_from(self._store.password(stored, Slot.CURRENT))
        if record is None or record.operation != CREATION or record.is_over(self._now()):
            return None
        return record.one_time_link

    def _begun(self, target: Target, place: Subject, stored: Stored | None, hold: Hold) -> Creation:
        """Continue with the link of an earlier run while its request may have taken effect; else make a new one.

        A run on another machine that works on the user now is not waited for: nothing is sent twice, and of two runs
        that write at once, the store refuses one.
        """
        pending = stored.document.pending if stored else None
        if stored is not None and pending is not None:
            record, until = self._desk.read(stored, Slot.PENDING), open_until(pending, self._now())
            if pending.may_be_live and (until or not isinstance(target, Newcomer)):
                held = _HELD.format(in_words(until)) if until else None
                return _LinkedCreation(self._desk, stored, hold, record, held=held)
            stored = self._store.compare_and_set(stored, replace(stored.document, pending=None))
            _end(self._desk, place, record)
        rotation_id = random_id()
        try:
            password, record = self._desk.make(place.user_principal_name, rotation_id, CREATION)
        except LinkError as error:
            raise LinkError(f"{error}; nothing was sent") from None
        try:
            stored = self._staged(target, place, stored, hold, record.to_secret(), rotation_id)
        except Exception:
            _end(self._desk, place, record)
            raise
        return _LinkedCreation(self._desk, stored, hold, record, password)


class _LinkedCreation(StoredCreation):
    """A creation whose link is pending in a store. ``password`` is None where an earlier run has sent it."""

    unfinished = (
        "a handover to this user has begun and is not finished, so the link to the first password is kept where it is: "
        "run the handover again with its rotation_id, then run again"
    )

    def __init__(
        self,
        desk: LinkDesk,
        stored: Stored,
        hold: Hold,
        record: HandoverRecord | None,
        password: Secret | None = None,
        *,
        held: str | None = None,
    ) -> None:
        super().__init__(desk.store, stored, hold, desk.events, desk.now)
        self._desk = desk
        self._place = stored.document.subject
        self._record = record
        self._password = password
        self.held = held

    @property
    def password(self) -> Secret:
        if self._password is None:
            raise ValueError("the password is only behind the link")
        return self._password

    @property
    def one_time_link(self) -> Link | None:
        record = self._record
        return record.one_time_link if record and not record.is_over(self._now()) else None

    def sending(self) -> None:
        try:
            super().sending()
        except Exception:
            self._end()
            raise

    def ended(self, delivery: Delivery, *, in_doubt: bool) -> None:
        """Keep the link while the user may still appear; else forget the password that nobody has, and end the link."""
        if in_doubt:
            super().ended(delivery, in_doubt=True)
            return
        try:
            self._save(self._stored.document.drop_pending().nameless())
        except Exception:
            self._end()
            raise
        self._end()

    def _hand_over(self, user_id: str, certainty: Certainty) -> Stored:
        """End the link where a handover that was finished in between has replaced the password."""
        version, is_assumed = self._pending.version, certainty is Certainty.ASSUMED
        own = super()._hand_over(user_id, certainty)
        self.kept = _MAY_LEAD if is_assumed else "the link leads to the first password"
        if own.document.version_in(Slot.CURRENT) != version:
            self._end()
            self.kept = "a handover since then has replaced the first password"
        return own

    def _log(self, subject: Subject, own: Stored) -> None:
        self._desk.log(subject, own, again=True)

    def _end(self) -> None:
        record, self._record = self._record, None
        _end(self._desk, self._place, record)


def _end(desk: LinkDesk, place: Subject, record: HandoverRecord | None) -> None:
    if warning := desk.end(record):
        notices.add(f"{place.name}: {warning}")

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger as evidence: durable before a request is sent, and locked while a run works with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from ..._base.errors import EvidenceError, Trace
from ..._base.identifiers import folded
from ..._base.lock import Lock
from ..._directory.records import Certainty
from ..evidence import Attempt, Known, Unfinished, ids, is_unique
from ..intent import Policy
from ..lookup import Target
from ..outcome import Applied
from .book import Book
from .entry import Entry, Record
from .fingerprint import LedgerKey
from .folder import customers_in, locked, open_folder

#: The most customers with a lock each. A run with more of them locks the whole ledger: a lock is an open file, and a
#: process may often have 1024 of them only.
_MOST_LOCKS = 100
_WHOLE = ".ledger.lock"


class LedgerEvidence:
    """The ledger in ``folder``, with one :class:`Book` for each customer. ``key`` is called at the first use."""

    def __init__(self, folder: str, key: Callable[[], LedgerKey], *, read_only: bool = False) -> None:
        self._folder = folder
        self._make_key = key
        self._key: LedgerKey | None = None
        self._read_only = read_only
        self._books: dict[str, Book] = {}
        self._lock: Lock | None = None

    def open(self, users: Collection[tuple[str, str]]) -> None:
        customer_ids = {customer_id for customer_id, _user_id in users}
        try:
            open_folder(self._folder, create=not self._read_only)
            each = self._lock_each(len(customer_ids))
            # In the same order in all runs, so that two of them cannot wait for each other.
            for customer_id in sorted(customer_ids - set(self._books)):
                self._books[customer_id] = Book(
                    self._folder, customer_id, self._need_key, read_only=self._read_only, lock=each
                )
            if not self._read_only:
                self._key = self._key or self._make_key()
        except BaseException:
            self.close()
            raise

    def known(self, target: Target) -> Known:
        entry = self._entry(target)
        if entry is None:
            return Known()
        applied = entry.applied
        compares = target.intent.trigger.policy is Policy.WHEN_CHANGED
        attempt = _next_attempt(entry, target)
        return Known(
            applied=_applied(applied) if applied else None,
            same_password=bool(applied and compares and self._recognises(applied, target)),
            unfinished=self._unfinished(entry, target),
            attempt=attempt,
            next_trace=_next_trace(entry, target, attempt),
        )

    def in_doubt(self, customer_id: str | None) -> frozenset[str]:
        users: set[str] = set()
        with suppress(EvidenceError, OSError):
            for customer in customers_in(self._folder) if customer_id is None else [customer_id]:
                with suppress(EvidenceError):
                    users |= self._in_doubt(customer)
        return frozenset(users)

    def sending(self, attempt: Attempt) -> None:
        """Record the attempt. Earlier open attempts stay recorded until this one is known to have taken effect."""
        target = attempt.target
        entry = self._entry(target) or Entry()
        same = [record for record in entry.sent if self._recognises(record, target)]
        others = tuple(record for record in entry.sent if record not in same[:-1])
        self._put(target, replace(entry, sent=(*others, self._record(attempt))), durable=True)

    def applied(self, target: Target, at: datetime, certainty: Certainty) -> None:
        entry = self._entry(target)
        if entry is not None and entry.sent:
            self._put(target, Entry(applied=replace(entry.sent[-1], at=_text(at), certainty=certainty.value)))

    def refused(self, target: Target, *, answered: bool) -> None:
        entry = self._entry(target)
        if entry is not None and entry.sent:
            *earlier, last = entry.sent
            refused = last if answered else replace(last, attempt=last.attempt - 1)
            self._put(target, replace(entry, sent=tuple(earlier), refused=refused))

    def answered(self, target: Target) -> None:
        """Give the attempt another request id, under which the same password is sent again."""
        entry = self._entry(target)
        if entry is not None and entry.sent:
            *earlier, last = entry.sent
            request_id = ids(last.correlation_id, last.attempt + 1).request_id or ""
            again = replace(last, attempt=last.attempt + 1, request_id=request_id)
            self._put(target, replace(entry, sent=(*earlier, again)))

    def close(self) -> list[str]:
        warnings = []
        for book in self._books.values():
            try:
                book.close()
            except EvidenceError as error:
                warnings.append(f"{error}. What this run did is not recorded in full; the next run settles it")
        self._books = {}
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()
        return warnings

    def _lock_each(self, customers: int) -> bool:
        """Return whether each customer is locked; else this run has locked the whole ledger."""
        few = customers <= _MOST_LOCKS
        if self._lock is None and not self._read_only:
            self._lock = locked(self._folder, _WHOLE, self._folder, shared=few)
        return few

    def _in_doubt(self, customer_id: str) -> set[str]:
        users: set[str] = set()
        book = self._books.get(customer_id) or Book(self._folder, customer_id, self._need_key, read_only=True)
        for user_id in book.users():
            with suppress(EvidenceError):
                entry = book.entry(user_id)
                if entry is not None and entry.sent:
                    users |= {user_id, folded(entry.user_principal_name or "")}
        return users - {""}

    def _entry(self, target: Target) -> Entry | None:
        entry = self._books[target.customer_id].entry(target.user.id)
        for record in entry.records() if entry is not None else ():
            self._need_key().check(record.fingerprint.key_id, target.user.id)
        return entry

    def _put(self, target: Target, entry: Entry, *, durable: bool = False) -> None:
        named = replace(entry, user_principal_name=target.user_principal_name)
        self._books[target.customer_id].put(target.user.id, named, durable=durable)

    def _unfinished(self, entry: Entry, target: Target) -> Unfinished | None:
        if not entry.sent:
            return None
        sent = entry.sent[-1]
        return Unfinished(
            trace=Trace(sent.request_id, sent.correlation_id),
            sent_at=sent.moment,
            rotation_id=sent.rotation_id,
            attempt=sent.attempt,
            force_change_password=sent.force_change_password,
            same_password=self._recognises(sent, target),
            alone=len(entry.sent) == 1,
        )

    def _recognises(self, record: Record, target: Target) -> bool:
        return self._need_key().recognises(record.fingerprint, *target.key, target.password)

    def _record(self, attempt: Attempt) -> Record:
        return Record(
            at=_text(attempt.sent_at),
            rotation_id=attempt.rotation_id,
            force_change_password=attempt.force_change_password,
            attempt=attempt.attempt,
            request_id=attempt.trace.request_id or "",
            correlation_id=attempt.trace.correlation_id or "",
            certainty=None,
            fingerprint=self._need_key().fingerprint(*attempt.target.key, attempt.password),
        )

    def _need_key(self) -> LedgerKey:
        self._key = self._key or self._make_key()
        return self._key


def default_folder(ansible_home: str) -> str:
    """Return the default folder of the ledger."""
    return os.path.join(ansible_home, "partnercenter", "ledger")


def default_key_path(ansible_home: str) -> str:
    """Return the default file of the key: beside the ledger, because a ledger may be published, the key never."""
    return os.path.join(ansible_home, "partnercenter", "ledger.key")


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _applied(record: Record) -> Applied:
    return Applied(record.moment, record.rotation_id, record.force_change_password)


def _next_attempt(entry: Entry, target: Target) -> int:
    refused, rotation_id = entry.refused, target.intent.trigger.rotation_id
    return refused.attempt + 1 if refused and rotation_id and refused.rotation_id == rotation_id else 1


def _next_trace(entry: Entry, target: Target, attempt: int) -> Trace | None:
    """Return the ids for the next attempt. A refused rotation keeps its correlation id, as it had no effect."""
    trigger, refused = target.intent.trigger, entry.refused
    if trigger.policy is not Policy.WHEN_ROTATED or refused is None or refused.rotation_id != trigger.rotation_id:
        return None
    trace = ids(refused.correlation_id, attempt)
    return trace if is_unique(target.key, refused.rotation_id, trace) else None

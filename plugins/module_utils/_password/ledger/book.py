# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One customer's ledger on disk: a snapshot for people and git, and a journal while a run is under way.

The snapshot ``<customer>.json`` has one line for each user, sorted. A run appends its records to the journal
``<customer>.journal`` and makes them durable in groups, so that the cost of a user does not grow with the number of
users. At the end, the journal is merged into a new snapshot. If a run is killed, the next one merges its journal. The
last line of a journal may be torn: no request was sent after it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from typing import Any

from ..._base import durable, safe_folders
from ..._base.errors import EvidenceError
from . import layout
from .entry import Entry, Malformed, compact, dump, is_checked, parse
from .fingerprint import LedgerKey
from .folder import locked, open_folder, unwritable

#: The last merged snapshot of this process, by path: its digest and entries. So the next item of a loop need not parse
#: it again. A snapshot that another process has written meanwhile has another digest.
_merged: dict[str, tuple[str, dict[str, str]]] = {}
_MERGED_KEPT = 16

#: The largest file: some hundred thousand users of one customer.
LARGEST = 256 * 1024 * 1024


class _Text(str):
    """An entry in JSON that this process wrote and has not parsed yet."""

    __slots__ = ()


class Book:
    """The entries of one customer by user id. ``put`` is safe under threads. Methods raise :class:`EvidenceError`.

    ``lock`` is False where the caller has locked the whole ledger (:func:`folder.locked`).
    """

    def __init__(
        self, folder: str, customer_id: str, key: Callable[[], LedgerKey], *, read_only: bool, lock: bool = True
    ) -> None:
        self.customer_id = customer_id
        self._key = key
        self._read_only = read_only
        self._may_lack_checks = True  # until a snapshot of this release is read or written
        self._path = os.path.join(folder, f"{customer_id}.json")
        self._journal_path = os.path.join(folder, f"{customer_id}.journal")
        open_folder(folder, create=not read_only)
        self._lock = None if read_only or not lock else locked(folder, f".{customer_id}.lock", self._path)
        self._journal = durable.GroupAppender(self._journal_path)
        try:
            self._users: dict[str, Any] = self._read()
            if not read_only and os.path.exists(self._journal_path):
                self._merge()
        except BaseException:
            self._release()
            raise

    def users(self) -> list[str]:
        """Return the ids of all users with an entry."""
        return list(self._users)

    def entry(self, user_id: str) -> Entry | None:
        """Return the entry of the user, or None; raises where it was edited or damaged."""
        content = self._users.get(user_id)
        if content is None or isinstance(content, Entry):
            return content
        try:
            return self._parse(user_id, json.loads(content) if isinstance(content, _Text) else content)
        except Malformed as problem:
            raise self._problem(f"the entry of user {user_id} {problem}", *self._place_of(user_id)) from None

    def put(self, user_id: str, entry: Entry | None, *, durable: bool) -> None:
        """Record the entry; with ``durable``, it is on disk when this returns, together with those of other threads.

        If that fails, the earlier entry stays.
        """
        before = self._users.get(user_id)
        ticket = self._enqueue(user_id, entry)
        if durable:
            try:
                self._flush(ticket)
            except EvidenceError:
                self._enqueue(user_id, before)
                raise

    def close(self) -> None:
        """Merge the journal into the snapshot, and release the lock."""
        try:
            if not self._read_only and (self._journal.waits or os.path.exists(self._journal_path)):
                self._flush(None, durable=False)  # the merge makes it durable
                self._merge()
        finally:
            self._release()

    def _enqueue(self, user_id: str, content: Any) -> int:
        line = layout.journal_line(user_id, self._text_of(user_id, content))
        self._users[user_id] = content
        return self._journal.queue(line)

    def _flush(self, ticket: int | None, *, durable: bool = True) -> None:
        try:
            self._journal.flush(ticket, durable=durable)
        except safe_folders.Unsafe as problem:
            raise EvidenceError(f"ledger {problem}; nothing is sent on such evidence") from None
        except OSError as error:
            raise self._unwritable(error) from None

    def _merge(self) -> None:
        self._users = {uid: self._checked(uid, content) for uid, content in self._users.items()}
        entries = {uid: self._text_of(uid, content) for uid, content in self._users.items() if content is not None}
        text = layout.snapshot(self.customer_id, entries)
        try:
            folder, name = os.path.split(self._path)
            with safe_folders.opened(folder) as descriptor:
                durable.replace(descriptor, name, text.encode())
            os.unlink(self._journal_path)
        except safe_folders.Unsafe as problem:
            raise EvidenceError(f"ledger {problem}; nothing is sent on such evidence") from None
        except OSError as error:
            raise self._unwritable(error) from None
        self._may_lack_checks = False
        _merged.pop(self._path, None)
        _merged[self._path] = _digest(text), entries
        while len(_merged) > _MERGED_KEPT:
            _merged.pop(next(iter(_merged)), None)

    def _read(self) -> dict[str, Any]:
        # The journal first: if a run ends in between, it has merged its journal into the snapshot that is read next.
        journal, snapshot = self._text(self._journal_path), self._text(self._path)
        path = self._path
        try:
            users = {} if snapshot is None else self._parsed(snapshot)
            path = self._journal_path
            return users | layout.read_journal(journal or "")
        except layout.Damaged as damage:
            raise self._problem(str(damage), path, damage.line) from None

    def _parsed(self, snapshot: str) -> dict[str, Any]:
        digest, entries = _merged.get(self._path, ("", {}))
        if digest and digest == _digest(snapshot):
            self._may_lack_checks = False
            return {user_id: _Text(entry) for user_id, entry in entries.items()}
        users, checked = layout.read_snapshot(snapshot, self.customer_id)
        self._may_lack_checks = not checked
        return users

    def _parse(self, user_id: str, content: Any) -> Entry:
        return parse(content, self._owner(user_id), self._key(), may_lack_check=self._may_lack_checks)

    def _checked(self, user_id: str, content: Any) -> Any:
        """Return the entry; one of release 0.1.0 gets a check. A malformed one is kept, so that it stays an error."""
        if not self._may_lack_checks or not isinstance(content, dict) or is_checked(content):
            return content
        try:
            return self._parse(user_id, content)
        except (Malformed, EvidenceError):
            return content

    def _text(self, path: str) -> str | None:
        try:
            content = durable.read(path, largest=LARGEST, allowed=safe_folders.READABLE_FILE)
            return None if content is None else content.decode().replace("\r\n", "\n")
        except safe_folders.Unsafe as problem:
            raise EvidenceError(f"ledger {problem}; nothing is sent on such evidence") from None
        except OSError as error:
            raise self._problem(f"it cannot be read ({os.strerror(error.errno or 0)})", path) from None
        except UnicodeDecodeError:
            raise self._problem("it is not text", path) from None

    def _text_of(self, user_id: str, content: Any) -> str:
        """Return the entry as text. Content from the file is kept as it is, also where it is malformed."""
        if isinstance(content, _Text):
            return content
        return dump(content, self._owner(user_id), self._key()) if isinstance(content, Entry) else compact(content)

    def _owner(self, user_id: str) -> str:
        return f"{self.customer_id}/{user_id}"

    def _place_of(self, user_id: str) -> tuple[str, int | None]:
        line = layout.line_of(self._text(self._journal_path) or "", user_id)
        if line is not None:
            return self._journal_path, line
        return self._path, layout.line_of(self._text(self._path) or "", user_id)

    def _release(self) -> None:
        lock, self._lock = self._lock, None
        self._journal.close()
        if lock is not None:
            lock.release()

    def _unwritable(self, error: OSError) -> EvidenceError:
        return unwritable(self._path, error)

    def _problem(self, what: str, path: str, line: int | None = None) -> EvidenceError:
        where = f"{path}, line {line}" if line else path
        return EvidenceError(f"ledger {where}: {what}; nothing is sent on such evidence")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

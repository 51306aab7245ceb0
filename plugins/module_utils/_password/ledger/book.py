# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One customer's ledger on disk: a snapshot for people and git, and a journal while a run is under way.

The snapshot ``<customer>.json`` has one line for each user, sorted. The journal ``<customer>.journal`` takes what a
run records, appended and made durable in groups, so that the cost of a user does not grow with their number; at the
end it is merged into a new snapshot. A run that is killed leaves its journal, and the next one merges it. The last
line of a journal may be torn: what it says was never acted upon.
"""

from __future__ import annotations

import json
import os
import threading
from typing import Any

from ..._service.errors import EvidenceError
from . import files
from .entry import Entry, Malformed, dump, parse

SCHEMA = 1


class Book:
    """Entries by user id. ``put`` is safe under threads. Every method raises :class:`EvidenceError`."""

    def __init__(self, folder: str, customer_id: str, *, read_only: bool) -> None:
        self.customer_id = customer_id
        self._path = os.path.join(folder, f"{customer_id}.json")
        self._journal_path = os.path.join(folder, f"{customer_id}.journal")
        self._lock = None if read_only else self._locked(folder)
        self._journal: files.Appender | None = None
        self._queue: list[str] = []
        self._queued = self._durable = 0
        self._queue_lock, self._flush_lock = threading.Lock(), threading.Lock()
        self._users: dict[str, Any] = {}
        try:
            self._users = self._read()
            if not read_only and os.path.exists(self._journal_path):
                self._merge()
        except BaseException:
            self._release()
            raise

    def entry(self, user_id: str) -> Entry | None:
        """What is recorded of the user; an error where it was edited or damaged."""
        content = self._users.get(user_id)
        if content is None or isinstance(content, Entry):
            return content
        try:
            return parse(content)
        except Malformed as problem:
            raise self._problem(f"the entry of user {user_id} {problem}", line=self._line_of(user_id)) from None

    def put(self, user_id: str, entry: Entry | None, *, durable: bool) -> None:
        """Records the entry; with ``durable`` it is on disk when this returns, together with those of other threads.

        Where that fails, the entry before is put back: nothing happened for this user.
        """
        line = f'{{"user_id":"{user_id}","entry":{dump(entry) if entry else "null"}}}\n'
        with self._queue_lock:
            before = self._users.get(user_id)
            self._users[user_id] = entry
            self._queue.append(line)
            self._queued += 1
            ticket = self._queued
        if durable:
            try:
                self._flush(ticket)
            except EvidenceError:
                self.put(user_id, before if isinstance(before, Entry) else self._parsed(before), durable=False)
                raise

    def close(self) -> None:
        """Merges the journal into the snapshot, and lets other runs in."""
        try:
            if self._lock is not None:
                self._flush(self._queued)
                if os.path.exists(self._journal_path):
                    self._merge()
        finally:
            self._release()

    def _flush(self, ticket: int) -> None:
        """The first thread to come writes for all that wait behind it."""
        with self._flush_lock:
            if self._durable >= ticket:
                return
            with self._queue_lock:
                lines, self._queue, last = self._queue, [], self._queued
            try:
                self._journal = self._journal or files.Appender(self._journal_path)
                self._journal.append("".join(lines))
            except OSError as error:
                with self._queue_lock:
                    self._queue = lines + self._queue
                raise self._unwritable(error) from None
            self._durable = last

    def _merge(self) -> None:
        lines = [
            f'    "{user_id}": {dump(content) if isinstance(content, Entry) else _compact(content)}'
            for user_id, content in sorted(self._users.items())
            if content is not None
        ]
        head = f'{{\n  "schema": {SCHEMA},\n  "customer_id": "{self.customer_id}",\n  "users": {{\n'
        try:
            files.replace(self._path, head + ",\n".join(lines) + "\n  }\n}\n")
            os.unlink(self._journal_path)
        except OSError as error:
            raise self._unwritable(error) from None

    def _read(self) -> dict[str, Any]:
        # The journal first: a run that ends in between has merged it into the snapshot by the time that is read.
        journal = self._text(self._journal_path)
        users = self._snapshot(self._text(self._path))
        for number, line in enumerate(journal.split("\n")[:-1], start=1):
            try:
                record = json.loads(line)
                users[record["user_id"]] = record["entry"]
            except (ValueError, KeyError, TypeError, RecursionError):
                raise self._problem("the journal is damaged", line=number, path=self._journal_path) from None
        return users

    def _snapshot(self, text: str) -> dict[str, Any]:
        if not text:
            return {}
        try:
            content = json.loads(text)
        except RecursionError:
            raise self._problem("it is not a ledger") from None
        except ValueError as error:
            line = getattr(error, "lineno", None)
            raise self._problem("it is truncated or damaged: not valid JSON", line=line) from None
        if not isinstance(content, dict) or not isinstance(content.get("users"), dict):
            raise self._problem("it is not a ledger")
        schema = content.get("schema")
        if schema != SCHEMA:
            raise self._problem(f"it has schema {schema!r}, and this version reads {SCHEMA}: update the collection")
        if content.get("customer_id") != self.customer_id:
            raise self._problem("it belongs to another customer; were two customers' ledgers mixed up?")
        return dict(content["users"])

    def _text(self, path: str) -> str:
        try:
            return files.read_text(path)
        except OSError as error:
            raise self._problem(f"it cannot be read ({os.strerror(error.errno or 0)})", path=path) from None
        except UnicodeDecodeError:
            raise self._problem("it is not text", path=path) from None

    def _parsed(self, content: Any) -> Entry | None:
        return None if content is None else parse(content)

    def _line_of(self, user_id: str) -> int | None:
        lines = self._text(self._path).split("\n")
        return next((number for number, line in enumerate(lines, start=1) if f'"{user_id}"' in line), None)

    def _locked(self, folder: str) -> files.Lock:
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            return files.Lock(os.path.join(folder, f".{self.customer_id}.lock"))
        except TimeoutError:
            raise self._problem("another run has held it for half an hour") from None
        except OSError as error:
            raise self._unwritable(error) from None

    def _release(self) -> None:
        for held in (self._journal, self._lock):
            if isinstance(held, files.Appender):
                held.close()
            elif held is not None:
                held.release()
        self._journal = self._lock = None

    def _unwritable(self, error: OSError) -> EvidenceError:
        return self._problem(f"it cannot be written ({os.strerror(error.errno or 0)})")

    def _problem(self, what: str, *, line: int | None = None, path: str | None = None) -> EvidenceError:
        where = f"{path or self._path}" + (f", line {line}" if line else "")
        return EvidenceError(f"ledger {where}: {what}; nothing is sent on such evidence")


def _compact(content: Any) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))

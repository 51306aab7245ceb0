# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One customer's ledger on disk: what is read back after an ordinary end, a kill, damage, or a full disk."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices, safe_folders
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import EvidenceError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.lock import Lock
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger import book as book_module
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger import folder as folder_module
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger import layout
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.book import Book
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.entry import Entry
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    KEY,
    OTHER_CUSTOMER,
    raised,
    user_id,
)
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Killed

from .test_entry import RECORD

A, B, C = user_id(1), user_id(2), user_id(3)
SENT = Entry("alice@contoso.example", sent=(RECORD,))
APPLIED = Entry("alice@contoso.example", applied=RECORD)


def open_book(folder: Path, *, read_only: bool = False, customer_id: str = CUSTOMER) -> Book:
    return Book(str(folder), customer_id, lambda: KEY, read_only=read_only)


def snapshot(folder: Path) -> Path:
    return folder / f"{CUSTOMER}.json"


def journal(folder: Path) -> Path:
    return folder / f"{CUSTOMER}.journal"


def killed(book: Book) -> None:
    """The process is gone: its lock as well, and nothing was merged."""
    book._release()


def written(folder: Path, **entries: Entry) -> None:
    book = open_book(folder)
    for name, entry in entries.items():
        book.put({"a": A, "b": B, "c": C}[name], entry, durable=True)
    book.close()


def test_what_is_put_is_there_in_the_next_run(tmp_path: Path) -> None:
    written(tmp_path, a=APPLIED, b=SENT)
    book = open_book(tmp_path)
    assert [book.entry(user) for user in (A, B, C)] == [APPLIED, SENT, None]
    book.close()
    assert sorted(os.listdir(tmp_path)) == [f".{CUSTOMER}.lock", f"{CUSTOMER}.json"]


def test_a_run_that_records_nothing_writes_nothing(tmp_path: Path) -> None:
    written(tmp_path, a=APPLIED)
    before = snapshot(tmp_path).stat().st_mtime_ns
    open_book(tmp_path).close()
    assert snapshot(tmp_path).stat().st_mtime_ns == before
    folder = tmp_path / "new"
    open_book(folder).close()
    assert os.listdir(folder) == [f".{CUSTOMER}.lock"]


def test_nobody_else_may_look_into_the_ledger(tmp_path: Path) -> None:
    written(tmp_path / "ledger", a=APPLIED)
    assert stat.S_IMODE((tmp_path / "ledger").stat().st_mode) == 0o700


def test_the_snapshot_does_not_depend_on_the_order_of_events(tmp_path: Path) -> None:
    written(tmp_path / "one", a=APPLIED, b=SENT)
    written(tmp_path / "two", b=SENT)
    written(tmp_path / "two", a=APPLIED)
    assert snapshot(tmp_path / "one").read_bytes() == snapshot(tmp_path / "two").read_bytes()


def test_an_entry_can_be_taken_away(tmp_path: Path) -> None:
    written(tmp_path, a=APPLIED, b=SENT)
    book = open_book(tmp_path)
    book.put(A, None, durable=True)
    book.close()
    assert A not in snapshot(tmp_path).read_text() and B in snapshot(tmp_path).read_text()


def test_a_killed_run_leaves_a_journal_which_the_next_run_merges(tmp_path: Path) -> None:
    written(tmp_path, a=APPLIED)
    book = open_book(tmp_path)
    book.put(B, SENT, durable=True)
    book.put(C, SENT, durable=False)  # never acted upon
    killed(book)
    assert journal(tmp_path).exists() and B not in snapshot(tmp_path).read_text()

    book = open_book(tmp_path)
    assert [book.entry(user) for user in (A, B, C)] == [APPLIED, SENT, None]
    assert not journal(tmp_path).exists() and B in snapshot(tmp_path).read_text()
    book.close()


def test_a_run_that_only_reads_leaves_a_journal_alone(tmp_path: Path) -> None:
    book = open_book(tmp_path)
    book.put(A, SENT, durable=True)
    reader = open_book(tmp_path, read_only=True)  # does not wait for the lock either
    assert reader.entry(A) == SENT
    reader.close()
    assert journal(tmp_path).exists()
    book.close()
    folder = tmp_path / "none"
    assert open_book(folder, read_only=True).entry(A) is None
    assert not folder.exists()


def test_a_torn_last_line_is_forgotten(tmp_path: Path) -> None:
    book = open_book(tmp_path)
    book.put(A, SENT, durable=True)
    whole = journal(tmp_path).read_text()
    book.put(B, SENT, durable=True)
    killed(book)
    torn = journal(tmp_path).read_text()[: len(whole) + 40]
    journal(tmp_path).write_text(torn)
    book = open_book(tmp_path)
    assert (book.entry(A), book.entry(B)) == (SENT, None)
    book.put(B, APPLIED, durable=True)
    killed(book)
    assert open_book(tmp_path, read_only=True).entry(B) == APPLIED


def test_a_kill_between_the_new_snapshot_and_the_end_of_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = os.unlink

    def kill(path: str, **named: int) -> None:
        if path == str(journal(tmp_path)):
            raise Killed
        unlink(path, **named)

    book = open_book(tmp_path)
    book.put(A, SENT, durable=True)
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", kill)
        with pytest.raises(Killed):
            book.close()
    assert snapshot(tmp_path).exists() and journal(tmp_path).exists()
    book = open_book(tmp_path)
    assert book.entry(A) == SENT and not journal(tmp_path).exists()
    book.close()


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated": (lambda folder: truncate(snapshot(folder), 300), ".json, line 5: it is truncated or damaged"),
    "empty": (lambda folder: snapshot(folder).write_text(""), ".json, line 1: it is truncated or damaged"),
    "newer": (lambda folder: edit(snapshot(folder), '"schema": 2', '"schema": 7'), ".json: it has schema 7"),
    "another customer's": (
        lambda folder: edit(snapshot(folder), CUSTOMER, OTHER_CUSTOMER),
        ".json: it belongs to another customer",
    ),
    "not text": (lambda folder: snapshot(folder).write_bytes(b"\xff\xfe\x00"), ".json: it is not text"),
    "a link": (lambda folder: link(snapshot(folder)), ".json is a symbolic link, and links are not followed here"),
    "a folder": (lambda folder: make_folder(snapshot(folder)), ".json is not a regular file"),
    "a damaged journal": (
        lambda folder: journal(folder).write_text("{}\n{\n"),
        ".journal, line 1: the journal is damaged",
    ),
    "a journal that is not text": (lambda folder: journal(folder).write_bytes(b"\xff\n"), ".journal: it is not text"),
}


def truncate(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def edit(path: Path, old: str, new: str) -> None:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def link(path: Path) -> None:
    path.rename(path.with_suffix(".elsewhere"))
    path.symlink_to(path.with_suffix(".elsewhere"))


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_an_error_that_names_file_and_line(tmp_path: Path, name: str, read_only: bool) -> None:
    written(tmp_path, a=APPLIED, b=SENT)
    damage, complaint = DAMAGES[name]
    damage(tmp_path)
    before = sorted(os.listdir(tmp_path))
    error = raised(lambda: open_book(tmp_path, read_only=read_only))
    assert isinstance(error, EvidenceError)
    assert str(error).startswith(f"ledger {tmp_path}/{CUSTOMER}") and complaint in str(error)
    assert str(error).endswith("nothing is sent on such evidence")
    assert sorted(os.listdir(tmp_path)) == before, "what is damaged is left as it is"
    (tmp_path / f".{CUSTOMER}.lock").unlink()
    Lock(str(tmp_path / f".{CUSTOMER}.lock"), 0).release()


def test_the_lock_is_given_back_where_opening_failed(tmp_path: Path) -> None:
    tmp_path.joinpath(f"{CUSTOMER}.json").write_text("[]")
    raised(lambda: open_book(tmp_path))
    snapshot(tmp_path).unlink()
    open_book(tmp_path).close()


def test_an_edited_entry_is_an_error_for_this_user_alone(tmp_path: Path) -> None:
    written(tmp_path, a=APPLIED, b=SENT)
    edit(snapshot(tmp_path), '"applied":{"at":"2026-11-02', '"applied":{"at":"2027-11-02')
    book = open_book(tmp_path)
    assert book.entry(B) == SENT
    message = str(raised(lambda: book.entry(A)))
    assert f"{CUSTOMER}.json, line 5: the entry of user {A} was edited or damaged" in message
    book.put(C, SENT, durable=True)
    book.close()
    assert "2027-11-02" in snapshot(tmp_path).read_text(), "what is not understood is kept as it is"


def test_an_edited_journal_is_named_as_such(tmp_path: Path) -> None:
    book = open_book(tmp_path)
    book.put(A, SENT, durable=True)
    edit(journal(tmp_path), "2026-11-02", "2027-11-02")
    reader = open_book(tmp_path, read_only=True)
    assert f"{CUSTOMER}.journal, line 1: the entry of" in str(raised(lambda: reader.entry(A)))
    book.close()


def test_an_edited_entry_is_found_in_its_file_while_others_are_in_the_journal(tmp_path: Path) -> None:
    written(tmp_path, a=APPLIED)
    edit(snapshot(tmp_path), "2026-11-02", "2027-11-02")
    book = open_book(tmp_path)
    book.put(B, SENT, durable=True)
    reader = open_book(tmp_path, read_only=True)
    assert f"{CUSTOMER}.json, line 5: the entry of" in str(raised(lambda: reader.entry(A)))
    book.close()


def test_a_line_that_was_moved_to_another_user_proves_nothing(tmp_path: Path) -> None:
    written(tmp_path, a=APPLIED)
    edit(snapshot(tmp_path), A, B)
    book = open_book(tmp_path, read_only=True)
    assert "another user's" in str(raised(lambda: book.entry(B)))


def test_a_line_of_another_customer_proves_nothing(tmp_path: Path) -> None:
    book = open_book(tmp_path, customer_id=OTHER_CUSTOMER)
    book.put(A, APPLIED, durable=True)
    book.close()
    (tmp_path / f"{OTHER_CUSTOMER}.json").rename(snapshot(tmp_path))
    edit(snapshot(tmp_path), OTHER_CUSTOMER, CUSTOMER)
    book = open_book(tmp_path, read_only=True)
    assert "another user's" in str(raised(lambda: book.entry(A)))


def refuse(patch: pytest.MonkeyPatch, name: str, code: int) -> None:
    def fail(*_arguments: Any, **_more: Any) -> Any:
        raise OSError(code, os.strerror(code))

    patch.setattr(os, name, fail)


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    refuse(monkeypatch, "mkdir", code)
    message = str(raised(lambda: open_book(tmp_path / "ledger")))
    assert message.endswith(f"it cannot be written ({os.strerror(code)}); nothing is sent without a record")


@pytest.mark.parametrize("read_only", [True, False])
def test_a_folder_that_everybody_can_write_is_refused(tmp_path: Path, read_only: bool) -> None:
    tmp_path.chmod(0o777)
    message = str(raised(lambda: open_book(tmp_path, read_only=read_only)))
    assert message.startswith(f"ledger: {tmp_path} can be written by everybody: chmod o-w")


def test_a_new_ledger_is_told_once(tmp_path: Path) -> None:
    notices.take()
    for _run in range(2):
        open_book(tmp_path / "ledger").close()
    assert notices.take() == [f"there was no ledger yet: a new one was made at {tmp_path / 'ledger'}"]


def test_a_file_that_others_can_write_is_closed(tmp_path: Path) -> None:
    book = open_book(tmp_path)
    book.put(A, SENT, durable=True)
    book.close()
    snapshot(tmp_path).chmod(0o666)
    open_book(tmp_path, read_only=True).close()
    assert stat.S_IMODE(snapshot(tmp_path).stat().st_mode) == 0o644


@pytest.mark.parametrize("read_only", [True, False])
def test_a_ledger_below_a_file(tmp_path: Path, read_only: bool) -> None:
    (tmp_path / "file").write_text("")
    assert "Not a directory" in str(raised(lambda: open_book(tmp_path / "file" / "x", read_only=read_only)))


def test_a_lock_that_another_run_holds_for_half_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = open_book(tmp_path)
    monkeypatch.setattr(folder_module, "_LOCK_SECONDS", 0.0)
    assert str(raised(lambda: open_book(tmp_path))) == (
        f"ledger {snapshot(tmp_path)}: another run has held it for half an hour; nothing is sent on such evidence"
    )
    other = open_book(tmp_path, customer_id=OTHER_CUSTOMER)
    other.close()
    book.close()


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(folder_module, "Lock", refused)
    assert str(raised(lambda: open_book(tmp_path))) == (
        f"ledger {snapshot(tmp_path)}: it cannot be written (Read-only file system); nothing is sent without a record"
    )


def test_line_ends_of_another_system_change_nothing(tmp_path: Path) -> None:
    written(tmp_path, a=APPLIED)
    book = open_book(tmp_path)
    book.put(B, SENT, durable=True)
    killed(book)
    for path in (snapshot(tmp_path), journal(tmp_path)):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    book = open_book(tmp_path, read_only=True)
    assert [book.entry(user) for user in (A, B)] == [APPLIED, SENT]


@pytest.mark.parametrize("code", [errno.EIO, 0])
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def failing(path: str, **_options: object) -> bytes:
        raise OSError(code, "x") if code else OSError("without a number")

    written(tmp_path, a=APPLIED)
    monkeypatch.setattr(book_module.durable, "read", failing)
    told = f"ledger {journal(tmp_path)}: it cannot be read ({os.strerror(code)})"
    assert str(raised(lambda: open_book(tmp_path, read_only=True))).startswith(told)


@pytest.mark.parametrize("place", ["append", "replace"])
def test_a_file_that_must_not_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Another user of the machine may have exchanged it while the run was under way."""

    def exchanged(*_arguments: object, **_options: object) -> None:
        raise safe_folders.Unsafe("somewhere is a link")

    book = open_book(tmp_path)
    book.put(A, SENT, durable=True)
    monkeypatch.setattr(book_module.durable, place, exchanged)
    action = (lambda: book.put(A, APPLIED, durable=True)) if place == "append" else book.close
    assert str(raised(action)) == "ledger somewhere is a link; nothing is sent on such evidence"


@pytest.mark.parametrize("operation", ["write", "fsync"])
@pytest.mark.parametrize("before", [None, APPLIED])
def test_a_record_that_could_not_be_made_durable_restores_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str, before: Entry | None
) -> None:
    if before:
        written(tmp_path, a=before)
    book = open_book(tmp_path)
    with monkeypatch.context() as patch:
        refuse(patch, operation, errno.ENOSPC)
        assert "No space left on device" in str(raised(lambda: book.put(A, SENT, durable=True)))
        assert book.entry(A) == before
        assert "No space left on device" in str(raised(lambda: book.put(B, SENT, durable=True)))
    book.put(C, SENT, durable=True)  # there is room again
    book.close()
    book = open_book(tmp_path)
    assert [book.entry(user) for user in (A, B, C)] == [before, None, SENT]
    book.close()


def test_an_end_that_could_not_be_recorded_lets_other_runs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = open_book(tmp_path)
    book.put(A, SENT, durable=True)
    book.put(A, APPLIED, durable=False)
    with monkeypatch.context() as patch:
        refuse(patch, "write", errno.ENOSPC)
        assert "No space left on device" in str(raised(book.close))
    book = open_book(tmp_path)
    assert book.entry(A) == SENT
    book.close()


@pytest.mark.parametrize("operation", ["rename", "unlink"])
def test_a_snapshot_that_cannot_be_replaced_leaves_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    book = open_book(tmp_path)
    book.put(A, SENT, durable=True)
    with monkeypatch.context() as patch:
        refuse(patch, operation, errno.EROFS)
        message = str(raised(book.close))
    assert message == (
        f"ledger {snapshot(tmp_path)}: it cannot be written (Read-only file system); nothing is sent without a record"
    )
    assert journal(tmp_path).exists()
    assert open_book(tmp_path, read_only=True).entry(A) == SENT


def test_many_threads_share_one_fsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """32 threads, 640 durable records: while one fsync is under way, the others queue up for the next."""
    book = open_book(tmp_path)
    book.put(C, SENT, durable=True)
    fsyncs: list[float] = []
    fsync = os.fsync

    def slow(descriptor: int) -> None:
        fsyncs.append(1)
        threading.Event().wait(0.002)  # as a disk takes
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", slow)

    def work(first: int) -> None:
        for number in range(first, first + 20):
            book.put(user_id(number), SENT, durable=True)

    threads = [threading.Thread(target=work, args=(1000 + 20 * thread,)) for thread in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fsyncs) <= 640 / 4
    killed(book)
    book = open_book(tmp_path, read_only=True)
    assert all(book.entry(user_id(number)) == SENT for number in range(1000, 1640))


def test_a_durable_record_is_on_disk_when_put_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = open_book(tmp_path)
    fsync, seen = os.fsync, []
    monkeypatch.setattr(os, "fsync", lambda descriptor: (seen.append(journal(tmp_path).read_text()), fsync(descriptor)))
    book.put(A, SENT, durable=True)
    assert A in seen[-1]
    count = len(seen)
    book.put(B, SENT, durable=False)
    assert len(seen) == count
    book.put(B, replace(SENT, user_principal_name=None), durable=True)
    assert [json.loads(line)["user_id"] for line in seen[-1].splitlines()] == [A, B, B]
    book.close()


def test_an_end_waits_for_the_disk_twice_however_much_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One wait is for the snapshot, one for its name. Both include everything in the journal."""
    book = open_book(tmp_path)
    book.put(A, SENT, durable=True)
    book.put(A, APPLIED, durable=False)
    fsync, seen = os.fsync, list[int]()
    monkeypatch.setattr(os, "fsync", lambda descriptor: (seen.append(descriptor), fsync(descriptor)))
    book.close()
    assert len(seen) == 2


def test_what_was_just_merged_is_not_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The items of a loop open the same ledger one after the other."""
    written(tmp_path, a=APPLIED, b=SENT)
    with monkeypatch.context() as patch:
        patch.setattr(layout, "read_snapshot", lambda *_arguments: pytest.fail("parsed again"))
        book = open_book(tmp_path)
        assert [book.entry(user) for user in (A, B, C)] == [APPLIED, SENT, None]
        book.put(C, SENT, durable=True)
        book.close()
    text = snapshot(tmp_path).read_text()
    _forget()
    book = open_book(tmp_path)
    assert [book.entry(user) for user in (A, B, C)] == [APPLIED, SENT, SENT]
    book.put(C, SENT, durable=True)
    book.close()
    assert snapshot(tmp_path).read_text() == text


def test_what_was_merged_last_is_remembered_and_no_more_than_that(tmp_path: Path) -> None:
    _forget()
    first, *others = (f"11111111-1111-4111-8111-{number:012d}" for number in range(18))
    for customer_id in (first, *others[:15], first, *others[15:]):
        book = open_book(tmp_path, customer_id=customer_id)
        book.put(A, APPLIED, durable=True)
        book.close()
    kept = [str(tmp_path / f"{customer_id}.json") for customer_id in (*others[2:15], first, *others[15:])]
    assert list(book_module._merged) == kept and len(kept) == book_module._MERGED_KEPT


def test_a_snapshot_that_somebody_else_wrote_meanwhile_is_read(tmp_path: Path) -> None:
    """It has the same size and time: only its content differs."""
    written(tmp_path, a=APPLIED)
    text, status = snapshot(tmp_path).read_text(), snapshot(tmp_path).stat()
    edited = text.replace("alice@contoso.example", "aline@contoso.example")
    snapshot(tmp_path).write_text(edited)
    os.utime(snapshot(tmp_path), ns=(status.st_atime_ns, status.st_mtime_ns))
    book = open_book(tmp_path)
    assert "check" in str(raised(lambda: book.entry(A)))
    book.close()


def _forget() -> None:
    """Forget the cache, as another process would start."""
    book_module._merged.clear()

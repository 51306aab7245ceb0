# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recognising a password by a keyed fingerprint; the key from an option or from a file that is made once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger import fingerprint
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.fingerprint import (
    LedgerKey,
    key_from_file,
    parse_key,
)
from ansible_collections.csp.partnercenter.tests.unit.password.builders import KEY, OTHER_PASSWORD, PASSWORD, raised

OTHER_KEY = LedgerKey(b"o" * 32)


def test_a_fingerprint_recognises_its_password_and_no_other() -> None:
    made = KEY.fingerprint("customer", "user", Secret(PASSWORD))
    assert KEY.recognises(made, "customer", "user", Secret(PASSWORD))
    assert not KEY.recognises(made, "customer", "user", Secret(OTHER_PASSWORD))
    assert not KEY.recognises(made, "customer", "other", Secret(PASSWORD))
    assert not KEY.recognises(made, "other", "user", Secret(PASSWORD))
    assert not OTHER_KEY.recognises(made, "customer", "user", Secret(PASSWORD))


def test_the_same_password_never_has_the_same_fingerprint() -> None:
    made = [KEY.fingerprint("customer", "user", Secret(PASSWORD)) for _unused in range(3)]
    assert len({one.salt for one in made}) == len({one.digest for one in made}) == 3
    assert all(len(bytes.fromhex(one.salt)) == 16 for one in made)


def test_a_fingerprint_is_a_keyed_hash_that_other_versions_can_check() -> None:
    made = KEY.fingerprint("c", "u", Secret(PASSWORD), salt="5a17")
    text = f"1\0c\0u\x005a17\0{PASSWORD}"
    assert made.digest == hmac.new(b"k" * 32, text.encode(), hashlib.sha256).hexdigest()
    assert made.key_id == KEY.id and len(KEY.id) == 8


def test_another_key_is_an_error_that_says_what_to_do() -> None:
    made = OTHER_KEY.fingerprint("customer", "user", Secret(PASSWORD))
    for own in (KEY.id, KEY.first_id):
        KEY.check(own, "user")
    message = str(raised(lambda: KEY.check(made.key_id, "user")))
    assert message == (
        f"the ledger's entry of user user was made with key {OTHER_KEY.id}, and this run has {KEY.id}: "
        "set ledger_key or PARTNERCENTER_LEDGER_KEY to the key that made it; nothing was sent"
    )


def test_a_key_does_not_show_itself() -> None:
    assert "kkk" not in repr(KEY) + str(KEY) + KEY.id


@pytest.mark.parametrize(
    "written", [(b"k" * 32).hex(), f" {(b'k' * 32).hex().upper()}\n", base64.b64encode(b"k" * 32).decode()]
)
def test_a_key_is_written_in_hexadecimal_or_base64(written: str) -> None:
    assert parse_key(Secret(written)) == KEY


@pytest.mark.parametrize(
    "written",
    [
        "",
        "CANARY",
        "ab" * 31,
        "ab" * 33,
        base64.b64encode(b"k" * 31).decode(),
        base64.b64encode(b"k" * 32).decode().replace("a2", "a!2", 1),
        "zz" * 32,
        "ä" * 64,
    ],
)
def test_a_key_of_another_length_is_refused_without_being_shown(written: str) -> None:
    message = str(raised(lambda: parse_key(Secret(written))))
    assert message == (
        "ledger_key: must be 32 bytes, written as 64 hexadecimal digits or in base64; "
        "make one with: openssl rand -hex 32"
    )
    assert not written or written not in message


def test_the_key_file_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "partnercenter" / "ledger.key"
    key = key_from_file(str(path))
    assert key == key_from_file(str(path)) == parse_key(Secret(path.read_text()))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["ledger.key"]


def test_a_new_key_is_durable_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that outlived its key would be of no use."""
    order: list[str] = []
    fsync, link = os.fsync, os.link
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append("fsync"), fsync(fd))[1])
    monkeypatch.setattr(os, "link", lambda *names, **places: (order.append("link"), link(*names, **places))[1])
    key_from_file(str(tmp_path / "ledger.key"))
    assert order == ["fsync", "link", "fsync"]


def test_a_new_key_is_never_readable_by_others_not_even_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "chmod", lambda *_arguments: pytest.fail("it was readable by others until now"))
    key_from_file(str(tmp_path / "ledger.key"))


def test_who_comes_second_takes_the_key_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.key"
    first = key_from_file(str(path))
    monkeypatch.setattr(os.path, "exists", lambda _path: False)  # as it was when this run looked
    assert key_from_file(str(path)) == first
    assert os.listdir(tmp_path) == ["ledger.key"]


def test_a_key_file_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    path.write_text("ab" * 32)
    path.chmod(0o644)
    key_from_file(str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert f"{path}: every user of this machine could read the ledger's key; the file was closed" in notices.take()


def test_a_key_file_that_not_everybody_could_read_is_worth_no_notice(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    path.write_text("ab" * 32)
    notices.take()  # of others
    for mode in (0o600, 0o640):
        path.chmod(mode)
        key_from_file(str(path))
        assert notices.take() == []


def test_a_key_file_is_not_made_where_nothing_may_be_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    message = str(raised(lambda: key_from_file(str(path), make=False)))
    assert message == f"the ledger's key file {path} cannot be used: No such file or directory; nothing was sent"
    assert not path.exists()


def test_a_key_file_that_holds_no_key(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    path.write_text("CANARY")
    message = str(raised(lambda: key_from_file(str(path))))
    assert message.startswith(f"{path}: must be 32 bytes") and "CANARY" not in message
    path.write_bytes(b"\xff\xfe")
    message = str(raised(lambda: key_from_file(str(path))))
    assert message == f"the ledger's key file {path} cannot be used: it is not text; nothing was sent"
    path.unlink()
    path.mkdir()
    assert "Is a directory" in str(raised(lambda: key_from_file(str(path))))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be used" in str(raised(lambda: key_from_file(str(tmp_path / "file" / "ledger.key"))))


def test_a_folder_that_everybody_can_write_holds_no_key(tmp_path: Path) -> None:
    path = tmp_path / "open"
    path.mkdir()
    path.chmod(0o777)
    message = str(raised(lambda: key_from_file(str(path / "ledger.key"))))
    assert message.startswith("the ledger's key file cannot be used: ") and str(path) in message


def test_eight_processes_at_once_make_one_key(tmp_path: Path) -> None:
    script = f"from {fingerprint.__name__} import key_from_file as k; print(k({str(tmp_path / 'ledger.key')!r}).id)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    runs = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment, text=True)
        for _unused in range(8)
    ]
    ids = {run.communicate(timeout=20)[0].strip() for run in runs}
    assert ids == {key_from_file(str(tmp_path / "ledger.key")).id}
    assert os.listdir(tmp_path) == ["ledger.key"]

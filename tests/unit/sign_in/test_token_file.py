# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A refresh token in a file: plain or encrypted, replaced whole and durably, shared between runs."""

from __future__ import annotations

import os
import stat
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CredentialError,
    InputError,
    StoreError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.token_file import TokenFile
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import CipherError
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CANARY, everything_shown, raised
from ansible_collections.csp.partnercenter.tests.unit.support.kits import PlainCipher


def no_cipher(vault_id: str | None) -> PlainCipher:
    raise CipherError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("first\n")
    path.chmod(0o600)
    return path


def test_a_plain_file_stays_plain(file: Path) -> None:
    keeper = TokenFile(str(file), PlainCipher)
    assert keeper.load().reveal() == "first"
    with keeper.held():
        keeper.save(Secret("second"))
    assert file.read_text() == "second\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(file.parent) == ["token"]


@pytest.mark.parametrize("vault_id", [None, "prod"])
def test_an_encrypted_file_stays_encrypted_with_its_vault_id(file: Path, vault_id: str | None) -> None:
    keeper = TokenFile(str(file), PlainCipher)
    keeper.write(Secret("first"), vault_id=vault_id)
    keeper.save(Secret("second"))
    assert file.read_text() == PlainCipher(vault_id).encrypt(Secret("second")) + "\n"
    assert keeper.load().reveal() == "second"


def test_a_place_is_checked_before_anybody_signs_in(file: Path) -> None:
    TokenFile(str(file)).check()
    new = file.parent / "a" / "b" / "token"
    TokenFile(str(new)).check(write=False)
    assert not new.parent.parent.exists()
    TokenFile(str(new)).check()
    assert stat.S_IMODE(new.parent.stat().st_mode) == 0o700 and not new.exists()


@pytest.mark.parametrize("write", [True, False])
def test_a_place_that_cannot_be_written_is_named(file: Path, monkeypatch: pytest.MonkeyPatch, write: bool) -> None:
    def refused(path: str) -> str:
        error = raised(lambda: TokenFile(path).check(write=write))
        assert isinstance(error, InputError | StoreError)
        return str(error)

    assert f"{file.parent} is a folder: name a file in it" in refused(str(file.parent))
    assert "is a folder" in refused(f"{file.parent}/new/")
    assert f"cannot be saved in {file}/token (Not a directory)" in refused(f"{file}/token")
    assert "is not a path" in refused("a\0b")
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    assert f"cannot be saved in {file} (Permission denied)" in refused(str(file))


@pytest.mark.parametrize("vaulted", [True, False])
def test_a_file_from_an_editor_of_another_system_is_read(file: Path, vaulted: bool) -> None:
    text = PlainCipher(None).encrypt(Secret("first")) if vaulted else "first"
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() + b"\r\n")
    assert TokenFile(str(file), PlainCipher).load() == Secret("first")


@pytest.mark.parametrize(
    "text", ['"cAnAry-7"', '{"refresh_token": "cAnAry-7"}', "cAnAry-7\ncAnAry-7", "Bearer cAnAry-7"]
)
@pytest.mark.parametrize("vaulted", [True, False])
def test_a_file_that_holds_more_than_the_token_is_refused_without_a_quote(file: Path, text: str, vaulted: bool) -> None:
    file.write_text(PlainCipher(None).encrypt(Secret(text)) if vaulted and "\n" not in text else text)
    error = raised(lambda: TokenFile(str(file), PlainCipher).load())
    assert isinstance(error, InputError) and error.place == "refresh_token_file"
    assert "cAnAry" not in everything_shown(error)


def test_it_is_on_disk_when_saving_returns(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, rename = os.fsync, os.rename

    def noted_fsync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def noted_rename(*arguments: str, **places: int) -> None:
        steps.append("rename")
        rename(*arguments, **places)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "rename", noted_rename)
    TokenFile(str(file)).save(Secret("second"))
    assert steps == ["file", "rename", "folder"]


def test_a_link_stays_one(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    TokenFile(str(link)).save(Secret("second"))
    assert link.is_symlink()
    assert file.read_text() == "second\n"


def test_the_first_one_makes_its_folder(tmp_path: Path) -> None:
    keeper = TokenFile(str(tmp_path / "new" / "token"))
    keeper.write(Secret("first"), encrypt=False)
    assert keeper.load().reveal() == "first"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_where_it_cannot_be_replaced_it_is_remembered_and_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_arguments: False)
    notices.take()
    keeper = TokenFile(str(file))
    with keeper.held():
        keeper.save(Secret("second"))
    assert keeper.load().reveal() == "second"
    assert file.read_text() == "first\n"
    (notice,) = notices.take()
    last_day = datetime.fromtimestamp(file.stat().st_mtime, UTC) + timedelta(days=90)
    assert f"the folder of {file} cannot be written. The given one ends on {last_day:%Y-%m-%d} at the latest" in notice
    assert notice.endswith("set refresh_token_store, in which every run keeps the newest one")
    assert keeper.saved_at() is None, "what is kept in this process is not saved"


def test_a_file_that_seems_too_old_says_nothing_about_its_token(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one out of an archive: the token was redeemed just now."""
    os.utime(file, (0, 0))
    monkeypatch.setattr(os, "access", lambda *_arguments: False)
    notices.take()
    TokenFile(str(file)).save(Secret("second"))
    (notice,) = notices.take()
    assert "The given one ends at most 90 days after it was made" in notice


def test_in_a_folder_that_is_thrown_away_it_is_replaced_for_the_rest_of_the_job_and_said(file: Path) -> None:
    keeper = TokenFile(str(file), thrown_away_with="a job of AWX")
    notices.take()
    keeper.save(Secret("second"))
    assert file.read_text() == "second\n"
    (notice,) = notices.take()
    assert notice == (
        f"refresh_token_file: Entra ID gave a new refresh token, and {file} is thrown away with a job of AWX. "
        "The given one ends at most 90 days after it was made, and then no run can sign in: set refresh_token_store, "
        "in which every run keeps the newest one"
    )
    assert keeper.saved_at() is None, "it does not stay"


@pytest.mark.parametrize("job", ["a job of AWX", None])
def test_the_end_of_a_token_whose_successors_were_lost_is_explained(file: Path, job: str | None) -> None:
    keeper = TokenFile(str(file), thrown_away_with=job)
    for code, explained in ((700082, bool(job)), (50173, False)):
        refusal = CredentialError("Entra ID refused the sign-in: sign in again", codes=(code,))
        error = raised(lambda refusal=refusal: keeper.instead(refusal))
        assert isinstance(error, CredentialError) and error.codes == (code,)
        assert str(error).startswith("Entra ID refused the sign-in: sign in again")
        assert ("set refresh_token_store" in str(error)) == explained


def test_a_full_disk_is_an_error(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> int:
        raise OSError(28, CANARY)

    monkeypatch.setattr(os, "write", full)
    error = raised(lambda: TokenFile(str(file)).save(Secret(CANARY)))
    assert isinstance(error, StoreError)
    assert "token (No space left" in str(error)
    assert CANARY not in everything_shown(error)
    assert file.read_text() == "first\n"


def test_a_folder_that_everybody_can_write_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    error = raised(lambda: TokenFile(str(folder / "token")).write(Secret("first"), encrypt=False))
    assert "can be written by everybody" in str(error)


@pytest.mark.parametrize(
    ("cipher", "words"), [(None, "in the controller's process"), (no_cipher, "cannot be decrypted")]
)
def test_an_encrypted_file_needs_its_password(file: Path, cipher: object, words: str) -> None:
    file.write_text(PlainCipher(None).encrypt(Secret("first")))
    error = raised(TokenFile(str(file), cipher).load)  # type: ignore[arg-type]
    assert isinstance(error, InputError)
    assert words in str(error)


def test_encryption_is_checked_before_anybody_signs_in(file: Path) -> None:
    assert "vault password" in str(raised(lambda: TokenFile(str(file), no_cipher).check_encryption(None)))
    TokenFile(str(file), PlainCipher).check_encryption(None)


def test_runs_wait_for_each_other_and_find_the_newer_token(file: Path) -> None:
    order: list[str] = []

    def redeem(number: int) -> None:
        keeper = TokenFile(str(file))
        with keeper.held():
            order.append(keeper.load().reveal())
            time.sleep(0.02)
            keeper.save(Secret(f"after-{number}"))

    threads = [threading.Thread(target=redeem, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert order[0] == "first"
    assert len(set(order)) == 5


def test_when_it_was_saved(file: Path, tmp_path: Path) -> None:
    os.utime(file, (1_000_000, 1_000_000))
    assert TokenFile(str(file)).saved_at() == datetime.fromtimestamp(1_000_000, UTC)
    assert TokenFile(str(tmp_path / "none")).saved_at() is None
    assert TokenFile("a") == TokenFile("a", PlainCipher)
    assert "first" not in repr(TokenFile(str(file)))


def test_folders_of_a_first_sign_in_are_closed_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        TokenFile(str(tmp_path / "a" / "b" / "token")).write(Secret(CANARY), encrypt=False)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b", "a/b/token")]
    assert modes == [0o700, 0o700, 0o600]

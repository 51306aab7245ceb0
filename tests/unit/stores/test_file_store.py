# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file store: what is on disk, who may read it, and what is refused."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import random_id
from ansible_collections.csp.partnercenter.plugins.module_utils._stores import file_checks, file_format
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import CipherError, StoreConflict, Stored
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document_data import to_data
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.plugins.plugin_utils._vault_cipher import VaultCipher
from ansible_collections.csp.partnercenter.tests.unit.support.kits import (
    CUSTOMER,
    NOW,
    Kit,
    PlainCipher,
    canary,
    new_subject,
    passwords,
    rotated,
    rotated_at_once,
    staged,
    with_all_passwords,
)


def path_of(kit: Kit, subject: Subject) -> Path:
    return Path(kit.options["path"]) / subject.customer_id / f"{subject.user_id}.yml"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def subject(file: Kit) -> Subject:
    return with_all_passwords(file.make())


def test_no_password_is_readable_on_disk(file: Kit, subject: Subject) -> None:
    secrets = passwords(file.make(), subject)
    assert set(secrets) == set(Slot)
    everything = b"".join(path.read_bytes() for path in file.home.rglob("*") if path.is_file())
    assert b"r3" in everything
    for secret in secrets.values():
        for form in (secret.encode(), secret.encode().hex().encode()):
            assert form not in everything


def test_only_the_owner_may_read(file: Kit, subject: Subject) -> None:
    path = path_of(file, subject)
    assert (mode(path), mode(path.parent), mode(path.parent.parent)) == (0o600, 0o700, 0o700)
    assert os.listdir(path.parent) == [path.name], "neither locks nor temporary files are left"


def test_what_was_opened_to_others_is_closed_again(file: Kit, subject: Subject) -> None:
    path = path_of(file, subject)
    path.chmod(0o644)
    path.parent.chmod(0o755)
    notices.take()
    assert file.make().load(subject) is not None
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    (notice,) = notices.take()
    assert notice.startswith(f"{file.options['path']}: every user of this machine could read")


def test_what_cannot_be_closed_is_refused(file: Kit, subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    path_of(file, subject).chmod(0o644)
    monkeypatch.setattr(os, "fchmod", _failing(errno.EPERM))
    with pytest.raises(StoreError, match=r"open to other users.*chmod go="):
        file.make().load(subject)


def test_a_folder_that_everybody_can_write_is_refused(file: Kit, subject: Subject) -> None:
    Path(file.options["path"]).chmod(0o777)
    with pytest.raises(StoreError, match="chmod o-w"):
        file.make().load(subject)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_links_are_not_followed(file: Kit, subject: Subject, what: str) -> None:
    path = path_of(file, subject)
    place = path if what == "file" else path.parent
    place.rename(file.home / "elsewhere")
    place.symlink_to(file.home / "elsewhere")
    with pytest.raises(StoreError, match=f"user {subject.name}.*symbolic link"):
        file.make().load(subject)
    with pytest.raises(StoreError):
        file.make().compare_and_set(None, staged(subject), new_password=canary())


def test_a_file_is_yaml_with_variables_for_ansible(file: Kit, subject: Subject) -> None:
    loader: Any = type("Loader", (yaml.SafeLoader,), {})
    loader.add_constructor("!vault", lambda made, node: made.construct_scalar(node).strip())
    loader.add_constructor("!unsafe", lambda made, node: made.construct_mapping(node, deep=True))
    text = path_of(file, subject).read_text()
    content = yaml.load(text, Loader=loader)
    stored: Any = file.make().load(subject)
    document = content.pop("partnercenter_password_document")
    assert document.pop("check").startswith("1;")
    assert document == to_data(stored.document) | {"schema": file_format.SCHEMA}
    assert content == {
        "partnercenter_password": stored.parts[stored.document.current.version],
        "partnercenter_password_pending": stored.parts[stored.document.pending.version],
        "partnercenter_password_previous": stored.parts[stored.document.previous.version],
    }
    assert max(len(line) for line in text.splitlines()) <= 160


def test_a_ciphertext_is_made_once_and_only_moves(file: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    for name in ("encrypt", "decrypt"):
        monkeypatch.setattr(VaultCipher, name, _counted(getattr(VaultCipher, name), name, calls))
    subject, store = new_subject(), file.make()
    rotated(store, subject, "r1")
    first = store.load(subject)
    assert first is not None and calls == ["encrypt"]
    second = rotated(store, subject, "r2")
    assert calls == ["encrypt", "encrypt"]
    assert second.document.previous and first.document.current
    assert second.parts[second.document.previous.version] == first.parts[first.document.current.version]
    back = second.document.start_rollback(rotation_id="back", owner="a:b", now=NOW)
    store.compare_and_set(store.load(subject), back)
    assert calls == ["encrypt", "encrypt"]


def test_a_reformatted_file_is_still_read(file: Kit, subject: Subject) -> None:
    path = path_of(file, subject)
    before = file.make().load(subject)
    text = path.read_text().replace('"', "").replace("---\n", "---\n# a remark of somebody's\n")
    path.write_text(text.replace("2026-11-01T12:00:00Z", "2026-11-01T12:00:00+00:00"))
    after = file.make().load(subject)
    assert before and after
    assert after.document == before.document
    assert passwords(file.make(), subject).keys() == set(Slot)


def _cut(text: str) -> str:
    return text[: len(text) // 2]


def _plain(text: str) -> str:
    start = text.index("partnercenter_password: ")
    end = text.index("partnercenter_password_pending")
    return text[:start] + 'partnercenter_password: "in-the-clear"\n' + text[end:]


def _twice(text: str) -> str:
    """Such a file can come from a merge of two branches: it is not known which password is live."""
    start, end = text.index("partnercenter_password: "), text.index("partnercenter_password_pending")
    return text[:end] + text[start:]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: "", "is not a file of this collection"),
        (_cut, "damaged|check does not fit|not encrypted"),
        (lambda text: text[:-30] + "\n", "check does not fit|only part of one"),
        (lambda text: "other_variable: 1\n", "holds other variables"),
        (lambda text: text + "other_variable: 1\n", "holds other variables"),
        (lambda text: text.replace("schema: 2", "schema: 7"), "newer release"),
        (lambda text: text.replace("rotation_id:", "rotation:"), "check does not fit"),
        (lambda text: text.replace("partnercenter_password_previous:", "partnercenter_password_other:"), "variables"),
        (lambda text: text.replace("partnercenter_password_document:", "partnercenter_password_documents:"), "other"),
        (_plain, "not encrypted"),
        (lambda text: text.replace("  schema: 2\n", "  schema: 2\n  schema: 2\n"), "damaged: not valid YAML"),
        (_twice, "damaged: not valid YAML"),
        (lambda text: text.replace("  schema: 2\n", "  schema\n"), "damaged|not valid YAML"),
        (lambda text: text.replace("  schema: 2\n", "      schema: 2\n"), "damaged|not valid YAML"),
        (lambda text: text.replace("  schema: 2\n", "  schema: [1\n"), "damaged|not valid YAML"),
        (lambda text: text.replace("    user_id: ", "  - user_id: "), "damaged: not valid YAML"),
        (lambda text: "<<<<<<< HEAD\n" + text + "=======\n>>>>>>> other\n", "an unfinished merge left its marks"),
        (lambda text: "\ufeff$ANSIBLE_VAULT;1.1;AES256\n6162\n", "encrypted as a whole.*ansible-vault decrypt"),
        (lambda text: "\x00", "damaged|not valid YAML"),
        (lambda text: "a: [" * 5000, "damaged|not valid YAML"),
        (lambda text: "a: !!python/object/apply:os.system ['true']\n", "damaged|not valid YAML"),
    ],
)
def test_damage_is_named_with_user_and_store(
    file: Kit, subject: Subject, damage: Callable[[str], str], message: str
) -> None:
    path = path_of(file, subject)
    path.write_text(damage(path.read_text()))
    with pytest.raises(StoreError, match=message) as caught:
        passwords(file.make(), subject)
    assert subject.name in str(caught.value) and file.options["path"] in str(caught.value)


def test_a_file_under_another_users_name_is_refused(file: Kit, subject: Subject) -> None:
    other = new_subject()
    path_of(file, subject).rename(path_of(file, other))
    with pytest.raises(StoreError, match=f"user {other.name}.*belongs to another user, {subject.user_id}"):
        file.make().load(other)


def test_a_wrong_vault_password_is_found_before_anything(file: Kit, subject: Subject) -> None:
    before = path_of(file, subject).read_bytes()
    wrong = Kit(file.kind, file.options, file.home, "", vault_password="another-canary")
    with pytest.raises(StoreError, match=f"user {subject.name}.*right vault password"):
        wrong.make().check([new_subject(), subject])
    with pytest.raises(StoreError, match="right vault password"):
        wrong.make().check([new_subject()])
    assert path_of(file, subject).read_bytes() == before
    file.make().check([subject])


def test_no_vault_password_is_an_input_error(file: Kit) -> None:
    with pytest.raises(InputError, match=r"store\.vault_id: .*give --vault-id") as caught:
        file.make(vault_id="production")
    assert "production" not in str(caught.value), "a password may have slipped in there"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_a_full_or_read_only_disk_leaves_what_was_there(
    file: Kit, subject: Subject, monkeypatch: pytest.MonkeyPatch, code: int, call: str
) -> None:
    store: Any = file.make()
    stored = store.load(subject)
    before = path_of(file, subject).read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(os, call, _failing(code))
        with pytest.raises(StoreError, match=f"user {subject.name}") as caught:
            store.compare_and_set(stored, stored.document.mark_sent(owner="a:b", now=NOW))
        with pytest.raises(StoreError, match=os.strerror(code)):
            store.check([subject])
    assert os.strerror(code) in str(caught.value)
    assert path_of(file, subject).read_bytes() == before
    assert os.listdir(path_of(file, subject).parent) == [f"{subject.user_id}.yml"]


def test_check_mode_makes_no_folder(file: Kit) -> None:
    store = file.make()
    store.check([new_subject()], write=False)
    assert store.load(new_subject()) is None
    assert list(store.subjects()) == []
    assert not Path(file.options["path"]).exists()


def test_other_files_in_the_folder_are_left_alone(file: Kit, subject: Subject) -> None:
    folder = path_of(file, subject).parent
    (folder / "notes.yml").write_text("mine")
    (folder.parent / ".git").mkdir()
    (folder.parent / "README.md").write_text("mine")
    assert list(file.make().subjects()) == [subject]


def test_ten_thousand_files_are_read_quickly(file: Kit) -> None:
    file.cipher = PlainCipher
    store = file.make()
    made = [Subject(CUSTOMER, random_id(), f"user{number}@contoso.com") for number in range(100)]
    for subject in made:
        rotated_at_once(store, subject, canary())
    start = time.process_time()
    assert store.find("user99@contoso.com").user_id == made[99].user_id
    # 0.2 ms each on the machine it was written on; a YAML library in Python takes 5.
    assert time.process_time() - start < 100 * 0.0015


def test_reader_and_writer_agree_on_odd_texts() -> None:
    document = {
        "a": 'x: "y" # z',
        "b": {"c": "é\\u0041😀", "d": True},
        "e": [{"f": "- g", "h": 0}, {"i": "null"}],
        "j": 12,
    }
    text = "$ANSIBLE_VAULT;1.2;AES256;prod-1\n6162\n63"
    made = file_format.dump(document, {Slot.PENDING: text})
    assert file_format._by_line(made)["partnercenter_password_document"] == document
    assert file_format.parse(made) == (document, {Slot.PENDING: text})
    assert file_format._by_yaml(made)["partnercenter_password_document"] == document


def test_a_conflict_says_who(file: Kit, subject: Subject) -> None:
    store: Any = file.make()
    stored = store.load(subject)
    path_of(file, subject).unlink()
    with pytest.raises(StoreError, match=subject.name):
        store.compare_and_set(Stored(stored.document, "x", stored.parts), stored.document)


def _edited(path: Path, content: bytes) -> None:
    path.write_bytes(content + b"\n")


def _replaced(path: Path, content: bytes) -> None:
    (path.parent / "other").write_bytes(content)
    (path.parent / "other").replace(path)


def _restored(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    os.utime(path, ns=(0, 0))


def _removed(path: Path, content: bytes) -> None:
    path.unlink()


@pytest.mark.parametrize("change", [_edited, _replaced, _restored, _removed])
def test_a_change_between_two_writes_of_one_turn_is_a_conflict(
    file: Kit, subject: Subject, change: Callable[[Path, bytes], None]
) -> None:
    """By somebody who does not ask for the lock."""
    store: Any = file.make()
    with store.lock(subject):
        stored = store.load(subject)
        stored = store.compare_and_set(stored, stored.document.called("one@example.com"))
        path = path_of(file, subject)
        changed = path.read_bytes().replace(b"one@", b"own@")
        change(path, changed)
        with pytest.raises(StoreConflict, match="another run has changed the document"):
            store.compare_and_set(stored, stored.document.called("two@example.com"))
    assert not path.exists() or path.read_bytes().strip() == changed.strip()


def test_what_a_turn_wrote_itself_is_not_read_again(
    file: Kit, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Any = file.make()
    read, reads = file_checks.read, list[str]()

    def spied(root: str, folder: int, *path: str, **named: Any) -> bytes | None:
        reads.extend(name for name in path if name == f"{subject.user_id}.yml")
        return read(root, folder, *path, **named)

    monkeypatch.setattr(file_checks, "read", spied)
    with store.lock(subject):
        stored = store.load(subject)
        reads.clear()
        for name in ("one@example.com", "two@example.com", "three@example.com"):
            stored = store.compare_and_set(stored, stored.document.called(name))
        assert len(reads) == 1, "before the first write"
    with store.lock(subject):
        store.compare_and_set(stored, stored.document.called("four@example.com"))
    assert len(reads) == 2, "another one may have had the lock"


def _failing(code: int) -> Callable[..., Any]:
    def instead(*_arguments: Any, **_named: Any) -> Any:
        raise OSError(code, "text of the system that must not be shown")

    return instead


def _counted(real: Callable[..., Any], name: str, calls: list[str]) -> Callable[..., Any]:
    def instead(*arguments: Any) -> Any:
        calls.append(name)
        return real(*arguments)

    return instead


def test_one_file_that_cannot_be_read_hides_nobody_else(file: Kit, subject: Subject) -> None:
    other = with_all_passwords(file.make())
    path_of(file, subject).write_bytes(b"\xff\xfe no text")
    assert list(file.make().subjects()) == [other]
    unreadable: list[StoreError] = []
    assert list(file.make().subjects(unreadable=unreadable)) == [other]
    (error,) = unreadable
    assert str(error).endswith("the file is not text") and subject.user_id in str(error)


def test_a_wrong_vault_password_is_told_before_anything_and_without_reading_all(file: Kit) -> None:
    rotated(file.make(), new_subject(), "r1")
    for _user in range(25):
        rotated_at_once(file.make(), new_subject(), canary())
    store: Any = replace(file, vault_password="another-vault-password-canary").make()
    read, load = list[Subject](), store.load
    store.load = lambda subject, **more: (read.append(subject), load(subject, **more))[1]
    with pytest.raises(StoreError, match="vault") as caught:
        store.check()
    assert len(read) == 20 and "canary" not in str(caught.value)


def test_a_password_that_cannot_be_encrypted_is_not_kept(file: Kit) -> None:
    class Refusing(PlainCipher):
        def encrypt(self, secret: Any) -> str:
            raise CipherError

    new = new_subject()
    store = replace(file, cipher=Refusing).make()
    with pytest.raises(StoreError, match=f"user {new.name}: the password cannot be encrypted with this vault password"):
        store.compare_and_set(None, staged(new), new_password=canary())
    assert file.make().load(new) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("partnercenter_password_document:\n  schema: 1\npartnercenter_password: 7\n", "a password that is not a text"),
        ("partnercenter_password_document:\nother: 1\n", "other variables than those of this collection"),
        ("partnercenter_password_document: {a: 1}\npartnercenter_password: Kanarie-7\n", "not encrypted"),
        ("partnercenter_password_document:\n  a: 1\n  a: 2\n", "is damaged"),
    ],
)
@pytest.mark.parametrize("head", ["", file_format.dump({}, {}).partition("partnercenter_password_document")[0]])
def test_a_file_that_was_written_by_hand_is_not_ours(head: str, text: str, why: str) -> None:
    with pytest.raises(file_format.NotOurs, match=why) as caught:
        file_format.parse(head + text)
    assert "Kanarie" not in str(caught.value)


@pytest.mark.parametrize("value", ["2026-11-01", "2026-11-01 12:00:00", ".nan", "{1: x, a: y}"])
def test_a_document_holds_nothing_that_has_two_texts(value: str) -> None:
    """The check of a file covers what a YAML editor may write in another form."""
    document, ciphertexts = file_format.parse(f"partnercenter_password_document:\n  a: {value}\n")
    with pytest.raises(file_format.NotOurs, match="holds something that is not of a document"):
        file_format.covered(document, ciphertexts)


def test_a_reformatted_file_needs_pyyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lookup and the modules read what this collection has written without it."""
    ours = file_format.dump({"schema": 2}, {})
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert file_format.parse(ours) == ({"schema": 2}, {})
    with pytest.raises(file_format.NotOurs, match="was reformatted, and PyYAML is not there to read it"):
        file_format.parse(ours.removeprefix("---\n"))

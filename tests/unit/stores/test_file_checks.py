# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An attacker who can write a file store's folder, but has no vault password, can only destroy files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultSecret

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._stores import file_checks, file_format
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document_data import to_data
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.file import FileStore
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.plugins.plugin_utils._vault_cipher import VaultCipher
from ansible_collections.csp.partnercenter.tests.unit.support.kits import (
    Killed,
    Kit,
    canary,
    finished,
    new_subject,
    passwords,
    rotated,
    staged,
)

CHANGED = "changed by something else than this collection"
NOT_LEFT = r"has no check, and is not as release 0.1.0 has left it"


def path_of(kit: Kit, subject: Subject) -> Path:
    return Path(kit.options["path"]) / subject.customer_id / f"{subject.user_id}.yml"


def ciphertext(text: str, slot: str) -> str:
    found = re.search(rf"^partnercenter_password{slot}: !vault \|\n((?:  .*\n)+)", text, re.M)
    assert found
    return found[1]


@pytest.fixture
def ada(file: Kit) -> Subject:
    """A user with all three passwords."""
    made = new_subject("ada@contoso.onmicrosoft.com")
    rotated(file.make(), made, "r1")
    stored = rotated(file.make(), made, "r2")
    file.make().compare_and_set(stored, staged(made, stored, "r3"), new_password=canary())
    return made


@pytest.fixture
def eve(file: Kit) -> Subject:
    """Another user, whose password the attacker knows."""
    made = new_subject("eve@contoso.onmicrosoft.com")
    rotated(file.make(), made, "r1")
    return made


def as_first_release(kit: Kit, *subjects: Subject) -> None:
    """The same content as release 0.1.0 wrote it: a mapping without mark, schema 1, no check."""
    (Path(kit.options["path"]) / file_checks.FIRST_RELEASE).unlink(missing_ok=True)
    for subject in subjects:
        strip_check(path_of(kit, subject))


def strip_check(path: Path) -> None:
    text = path.read_text().replace("document: !unsafe", "document:").replace("  schema: 2\n", "  schema: 1\n")
    path.write_text(re.sub(r"(?m)^  check: .*\n", "", text))


@pytest.mark.parametrize("slot", ["", "_pending", "_previous"])
def test_a_password_cannot_be_moved_to_another_user(file: Kit, ada: Subject, eve: Subject, slot: str) -> None:
    path = path_of(file, ada)
    known = ciphertext(path_of(file, eve).read_text(), "")
    path.write_text(path.read_text().replace(ciphertext(path.read_text(), slot), known))
    with pytest.raises(StoreError, match=f"user {ada.name}.*{CHANGED}"):
        passwords(file.make(), ada)


def test_a_password_cannot_be_moved_to_another_slot(file: Kit, ada: Subject) -> None:
    path = path_of(file, ada)
    text = path.read_text()
    old, now = ciphertext(text, "_previous"), ciphertext(text, "")
    path.write_text(text.replace(now, "@").replace(old, now).replace("@", old))
    with pytest.raises(StoreError, match=CHANGED):
        passwords(file.make(), ada)


def test_an_older_password_of_the_same_user_cannot_be_put_back_alone(file: Kit, ada: Subject) -> None:
    path = path_of(file, ada)
    before = path.read_text()
    store = file.make()
    stored = store.load(ada)
    assert stored
    finished(store, stored)
    path.write_text(path.read_text().replace(ciphertext(path.read_text(), ""), ciphertext(before, "")))
    with pytest.raises(StoreError, match=CHANGED):
        passwords(file.make(), ada)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('rotation_id: "r2"', 'rotation_id: "r9"'),
        lambda text: text.replace("2026-11-01T12:00:00Z", "2099-11-01T12:00:00Z"),
        lambda text: text.replace('state: "staged"', 'state: "sent"'),
        lambda text: re.sub(r'version: "[^"]*"', 'version: "33333333-3333-4333-8333-333333333333"', text, count=1),
        lambda text: text.replace("ada@contoso", "eve@contoso"),
        lambda text: re.sub(r'check: ".', 'check: "2', text),
        lambda text: re.sub(r'check: ".*"', "check: 12", text),
        lambda text: re.sub(r'check: ".*"', f'check: "1;{"0" * 8};zz;{"0" * 64}"', text),
        lambda text: re.sub(r'check: "(.*)."', r'check: "\1é"', text),
        lambda text: re.sub(r"(?m)^  check: .*\n", "", text),
        lambda text: text.replace("  schema: 2\n", "  schema: 1\n"),
    ],
)
def test_no_word_of_the_document_can_be_changed(file: Kit, ada: Subject, change: Callable[[str], str]) -> None:
    path = path_of(file, ada)
    changed = change(path.read_text())
    assert changed != path.read_text()
    path.write_text(changed)
    with pytest.raises(StoreError, match=f"user {ada.name}.*({CHANGED}|check is not a known member)"):
        passwords(file.make(), ada)


def test_one_changed_file_stops_no_other_user(file: Kit, ada: Subject, eve: Subject) -> None:
    path_of(file, ada).write_text("<<<<<<< HEAD\n" + path_of(file, ada).read_text())
    store = file.make()
    store.check([ada, eve])
    assert store.find("eve@contoso.onmicrosoft.com") == eve
    with pytest.raises(StoreError, match=r"nothing is stored for user ada@.*not every document can be read: .*damaged"):
        store.find("ada@contoso.onmicrosoft.com")
    assert passwords(store, eve)


def test_a_file_in_the_place_of_a_folder_stops_nobody(file: Kit, eve: Subject) -> None:
    (Path(file.options["path"]) / "99999999-9999-4999-8999-999999999999").write_text("")
    store = file.make()
    store.check([eve])
    assert store.find("eve@contoso.onmicrosoft.com") == eve


def test_two_documents_that_claim_a_name_are_an_error_with_both_ids(file: Kit, eve: Subject) -> None:
    other = new_subject("EVE@contoso.onmicrosoft.com")
    rotated(file.make(), other, "r1")
    with pytest.raises(StoreError, match=r"look up by object id|give customer_id") as caught:
        file.make().find("eve@contoso.onmicrosoft.com")
    assert eve.user_id in str(caught.value) and other.user_id in str(caught.value)


class TestFilesOfTheFirstRelease:
    def test_they_are_read_and_get_a_check_when_they_are_written(self, file: Kit, ada: Subject, eve: Subject) -> None:
        as_first_release(file, ada, eve)
        before = passwords(file.make(), ada)
        assert before.keys() == set(Slot), "a consumer reads them before anything was written"
        notices.take()
        rotated(file.make(), eve, "r9")
        assert "2 files of release 0.1.0 were taken over" in notices.take()[0]
        assert "check: " in path_of(file, eve).read_text() and "check: " not in path_of(file, ada).read_text()
        assert passwords(file.make(), ada) == before, "also while others have a check already"
        rotated(file.make(), eve, "r10")
        assert notices.take() == []

    def test_afterwards_a_check_cannot_be_taken_off(self, file: Kit, ada: Subject, eve: Subject) -> None:
        as_first_release(file, ada, eve)
        rotated(file.make(), eve, "r9")
        strip_check(path_of(file, eve))
        with pytest.raises(StoreError, match=NOT_LEFT):
            passwords(file.make(), eve)

    def test_afterwards_none_of_them_can_be_changed(self, file: Kit, ada: Subject, eve: Subject) -> None:
        as_first_release(file, ada, eve)
        file.make().check([ada])
        path = path_of(file, ada)
        known = ciphertext(path_of(file, eve).read_text(), "")
        path.write_text(path.read_text().replace(ciphertext(path.read_text(), ""), known))
        with pytest.raises(StoreError, match=NOT_LEFT):
            passwords(file.make(), ada)

    def test_in_a_store_that_never_had_any_none_is_read(self, file: Kit, ada: Subject) -> None:
        strip_check(path_of(file, ada))
        with pytest.raises(StoreError, match=NOT_LEFT):
            passwords(file.make(), ada)

    def test_the_list_cannot_be_removed(self, file: Kit, ada: Subject, eve: Subject) -> None:
        place = Path(file.options["path"]) / file_checks.FIRST_RELEASE
        place.unlink()
        strip_check(path_of(file, ada))
        with pytest.raises(StoreError, match=r"the list .first-release is gone"):
            passwords(file.make(), ada)
        file.make().check([eve])
        with pytest.raises(StoreError, match=NOT_LEFT):
            passwords(file.make(), ada)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "damaged"),
            ("[", "damaged"),
            ("[]", "damaged"),
            ("[" * 100_000, "damaged"),
            ('{"files": {}, "check": "1;a;b;c"}', "was changed"),
        ],
    )
    def test_the_list_cannot_be_forged(self, file: Kit, ada: Subject, content: str, message: str) -> None:
        strip_check(path_of(file, ada))
        (Path(file.options["path"]) / file_checks.FIRST_RELEASE).write_text(content)
        with pytest.raises(StoreError, match=f"list .first-release {message}|is {message}"):
            passwords(file.make(), ada)

    def test_the_list_cannot_be_extended(self, file: Kit, ada: Subject) -> None:
        strip_check(path_of(file, ada))
        place = Path(file.options["path"]) / file_checks.FIRST_RELEASE
        listed = json.loads(place.read_text())
        digest = file_checks._digest(path_of(file, ada).read_bytes())
        listed["files"][f"{ada.customer_id}/{ada.user_id}"] = digest
        place.write_text(json.dumps(listed))
        with pytest.raises(StoreError, match=r"the list .first-release was changed"):
            passwords(file.make(), ada)

    def test_killed_while_it_takes_over_the_next_run_does_it(
        self, file: Kit, ada: Subject, eve: Subject, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        as_first_release(file, ada, eve)

        def kill(*_arguments: Any) -> None:
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(file_checks.durable, "replace", kill)
            with pytest.raises(Killed):
                file.make().compare_and_set(None, staged(new_subject()), new_password=canary())
        rotated(file.make(), eve, "r9")
        assert passwords(file.make(), ada)


class TestSeveralVaultPasswords:
    """New first, as after a change; a document is written with the first, and read with any."""

    OLD, NEW = ((name, VaultSecret(f"{name}-vault-canary\\\"'".encode())) for name in ("old", "new"))

    def store(self, file: Kit, *secrets: Any) -> FileStore:
        return FileStore(file.options["path"], VaultCipher(list(secrets)))

    def test_a_changed_password(self, file: Kit) -> None:
        subject = new_subject()
        rotated(self.store(file, self.OLD), subject, "r1")
        with pytest.raises(StoreError, match=r"another vault password \(its key is [0-9a-f]{8}\).*new one first"):
            self.store(file, self.NEW).load(subject)
        rotated(self.store(file, self.NEW, self.OLD), subject, "r2")
        store = self.store(file, self.NEW)
        stored = store.load(subject)
        assert stored and store.password(stored, Slot.CURRENT)
        with pytest.raises(StoreError, match=r"previous password cannot be decrypted.*needs the old one as well"):
            store.password(stored, Slot.PREVIOUS)
        assert passwords(self.store(file, self.OLD, self.NEW), subject).keys() == {Slot.CURRENT, Slot.PREVIOUS}

    def test_a_changed_password_and_a_file_of_the_first_release(self, file: Kit) -> None:
        subject, other = new_subject(), new_subject()
        for one in (subject, other):
            rotated(self.store(file, self.OLD), one, "r1")
        as_first_release(file, subject, other)
        rotated(self.store(file, self.OLD), other, "r2")
        with pytest.raises(StoreError, match="another vault password than this run has"):
            self.store(file, self.NEW).load(subject)
        rotated(self.store(file, self.NEW, self.OLD), subject, "r2")
        assert Slot.CURRENT in passwords(self.store(file, self.NEW, self.OLD), subject)

    def test_an_empty_one(self, file: Kit) -> None:
        with pytest.raises(StoreError, match=r"the vault password is empty|cannot be encrypted"):
            rotated(self.store(file, ("default", VaultSecret(b""))), new_subject(), "r1")

    def test_one_salt_for_a_store(self, file: Kit) -> None:
        """Deriving a key costs milliseconds, and a look-up by name reads every document."""
        subjects = [new_subject() for _number in range(3)]
        for subject in subjects:
            rotated(file.make(), subject, "r1")
        store = file.make()
        store.check()
        rotated(store, subjects[0], "r2")
        rotated(store, subjects[1], "r2")
        salts = [re.search(r'check: "1;[0-9a-f]+;([0-9a-f]+);', path_of(file, one).read_text()) for one in subjects[:2]]
        assert salts[0] and salts[1] and salts[0][1] == salts[1][1]


def test_the_check_covers_the_file_however_it_is_laid_out() -> None:
    subject = new_subject()
    document = to_data(staged(subject))
    text = {Slot.PENDING: "$ANSIBLE_VAULT;1.1;AES256\n6162"}
    plain = file_format.dump(document, text)
    for other in (
        plain,
        plain.replace("\n", "\r\n"),
        "\ufeff" + plain,
        plain.replace('"', "'"),
        plain.replace("  ", "    "),
    ):
        assert file_format.covered(*file_format.parse(other)) == file_format.covered(document, text)

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A ledger that release 0.1.0 has written, and the journal of a run of it that was killed: read, and given checks."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import EvidenceError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty
from ansible_collections.csp.partnercenter.plugins.module_utils._password.evidence import (
    Known,
    make_attempt,
    published_id,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.entry import compact
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.evidence import LedgerEvidence
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.fingerprint import LedgerKey
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Applied
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    KEY,
    NOW,
    OTHER_PASSWORD,
    raised,
    target,
    user_id,
)

WRITTEN = Path(__file__).with_name("first_release")
ROTATED = {"rotation_id": "2026-11"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (f"{CUSTOMER}.json", f"{CUSTOMER}.journal"):
        shutil.copy(WRITTEN / name, tmp_path)
    return tmp_path


def known(folder: Path, number: int, *, key: LedgerKey = KEY, read_only: bool = False, **more: Any) -> Known:
    ledger = LedgerEvidence(str(folder), lambda: key, read_only=read_only)
    ledger.open([(CUSTOMER, user_id())])
    try:
        return ledger.known(target(number, **more))
    finally:
        ledger.close()


def snapshot(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / f"{CUSTOMER}.json").read_text()))


@pytest.mark.parametrize("read_only", [True, False])
def test_everything_in_it_is_known(folder: Path, read_only: bool) -> None:
    found = {n: known(folder, n, read_only=read_only, **(ROTATED if n < 4 else {})) for n in range(1, 6)}
    assert found[1].applied == Applied(NOW, "2026-11", True)
    sent = found[2].unfinished
    assert sent is not None and sent.same_password and sent.rotation_id == "2026-11"
    assert sent.trace.correlation_id == published_id((CUSTOMER, user_id(2)), "2026-11")
    assert found[3].attempt == 2 and found[3].next_trace is None, "ids that everybody can foresee are not used again"
    assert found[4].same_password and not known(folder, 4, read_only=read_only, password=OTHER_PASSWORD).same_password
    assert found[5].unfinished is not None, "of the journal"


def test_the_journal_of_a_first_run_that_was_killed_is_known_alone(folder: Path) -> None:
    (folder / f"{CUSTOMER}.json").unlink()
    assert known(folder, 5, read_only=True).unfinished is not None
    assert known(folder, 5).unfinished is not None
    assert snapshot(folder)["schema"] == 2


def test_the_next_write_gives_every_entry_a_check(folder: Path) -> None:
    known(folder, 1)  # merges the journal
    content = snapshot(folder)
    assert content["schema"] == 2 and len(content["users"]) == 5
    assert all("check" in entry and "checksum" not in entry for entry in content["users"].values())
    assert known(folder, 1, **ROTATED).applied == Applied(NOW, "2026-11", True)


def test_a_run_that_only_reads_changes_nothing(folder: Path) -> None:
    known(folder, 1, read_only=True)
    for name in (f"{CUSTOMER}.json", f"{CUSTOMER}.journal"):
        assert (folder / name).read_bytes() == (WRITTEN / name).read_bytes()


def test_with_another_key_nothing_is_taken_over(folder: Path) -> None:
    other = LedgerKey(b"o" * 32)
    for _unused in range(2):
        assert "was made with key cc2b8a66" in str(raised(lambda: known(folder, 1, key=other, **ROTATED)))
    assert all("check" not in entry for entry in snapshot(folder)["users"].values())


def test_a_damaged_entry_stays_an_error(folder: Path) -> None:
    path = folder / f"{CUSTOMER}.json"
    path.write_text(path.read_text().replace('"certainty":"exact"', '"certainty":"audit"', 1))
    for _unused in range(2):
        error = raised(lambda: known(folder, 1, **ROTATED))
        assert isinstance(error, EvidenceError) and f"{CUSTOMER}.json, line 5" in str(error)
    assert known(folder, 4).same_password


def forged(entry: dict[str, Any], number: int) -> dict[str, Any]:
    """Says that another rotation was applied, in the form of 0.1.0, by somebody without the key."""
    plain = {name: value for name, value in entry.items() if name not in ("check", "checksum")}
    plain["applied"] = {**plain["applied"], "rotation_id": "2027-01", "at": "2027-01-01T00:00:00.000+00:00"}
    owner = f"{CUSTOMER}/{user_id(number)}"
    return plain | {"checksum": hashlib.sha256(f"{owner} {compact(plain)}".encode()).hexdigest()[:16]}


def write(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = snapshot(folder)
    change(content)
    (folder / f"{CUSTOMER}.json").write_text(json.dumps(content, indent=1))


def reset_by_this_release(folder: Path) -> None:
    """A new ledger with one user."""
    ledger = LedgerEvidence(str(folder), lambda: KEY)
    ledger.open([(CUSTOMER, user_id())])
    ledger.sending(make_attempt(target(**ROTATED), Known(), NOW))
    ledger.applied(target(), NOW, Certainty.EXACT)
    ledger.close()


@pytest.mark.parametrize("schema", [1, 2])
def test_who_takes_the_checks_away_holds_no_rotation_back(tmp_path: Path, schema: int) -> None:
    """Also not by calling the whole file one of the release that had none."""
    reset_by_this_release(tmp_path)

    def strip(content: dict[str, Any]) -> None:
        content["schema"] = schema
        content["users"] = {user_id(): forged(content["users"][user_id()], 1)}

    write(tmp_path, strip)
    error = raised(lambda: known(tmp_path, 1, rotation_id="2027-01"))
    assert isinstance(error, EvidenceError) and "has no check" in str(error)
    assert f"{CUSTOMER}.json, line" in str(error)


def test_nor_does_who_puts_a_journal_beside_a_ledger_with_checks(tmp_path: Path) -> None:
    reset_by_this_release(tmp_path)
    entry = compact(forged(snapshot(tmp_path)["users"][user_id()], 1))
    (tmp_path / f"{CUSTOMER}.journal").write_text(f'{{"user_id":"{user_id()}","entry":{entry}}}\n')
    error = raised(lambda: known(tmp_path, 1, rotation_id="2027-01"))
    assert isinstance(error, EvidenceError) and f"user {user_id()} has no check" in str(error)


def test_an_entry_of_the_first_release_beside_ones_with_checks_is_refused(folder: Path) -> None:
    old = json.loads((WRITTEN / f"{CUSTOMER}.json").read_text())["users"][user_id(1)]
    known(folder, 1)
    write(folder, lambda content: content["users"].update({user_id(1): old}))
    assert "has no check" in str(raised(lambda: known(folder, 1, **ROTATED)))
    assert known(folder, 4).same_password

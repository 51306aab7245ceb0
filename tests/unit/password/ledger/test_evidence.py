# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger as evidence: what it tells of a user, and what it is told of an attempt."""

from __future__ import annotations

import gc
import json
import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import EvidenceError, InputError, Trace
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import is_own_id
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty
from ansible_collections.csp.partnercenter.plugins.module_utils._password.evidence import (
    Attempt,
    Known,
    ids,
    make_attempt,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Policy
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger import folder
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.entry import Entry
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.evidence import (
    LedgerEvidence,
    default_folder,
    default_key_path,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.fingerprint import (
    Fingerprint,
    LedgerKey,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.lookup import Target
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Applied
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    KEY,
    NOW,
    OTHER_CUSTOMER,
    OTHER_PASSWORD,
    PASSWORD,
    raised,
    target,
    user_id,
    user_name,
)

ROTATED: dict[str, Any] = {"rotation_id": "2026-11"}
OTHER_KEY = LedgerKey(b"o" * 32)
FOREIGN = Fingerprint(OTHER_KEY.id, "ab" * 16, "cd" * 32)


def opened(folder: Path, *, key: LedgerKey = KEY, read_only: bool = False) -> LedgerEvidence:
    ledger = LedgerEvidence(str(folder), lambda: key, read_only=read_only)
    ledger.open([(CUSTOMER, user_id())])
    return ledger


def attempt(whom: Target, ledger: LedgerEvidence) -> Attempt:
    return make_attempt(whom, ledger.known(whom), NOW)


def sent(folder: Path, *targets: Target, key: LedgerKey = KEY) -> None:
    """A run sent these, one after the other, and was never told how that ended."""
    ledger = opened(folder, key=key)
    for whom in targets:
        ledger.sending(attempt(whom, ledger))
    ledger.close()


def reset(folder: Path, whom: Target, *, key: LedgerKey = KEY) -> None:
    ledger = opened(folder, key=key)
    ledger.sending(attempt(whom, ledger))
    ledger.applied(whom, NOW, Certainty.EXACT)
    ledger.close()


def known(folder: Path, whom: Target, *, key: LedgerKey = KEY) -> Known:
    ledger = opened(folder, key=key)
    try:
        return ledger.known(whom)
    finally:
        ledger.close()


def test_nothing_is_known_at_first(tmp_path: Path) -> None:
    assert known(tmp_path, target()) == Known()


def test_what_was_applied_is_known_with_its_metadata(tmp_path: Path) -> None:
    reset(tmp_path, target(force=False, **ROTATED))
    found = known(tmp_path, target())
    assert found.applied == Applied(NOW, "2026-11", False)
    assert found.unfinished is None and found.attempt == 1
    assert PASSWORD not in next(tmp_path.glob("*.json")).read_text()


def test_a_password_is_compared_where_the_policy_asks_for_it(tmp_path: Path) -> None:
    reset(tmp_path, target())
    assert known(tmp_path, target()).same_password
    assert not known(tmp_path, target(password=OTHER_PASSWORD)).same_password


def test_an_attempt_that_was_sent_is_unfinished(tmp_path: Path) -> None:
    sent(tmp_path, target(force=False, **ROTATED))
    found = known(tmp_path, target(**ROTATED)).unfinished
    assert found is not None and found.same_password and found.alone is True
    assert (found.rotation_id, found.attempt, found.force_change_password, found.sent_at) == ("2026-11", 1, False, NOW)
    entry = entry_of(tmp_path)["sent"][0]
    assert found.trace == Trace(entry["request_id"], entry["correlation_id"])
    other = known(tmp_path, target(password=OTHER_PASSWORD, **ROTATED)).unfinished
    assert other is not None and not other.same_password


def test_users_whose_password_may_have_been_set_are_in_doubt(tmp_path: Path) -> None:
    """By id and by name: the caller may know either, and not always the customer."""
    sent(tmp_path, target(1), target(2))
    reset(tmp_path, target(2))
    reset(tmp_path, target(3))
    ledger = LedgerEvidence(str(tmp_path), lambda: KEY)
    ledger.open([(CUSTOMER, user_id()), (OTHER_CUSTOMER, user_id())])
    ledger.sending(attempt(replace(target(4), customer_id=OTHER_CUSTOMER), ledger))
    here, there = {user_id(1), user_name(1)}, {user_id(4), user_name(4)}
    assert ledger.in_doubt(CUSTOMER) == here
    assert ledger.in_doubt(OTHER_CUSTOMER) == there
    assert ledger.in_doubt(None) == here | there
    assert ledger.in_doubt("99999999-9999-4999-8999-000000000000") == frozenset()
    ledger.close()
    (tmp_path / "notes.json").write_text("{}")
    (tmp_path / f"{OTHER_CUSTOMER}.json").write_text("damaged")
    ledger = opened(tmp_path, read_only=True)
    assert ledger.in_doubt(None) == here, "what cannot be read hides nobody else"
    ledger.close()


def test_an_edited_entry_hides_no_other_that_is_in_doubt(tmp_path: Path) -> None:
    sent(tmp_path, target(1), target(2), target(3))
    path = tmp_path / f"{CUSTOMER}.json"
    content = json.loads(path.read_text())
    content["users"][user_id(1)]["sent"][0]["attempt"] = 7
    path.write_text(json.dumps(content))
    for read_only in (True, False):
        ledger = opened(tmp_path, read_only=read_only)
        assert ledger.in_doubt(CUSTOMER) == {user_id(2), user_name(2), user_id(3), user_name(3)}
        ledger.close()


def test_a_user_without_a_name_is_in_doubt_by_the_id_alone(tmp_path: Path) -> None:
    nameless = replace(target(1), user=replace(target(1).user, user_principal_name=""))
    sent(tmp_path, nameless)
    ledger = opened(tmp_path, read_only=True)
    assert ledger.in_doubt(CUSTOMER) == {user_id(1)}
    ledger.close()


def test_an_attempt_that_nobody_has_recorded_puts_nobody_in_doubt(tmp_path: Path) -> None:
    ledger = LedgerEvidence(str(tmp_path / "missing"), lambda: KEY, read_only=True)
    assert ledger.in_doubt(None) == frozenset() == ledger.in_doubt(CUSTOMER)


def test_a_refused_password_is_sent_again_as_another_request(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    sending = attempt(target(**ROTATED), ledger)
    ledger.sending(sending)
    ledger.answered(target(**ROTATED))
    unfinished = ledger.known(target(**ROTATED)).unfinished
    ledger.close()
    assert unfinished and unfinished.attempt == sending.attempt + 1
    assert unfinished.trace == ids(str(sending.trace.correlation_id), 2) != sending.trace


def test_a_refused_attempt_counts_and_one_that_was_never_looked_at_does_not(tmp_path: Path) -> None:
    whom = target(**ROTATED)
    traces = []
    for answered, following in ((False, 1), (True, 2), (True, 3), (False, 3)):
        ledger = opened(tmp_path)
        sending = attempt(whom, ledger)
        ledger.sending(sending)
        ledger.refused(whom, answered=answered)
        ledger.close()
        traces.append(sending.trace)
        found = known(tmp_path, whom)
        assert (found.attempt, found.unfinished, found.applied) == (following, None, None)
    requests = [trace.request_id for trace in traces]
    assert requests[0] == requests[1] and len(set(requests)) == 3, "an id that was answered is never used again"
    assert len({trace.correlation_id for trace in traces}) == 1, "it is one rotation all the time"
    assert known(tmp_path, target(rotation_id="2026-12")).attempt == 1
    assert known(tmp_path, target()).attempt == 1


def test_a_rotation_id_that_comes_back_is_another_operation(tmp_path: Path) -> None:
    """Otherwise the audit log's record of the first one would stand for the second."""
    for rotation in ("r1", "r2", "r1"):
        reset(tmp_path, target(rotation_id=rotation))
    ledger = opened(tmp_path)
    seen = [attempt(target(rotation_id="r1"), ledger).trace for _unused in range(2)]
    ledger.close()
    applied = entry_of(tmp_path)["applied"]
    ids = {applied["correlation_id"], *(trace.correlation_id for trace in seen)}
    assert len(ids) == 3 and all(is_own_id(str(one)) for one in ids)


def test_a_refusal_in_doubt_uses_the_request_id_up_and_keeps_the_attempt(tmp_path: Path) -> None:
    sent(tmp_path, target(**ROTATED))
    before = known(tmp_path, target(**ROTATED)).unfinished
    ledger = opened(tmp_path)
    ledger.answered(target(**ROTATED))
    ledger.answered(target(2))  # nothing is open there
    ledger.close()
    after = known(tmp_path, target(**ROTATED)).unfinished
    assert before is not None and after is not None
    assert after.trace.request_id != before.trace.request_id
    assert after.trace.correlation_id == before.trace.correlation_id
    assert (after.same_password, after.attempt, after.sent_at) == (True, 2, before.sent_at)


def test_an_applied_attempt_ends_all_that_was_open(tmp_path: Path) -> None:
    sent(tmp_path, target(password=OTHER_PASSWORD), target(policy=Policy.ALWAYS))
    ledger = opened(tmp_path)
    ledger.applied(target(), NOW + timedelta(hours=1), Certainty.AUDIT)
    found = ledger.known(target())
    ledger.close()
    assert found.unfinished is None and found.same_password
    assert found.applied is not None and found.applied.set_at == NOW + timedelta(hours=1)
    assert found.attempt == 1


def entry_of(folder: Path) -> dict[str, Any]:
    """The only one, as people find it in the file."""
    (entry,) = json.loads(next(folder.glob("*.json")).read_text())["users"].values()
    return dict(entry)


def test_the_ledger_says_who_it_was_and_how_that_is_known(tmp_path: Path) -> None:
    sent(tmp_path, target())
    assert entry_of(tmp_path)["user_principal_name"] == user_name()
    ledger = opened(tmp_path)
    ledger.applied(target(), NOW, Certainty.AUDIT)
    ledger.close()
    assert entry_of(tmp_path)["applied"]["certainty"] == "audit"


def test_times_are_written_in_utc_wherever_the_run_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Pacific/Auckland")
        time.tzset()
        reset(tmp_path, target())
    time.tzset()
    assert entry_of(tmp_path)["applied"]["at"] == "2026-11-02T12:00:00.000+00:00"


def test_a_run_that_only_reads_asks_for_the_key_once_and_where_there_is_something_to_read(tmp_path: Path) -> None:
    reset(tmp_path, target())
    asked: list[LedgerKey] = []
    ledger = LedgerEvidence(str(tmp_path), lambda: (asked.append(KEY), KEY)[1], read_only=True)
    ledger.open([(CUSTOMER, user_id())])
    assert asked == []
    assert ledger.known(target()).same_password and ledger.known(target()).applied
    assert asked == [KEY]


def test_a_refusal_brings_back_the_attempt_that_was_overridden(tmp_path: Path) -> None:
    """Its password may be the live one: forgetting it would make "unchanged" out of "nobody knows"."""
    reset(tmp_path, target())
    sent(tmp_path, target(password=OTHER_PASSWORD), target(password="Harvest-9-window", policy=Policy.ALWAYS))
    ledger = opened(tmp_path)
    ledger.refused(target(policy=Policy.ALWAYS), answered=True)
    ledger.close()
    unfinished = known(tmp_path, target(password=OTHER_PASSWORD)).unfinished
    assert unfinished is not None and unfinished.same_password
    unfinished = known(tmp_path, target()).unfinished
    assert unfinished is not None and not unfinished.same_password


def test_the_youngest_open_attempt_stays_the_youngest(tmp_path: Path) -> None:
    """Found by the history of runs: otherwise the password before it is sent, while this one is still on its way."""
    one, two = target(policy=Policy.ALWAYS), target(password=OTHER_PASSWORD, policy=Policy.ALWAYS)
    sent(tmp_path, one, two, one, one)
    ledger = opened(tmp_path)
    ledger.refused(one, answered=False)
    ledger.close()
    for whom, same_password in ((target(), True), (target(password=OTHER_PASSWORD), False)):
        unfinished = known(tmp_path, whom).unfinished
        assert unfinished is not None and unfinished.same_password is same_password
        assert not unfinished.alone


def test_attempts_that_never_end_do_not_pile_up(tmp_path: Path) -> None:
    sizes = []
    for _unused in range(20):
        sent(tmp_path, target(policy=Policy.ALWAYS), target(password=OTHER_PASSWORD, policy=Policy.ALWAYS))
        sizes.append(len(entry_of(tmp_path)["sent"]))
    assert set(sizes[4:]) == {4}, "two of each password"


def test_an_end_without_a_beginning_is_nothing(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    ledger.applied(target(), NOW, Certainty.EXACT)
    ledger.refused(target(), answered=True)
    ledger.close()
    assert known(tmp_path, target()) == Known()
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("make", [reset, sent])
def test_an_entry_made_with_another_key_is_an_error_and_never_a_reset(
    tmp_path: Path, policy: Policy, make: Any
) -> None:
    make(tmp_path, target(), key=OTHER_KEY)
    error = raised(lambda: known(tmp_path, target(policy=policy, rotation_id="2026-11")))
    assert isinstance(error, EvidenceError)
    assert f"the ledger's entry of user {user_id()} was made with key {OTHER_KEY.id}" in str(error)


def test_a_record_of_another_key_in_an_entry_of_this_key_is_an_error_as_well(tmp_path: Path) -> None:
    """Its password could not be compared, and would pass for another one."""
    ledger = opened(tmp_path)
    record = replace(ledger._record(attempt(target(), ledger)), fingerprint=FOREIGN)
    ledger._put(target(), Entry(sent=(record,)))
    with pytest.raises(EvidenceError, match=f"entry of user {user_id()} was made with key {OTHER_KEY.id}"):
        ledger.known(target())
    ledger.close()


def test_a_run_that_only_reads_makes_no_key_and_no_folder(tmp_path: Path) -> None:
    def no_key() -> LedgerKey:
        raise AssertionError("nothing is recorded, so no key is needed")

    ledger = LedgerEvidence(str(tmp_path / "ledger"), no_key, read_only=True)
    ledger.open([(CUSTOMER, user_id())])
    assert ledger.known(target()) == Known()
    assert ledger.close() == [] and not os.listdir(tmp_path)


def test_a_key_that_cannot_be_had_is_an_error_before_anything_is_sent(tmp_path: Path) -> None:
    def no_key() -> LedgerKey:
        raise InputError("ledger_key", "must be 32 bytes")

    ledger = LedgerEvidence(str(tmp_path), no_key)
    assert isinstance(raised(lambda: ledger.open([(CUSTOMER, user_id())])), InputError)
    opened(tmp_path).close()  # the lock was given back


def test_customers_are_locked_in_one_order_and_all_or_none(tmp_path: Path) -> None:
    (tmp_path / f"{OTHER_CUSTOMER}.json").write_text("[]")
    ledger = LedgerEvidence(str(tmp_path), lambda: KEY)
    assert OTHER_CUSTOMER in str(raised(lambda: ledger.open([(OTHER_CUSTOMER, user_id()), (CUSTOMER, user_id())])))
    (tmp_path / f"{OTHER_CUSTOMER}.json").unlink()
    ledger.open([(OTHER_CUSTOMER, user_id()), (CUSTOMER, user_id()), (CUSTOMER, user_id())])
    assert ledger.close() == []
    opened(tmp_path).close()


MANY = [(f"{number:08x}-1111-4111-8111-111111111111", user_id()) for number in range(300)]


def test_the_number_of_customers_is_not_bounded_by_open_files(tmp_path: Path) -> None:
    gc.collect()  # what other tests have left open is closed now, and not while this one counts
    before = len(os.listdir("/proc/self/fd"))
    ledger = LedgerEvidence(str(tmp_path), lambda: KEY)
    ledger.open(MANY)
    assert len(os.listdir("/proc/self/fd")) <= before + 1
    assert ledger.close() == []
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_run_with_many_customers_keeps_out_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = (LedgerEvidence(str(tmp_path), lambda: KEY) for _run in range(2))
    many.open(MANY)
    monkeypatch.setattr(folder, "_LOCK_SECONDS", 0.0)
    assert f"ledger {tmp_path}: another run" in str(raised(lambda: few.open([(CUSTOMER, user_id())])))
    many.close()
    few.open([(CUSTOMER, user_id())])
    opened(tmp_path, read_only=True).close()
    other = LedgerEvidence(str(tmp_path), lambda: KEY)
    other.open([(OTHER_CUSTOMER, user_id())])
    assert f"ledger {tmp_path}: another run" in str(raised(lambda: many.open(MANY)))
    other.close()
    few.close()
    many.open(MANY)
    many.close()


def test_up_to_a_hundred_customers_are_locked_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that runs for other customers go on beside this one, and one for the same customer does not."""
    customers = [f"00000000-0000-4000-8000-{number:012d}" for number in range(100)]
    ledger = LedgerEvidence(str(tmp_path), lambda: KEY)
    ledger.open([(customer, user_id()) for customer in customers])
    monkeypatch.setattr(folder, "_LOCK_SECONDS", 0.0)
    opened(tmp_path).close()
    same = LedgerEvidence(str(tmp_path), lambda: KEY)
    assert customers[7] in str(raised(lambda: same.open([(customers[7], user_id())])))
    ledger.close()


def test_an_end_that_could_not_be_recorded_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password is set, and the next run sends the same one again: nothing is lost."""
    ledger = opened(tmp_path)
    ledger.sending(attempt(target(), ledger))
    ledger.applied(target(), NOW, Certainty.EXACT)

    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError(28, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        (warning,) = ledger.close()
    assert "No space left on device" in warning and warning.endswith("the next run settles it")
    assert known(tmp_path, target()).unfinished is not None


def test_only_files_of_customers_are_looked_at(tmp_path: Path) -> None:
    for name in (f"{CUSTOMER}.json", f"{OTHER_CUSTOMER}.journal", f"{OTHER_CUSTOMER}.old.json", "notes.json", CUSTOMER):
        (tmp_path / name).write_text("{}")
    assert folder.customers_in(str(tmp_path)) == sorted([CUSTOMER, OTHER_CUSTOMER])
    (tmp_path / f"{OTHER_CUSTOMER}.journal").unlink()
    assert folder.customers_in(str(tmp_path)) == [CUSTOMER]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = str(tmp_path / "file" / "ledger")
    for create, words in ((True, "cannot be written"), (False, "cannot be read")):
        error = raised(lambda create=create: folder.open_folder(path, create=create))
        assert isinstance(error, EvidenceError) and str(error).startswith(
            f"ledger {path}: it {words} (Not a directory)"
        )


def test_default_places_keep_the_key_out_of_the_ledger() -> None:
    assert default_folder("/home/a/.ansible") == "/home/a/.ansible/partnercenter/ledger"
    assert default_key_path("/home/a/.ansible") == "/home/a/.ansible/partnercenter/ledger.key"

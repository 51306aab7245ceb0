# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service itself as evidence: what is asked of it, and what a plan is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import EvidenceError, RefusedError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty, LastReset, Memory
from ansible_collections.csp.partnercenter.plugins.module_utils._password.evidence import Known, correlation_id
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Policy
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Applied
from ansible_collections.csp.partnercenter.plugins.module_utils._password.witness_evidence import (
    WitnessEvidence,
    check_trigger,
)
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    intent,
    raised,
    target,
    user_id,
)

DAY = timedelta(days=1)
#: A log of 90 days that holds the ids of requests, and a service that tells only when a password was changed last.
LOG = Memory("log", "log", 90 * DAY - timedelta(hours=1), names_requests=True)
TIMES = Memory("directory", "directory")


@dataclass
class Recorder:
    """A witness that notes what it is asked for, and always answers the same."""

    answer: LastReset = field(default_factory=lambda: LastReset(Certainty.AUDIT))
    failure: Exception | None = None
    asked: list[Any] = field(default_factory=list)

    def history(self, customer_id: str, user_ids: Sequence[str]) -> Recorder:
        self.asked.append((customer_id, list(user_ids)))
        if self.failure:
            raise self.failure
        return self

    def last(self, wanted: str, is_named: Callable[[str], bool] | None = None) -> LastReset:
        own, other = (correlation_id(target(), rotation) for rotation in ("2026-11", "2026-10"))
        self.asked.append((wanted, is_named and (is_named(own), is_named(other))))
        return self.answer


def evidence(recorder: Recorder) -> WitnessEvidence:
    witness: Any = recorder
    return WitnessEvidence(witness, LOG)


def known(recorder: Recorder, **when: Any) -> Known:
    opened = evidence(recorder)
    opened.open([target().key])
    return opened.known(target(**when))


def test_it_is_asked_once_for_each_customer_with_the_users_that_are_wanted() -> None:
    recorder = Recorder()
    evidence(recorder).open([(OTHER_CUSTOMER, user_id(3)), (CUSTOMER, user_id(2)), (CUSTOMER, user_id(1))])
    assert recorder.asked == [(CUSTOMER, [user_id(1), user_id(2)]), (OTHER_CUSTOMER, [user_id(3)])]


def test_when_older_goes_by_the_last_reset_and_the_clock_that_dated_it() -> None:
    recorder = Recorder(LastReset(Certainty.AUDIT, NOW - DAY, clock=NOW))
    assert known(recorder, max_age=DAY) == Known(Applied(NOW - DAY), certainty=Certainty.AUDIT, clock=NOW)
    assert recorder.asked[-1] == (user_id(), None)


def test_when_rotated_goes_by_the_ids_of_the_rotation() -> None:
    recorder = Recorder(LastReset(Certainty.AUDIT, NOW - DAY, named=True))
    assert known(recorder, rotation_id="2026-11") == Known(Applied(NOW - DAY, "2026-11"), certainty=Certainty.AUDIT)
    assert recorder.asked[-1] == (user_id(), (True, False))
    recorder.answer = replace(recorder.answer, named=False, refused=2)
    assert known(recorder, rotation_id="2026-11") == Known(Applied(NOW - DAY), certainty=Certainty.AUDIT, attempt=3)


def test_always_needs_no_evidence() -> None:
    recorder = Recorder()
    assert known(recorder, policy=Policy.ALWAYS) == Known() and len(recorder.asked) == 1


def test_a_witness_that_cannot_be_asked_is_an_error_for_all() -> None:
    recorder = Recorder(failure=RefusedError("the account may not do this", status=403))
    error = raised(lambda: evidence(recorder).open([target().key, (OTHER_CUSTOMER, user_id())]))
    assert isinstance(error, EvidenceError)
    assert str(error) == "the log cannot be read, and it is the evidence: the account may not do this"


def test_it_keeps_nothing_of_its_own() -> None:
    kept: Any = evidence(Recorder())
    kept.sending(None)
    kept.applied(None, NOW, Certainty.EXACT)
    kept.refused(None, answered=True)
    kept.answered(None)
    assert kept.in_doubt(None) == frozenset() and kept.close() == []


@pytest.mark.parametrize(
    ("memory", "when", "complaint"),
    [
        (LOG, {}, "users[0].evidence: log cannot tell whether a password differs"),
        (LOG, {"max_age": 90 * DAY}, "users[0].max_age: is more than the log's 90 days"),
        (LOG, {"not_before": NOW - 90 * DAY}, "users[0].not_before: is further back than the log's 90 days"),
        (TIMES, {}, "users[0].evidence: directory cannot tell whether a password differs"),
        (TIMES, {"rotation_id": "2026-11"}, "users[0].evidence: directory does not know rotation_id"),
    ],
)
def test_what_the_service_cannot_answer_is_refused_offline(
    memory: Memory, when: dict[str, Any], complaint: str
) -> None:
    declared = intent(**when)
    error = raised(lambda: check_trigger(declared.account, declared.trigger, memory, NOW))
    assert str(error).startswith(complaint)


@pytest.mark.parametrize(
    ("memory", "when"),
    [
        (LOG, {"rotation_id": "2026-11"}),
        (LOG, {"max_age": 89 * DAY}),
        (LOG, {"not_before": NOW - 89 * DAY}),
        (LOG, {"not_before": NOW + 100 * DAY}),
        (LOG, {"policy": Policy.ALWAYS}),
        (TIMES, {"max_age": 900 * DAY}),
        (TIMES, {"not_before": NOW - 900 * DAY}),
        (TIMES, {"policy": Policy.ALWAYS}),
    ],
)
def test_what_the_service_can_answer(memory: Memory, when: dict[str, Any]) -> None:
    declared = intent(**when)
    check_trigger(declared.account, declared.trigger, memory, NOW)

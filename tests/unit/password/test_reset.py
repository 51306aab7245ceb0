# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One attempt: recorded durably before it leaves, classified by its answer, never lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    NO_TRACE,
    CredentialError,
    EvidenceError,
    PartnerCenterError,
    RefusedError,
    SignInLostError,
    UnavailableError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty, Delivery, Fate
from ansible_collections.csp.partnercenter.plugins.module_utils._password.evidence import Attempt, Known, make_attempt
from ansible_collections.csp.partnercenter.plugins.module_utils._password.reset import Sent, send
from ansible_collections.csp.partnercenter.tests.unit.password.builders import NOW, PASSWORD, target
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer, FakeService


class Notes:
    """Evidence that writes down what it is told, in one order with the requests."""

    def __init__(self, service: FakeService, *, fails: dict[str, Exception] | None = None) -> None:
        self._service = service
        self._fails = fails or {}

    def _note(self, what: str) -> None:
        self._service.requests.append(what)
        if what in self._fails:
            raise self._fails[what]

    def sending(self, attempt: Attempt) -> None:
        self._note("sending")

    def applied(self, _target: Any, at: Any, certainty: Certainty) -> None:
        assert (at, certainty) == (NOW, Certainty.EXACT)
        self._note("applied")

    def refused(self, _target: Any, *, answered: bool) -> None:
        self._note("refused" if answered else "never sent")

    def answered(self, _target: Any) -> None:
        self._note("used-up")


def made(answer: Answer, *, resumed: bool = False, **fails: Exception) -> tuple[Sent, list[str]]:
    service = FakeService()
    service.will(1, answer)
    attempt = replace(make_attempt(target(), Known(), NOW), resumed=resumed)
    notes: Any = Notes(service, fails=fails)
    sent = send(service.connection().users, notes, attempt, now=lambda: NOW)
    return sent, [request.split()[0] for request in service.requests]


@pytest.mark.parametrize(
    ("answer", "fate", "steps"),
    [
        (Answer.ACCEPT, Fate.ACCEPTED, ["sending", "PATCH", "applied"]),
        (Answer.REFUSE, Fate.REFUSED, ["sending", "PATCH", "refused"]),
        (Answer.NOT_ACCEPTED, Fate.REFUSED, ["sending", "PATCH", "refused"]),
        (Answer.UNSENT, Fate.REFUSED, ["sending", "PATCH", "never"]),
        (Answer.NO_TOKEN, Fate.REFUSED, ["sending", "PATCH", "never"]),
        (Answer.LOST, Fate.AMBIGUOUS, ["sending", "PATCH"]),
        (Answer.SILENT, Fate.AMBIGUOUS, ["sending", "PATCH"]),
        (Answer.FAILING, Fate.AMBIGUOUS, ["sending", "PATCH"]),
        (Answer.BUG, Fate.AMBIGUOUS, ["sending", "PATCH"]),
        (Answer.PAGE, Fate.AMBIGUOUS, ["sending", "PATCH"]),
        (Answer.TAKEN, Fate.AMBIGUOUS, ["sending", "PATCH"]),
        (Answer.IGNORED, Fate.AMBIGUOUS, ["sending", "PATCH"]),
    ],
)
def test_an_attempt_is_recorded_before_it_leaves_and_its_end_where_that_is_certain(
    answer: Answer, fate: Fate, steps: list[str]
) -> None:
    sent, order = made(answer)
    assert (sent.fate, order) == (fate, steps)


@pytest.mark.parametrize(
    ("answer", "fate", "steps"),
    [
        (Answer.ACCEPT, Fate.ACCEPTED, ["PATCH", "applied"]),
        (Answer.REFUSE, Fate.AMBIGUOUS, ["PATCH", "used-up"]),
        (Answer.PAGE, Fate.AMBIGUOUS, ["PATCH"]),
        (Answer.UNSENT, Fate.AMBIGUOUS, ["PATCH"]),
        (Answer.NO_TOKEN, Fate.AMBIGUOUS, ["PATCH"]),
        (Answer.LOST, Fate.AMBIGUOUS, ["PATCH"]),
    ],
)
def test_after_an_ambiguous_try_a_refusal_proves_nothing(answer: Answer, fate: Fate, steps: list[str]) -> None:
    sent, order = made(answer, resumed=True)
    assert (sent.fate, order) == (fate, steps)


@pytest.mark.parametrize("problem", [EvidenceError("ledger: full"), OSError("unforeseen " + PASSWORD)])
def test_what_could_not_be_recorded_is_not_sent(problem: Exception) -> None:
    sent, order = made(Answer.ACCEPT, sending=problem)
    assert (sent.fate, order) == (Fate.REFUSED, ["sending"])
    assert sent.delivery.attempts == 0 and not sent.delivery.answered
    assert PASSWORD not in str(sent.delivery.error)


@pytest.mark.parametrize(("answer", "step"), [(Answer.ACCEPT, "applied"), (Answer.REFUSE, "refused")])
def test_an_end_that_could_not_be_recorded_does_not_cost_the_row(answer: Answer, step: str) -> None:
    sent, order = made(answer, **{step: RuntimeError("unforeseen")})
    assert order[-1] == step
    assert sent.fate is (Fate.ACCEPTED if answer is Answer.ACCEPT else Fate.REFUSED)


def test_an_exception_that_nobody_foresaw_is_not_shown() -> None:
    service = FakeService(bug=f"unforeseen {PASSWORD}")
    service.will(1, Answer.BUG)
    notes: Any = Notes(service)
    sent = send(service.connection().users, notes, make_attempt(target(), Known(), NOW), now=lambda: NOW)
    assert str(sent.delivery.error) == "an internal error of the collection (Unforeseen)"
    assert sent.delivery.trace == sent.attempt.trace


def test_the_request_holds_what_was_recorded() -> None:
    service = FakeService()
    attempt = make_attempt(target(force=False, rotation_id="2026-11"), Known(), NOW)
    notes: Any = Notes(service)
    sent = send(service.connection().users, notes, attempt, now=lambda: NOW)
    (change,) = service.changes
    assert (change.trace, change.force_change_password) == (attempt.trace, False)
    assert change.password.reveal() == PASSWORD
    assert sent.at == NOW and sent.delivery.attempts == 1


def test_the_error_of_the_sign_in_is_kept_as_it_is() -> None:
    sent, _order = made(Answer.NO_TOKEN)
    assert isinstance(sent.delivery.error, CredentialError)
    assert sent.delivery.trace == sent.attempt.trace and sent.delivery.attempts == 0


@pytest.mark.parametrize(
    ("error", "all_of_them"),
    [
        (RefusedError("no", status=401, concerns_all=True), True),
        (RefusedError("no", status=401), False),
        (SignInLostError("no", ambiguous=True), True),
        (CredentialError("no"), True),
        (EvidenceError("no"), True),
        (RefusedError("no", status=403), False),
        (UnavailableError("no", status=503), False),
        (None, False),
    ],
)
def test_what_concerns_all_users(error: PartnerCenterError | None, all_of_them: bool) -> None:
    assert Delivery(Fate.REFUSED, NO_TRACE, 1, error).concerns_all is all_of_them


def test_only_the_services_own_refusal_is_an_answer() -> None:
    signed, page = (RefusedError("no", status=403, signed=signed) for signed in (True, False))
    assert Delivery(Fate.REFUSED, NO_TRACE, 1, signed).answered
    assert not Delivery(Fate.AMBIGUOUS, NO_TRACE, 1, page).answered
    assert not Delivery(Fate.REFUSED, NO_TRACE, 1, UnavailableError("throttled", status=429)).answered

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ids of an attempt: not to be foreseen where they are recorded, and the same again when it is resumed."""

from __future__ import annotations

import uuid

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import Trace
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import is_own_id
from ansible_collections.csp.partnercenter.plugins.module_utils._password.evidence import (
    Known,
    ids,
    is_unique,
    make_attempt,
    names,
    published_id,
    resume_attempt,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Intent, Policy
from ansible_collections.csp.partnercenter.plugins.module_utils._password.lookup import Target
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    NOW,
    OTHER_PASSWORD,
    TRACE,
    target,
    unfinished,
    user_id,
    user_name,
)


def test_the_ids_are_such_that_nobody_can_foresee_them() -> None:
    """A person who knows customer, user and rotation id cannot make an audit record with the id in advance."""
    attempts = [make_attempt(target(rotation_id="2026-11"), Known(attempt=2), NOW) for _unused in range(2)]
    assert attempts[0].trace.correlation_id != attempts[1].trace.correlation_id
    assert attempts[0].trace.request_id != attempts[1].trace.request_id
    assert all(attempt.unique for attempt in attempts)


def test_they_name_the_rotation_all_the_same() -> None:
    """A run on another machine must recognise the audit record of this rotation."""
    made = make_attempt(target(rotation_id="2026-11"), Known(), NOW).trace.correlation_id or ""
    assert is_own_id(made) and names(made, target().key, "2026-11")
    assert not names(made, target(2).key, "2026-11") and not names(made, target().key, "2026-12")
    for policy in Policy:
        overriding = make_attempt(target(policy=policy, rotation_id="2026-11"), Known(), NOW).trace.correlation_id
        assert names(overriding, target().key, "2026-11"), "the ledger says so as well"
    assert not names(None, target().key, "2026-11")


def test_how_they_name_it_is_fixed_for_ever() -> None:
    """Ids that this release, and release 0.1.0, have left in audit logs."""
    assert names("2530dd8e-dda2-8514-8d84-02e59a996e69", target().key, "2026-11")
    old = str(uuid.uuid5(uuid.UUID("5b0d2a6c-5a0e-5c8e-9f5a-6f2d7a3f5c11"), f"{CUSTOMER}/{user_id()}/2026-11"))
    assert published_id(target().key, "2026-11") == old and names(old, target().key, "2026-11")


def test_the_evidence_may_ask_for_ids() -> None:
    attempt = make_attempt(target(rotation_id="2026-11"), Known(attempt=3, next_trace=TRACE), NOW)
    assert (attempt.trace, attempt.attempt) == (TRACE, 3)


def test_the_same_correlation_id_and_number_make_the_same_request() -> None:
    assert ids("c", 1) == ids("c", 1)
    assert ids("c", 1).request_id != ids("c", 2).request_id


def test_ids_of_the_first_release_are_not_of_one_attempt_only() -> None:
    """They are the same for each time a rotation id is applied."""
    old = Trace("r", published_id(target().key, "2026-11"))
    assert not is_unique(target().key, "2026-11", old)
    assert is_unique(target().key, "2026-12", old) and is_unique(target().key, None, old)


def test_without_a_rotation_that_is_applied_once_a_random_id_stands_for_it() -> None:
    for policy in (Policy.ALWAYS, Policy.WHEN_CHANGED, Policy.WHEN_OLDER):
        one, two = (make_attempt(target(policy=policy), Known(), NOW) for _unused in range(2))
        assert one.trace.request_id != two.trace.request_id
        assert one.trace.correlation_id != two.trace.correlation_id
    named = make_attempt(target(policy=Policy.ALWAYS, rotation_id="2026-11"), Known(), NOW)
    assert named.rotation_id == "2026-11"


def test_an_unfinished_attempt_is_resumed_with_its_own_ids_and_flag() -> None:
    earlier = unfinished(rotation_id="2026-11", force=False)
    again = resume_attempt(target(rotation_id="2026-11", force=True), Known(unfinished=earlier), NOW)
    assert again.resumed and again.trace == TRACE and again.sent_at == earlier.sent_at
    assert (again.rotation_id, again.attempt, again.force_change_password) == ("2026-11", 1, False)


def test_nothing_to_resume_is_a_new_attempt() -> None:
    assert not resume_attempt(target(), Known(), NOW).resumed


def test_an_attempt_does_not_show_its_password() -> None:
    attempt = make_attempt(target(password=OTHER_PASSWORD), Known(), NOW)
    assert OTHER_PASSWORD not in repr(attempt)


def test_a_rotation_brings_its_own_password() -> None:
    without = Target(Intent(target().intent.account), CUSTOMER, target().user)
    with pytest.raises(ValueError, match="no password was given"):
        make_attempt(without, Known(), NOW)
    assert without.name == user_name()

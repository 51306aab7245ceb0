# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ids of an attempt: the same on every machine for the same rotation, and the same again when it is resumed."""

from __future__ import annotations

import uuid

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._password.attempt import (
    correlation_id,
    make_attempt,
    resume_attempt,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.evidence import Known
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Intent, Policy
from ansible_collections.csp.partnercenter.plugins.module_utils._password.targets import Target
from ansible_collections.csp.partnercenter.plugins.module_utils._service.identifiers import NAMESPACE
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


def test_the_ids_are_derived_from_customer_user_and_rotation_id() -> None:
    attempt = make_attempt(target(rotation_id="2026-11"), Known(attempt=2), NOW)
    subject = f"{CUSTOMER}/{user_id()}/2026-11"
    assert attempt.trace.correlation_id == str(uuid.uuid5(NAMESPACE, subject))
    assert attempt.trace.request_id == str(uuid.uuid5(NAMESPACE, f"{subject}/2"))


def test_the_ids_are_fixed_for_ever() -> None:
    """Another version of this collection, on another machine, must find the audit record by them."""
    assert correlation_id(target(), "2026-11") == str(
        uuid.uuid5(uuid.UUID("5b0d2a6c-5a0e-5c8e-9f5a-6f2d7a3f5c11"), f"{CUSTOMER}/{user_id()}/2026-11")
    )


def test_another_attempt_user_or_rotation_has_other_ids() -> None:
    attempts = [
        make_attempt(target(rotation_id="2026-11"), Known(), NOW),
        make_attempt(target(rotation_id="2026-11"), Known(attempt=2), NOW),
        make_attempt(target(2, rotation_id="2026-11"), Known(), NOW),
        make_attempt(target(rotation_id="2026-12"), Known(), NOW),
    ]
    assert len({attempt.trace.request_id for attempt in attempts}) == 4
    assert len({attempt.trace.correlation_id for attempt in attempts}) == 3


def test_without_a_rotation_that_is_applied_once_a_random_id_stands_for_it() -> None:
    for policy in (Policy.ALWAYS, Policy.WHEN_CHANGED, Policy.WHEN_OLDER):
        one, two = (make_attempt(target(policy=policy), Known(), NOW) for _unused in range(2))
        assert one.trace.request_id != two.trace.request_id
        assert one.trace.correlation_id != two.trace.correlation_id
    named = make_attempt(target(policy=Policy.ALWAYS, rotation_id="2026-11"), Known(), NOW)
    assert named.rotation_id == "2026-11"
    assert named.trace.correlation_id != correlation_id(target(), "2026-11")


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

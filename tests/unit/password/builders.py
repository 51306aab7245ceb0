# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Intents, targets and what is known of them, with ordinary values for whatever a test does not care about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import PartnerCenterError, Trace
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import User
from ansible_collections.csp.partnercenter.plugins.module_utils._password.evidence import Known, Unfinished
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Account, Intent, Policy, Trigger
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.fingerprint import LedgerKey
from ansible_collections.csp.partnercenter.plugins.module_utils._password.lookup import Target
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Applied

CUSTOMER = "11111111-1111-4111-8111-111111111111"
OTHER_CUSTOMER = "99999999-9999-4999-8999-999999999999"
PASSWORD = "Lantern-7-harbour"
OTHER_PASSWORD = "Meadow-8-kettle"
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)  # a Monday
KEY = LedgerKey(b"k" * 32)
TRACE = Trace("33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444")


def user_id(number: int = 1) -> str:
    return f"22222222-2222-4222-8222-{number:012d}"


def user_name(number: int = 1) -> str:
    return f"user-{number:03d}@customer.example.com"


def intent(
    number: int = 1,
    *,
    password: str = PASSWORD,
    policy: Policy | None = None,
    force: bool = True,
    customer_id: str | None = CUSTOMER,
    customer_domain: str | None = None,
    by_name: bool = False,
    **when: Any,
) -> Intent:
    """The nth user's intent; what is declared says by which policy, unless that is named."""
    implied = Policy.WHEN_ROTATED if "rotation_id" in when else Policy.WHEN_OLDER if when else Policy.WHEN_CHANGED
    if set(when) == {"window"}:
        implied = Policy.WHEN_CHANGED
    account = Account(
        f"users[{number - 1}]",
        None if customer_domain else customer_id,
        customer_domain,
        None if by_name else user_id(number),
        user_name(number) if by_name else None,
    )
    return Intent(account, Secret(password), force, Trigger(policy or implied, **when))


def target(number: int = 1, *, user: User | None = None, **more: Any) -> Target:
    return Target(intent(number, **more), CUSTOMER, user or User(user_id(number), user_name(number)))


def applied(*, days_ago: float = 1, rotation_id: str | None = None, force: bool = True) -> Applied:
    return Applied(NOW - timedelta(days=days_ago), rotation_id, force)


def unfinished(*, same_password: bool = True, rotation_id: str | None = None, force: bool = True) -> Unfinished:
    return Unfinished(TRACE, NOW - timedelta(minutes=5), rotation_id, 1, force, same_password)


def known(**more: Any) -> Known:
    return Known(**more)


def raised(action: Callable[[], object]) -> PartnerCenterError:
    """The error of the engine that the action ends with."""
    try:
        action()
    except PartnerCenterError as error:
        return error
    raise AssertionError("nothing was raised")

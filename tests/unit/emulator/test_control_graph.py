# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the control endpoint that is about customers' tenants."""

from __future__ import annotations

from typing import Any

import pytest


def test_the_standing_at_a_customer_is_changed_and_told(emulator: Any) -> None:
    customer = emulator.customers[0]["id"]
    usual = emulator.standing(customer)
    assert usual["gdap_roles"] == [
        "Cloud Application Administrator",
        "Directory Readers",
        "Reports Reader",
        "User Administrator",
    ]
    assert "User.Read.All" in usual["consents"][emulator.client_id]
    told = emulator.customer(
        customer,
        gdap_roles=["Directory Readers"],
        consent=["User.Read.All"],
        relationship_end="2099-01-01T00:00:00Z",
        sign_in_error=50076,
    )
    assert told == emulator.standing(customer)
    assert told["gdap_roles"] == ["Directory Readers"]
    assert told["consents"] == {emulator.client_id: ["User.Read.All"]}
    assert (told["relationship_end"], told["sign_in_error"]) == ("2099-01-01T00:00:00.000000Z", 50076)
    emulator.reset()
    assert emulator.standing(customer) == usual


def test_users_of_every_kind_can_be_made(emulator: Any) -> None:
    customer, state = emulator.customers[0]["id"], emulator.state
    guest, disabled = (emulator.add_users(customer, kind)[0]["id"] for kind in ("guest", "disabled"))
    member = emulator.add_users(customer, "role_by_group")[0]["id"]
    assert (state()[disabled]["account_enabled"], state()[guest]["account_enabled"]) == (False, True)
    assert (state()[member]["groups"], state()[member]["roles"]) == (["Helpdesk staff"], [])


def test_a_record_of_the_past_is_put_into_the_audit_log(emulator: Any) -> None:
    user = emulator.customers[0]["users"][0]["id"]
    emulator.add_directory_audit(
        user, activity="Reset password (by admin)", at="2026-05-01T00:00:00Z", result="failure"
    )
    (record,) = emulator.directory_audits()
    assert (record["activityDisplayName"], record["result"]) == ("Reset password (by admin)", "failure")
    assert record["activityDateTime"].startswith("2026-05-01T00:00:00")
    assert record["targetResources"][0]["id"] == user


@pytest.mark.parametrize(
    ("path", "members", "complaint"),
    [
        ("/customers", {"gdap_roles": "all of them"}, "gdap_roles is a list of texts"),
        ("/customers", {"gdap_roles": ["Emperor"]}, "gdap_roles are some of Global Administrator"),
        ("/customers", {"consent": "yes"}, "consent is a list of texts"),
        ("/customers", {"relationship_end": "soon"}, "a moment cannot be read"),
        ("/customers", {"sign_in_error": "65001"}, "sign_in_error is a number"),
        ("/groups", {"user_ids": ["nobody"]}, "user_ids are of this customer"),
        ("/groups", {"role": "Emperor"}, "role is one of Global Administrator"),
        ("/passwords", {"user_id": "nobody"}, "user_id names no user"),
        ("/access_tokens", {"scopes": 5}, "scopes is a list of texts"),
    ],
)
def test_mistakes_are_told(emulator: Any, path: str, members: dict[str, Any], complaint: str) -> None:
    from partnercenter_emulator.launcher import ControlError

    with pytest.raises(ControlError, match=complaint):
        emulator.control("POST", path, {"customer_id": emulator.customers[0]["id"], **members})

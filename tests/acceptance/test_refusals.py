# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service refuses: a sentence that says which role, consent or id to look at, with code and ids."""

from __future__ import annotations

import re
from typing import Any

import pytest
from driver import ids, live, password, patches, set_password, special

#: Status and code of the answer to the PATCH, and what the message must say.
ROWS: list[tuple[int, int | None, str]] = [
    (400, 2000, "malformed or an input missing.* customer id and the user id"),
    (400, 3000, "a password breaks the password rules, or contains a banned word"),
    (400, 800002, "customer id and the user id"),
    (400, 900118, "customer id is not valid.* partner tenant id"),
    (401, 400, "access token is not accepted: look at tenant_id and client_id"),
    (401, 800001, "access token is not accepted"),
    (401, 900420, "another audience.*https://api.partnercenter.microsoft.com"),
    (401, 900421, "without multi-factor authentication: sign in again with MFA"),
    (403, 900308, "GDAP relationship.*User Administrator, or Privileged Authentication Administrator"),
    (403, 900150, "AdminAgents group, and .*User Administrator"),
    (403, 20002, "no relationship with this customer.*GDAP"),
    (403, 900309, "conditional access policy"),
    (403, 900329, "App.User credentials: use a refresh token"),
    (403, 2032, "may not act for this customer"),
    (403, None, "AdminAgents"),
    (404, 60002, "no such user at this customer: look at the user id"),
    (404, 60003, "no such customer tenant: look at the customer id"),
    (404, 1000, "no such record"),
    (404, 3000, "no such record"),
    (409, None, "changed by somebody else at the same moment; run again"),
    (412, None, "changed by somebody else at the same moment; run again"),
]


@pytest.mark.parametrize("code_type", ["string", "number"])
def test_each_row_of_the_error_table(emulator: Any, play: Any, code_type: str) -> None:
    """The PATCH is refused. After a 401 nobody's reset can succeed, so that one stops its list.

    Without a code it is not in the service's own form, and the reset may have taken effect.
    """
    emulator.knobs(error_code_type=code_type, html_escape_descriptions="on")
    customer = emulator.customers[0]["id"]
    people = [ids(emulator, number)["user_id"] for number in range(len(ROWS))]
    for user, (status, code, _sentence) in zip(people, ROWS, strict=True):
        place = f"/v1/customers/{customer}/users/{user}"
        answer = {"description": f"<b>Echo</b> of {password('echo')}"} if code else {"body": "{}"}
        emulator.fault("status", method="PATCH", path=place, status=status, code=code, count=2, **answer)
    users = [{"user_id": user, "password": password(number)} for number, user in enumerate(people)]
    alone = [number for number, row in enumerate(ROWS) if row[0] == 401]
    last = {"user_id": ids(emulator, len(ROWS))["user_id"], "password": password("last")}
    lists = [[user for number, user in enumerate(users) if number not in alone], *([users[n], last] for n in alone)]
    tasks = [
        set_password(f"list {number}", customer_id=customer, users=listed, concurrency=1, audit_timeout=1)
        for number, listed in enumerate(lists)
    ]
    run = play(*tasks, path={"string": "in_process", "number": "module"}[code_type])
    rows = {row["user_id"]: row for number in range(len(lists)) for row in run[f"list {number}"]["users"]}
    journal = {entry["path"].split("/")[5]: entry for entry in patches(emulator)}
    for user, (status, code, pattern) in zip(people, ROWS, strict=True):
        row = rows[user]
        error = row["error"]
        expected = ("rejected", False) if code else ("unknown", True)
        assert (row["outcome"], row["changed"]) == expected, (status, code, row)
        assert re.search(pattern, error["message"]), (status, code, error)
        assert (error["status"], error.get("code")) == (status, code)
        assert error["request_id"] == row["request_id"] == journal[user]["request_id"]
        assert error["correlation_id"] == row["correlation_id"] == journal[user]["correlation_id"]
        renewed = status == 401 and code in (400, 800001)
        assert row["attempts"] == (2 if renewed else 1), (status, code)
    assert rows[last["user_id"]]["outcome"] == "deferred"
    passwords = emulator.passwords()
    assert all(len(passwords[user]["history"]) == 1 for user in [*people, last["user_id"]])


def test_customers_and_users_that_cannot_be_read(emulator: Any, play: Any, path: str) -> None:
    """Found before the first PATCH; the other customers of the list are served."""
    first, second, third = emulator.customers
    emulator.customer(second["id"], relationship=False)
    emulator.customer(third["id"], gdap_role=False)
    nobody = "0a1b2c3d-0000-4000-8000-000000000001"
    users = [
        {"customer_id": first["id"], "user_id": first["users"][0]["id"]},
        {"customer_id": second["id"], "user_id": second["users"][0]["id"]},
        {"customer_id": third["id"], "user_id": third["users"][0]["id"]},
        {"customer_id": nobody, "user_id": first["users"][1]["id"]},
        {"customer_id": first["id"], "user_id": nobody},
        {"customer_domain": "nobody.example.com", "user_id": nobody},
        {"customer_domain": first["domain"], "user_principal_name": f"nobody@{first['domain']}"},
        {"customer_domain": first["domain"].replace(".com", ".org"), "user_id": first["users"][2]["id"]},
    ]
    run = play(set_password("list", password=password(), users=users), path=path)
    rows = run["list"]["users"]
    assert [row["outcome"] for row in rows] == ["applied", *["rejected"] * 6, "applied"]
    assert [row.get("error", {}).get("code") for row in rows] == [None, 20002, 900308, 60003, 60002, None, None, None]
    assert "customer_domain" in rows[5]["error"]["message"]
    assert "user_principal_name" in rows[6]["error"]["message"]
    for row in rows[1:5]:
        assert row["error"]["request_id"] and row["error"]["correlation_id"]
    assert len(patches(emulator)) == 2


def test_credentials_that_are_refused(emulator: Any, play: Any) -> None:
    """The whole task fails with one sentence; no customer is touched."""
    user = {**ids(emulator, 0), "password": password()}
    plain = {f"PARTNERCENTER_{name}": "" for name in ("CLIENT_SECRET", "REFRESH_TOKEN", "TENANT_ID", "CLIENT_ID")}
    token = {"task": {"environment": plain}}
    cases = {
        "app only": ({"access_token": emulator.token(app_only=True)}, token, "use a refresh token of an account"),
        "no mfa": ({"access_token": emulator.token(mfa=False)}, token, "sign in again with MFA"),
        "audience": (
            {"access_token": emulator.token(audience="https://graph.windows.net")},
            token,
            "another audience|not accepted",
        ),
        "secret": ({"client_secret": "not-the-Kanarie"}, {}, "AADSTS7000215.*client secret is wrong"),
        "token": ({"refresh_token": "0.Kanarie-no-token"}, {}, "AADSTS.*refresh token is malformed"),
        "application": ({"client_id": "0a1b2c3d-0000-4000-8000-000000000001"}, {}, "AADSTS700016.*client_id"),
    }
    run = play(*[set_password(name, **user, **options, **task) for name, (options, task, _unused) in cases.items()])
    for name, (_unused, _unused, pattern) in cases.items():
        result = run[name]
        assert result["failed"] and not result.get("changed"), name
        assert re.search(pattern, result["msg"]), (name, result["msg"])
        assert "error" in result, name

    states = {"expired": "expired.*90 days: sign in again", "revoked": "revoked.*sign in again"}
    for state, pattern in states.items():
        emulator.knobs(refresh_token_state=state)
        result = play(set_password(state, **user))[state]
        assert result["failed"] and re.search(pattern, result["msg"]), (state, result["msg"])
    assert patches(emulator) == []
    assert live(emulator, user) != password()


@pytest.mark.parametrize("route", ["405", "501", "html404"])
def test_a_missing_route_is_worked_round(emulator: Any, play: Any, route: str) -> None:
    """One answer leads to the older call no more than a page of a gateway does. The service's own word is remembered.

    The older call's answer proves nothing; the audit log does.
    """
    emulator.knobs(reset_route=route)
    users = [{"user_id": ids(emulator, number)["user_id"], "password": password(number)} for number in range(5)]
    customer = emulator.customers[0]["id"]
    run = play(
        set_password("auto", customer_id=customer, users=users, concurrency=1),
        set_password("reset", **ids(emulator, 6), password=password(), endpoint="resetpassword", audit_timeout=1),
    )
    assert [(row["outcome"], row["certainty"]) for row in run["auto"]["users"]] == [("applied", "audit")] * 5
    signed = route == "501"
    assert run["reset"]["outcome"] == ("rejected" if signed else "unknown")
    calls = [entry["path"].endswith("resetpassword") for entry in patches(emulator)]
    first, last = [True, True, False], [True, True]
    assert calls == (first + [False] * 4 if signed else first * 5) + last


def test_who_does_not_look_first_is_refused_by_the_service(emulator: Any, play: Any) -> None:
    run = play(set_password("reset", **special(emulator, "federated"), password=password(), check_user=False))
    assert run["reset"]["outcome"] == "rejected"
    assert run["reset"]["error"]["code"] == 3000

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of customers: one task for a hundred of them, which only reads, and tells of each what to do."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from driver import Run

PLAYBOOK = "csp.partnercenter.check_customers"
MODULE = "csp.partnercenter.partnercenter_customer_check"
TOLD = "Tell the answer of each customer"
SOON = (datetime.now(UTC) + timedelta(days=7, hours=12)).isoformat()
LONG_AGO = "2026-02-01T00:00:00Z"

#: What is wrong at which customer of the hundred, and how its host tells it.
WRONG: dict[int, tuple[dict[str, Any], str]] = {
    4: ({"relationship": False}, "the GDAP relationship has ended"),
    10: ({"relationship_end": SOON}, "the GDAP relationship ends on "),
    20: (
        {"gdap_role": False},
        "the account holds Cloud Application Administrator, Directory Readers, Reports Reader there",
    ),
    21: (
        {"gdap_roles": ["Directory Readers"]},
        "the account holds Directory Readers there: it needs one of User Administrator",
    ),
    40: ({"relationship_end": LONG_AGO}, "the GDAP relationship has ended on 2026-02-01"),
    50: (
        {"conditional_access": True},
        "a conditional access policy of the customer or of the partner blocks this account",
    ),
    60: ({"relationship_status": "approvalPending"}, "the customer has not accepted the GDAP relationship"),
}
UNREADABLE = 30


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=100, users=2) as emulator:
        yield emulator


@pytest.fixture
def inventory(emulator: Any, play: Any) -> str:
    """A hundred hosts; every third one is named by its domain."""
    hosts = {
        f"customer-{number:03}": {"partnercenter_customer_domain": customer["domain"]}
        if number % 3 == 0
        else {"partnercenter_customer_id": customer["id"]}
        for number, customer in enumerate(emulator.customers)
    }
    path = play.folder / "hosts.json"
    path.write_text(json.dumps({"all": {"hosts": hosts}}))
    return str(path)


def spoil(emulator: Any) -> None:
    for number, (changes, _told) in WRONG.items():
        emulator.customer(emulator.customers[number]["id"], **changes)
    emulator.customer(emulator.customers[11]["id"], relationship_end=SOON, relationship_extends=True)
    emulator.fault(
        "status",
        status=403,
        code=900150,
        count=9,
        path="/v1/auditrecords",
        contains=emulator.customers[UNREADABLE]["id"],
    )


def answers(run: Run) -> dict[str, Mapping[str, Any]]:
    """What each host told."""
    return {line["host"]: line["result"] for line in run.results if line["task"] == TOLD}


def assert_only_read(emulator: Any) -> None:
    assert {entry["method"] for entry in emulator.journal()} == {"GET"}


def assert_no_token(emulator: Any, *texts: str) -> None:
    secrets = [secret for secrets in emulator.issued().values() for secret in secrets]
    assert secrets and not [secret for secret in secrets for text in texts if secret in text]


def test_a_hundred_customers(emulator: Any, play: Any, inventory: str) -> None:
    spoil(emulator)
    folder = play.folder / "reports"
    variables = {"check_customers_report_folder": str(folder)}
    run = play(playbook=PLAYBOOK, arguments=["-i", inventory], variables=variables)
    assert run.rc != 0
    told = answers(run)
    assert len(told) == 100
    for number, (_changes, why) in WRONG.items():
        answer = told[f"customer-{number:03}"]
        assert answer["failed"] and answer["msg"].startswith(f"not ready: {why}"), answer["msg"]
        assert "In Partner Center, Customers" in answer["msg"] or number == 50
    unreadable = told[f"customer-{UNREADABLE:03}"]["msg"]
    assert "may not read the audit log" in unreadable and "In Partner Center, Settings" in unreadable
    failed = [host for host, answer in told.items() if answer["failed"]]
    assert sorted(failed) == sorted(f"customer-{number:03}" for number in (*WRONG, UNREADABLE))
    assert told["customer-011"]["msg"] == "ready"
    assert told["customer-000"]["msg"].startswith("ready, by a relationship until 20")
    checked = run["Check all customers"]
    assert list(checked["hosts"]) == [f"customer-{number:03}" for number in range(100)]
    assert checked["summary"] == {"total": 100, "ready": 92, "not_ready": 8, "throttled": 0}
    assert "92 of 100 customers are ready" in run.screen
    # One sign-in for all hosts: a token for Partner Center, and one for the relationships of the partner.
    assert [entry["status"] for entry in emulator.token_journal()] == [200, 200]
    assert_only_read(emulator)
    page, table = (folder / "customers.html").read_text(), (folder / "customers.csv").read_text()
    assert "8 customers are not ready" in page
    assert sorted(row["customer"] for row in csv.DictReader(table.splitlines()) if row["ready"] == "no") == sorted(
        failed
    )
    assert_no_token(emulator, run.stdout, run.stderr, json.dumps(run.results), page, table)


@pytest.mark.parametrize("spoilt", [False, True])
def test_the_exit_status_tells_a_nightly_job_also_in_check_mode(
    emulator: Any, play: Any, inventory: str, spoilt: bool
) -> None:
    if spoilt:
        spoil(emulator)
    run = play(playbook=PLAYBOOK, arguments=["-i", inventory, "--limit", "customer-00*"], check=spoilt)
    failed = {host for host, answer in answers(run).items() if answer["failed"]}
    assert (bool(run.rc), failed) == (spoilt, {"customer-004"} if spoilt else set())
    assert f"{10 - spoilt} of 10 customers are ready" in run.screen
    assert_only_read(emulator)


def test_what_cannot_be_asked_is_not_known(emulator: Any, play: Any) -> None:
    """Microsoft Graph has no consent in the partner's own tenant: nobody can tell roles and ends."""
    emulator.knobs(graph_partner_consent="missing")
    customers = [{"customer_id": customer["id"]} for customer in emulator.customers[:2]]
    task = {"name": "check", MODULE: {"customers": customers}}
    run = play(task)
    result = run["check"]
    assert run.rc == 0 and not result["failed"]
    for row in result["customers"]:
        assert (row["ready"], row["roles"], row["relationship_ends"]) == (True, None, None)
        assert [finding["check"] for finding in row["not_known"]] == ["relationship_end", "roles"]
    (warning,) = [warning for warning in result["warnings"] if "not known" in warning]
    assert "AADSTS65001" in warning and "DelegatedAdminRelationship.Read.All" in warning


def test_customers_through_graph(emulator: Any, play: Any, path: str) -> None:
    """Each customer is signed in to, and one that has not consented is told with what to do."""
    first, second, third, fourth = (customer["id"] for customer in emulator.customers[:4])
    emulator.customer(second, consent=False)
    emulator.customer(third, consent=["User.Read.All"])
    emulator.customer(fourth, sign_in_error=53003)
    customers = [
        {"customer_id": customer, "name": f"c{number}"}
        for number, customer in enumerate((fourth, third, second, first))
    ]
    run = play({"name": "check", MODULE: {"gateway": "graph", "customers": customers}}, path=path)
    result = run["check"]
    assert result["failed"]
    rows = result["customers"]
    assert [row["name"] for row in rows] == ["c0", "c1", "c2", "c3"]
    assert [row["ready"] for row in rows] == [False, False, False, True]
    assert [[finding["check"] for finding in row["problems"]] for row in rows] == [
        ["sign_in"],
        ["consent"],
        ["consent"],
        [],
    ]
    assert [row["consented"] for row in rows] == [None, False, False, True]
    assert "User-PasswordProfile.ReadWrite.All" in rows[1]["problems"][0]["message"]
    assert "AADSTS65001" in rows[2]["problems"][0]["message"]
    assert rows[3]["roles"] == [
        "Cloud Application Administrator",
        "Directory Readers",
        "Reports Reader",
        "User Administrator",
    ]
    assert_only_read(emulator)
    assert_no_token(emulator, json.dumps(result))


def hosts(emulator: Any, count: int, **of_host: Mapping[str, Any]) -> dict[str, Any]:
    """Hosts h0, h1, … with a customer each, and more variables of their own."""
    found = {f"h{number}": {"partnercenter_customer_id": emulator.customers[number]["id"]} for number in range(count)}
    return {name: variables | dict(of_host.get(name, {})) for name, variables in found.items()}


def played(play: Any, of_play: Mapping[str, Any], keywords: Mapping[str, Any], task: Mapping[str, Any]) -> Run:
    """A play of one's own, whose hosts all check in one task unless the task says otherwise."""
    path = play.folder / "own.json"
    path.write_text(json.dumps({"all": {"hosts": of_play}}))
    content = {"hosts": "all", "connection": "local", **keywords}
    check = {"name": "check", MODULE: {"hosts_of_play": True}, "run_once": True, "failed_when": False, **task}
    run: Run = play(check, play=content, arguments=["-i", str(path)])
    return run


def test_defaults_of_a_host_count_for_it_and_batches_share_a_page(emulator: Any, play: Any) -> None:
    emulator.customer(emulator.customers[0]["id"], relationship_end=SOON)
    emulator.customer(emulator.customers[2]["id"], relationship_end=SOON)
    found = hosts(emulator, 4, h2={"days": 1}, h3={"partnercenter_customer_id": None})
    defaults = {MODULE: {"days_left": "{{ days | default(30) }}", "report_folder": str(play.folder / "reports")}}
    run = played(play, found, {"serial": 3, "module_defaults": defaults}, {})
    first, second = (line["result"] for line in run.results if line["task"] == "check")
    assert [(host, row["ready"]) for host, row in first["hosts"].items()] == [("h0", False), ("h1", True), ("h2", True)]
    assert second["hosts"] == {} and "h3: partnercenter_customer_id: neither it nor" in second["lines"][1]
    table = (play.folder / "reports" / "customers.csv").read_text()
    assert [line["customer"] for line in csv.DictReader(table.splitlines())] == ["h0", "h1", "h2"]
    assert len(emulator.token_journal()) == 2


def test_a_task_of_each_host_is_about_its_own_customer(emulator: Any, play: Any) -> None:
    run = played(play, hosts(emulator, 2), {"strategy": "free"}, {"run_once": False})
    told = {line["host"]: list(line["result"]["hosts"]) for line in run.results if line["task"] == "check"}
    assert told == {"h0": ["h0"], "h1": ["h1"]}


def test_a_sign_in_that_is_not_accepted_is_told_to_each_host(emulator: Any, play: Any, inventory: str) -> None:
    emulator.knobs(refresh_token_state="revoked")
    run = play(playbook=PLAYBOOK, arguments=["-i", inventory, "--limit", "customer-000,customer-001,customer-002"])
    told = answers(run)
    assert run.rc != 0 and len(told) == 3
    assert {answer["failed"] for answer in told.values()} == {True}
    assert all("AADSTS50173" in answer["msg"] for answer in told.values())


def test_a_throttled_customer_is_ready_after_all(emulator: Any, play: Any) -> None:
    customer = emulator.customers[0]["id"]
    emulator.fault("throttle", seconds=0, count=2, path=f"/v1/customers/{customer}")
    result = play({"name": "check", MODULE: {"customer_id": customer}})["check"]
    (row,) = result["customers"]
    assert (row["ready"], row["throttled"], result["summary"]["throttled"]) == (True, 2, 2)


def test_a_page_needs_the_process_of_the_controller(emulator: Any, play: Any) -> None:
    options = {"customer_id": emulator.customers[0]["id"], "report_folder": str(play.folder)}
    result = play({"name": "check", MODULE: options}, path="module")["check"]
    assert result["failed"] and result["msg"].startswith("report_folder: needs a task in the controller's process")

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``gateway: graph``: the same tasks through Microsoft Graph, and what only Microsoft Graph can do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from driver import MOSTLY_IN_PROCESS, ids, live, password, reset_of, sent, set_password, some, special
from rotating import ROTATION, Vaulted, vault_password_file

INFO = "csp.partnercenter.partnercenter_user_info"
GRAPH = {"environment": {"PARTNERCENTER_GATEWAY": "graph"}}


def by_graph(name: str, **options: Any) -> dict[str, Any]:
    return set_password(name, **{"gateway": "graph", **options})


def services(emulator: Any) -> Counter[str]:
    return Counter(entry["service"] for entry in emulator.journal())


@MOSTLY_IN_PROCESS
def test_passwords_are_set_once_and_users_are_read_without_asking_partner_center(
    emulator: Any, play: Any, path: str
) -> None:
    customer, users = emulator.customers[0], some(emulator, range(6))
    users[0] = {"user_principal_name": customer["users"][0]["user_principal_name"], "password": users[0]["password"]}
    first, second = (by_graph(name, customer_id=customer["id"], users=users) for name in ("first", "second"))
    look = {"name": "look", INFO: {"gateway": "graph", "customer_id": customer["id"], "roles": True}}
    run = play(first, second, look, path=path)
    assert run["first"]["summary"] | {"throttled": 0} == run["first"]["summary"]
    assert [row["outcome"] for row in run["first"]["users"]] == ["applied"] * 6
    assert {row["certainty"] for row in run["first"]["users"]} == {"exact"}
    assert not run["second"]["changed"] and not run["second"]["failed"]
    for number, user in enumerate(users):
        assert live(emulator, ids(emulator, number)) == user["password"]
    privileged = special(emulator, "privileged")["user_id"]
    roles = {user["user_id"]: user["roles"] for user in run["look"]["users"]}
    assert roles.pop(privileged) == ["Global Administrator"] and set(map(tuple, roles.values())) == {()}
    assert services(emulator).keys() == {"graph"}


def test_a_customer_that_does_not_let_the_account_in_concerns_nobody_else(emulator: Any, play: Any) -> None:
    theirs = emulator.customers[1]
    emulator.customer(theirs["id"], consent=False)
    users = [{**ids(emulator, number, customer), "password": password()} for customer in (0, 1) for number in (0, 1)]
    task = by_graph("list", users=users)
    run = play(task)
    assert [row["outcome"] for row in run["list"]["users"]] == ["applied"] * 2 + ["rejected"] * 2
    assert "AADSTS65001" in run["list"]["msg"] and "consent" in run["list"]["msg"]
    assert live(emulator, ids(emulator, 0)) == password() and not sent(emulator, ids(emulator, 0, 1))
    emulator.customer(theirs["id"], consent=True)
    again = play(task)
    assert [row["outcome"] for row in again["list"]["users"]] == ["unchanged"] * 2 + ["applied"] * 2


def test_a_refresh_token_that_is_dead_concerns_everybody(emulator: Any, play: Any) -> None:
    emulator.knobs(refresh_token_state="revoked")
    run = play(by_graph("list", customer_id=emulator.customers[0]["id"], users=some(emulator, range(2))))
    assert run["list"]["failed"] and "AADSTS50173" in run["list"]["msg"] and "users" not in run["list"]


def test_a_lost_answer_is_settled_by_the_time_of_the_change(emulator: Any, play: Any) -> None:
    """Applied without an answer, and neither: the first one is seen, and the second one is sent again later."""
    done, lost = ids(emulator, 0), ids(emulator, 1)
    emulator.fault(
        "html", target="graph", method="PATCH", path=f"/v1.0/users/{done['user_id']}", status=200, applied=True
    )
    emulator.fault("html", target="graph", method="PATCH", path=f"/v1.0/users/{lost['user_id']}", status=200)
    users = [{**user, "password": password()} for user in (done, lost)]
    task = by_graph("list", users=users, audit_timeout=3)
    run = play(task)
    rows = run["list"]["users"]
    assert [(row["outcome"], row["certainty"]) for row in rows] == [("applied", "directory"), ("unknown", None)]
    assert live(emulator, done) == password() and not sent(emulator, lost)
    again = play(task)
    assert [row["outcome"] for row in again["list"]["users"]] == ["unchanged", "applied"]
    assert live(emulator, lost) == password()


def test_a_replica_that_lags_behind_proves_nothing(emulator: Any, play: Any) -> None:
    emulator.knobs(replica_delay=60)
    user = ids(emulator, 0)
    emulator.fault("html", target="graph", method="PATCH", status=200, applied=True)
    run = play(by_graph("late", **user, password=password(), audit_timeout=2))
    assert run["late"]["outcome"] == "unknown" and live(emulator, user) == password()


@pytest.mark.truth
@pytest.mark.parametrize("share", [0.5, 1.0], ids=["half of the replicas", "every replica"])
@pytest.mark.parametrize("form", ["set_password", "rotation"])
def test_fifty_lost_answers_and_replicas_that_answer_late(
    emulator: Any, play: Any, figure: Callable[[str], None], form: str, share: float
) -> None:
    """Half of the requests take effect. What is told is true, and who is not known is `unknown`, until the next run."""
    people = [ids(emulator, number % 25, number // 25) for number in range(50)]
    vaulted = Vaulted(play, {"type": "file", "path": str(play.folder / "passwords")})
    for number, user in enumerate(people):
        emulator.fault("html", **reset_of("graph", user), status=200, applied=number % 2 == 0)
    emulator.knobs(replica_delay=600, replica_share=share)
    given = {"users": [{**user, "password": password(number)} for number, user in enumerate(people)]}
    task = by_graph("reset", **given, rotation_id="r1", audit_timeout=4)
    if form == "rotation":
        task = vaulted.task("reset", people, rotation_id="r1", audit_timeout=4, gateway="graph")
    before = [live(emulator, user) for user in people]
    rows = play(task, environment=vaulted.environment)["reset"]["users"]
    took = [live(emulator, user) != old for user, old in zip(people, before, strict=True)]
    assert took == [number % 2 == 0 for number in range(50)]
    seen = [row["outcome"] == "applied" for row in rows]
    assert {(row["outcome"], row["certainty"]) for row in rows} <= {("applied", "directory"), ("unknown", None)}
    assert not [user for user, shown, true in zip(people, seen, took, strict=True) if shown and not true]
    assert any(seen) == (share < 1)
    again = play(task, environment=vaulted.environment)["reset"]
    assert not again["failed"] and {row["outcome"] for row in again["users"]} <= {"applied", "resumed", "unchanged"}
    for number, user in enumerate(people):
        assert len(set(sent(emulator, user))) == 1
        wanted = vaulted.passwords(user)["current"] if form == "rotation" else password(number)
        assert live(emulator, user) == wanted
    figure(
        f"50 lost answers, {form}, {share:.0%} of reads by a late replica: {sum(seen)} of 25 seen, no lie, none lost"
    )


def test_the_directory_is_evidence_without_local_files(emulator: Any, play: Any) -> None:
    old, young = ids(emulator, 0), ids(emulator, 1)
    moment = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    emulator.set_password(young["user_id"], changed_at=moment)
    users = [{**user, "password": password()} for user in (old, young)]
    task = by_graph("aged", users=users, max_age="30d", evidence="directory")
    run = play(task)
    assert [(row["outcome"], row["reason"]) for row in run["aged"]["users"]] == [
        ("applied", "age"),
        ("unchanged", None),
    ]
    play.new_home()
    assert not play(task)["aged"]["changed"]


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"evidence": "audit_log", "max_age": "30d"}, "evidence"),
        ({"evidence": "directory", "rotation_id": "2026-11"}, "evidence"),
        ({"evidence": "directory"}, "evidence"),
        ({"endpoint": "update"}, "endpoint"),
        ({"allow_synced": True}, "allow_synced"),
        ({"on_drift": "reset", "check_user": False}, "on_drift"),
        ({"gateway": "partner_center", "on_drift": "reset"}, "on_drift"),
        ({"gateway": "partner_center", "password_writeback": True}, "password_writeback"),
        ({"gateway": "partner_center", "evidence": "directory", "max_age": "30d"}, "evidence"),
    ],
)
def test_what_a_gateway_cannot_do_is_refused_before_the_first_request(
    emulator: Any, play: Any, options: dict[str, Any], place: str
) -> None:
    run = play(by_graph("refused", **ids(emulator, 0), password=password(), **options))
    assert run["refused"]["failed"] and run["refused"]["msg"].startswith(f"{place}: ")
    assert emulator.journal() == []


def test_rotations_are_kept_in_a_store(emulator: Any, play: Any) -> None:
    users = [{"user_id": ids(emulator, number)["user_id"]} for number in range(3)]
    options = {"customer_id": emulator.customers[0]["id"], "users": users, "rotation_id": "2026-11"}
    task = {"name": "rotate", ROTATION: {**options, "store": {"path": str(play.folder / "store")}}}
    arguments = ["--vault-password-file", vault_password_file(play.folder)]
    run = play(task, arguments=arguments, **GRAPH)
    assert [row["outcome"] for row in run["rotate"]["users"]] == ["applied"] * 3
    assert not play(task, arguments=arguments, **GRAPH)["rotate"]["changed"]
    assert all(len(sent(emulator, ids(emulator, number))) == 1 for number in range(3))
    assert services(emulator).keys() == {"graph"}


@pytest.mark.parametrize("gateway", ["graph", "partner_center"])
def test_sessions_end_after_a_reset_with_either_gateway(emulator: Any, play: Any, gateway: str) -> None:
    customer, users = emulator.customers[0]["id"], some(emulator, range(3))
    task = by_graph("reset", gateway=gateway, customer_id=customer, users=users, revoke_sessions=True)
    run = play(task)
    assert [row["sessions_revoked"] for row in run["reset"]["users"]] == [True] * 3
    assert emulator.counters()["sessions_revoked"] == 3
    again = play(task)
    assert not again["reset"]["changed"] and "sessions_revoked" not in again["reset"]["users"][0]
    assert emulator.counters()["sessions_revoked"] == 3


RESET_ROLE, ROTATION_ROLE = "user_password_reset", "user_password_rotation"


def role(
    emulator: Any,
    play: Any,
    users: list[dict[str, Any]],
    gateway: str = "graph",
    defaults: Any = None,
    name: str = RESET_ROLE,
    **named: Any,
) -> Any:
    """Runs a role on one host, and returns the whole run. ``named`` are the role's variables."""
    task = {"ansible.builtin.include_role": {"name": f"csp.partnercenter.{name}"}, "name": "role"}
    show = {"name": "rows", "ansible.builtin.debug": {"var": f"{name}_turn.hosts"}}
    variables = {f"{name}_{option}": value for option, value in named.items()}
    variables |= {"partnercenter_customer_id": emulator.customers[0]["id"], "partnercenter_users": users}
    content = {"module_defaults": {"csp.partnercenter.partnercenter_user_password": defaults or {}}}
    arguments = ["--vault-password-file", vault_password_file(play.folder)]
    environment = {"PARTNERCENTER_GATEWAY": gateway}
    return play(task, show, variables=variables, play=content, environment=environment, arguments=arguments)


def rows(run: Any, name: str = RESET_ROLE) -> list[dict[str, Any]]:
    """The rows of the only host, in the order of their reasons."""
    (host,) = run["rows"][f"{name}_turn.hosts"].values()
    return sorted(host["users"], key=lambda row: str(row["reason"]))


@pytest.mark.parametrize(
    ("variable", "default", "ended", "gateway"),
    [
        (True, False, 2, "graph"),
        (True, False, 2, "partner_center"),
        (None, True, 2, "graph"),
        (False, True, 0, "graph"),
    ],
    ids=["variable", "variable, Partner Center", "module_defaults", "the variable counts"],
)
def test_a_role_ends_sessions_by_its_variable_or_else_by_module_defaults(
    emulator: Any, play: Any, variable: bool | None, default: bool, ended: int, gateway: str
) -> None:
    named = {} if variable is None else {"revoke_sessions": variable}
    run = role(emulator, play, some(emulator, range(2)), gateway, {"revoke_sessions": default}, **named)
    assert run["Show the outcome"]["msg"][0] == "2 of 2 passwords set"
    assert [row.get("sessions_revoked") for row in rows(run)] == [True if ended else None] * 2
    assert emulator.counters().get("sessions_revoked", 0) == ended


def test_a_role_resets_drift_and_writes_back_by_its_variables(emulator: Any, play: Any) -> None:
    drifted, synced = ids(emulator, 0), special(emulator, "synced")
    users = [
        {"user_id": drifted["user_id"], "password": password(), "force_change_password": False},
        {"user_id": synced["user_id"], "password": password(1)},
    ]
    role(emulator, play, users[:1])
    ahead = (datetime.now(UTC) + timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    emulator.set_password(drifted["user_id"], password="Somebody-Else-2026", changed_at=ahead)
    told = role(emulator, play, users)
    assert "it was changed by something else" in " ".join(told["Show the outcome"]["msg"])
    assert [(row["outcome"], row["reason"]) for row in rows(told)] == [
        ("unchanged", "drift"),
        ("rejected", "no_ledger"),
    ]
    done = rows(role(emulator, play, users, on_drift="reset", password_writeback=True))
    assert [(row["outcome"], row["reason"]) for row in done] == [("applied", "drift"), ("applied", "no_ledger")]
    assert emulator.counters()["writebacks"] == 1
    assert [live(emulator, user) for user in (drifted, synced)] == [password(), password(1)]


def test_the_role_for_rotations_resets_drift_by_its_variable(emulator: Any, play: Any) -> None:
    user = ids(emulator, 0)["user_id"]
    options = {"rotation_id": "r1", "store": {"type": "file", "path": str(play.folder / "store")}}
    users = [{"user_id": user, "force_change_password": False}]
    role(emulator, play, users, name=ROTATION_ROLE, **options)
    ahead = (datetime.now(UTC) + timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    emulator.set_password(user, password="Somebody-Else-2026", changed_at=ahead)
    run = role(emulator, play, users, name=ROTATION_ROLE, **options, on_drift="reset")
    assert [(row["outcome"], row["reason"]) for row in rows(run, ROTATION_ROLE)] == [("applied", "drift")]
    assert len(sent(emulator, {"user_id": user})) == 3


def test_two_witnesses_that_contradict_each_other_leave_the_outcome_unknown(emulator: Any, play: Any) -> None:
    """Partner Center's log has our request and Graph an old time; then Graph a new time and the log another request."""
    user, told = ids(emulator, 0), "two witnesses contradict each other: the "
    emulator.knobs(last_password_change_on_admin_reset=False)
    emulator.fault("html", target="partner_center", method="PATCH", status=200, applied=True)
    options = {**user, "password": password(), "audit_timeout": 2}
    row = play(set_password("logged", **options, revoke_sessions=True))["logged"]
    assert row["outcome"] == "unknown" and emulator.counters()["sessions_revoked"] == 0
    assert f"{told}audit log says" in row["msg"] and "but the directory says" in row["msg"]
    assert play(set_password("alone", **options))["alone"]["outcome"] == "resumed"

    user = ids(emulator, 1)
    options |= user
    emulator.knobs(last_password_change_on_admin_reset=True)
    emulator.fault("html", target="graph", method="PATCH", status=200, applied=True)
    moment = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    emulator.add_audit(**user, operation_date=moment, user_principal_name="somebody@partner.example.com")
    row = play(by_graph("changed", **options))["changed"]
    assert row["outcome"] == "unknown"
    assert f"{told}directory says" in row["msg"] and "but the audit log shows that another request" in row["msg"]


def test_a_failure_to_end_sessions_does_not_change_the_outcome(emulator: Any, play: Any) -> None:
    customer = emulator.customers[0]["id"]
    emulator.customer(customer, consent=["User.Read.All", "User-PasswordProfile.ReadWrite.All"])
    run = play(by_graph("reset", **ids(emulator, 0), password=password(), revoke_sessions=True, allow_privileged=True))
    assert (run["reset"]["outcome"], run["reset"]["failed"]) == ("applied", False)
    assert run["reset"]["sessions_revoked"] is False
    assert "could not be ended" in " ".join(run["reset"]["warnings"])


def test_drift_is_told_and_reset_where_that_is_wanted(emulator: Any, play: Any) -> None:
    user = ids(emulator, 0)
    options = {**user, "password": password(), "rotation_id": "1", "force_change_password": False}
    play(by_graph("set", **options))
    ahead = (datetime.now(UTC) + timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    emulator.set_password(user["user_id"], password="Somebody-Else-2026", changed_at=ahead)
    told = play(by_graph("told", **options))["told"]
    assert (told["outcome"], told["reason"], told["changed"]) == ("unchanged", "drift", False)
    assert ahead[:10] in told["message"]
    reset = play(by_graph("reset", **options, on_drift="reset"))["reset"]
    assert (reset["outcome"], reset["reason"]) == ("applied", "drift")
    assert live(emulator, user) == password()


@pytest.mark.parametrize(
    ("result", "outcome"),
    [("succeeded", "applied"), ("failed", "rejected"), ("OnPremisesSuccessCloudFailure", "unknown")],
)
def test_a_synced_user_is_reset_by_writeback_only(emulator: Any, play: Any, result: str, outcome: str) -> None:
    emulator.knobs(writeback_result=result, writeback_delay=1)
    user = special(emulator, "synced")
    options = {**user, "password": password(), "audit_timeout": 1}
    run = play(
        by_graph("plain", **options),
        by_graph("unforced", **options, password_writeback=True, force_change_password=False),
        by_graph("written", **options, password_writeback=True),
    )
    assert run["plain"]["outcome"] == "rejected" and "synced" in run["plain"]["msg"]
    assert run["unforced"]["outcome"] == "rejected" and "force_change_password" in run["unforced"]["msg"]
    assert run["written"]["outcome"] == outcome, run["written"]
    assert emulator.counters()["writebacks"] == 1 and emulator.counters()["patches"] == 0
    assert (live(emulator, user) == password()) == (result != "failed")

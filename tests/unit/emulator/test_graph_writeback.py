# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Password writeback: a reset by ``authentication/methods``, its operation, and how that can end."""

from __future__ import annotations

from typing import Any

import pytest

PASSWORD = "Lantern-7-harbour"
METHOD = "28c10230-6103-485e-b985-444c60001490"


def send(graph: Any, user: str, body: Any = None, **options: Any) -> Any:
    document = {"newPassword": PASSWORD} if body is None else body
    return graph.send("POST", f"/users/{user}/authentication/methods/{METHOD}/resetPassword", document, **options)


def poll(graph: Any, answer: Any) -> Any:
    return graph.document(answer.headers["Location"])


def test_a_synced_user_gets_the_password_and_must_change_it(graph: Any) -> None:
    user = graph.special("synced")
    answer = send(graph, user)
    assert (answer.status_code, answer.json()) == (202, {})
    assert answer.headers["Location"].startswith(
        f"{graph.emulator.graph_url}/v1.0/users/{user}/authentication/operations/"
    )
    operation = poll(graph, answer)
    assert (operation["status"], operation["statusDetail"]) == ("succeeded", None)
    assert graph.current(user) == PASSWORD
    assert graph.emulator.state()[user]["force_change_password"] is True
    assert graph.emulator.counters()["writebacks"] == 1
    (record,) = graph.values("/auditLogs/directoryAudits")
    assert (record["activityDisplayName"], record["loggedByService"]) == (
        "Reset password (by admin)",
        "Self-service Password Management",
    )


def test_without_a_password_the_service_makes_one_and_tells_it(graph: Any) -> None:
    user = graph.special("synced")
    made = send(graph, user, {}).json()["newPassword"]
    assert graph.current(user) == made
    assert made in graph.emulator.issued()["generated_password"]


def test_an_operation_takes_its_time(graph: Any) -> None:
    graph.emulator.advance()
    graph.emulator.knobs(writeback_delay=20, writeback_retry_after=5)
    user = graph.special("synced")
    before, answer = graph.current(user), send(graph, user)
    assert answer.headers["Retry-After"] == "5"
    assert poll(graph, answer)["status"] == "notStarted"
    graph.emulator.advance(11)
    assert poll(graph, answer)["status"] == "running"
    assert graph.current(user) == before
    graph.emulator.advance(10)
    assert graph.emulator.wait(passwords_set=1)
    assert poll(graph, answer)["status"] == "succeeded"
    assert graph.current(user) == PASSWORD


@pytest.mark.parametrize("knobs", [{"writeback": False}, {"writeback_result": "failed"}])
def test_an_operation_that_fails_sets_nothing(graph: Any, knobs: dict[str, Any]) -> None:
    graph.emulator.knobs(**knobs)
    user = graph.special("synced")
    before = graph.current(user)
    operation = poll(graph, send(graph, user))
    assert operation["status"] == "failed"
    assert operation["statusDetail"]
    assert graph.current(user) == before
    assert graph.values("/auditLogs/directoryAudits")[0]["result"] == "failure"


def test_on_premises_may_have_a_password_that_the_cloud_has_not(graph: Any) -> None:
    graph.emulator.knobs(writeback_result="OnPremisesSuccessCloudFailure")
    user = graph.special("synced")
    path = f"/users/{user}?$select=lastPasswordChangeDateTime"
    before = graph.document(path)["lastPasswordChangeDateTime"]
    operation = poll(graph, send(graph, user))
    assert (operation["status"], operation["statusDetail"]) == ("succeeded", "OnPremisesSuccessCloudFailure")
    assert graph.current(user) == PASSWORD
    assert graph.document(path)["lastPasswordChangeDateTime"] == before
    record = graph.values("/auditLogs/directoryAudits")[0]
    assert (record["result"], record["resultReason"]) == ("success", "OnPremisesSuccessCloudFailure")


def test_what_is_refused(graph: Any) -> None:
    user = graph.special("synced")
    token = graph.emulator.graph_token(graph.emulator.customers[0]["id"], scopes=["User.Read.All"])
    assert send(graph, user, token=token).status_code == 403
    assert send(graph, user, {"newPassword": "short"}).status_code == 400
    assert send(graph, user, {"newPassword": PASSWORD, "requireChangeOnNextSignIn": False}).status_code == 400
    assert send(graph, graph.special("privileged")).status_code == 403
    graph.emulator.knobs(signed_in_user="first")
    assert send(graph, graph.user()).status_code == 403
    other = f"/users/{user}/authentication/methods/11111111-1111-4111-8111-111111111111/resetPassword"
    assert graph.refused("POST", other, {"newPassword": PASSWORD}) == (404, "Request_ResourceNotFound")
    unknown = f"/users/{user}/authentication/operations/11111111-1111-4111-8111-111111111111"
    assert graph.refused("GET", unknown) == (404, "Request_ResourceNotFound")


def test_an_answer_that_is_lost_leaves_the_password_set(graph: Any) -> None:
    import requests

    user = graph.special("synced")
    graph.emulator.fault("reset_connection_after", target="graph", path="*/resetpassword")
    with pytest.raises(requests.ConnectionError):
        send(graph, user)
    assert graph.current(user) == PASSWORD

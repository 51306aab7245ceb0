# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users are created, renamed, deleted and restored by both services; both see the same directory."""

from __future__ import annotations

from typing import Any

import pytest

PASSWORD = "Lantern-7-harbour"
NAME = "new.one@customer-001.example.com"


@pytest.fixture
def writer(graph: Any) -> Any:
    """A client of Graph whose token may change users."""
    graph.emulator.knobs(graph_scopes="User.ReadWrite.All")
    return graph


def new_user(name: str = NAME, **more: Any) -> dict[str, Any]:
    profile = {"password": PASSWORD, "forceChangePasswordNextSignIn": True}
    body = {"accountEnabled": True, "displayName": "New One", "mailNickname": "new.one", "passwordProfile": profile}
    return body | {"userPrincipalName": name} | more


def users_path(client: Any) -> str:
    return f"/customers/{client.emulator.customers[0]['id']}/users"


# Microsoft Graph


def test_graph_creates_a_user_and_shows_no_password(writer: Any, client: Any) -> None:
    answer = writer.send("POST", "/users", new_user(givenName="New", usageLocation="DE"))
    assert answer.status_code == 201
    made = answer.json()
    assert (made["userPrincipalName"], made["givenName"]) == (NAME, "New") and PASSWORD not in answer.text
    assert writer.current(made["id"]) == PASSWORD
    assert client.document("GET", f"{users_path(client)}/{made['id']}")["usageLocation"] == "DE"


@pytest.mark.parametrize("missing", ["accountEnabled", "mailNickname", "passwordProfile", "userPrincipalName"])
def test_graph_needs_what_it_needs(writer: Any, missing: str) -> None:
    body = {name: value for name, value in new_user().items() if name != missing}
    assert writer.refused("POST", "/users", body) == (400, "Request_BadRequest")


def test_graph_refuses_a_token_without_the_permission(graph: Any) -> None:
    denied = (403, "Authorization_RequestDenied")
    assert graph.refused("POST", "/users", new_user()) == denied
    assert graph.refused("DELETE", f"/users/{graph.user()}") == denied
    assert graph.refused("POST", f"/directory/deletedItems/{graph.special('deleted')}/restore") == denied


def test_graph_deletes_and_restores(writer: Any) -> None:
    user = writer.user()
    name = writer.emulator.customers[0]["users"][0]["user_principal_name"]
    assert writer.send("DELETE", f"/users/{user}").status_code == 204
    assert writer.refused("GET", f"/users/{user}") == (404, "Request_ResourceNotFound")
    deleted = {item["id"]: item for item in writer.values("/directory/deletedItems/microsoft.graph.user")}
    assert deleted[user]["userPrincipalName"] == user.replace("-", "") + name
    writer.emulator.knobs(graph_deleted_prefix=False)
    deleted = {item["id"]: item for item in writer.values("/directory/deletedItems/microsoft.graph.user")}
    assert deleted[user]["userPrincipalName"] == name
    assert writer.send("POST", f"/directory/deletedItems/{user}/restore").json()["userPrincipalName"] == name
    assert writer.document(f"/users/{name}")["id"] == user
    assert writer.refused("POST", f"/directory/deletedItems/{user}/restore") == (404, "Request_ResourceNotFound")


def test_graph_gives_the_name_of_a_deleted_user_away_and_then_refuses_the_restore(writer: Any) -> None:
    name = writer.emulator.customers[0]["users"][0]["user_principal_name"]
    assert writer.refused("POST", "/users", new_user(name)) == (400, "Request_BadRequest")
    writer.send("DELETE", f"/users/{writer.user()}")
    assert writer.send("POST", "/users", new_user(name)).status_code == 201
    path = f"/directory/deletedItems/{writer.user()}/restore"
    assert writer.refused("POST", path) == (400, "Request_BadRequest")
    writer.emulator.knobs(graph_name_taken_answer="409/Request_MultipleObjectsWithSameKeyValue")
    assert writer.refused("POST", path) == (409, "Request_MultipleObjectsWithSameKeyValue")


def test_graph_renames_within_the_domains_of_the_tenant(writer: Any) -> None:
    path = f"/users/{writer.user()}"
    assert writer.send("PATCH", path, {"userPrincipalName": NAME}).status_code == 204
    assert writer.document(f"/users/{NAME}")["id"] == writer.user()
    assert writer.refused("PATCH", path, {"userPrincipalName": "x@elsewhere.example"}) == (400, "Request_BadRequest")
    assert writer.refused("GET", "/users/user-0001@customer-001.example.com") == (404, "Request_ResourceNotFound")


def test_a_replica_may_not_know_a_new_user_yet(writer: Any) -> None:
    writer.emulator.knobs(graph_creation_delay=30)
    writer.emulator.advance()
    writer.send("POST", "/users", new_user())
    assert writer.refused("GET", f"/users/{NAME}") == (404, "Request_ResourceNotFound")
    assert writer.refused("POST", "/users", new_user()) == (400, "Request_BadRequest")
    writer.emulator.advance(31)
    assert writer.document(f"/users/{NAME}")["userPrincipalName"] == NAME


@pytest.mark.parametrize(
    ("setting", "answer"),
    [("400/Request_BadRequest", (400, "Synced user")), ("ignore", (204, "Synced user")), ("accept", (204, "New"))],
)
def test_what_becomes_of_a_synced_user_is_a_knob(writer: Any, setting: str, answer: tuple[int, str]) -> None:
    writer.emulator.knobs(graph_synced_update_answer=setting)
    path = f"/users/{writer.special('synced')}"
    before = writer.document(path)["displayName"]
    assert writer.send("PATCH", path, {"displayName": "New"}).status_code == answer[0]
    assert writer.document(path)["displayName"] == ("New" if answer[1] == "New" else before)
    assert writer.send("PATCH", path, {"usageLocation": "DE"}).status_code == 204


def test_holders_of_roles_are_deleted_by_administrators_of_administrators_only(writer: Any) -> None:
    path = f"/users/{writer.special('privileged')}"
    assert writer.refused("DELETE", path) == (403, "Authorization_RequestDenied")
    writer.emulator.knobs(gdap_roles="Privileged Authentication Administrator")
    assert writer.send("DELETE", path).status_code == 204


# Partner Center


def test_a_name_that_is_taken_is_refused_as_the_knobs_say(client: Any) -> None:
    name = client.emulator.customers[0]["users"][1]["user_principal_name"]
    assert client.refused("PATCH", client.user_path(), {"userPrincipalName": name}) == (409, 3000)
    client.send("DELETE", client.user_path(user=1))
    assert client.refused("PATCH", client.user_path(), {"userPrincipalName": name}) == (409, 3000)
    client.emulator.knobs(deleted_name="free", name_taken_answer="400/2000")
    assert client.send("PATCH", client.user_path(), {"userPrincipalName": name}).status_code == 200
    assert client.refused("PATCH", client.user_path(user=1), {"state": "active"}) == (400, 2000)


def test_the_name_of_a_deleted_user_may_begin_with_the_id(client: Any) -> None:
    client.emulator.knobs(deleted_prefix=True)
    client.send("DELETE", client.user_path())
    shown = client.document("GET", client.user_path())["userPrincipalName"]
    assert shown == client.user_id().replace("-", "") + "user-0001@customer-001.example.com"


def test_the_details_of_a_synced_user_are_those_of_the_domain(client: Any) -> None:
    path = client.special_path("synced")
    assert client.refused("PATCH", path, {"displayName": "New"}) == (400, 3000)
    assert client.document("PATCH", path, {"usageLocation": "DE"})["usageLocation"] == "DE"
    client.emulator.knobs(synced_update_answer="ignore")
    assert client.document("PATCH", path, {"displayName": "New"})["displayName"] != "New"

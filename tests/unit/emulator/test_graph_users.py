# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users of a customer's tenant: one, many, their roles; and what the directory shows of their passwords."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

SIGHT = "/users/{}?$select=id,lastPasswordChangeDateTime,passwordProfile"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def sight(graph: Any, user: str = "") -> tuple[datetime, Any]:
    """Return when the password was changed, and the open demand to change it."""
    document = graph.document(SIGHT.format(user or graph.user()))
    return moment(document["lastPasswordChangeDateTime"]), document["passwordProfile"]


def test_a_user_is_found_by_id_and_by_principal_name(graph: Any) -> None:
    known = graph.emulator.customers[0]["users"][0]
    by_id = graph.document(f"/users/{known['id']}")
    by_name = graph.document(f"/users/{known['user_principal_name'].upper()}")
    assert by_id == by_name
    assert by_id["userPrincipalName"] == known["user_principal_name"]
    assert "accountEnabled" not in by_id, "only what is selected, or the usual members"


def test_select_gives_what_is_asked_for_and_refuses_what_it_does_not_know(graph: Any) -> None:
    document = graph.document(f"/users/{graph.user()}?$select=id,accountEnabled,userType,onPremisesSyncEnabled")
    assert set(document) == {"@odata.context", "id", "accountEnabled", "userType", "onPremisesSyncEnabled"}
    assert (document["accountEnabled"], document["userType"], document["onPremisesSyncEnabled"]) == (
        True,
        "Member",
        None,
    )
    assert graph.document(f"/users/{graph.special('synced')}?$select=onPremisesSyncEnabled")["onPremisesSyncEnabled"]
    assert graph.refused("GET", f"/users/{graph.user()}?$select=shoeSize") == (400, "BadRequest")


@pytest.mark.parametrize("name", ["11111111-1111-4111-8111-111111111111", "nobody@customer-001.example.com"])
def test_who_is_not_there_is_a_404(graph: Any, name: str) -> None:
    assert graph.refused("GET", f"/users/{name}") == (404, "Request_ResourceNotFound")
    assert graph.refused("GET", f"/users/{graph.special('deleted')}") == (404, "Request_ResourceNotFound")


def test_a_token_of_one_tenant_sees_nobody_of_another(graph: Any) -> None:
    assert graph.refused("GET", f"/users/{graph.user(customer=1)}") == (404, "Request_ResourceNotFound")


def test_both_services_have_the_same_users(graph: Any, client: Any) -> None:
    listed = {item["id"] for item in graph.values("/users?$select=id&$top=7")}
    path = f"/customers/{graph.emulator.customers[0]['id']}/users?size=500"
    assert listed == {item["id"] for item in client.document("GET", path)["items"]}
    client.reset()
    assert graph.current() == client.current()
    assert sight(graph)[0] > datetime.now(UTC) - timedelta(hours=1)


def test_pages_follow_next_links(graph: Any) -> None:
    page = graph.document("/users?$select=id&$top=10&$count=true")
    assert (len(page["value"]), page["@odata.count"]) == (10, 28)
    assert page["@odata.nextLink"].startswith(
        f"{graph.emulator.graph_url}/v1.0/users?$select=id&$top=10&$count=true&$skiptoken="
    )
    assert len({item["id"] for item in graph.values("/users?$select=id&$top=10")}) == 28
    assert graph.refused("GET", "/users?$top=1000") == (400, "Request_BadRequest")
    graph.emulator.knobs(graph_page_size=5, graph_next_link="other_host")
    assert graph.document("/users")["@odata.nextLink"].startswith("https://elsewhere.example.net/")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("userPrincipalName eq 'USER-0003@customer-001.example.com'", 1),
        ("userPrincipalName in ('user-0001@customer-001.example.com','user-0002@customer-001.example.com')", 2),
        ("startswith(userPrincipalName,'user-') and accountEnabled eq true", 25),
        ("onPremisesSyncEnabled eq true or displayName eq 'Federated'", 2),
        ("(userType eq 'Guest')", 0),
        ("givenName gt 4 or mail gt 'a' or usageLocation in ('FR')", 0),
        ("lastPasswordChangeDateTime lt 2050-01-01T00:00:00Z", 28),
        ("lastPasswordChangeDateTime ge 2050-01-01T00:00:00Z", 0),
    ],
)
def test_filters(graph: Any, text: str, count: int) -> None:
    assert len(graph.values(f"/users?$select=id&$filter={text}")) == count


def test_filters_that_are_refused(graph: Any) -> None:
    assert graph.refused("GET", "/users?$filter=shoeSize eq 4") == (400, "BadRequest")
    assert graph.refused("GET", "/users?$filter=id eq") == (400, "BadRequest")
    assert graph.refused("GET", "/users?$search=x") == (400, "Request_UnsupportedQuery")
    advanced = "/users?$count=true&$filter=userType ne 'Guest'"
    assert graph.refused("GET", advanced) == (400, "Request_UnsupportedQuery")
    assert len(graph.values(advanced, headers={"ConsistencyLevel": "eventual"})) == 28


def test_deleted_users_are_listed_apart(graph: Any) -> None:
    deleted = graph.values("/directory/deletedItems/microsoft.graph.user?$select=id,deletedDateTime")
    assert [item["id"] for item in deleted] == [graph.special("deleted")]
    assert deleted[0]["deletedDateTime"]


def test_permissions_are_those_of_the_token(graph: Any) -> None:
    token = graph.emulator.graph_token(graph.emulator.customers[0]["id"], scopes=["AuditLog.Read.All"])
    for method, path, body in (
        ("GET", "/users", None),
        ("GET", f"/users/{graph.user()}/transitiveMemberOf", None),
        ("PATCH", f"/users/{graph.user()}", {"passwordProfile": {"password": "Lantern-7-harbour"}}),
        ("POST", f"/users/{graph.user()}/revokeSignInSessions", None),
    ):
        assert graph.refused(method, path, body, token=token) == (403, "Authorization_RequestDenied")


def test_paths_that_are_not_served(graph: Any) -> None:
    assert graph.refused("GET", "/users", version="/v9") == (400, "BadRequest")
    assert graph.refused("GET", "/shoes") == (400, "BadRequest")
    assert graph.refused("PUT", f"/users/{graph.user()}") == (405, "Request_BadRequest")


def test_roles_are_seen_through_groups(graph: Any) -> None:
    emulator, customer = graph.emulator, graph.emulator.customers[0]["id"]
    member = emulator.add_users(customer, "role_by_group")[0]["id"]
    held = graph.values(f"/users/{member}/transitiveMemberOf")
    assert [(item["@odata.type"], item["displayName"]) for item in held] == [
        ("#microsoft.graph.directoryRole", "Helpdesk Administrator"),
        ("#microsoft.graph.group", None),
    ], "a token without permission to read groups sees that there is one"
    roles = graph.values(f"/users/{member}/transitiveMemberOf/microsoft.graph.directoryRole")
    assert [item["roleTemplateId"] for item in roles] == ["729827e3-9c14-49f7-bb1b-9608f156bbb8"]
    assert [item["@odata.type"] for item in graph.values(f"/users/{member}/memberOf")] == ["#microsoft.graph.group"]
    privileged = graph.values(f"/users/{graph.special('privileged')}/transitiveMemberOf")
    assert [item["displayName"] for item in privileged] == ["Global Administrator"]
    assert graph.values(f"/users/{graph.user()}/transitiveMemberOf") == []


def test_role_assignments_name_users_and_groups(graph: Any) -> None:
    customer = graph.emulator.customers[0]["id"]
    group = graph.emulator.add_group(customer, "User Administrator", [graph.user()], "Staff")
    assigned = graph.values("/roleManagement/directory/roleAssignments?$expand=roleDefinition")
    assert {(item["principalId"], item["roleDefinition"]["displayName"]) for item in assigned} == {
        (graph.special("privileged"), "Global Administrator"),
        (group["id"], "User Administrator"),
    }
    path = f"/roleManagement/directory/roleAssignments?$filter=principalId eq '{graph.special('privileged')}'"
    assert len(graph.values(path)) == 1
    scopes = ["GroupMember.Read.All"]
    token = graph.emulator.graph_token(customer, scopes=scopes)
    assert [item["id"] for item in graph.values(f"/groups/{group['id']}/transitiveMembers", token=token)] == [
        graph.user()
    ]
    transitive = f"/roleManagement/directory/transitiveRoleAssignments?$filter=principalId eq '{graph.user()}'"
    options = {"version": "/beta", "headers": {"ConsistencyLevel": "eventual"}}
    assert [item["principalId"] for item in graph.values(transitive, **options)] == [group["id"]]
    assert graph.refused("GET", transitive)[0] == 400, "beta only"


def test_directory_roles_list_their_members(graph: Any) -> None:
    roles = {item["displayName"]: item["id"] for item in graph.values("/directoryRoles")}
    members = graph.values(f"/directoryRoles/{roles['Global Administrator']}/members?$select=id")
    assert [item["id"] for item in members] == [graph.special("privileged")]
    names = {item["displayName"] for item in graph.values("/roleManagement/directory/roleDefinitions")}
    assert {"Global Administrator", "User Administrator", "Helpdesk Administrator"} <= names


def test_sessions_are_revoked(graph: Any) -> None:
    answer = graph.send("POST", f"/users/{graph.user()}/revokeSignInSessions")
    assert (answer.status_code, answer.json()["value"]) == (200, True)
    assert graph.emulator.state()[graph.user()]["sessions_revoked"] == 1
    assert graph.emulator.counters()["sessions_revoked"] == 1
    document = graph.document(f"/users/{graph.user()}?$select=signInSessionsValidFromDateTime")
    assert moment(document["signInSessionsValidFromDateTime"]) > datetime.now(UTC) - timedelta(hours=1)
    path = f"/users/{graph.special('privileged')}/revokeSignInSessions"
    assert graph.refused("POST", path) == (403, "Authorization_RequestDenied")


def test_the_date_of_a_password_has_whole_seconds_unless_told(graph: Any) -> None:
    graph.reset()
    path = f"/users/{graph.user()}?$select=lastPasswordChangeDateTime"
    assert len(graph.document(path)["lastPasswordChangeDateTime"]) == len("2026-01-01T00:00:00Z")
    graph.emulator.knobs(graph_time_precision="microseconds")
    assert len(graph.document(path)["lastPasswordChangeDateTime"]) == len("2026-01-01T00:00:00.000000Z")


def test_the_first_passwords_are_as_old_as_the_knob_says(graph: Any) -> None:
    age = datetime.now(UTC) - sight(graph)[0]
    assert timedelta(days=99) < age < timedelta(days=101)


def test_a_replica_answers_late_and_then_tells(graph: Any) -> None:
    graph.emulator.advance()
    graph.emulator.knobs(replica_delay=30)
    before = sight(graph)
    graph.reset()
    assert sight(graph) == before
    graph.emulator.advance(31)
    changed_at, profile = sight(graph)
    assert changed_at > before[0]
    assert profile == {
        "password": None,
        "forceChangePasswordNextSignIn": True,
        "forceChangePasswordNextSignInWithMfa": False,
    }


def test_only_a_share_of_the_replicas_may_be_late(graph: Any) -> None:
    graph.emulator.advance()
    graph.emulator.knobs(replica_delay=30, replica_share=0.5)
    graph.reset()
    assert len({sight(graph)[0] for number in range(30)}) == 2


def test_a_reset_by_an_administrator_may_leave_the_date_alone(graph: Any) -> None:
    graph.emulator.knobs(last_password_change_on_admin_reset=False)
    before = sight(graph)[0]
    graph.reset()
    assert sight(graph)[0] == before


def test_somebody_else_may_change_a_password_or_its_date(graph: Any) -> None:
    graph.emulator.set_password(graph.user(), password="Theirs-2026-x")
    assert graph.current() == "Theirs-2026-x"
    assert sight(graph)[0] > datetime.now(UTC) - timedelta(hours=1)
    record = graph.emulator.directory_audits()[0]
    assert record["initiatedBy"]["user"]["userPrincipalName"] == "admin@customer-001.example.com"
    graph.emulator.set_password(graph.user(1), changed_at="2026-02-03T04:05:06Z")
    assert sight(graph, graph.user(1))[0] == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)

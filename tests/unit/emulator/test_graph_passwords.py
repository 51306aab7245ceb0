# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting a password by Graph: what is kept, what is refused, and what the directory writes down."""

from __future__ import annotations

from typing import Any

import pytest

PASSWORD = "Lantern-7-harbour"
AWKWARD = "Back\\slash'and\"quotes-7"
FORCE = "forceChangePasswordNextSignIn"
DENIED = (403, "Authorization_RequestDenied")


def patch(graph: Any, profile: Any, user: str = "", **options: Any) -> Any:
    return graph.send("PATCH", f"/users/{user or graph.user()}", {"passwordProfile": profile}, **options)


def forced(graph: Any, user: str = "") -> bool:
    return bool(graph.emulator.state()[user or graph.user()]["force_change_password"])


def test_a_password_is_set_and_nothing_is_echoed(graph: Any) -> None:
    answer = patch(graph, {"password": AWKWARD, FORCE: False})
    assert (answer.status_code, answer.content) == (204, b"")
    assert graph.current() == AWKWARD
    assert not forced(graph)
    entry = graph.emulator.journal()[-1]
    assert (entry["service"], entry["method"], entry["applied"]) == ("graph", "PATCH", True)
    counters = graph.emulator.counters()
    assert (counters["patches"], counters["passwords_set"], counters["graph_requests"]) == (1, 1, 1)


def test_a_principal_name_will_do(graph: Any) -> None:
    assert graph.reset(graph.emulator.customers[0]["users"][0]["user_principal_name"]).status_code == 204
    assert graph.current() == PASSWORD


def test_the_flag_that_is_left_out_is_a_knob(graph: Any) -> None:
    patch(graph, {"password": PASSWORD})
    assert forced(graph)
    graph.emulator.knobs(graph_force_default=False)
    patch(graph, {"password": PASSWORD})
    assert not forced(graph)
    patch(graph, {"password": PASSWORD, FORCE: False, f"{FORCE}WithMfa": True})
    profile = graph.document(f"/users/{graph.user()}?$select=passwordProfile")["passwordProfile"]
    assert (profile[FORCE], profile[f"{FORCE}WithMfa"], profile["password"]) == (True, True, None)


def test_the_flag_alone_is_answered_as_if_it_were_set(graph: Any) -> None:
    assert patch(graph, {FORCE: True}).status_code == 204
    assert not forced(graph)
    assert not graph.emulator.journal()[-1]["applied"]
    assert [item["activityDisplayName"] for item in graph.emulator.directory_audits()] == ["Update PasswordProfile"]
    graph.emulator.knobs(graph_flag_alone="apply")
    patch(graph, {FORCE: True})
    assert forced(graph)


def test_a_weak_password_is_refused_and_nothing_changes(graph: Any) -> None:
    before = graph.current()
    for weak in ("short", "Password1", "alllowercaseletters", "", 7):
        assert patch(graph, {"password": weak, FORCE: True}).status_code == 400
    graph.emulator.knobs(graph_weak_password_code="PasswordPolicyViolation")
    assert patch(graph, {"password": "short"}).json()["error"]["code"] == "PasswordPolicyViolation"
    assert graph.current() == before


@pytest.mark.parametrize(
    "profile", ["text", {"password": PASSWORD, "colour": "red"}, {"password": PASSWORD, FORCE: "true"}]
)
def test_a_profile_of_another_form_is_refused(graph: Any, profile: Any) -> None:
    answer = patch(graph, profile)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "Request_BadRequest")


def test_bodies_that_are_no_json_are_refused(graph: Any) -> None:
    path, body = f"/users/{graph.user()}", b'{"passwordProfile":'
    assert graph.refused("PATCH", path, data=body, headers={"Content-Type": "application/json"}) == (400, "BadRequest")
    assert graph.refused("PATCH", path, data=body, headers={"Content-Type": "text/plain"})[0] == 400
    assert graph.refused("PATCH", path, {"colour": "red"}) == (400, "Request_BadRequest")


def test_other_properties_need_their_own_permission(graph: Any) -> None:
    path, body = f"/users/{graph.user()}", {"displayName": "Renamed", "accountEnabled": False}
    assert graph.refused("PATCH", path, body) == DENIED
    token = graph.emulator.graph_token(graph.emulator.customers[0]["id"], scopes=["User.ReadWrite.All"])
    assert graph.send("PATCH", path, body, token=token).status_code == 204
    assert graph.emulator.state()[graph.user()]["account_enabled"] is False


@pytest.mark.parametrize(
    ("kind", "refusal", "kept"),
    [
        ("federated", (400, "Request_BadRequest"), False),
        ("privileged", DENIED, False),
        ("deleted", (404, "Request_ResourceNotFound"), False),
        ("synced", None, False),
    ],
)
def test_special_users(graph: Any, kind: str, refusal: tuple[int, str] | None, kept: bool) -> None:
    user = graph.special(kind)
    answer = graph.reset(user)
    seen = None if answer.status_code == 204 else (answer.status_code, answer.json()["error"]["code"])
    assert seen == refusal
    assert (graph.current(user) == PASSWORD) is kept


def test_a_role_by_a_group_protects_as_well(graph: Any, client: Any) -> None:
    customer = graph.emulator.customers[0]["id"]
    graph.emulator.add_group(customer, "Helpdesk Administrator", [graph.user()])
    assert graph.reset().status_code == 403
    assert client.reset().status_code == 403


def test_the_privileged_authentication_administrator_is_let_through(graph: Any) -> None:
    graph.emulator.customer(graph.emulator.customers[0]["id"], gdap_roles=["Privileged Authentication Administrator"])
    assert graph.reset(graph.special("privileged")).status_code == 204


@pytest.mark.parametrize("standing", [{"gdap_role": False}, {"gdap_roles": ["Directory Readers"]}])
def test_an_account_without_the_role_reads_and_sets_nothing(graph: Any, standing: dict[str, Any]) -> None:
    graph.emulator.customer(graph.emulator.customers[0]["id"], **standing)
    assert graph.send("GET", f"/users/{graph.user()}").status_code == 200
    answer = graph.reset()
    assert (answer.status_code, answer.json()["error"]["code"]) == DENIED


def test_a_relationship_that_ends_closes_graph_and_partner_center(graph: Any, client: Any) -> None:
    token = graph.emulator.graph_token(graph.emulator.customers[0]["id"])
    graph.emulator.customer(graph.emulator.customers[0]["id"], relationship_end="2026-01-01T00:00:00Z")
    assert graph.refused("GET", "/users", token=token) == DENIED
    assert client.refused("GET", client.user_path()) == (403, 900308)


def test_the_account_cannot_reset_itself(graph: Any) -> None:
    graph.emulator.knobs(signed_in_user="first")
    assert graph.reset().json()["error"]["code"] == "Authorization_RequestDenied"
    graph.emulator.knobs(graph_own_account_answer="accept")
    assert graph.reset().status_code == 204


def test_errors_have_the_form_of_graph_and_the_ids_of_the_headers(graph: Any) -> None:
    own = "0f0f0f0f-1111-4222-8333-444444444444"
    answer = graph.send("GET", "/users/nobody@example.com", headers={"client-request-id": own})
    inner = answer.json()["error"]["innerError"]
    assert inner["request-id"] == answer.headers["request-id"]
    assert inner["client-request-id"] == answer.headers["client-request-id"] == own
    entry = graph.emulator.journal()[-1]
    assert (entry["correlation_id"], entry["request_id"]) == (own, answer.headers["request-id"])


def test_a_reset_by_either_service_is_in_the_audit_log_of_the_directory(graph: Any, client: Any) -> None:
    graph.reset()
    client.reset(client.user_path(user=1))
    path = (
        "/auditLogs/directoryAudits?$filter=activityDateTime ge 2026-01-01T00:00:00Z"
        " and activityDisplayName eq 'Reset user password' and targetResources/any(t:t/id eq '%s')"
    )
    for user in (graph.user(0), graph.user(1)):
        (record,) = graph.values(path % user)
        assert record["initiatedBy"]["user"]["id"] == graph.emulator.account["id"]
        assert record["initiatedBy"]["user"]["homeTenantId"] == graph.emulator.tenant_id
        assert (record["result"], record["category"]) == ("success", "UserManagement")
    everything = graph.values("/auditLogs/directoryAudits?$orderby=activityDateTime desc")
    assert (
        sorted(item["activityDisplayName"] for item in everything) == ["Reset user password"] * 2 + ["Update user"] * 2
    )
    assert graph.values(path % graph.user(2)) == []


def test_a_refusal_is_in_the_audit_log_as_a_failure(graph: Any) -> None:
    graph.reset(password="short")
    assert [(item["activityDisplayName"], item["result"]) for item in graph.values("/auditLogs/directoryAudits")] == [
        ("Reset user password", "failure")
    ]


def test_audit_records_come_late_and_go_early(graph: Any) -> None:
    graph.emulator.advance()
    graph.emulator.knobs(graph_audit_delay=120, graph_audit_days="7")
    graph.emulator.add_directory_audit(graph.user(), at="2026-01-01T00:00:00Z")
    graph.reset()
    assert graph.values("/auditLogs/directoryAudits") == []
    graph.emulator.advance(121)
    assert len(graph.values("/auditLogs/directoryAudits")) == 2
    assert len(graph.emulator.directory_audits()) == 3


def test_the_correlation_id_of_a_record_is_ours_only_by_a_knob(graph: Any) -> None:
    own = "0f0f0f0f-1111-4222-8333-444444444444"
    graph.reset(headers={"client-request-id": own})
    assert own not in {item["correlationId"] for item in graph.values("/auditLogs/directoryAudits")}
    graph.emulator.knobs(graph_audit_correlation="client_request_id")
    assert {item["correlationId"] for item in graph.values("/auditLogs/directoryAudits")} == {own}


def test_the_audit_log_needs_a_role_that_reads_reports(graph: Any) -> None:
    graph.emulator.customer(graph.emulator.customers[0]["id"], gdap_roles=["User Administrator"])
    assert graph.refused("GET", "/auditLogs/directoryAudits") == DENIED


def test_relationships_tell_their_roles_and_their_end(graph: Any) -> None:
    emulator = graph.emulator
    emulator.customer(emulator.customers[1]["id"], relationship_end="2026-02-01T00:00:00Z")
    token = graph.redeem(emulator.tenant_id).json()["access_token"]
    path = "/tenantRelationships/delegatedAdminRelationships"
    shown = {item["customer"]["tenantId"]: item for item in graph.values(path, token=token)}
    first, second = (shown[emulator.customers[position]["id"]] for position in (0, 1))
    assert (first["status"], second["status"]) == ("active", "expired")
    assert second["endDateTime"] == "2026-02-01T00:00:00Z"
    assert {"roleDefinitionId": "fe930be7-5e62-47db-91af-98c3a49a38b1"} in first["accessDetails"]["unifiedRoles"]
    one = f"{path}?$filter=customer/tenantId eq '{emulator.customers[0]['id']}'"
    assert [item["id"] for item in graph.values(one, token=token)] == [first["id"]]
    assert graph.document(f"{path}/{first['id']}", token=token)["displayName"] == first["displayName"]
    (assignment,) = graph.values(f"{path}/{first['id']}/accessAssignments", token=token)
    assert assignment["accessContainer"]["accessContainerType"] == "securityGroup"
    assert graph.refused("GET", path) == DENIED, "a customer's tenant knows nothing of it"


def test_a_relationship_may_extend_itself_or_wait_for_the_customer(graph: Any) -> None:
    emulator = graph.emulator
    first, second = (customer["id"] for customer in emulator.customers[:2])
    emulator.customer(first, relationship_extends=True)
    emulator.customer(second, relationship_status="approvalPending")
    assert emulator.standing(second)["relationship_status"] == "approvalPending"
    token = graph.redeem(emulator.tenant_id).json()["access_token"]
    items = graph.values("/tenantRelationships/delegatedAdminRelationships", token=token)
    shown = {item["customer"]["tenantId"]: (item["autoExtendDuration"], item["status"]) for item in items}
    assert (shown[first], shown[second]) == (("P180D", "active"), ("PT0S", "approvalPending"))


def test_the_account_reads_its_own_groups_in_the_partner_tenant_only(graph: Any) -> None:
    emulator = graph.emulator
    token = graph.redeem(emulator.tenant_id).json()["access_token"]
    path = "/tenantRelationships/delegatedAdminRelationships"
    relationship = graph.values(path, token=token)[0]["id"]
    (assignment,) = graph.values(f"{path}/{relationship}/accessAssignments", token=token)
    groups = [item["id"] for item in graph.values("/me/transitiveMemberOf?$select=id", token=token)]
    assert groups == [assignment["accessContainer"]["accessContainerId"]]
    emulator.knobs(security_group="stranger")
    assert graph.values("/me/transitiveMemberOf", token=token) == []
    assert graph.refused("GET", "/me/transitiveMemberOf") == DENIED
    emulator.knobs(graph_scopes="AuditLog.Read.All")
    token = graph.redeem(emulator.tenant_id).json()["access_token"]
    assert graph.refused("GET", "/me/transitiveMemberOf", token=token) == DENIED


def test_without_consent_in_the_partner_tenant_there_is_no_token_for_it(graph: Any) -> None:
    graph.emulator.knobs(graph_partner_consent="missing")
    assert graph.redeem(graph.emulator.tenant_id).json()["error_codes"] == [65001]
    assert graph.redeem(graph.emulator.customers[0]["id"]).status_code == 200

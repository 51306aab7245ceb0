# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens for customers' tenants, and the consents that they rest on."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest

GRAPH_APPLICATION = "00000003-0000-0000-c000-000000000000"


def first(graph: Any) -> str:
    """The tenant of the first customer."""
    return str(graph.emulator.customers[0]["id"])


def numbers(answer: Any) -> tuple[int, list[int]]:
    return answer.status_code, answer.json()["error_codes"]


def consent(graph: Any, client: Any, **changes: Any) -> Any:
    """Consent by Partner Center as its page shows it."""
    grants = [
        {"enterpriseApplicationId": GRAPH_APPLICATION, "scope": "User-PasswordProfile.ReadWrite.All,User.Read.All"}
    ]
    body = {"applicationId": graph.emulator.client_id, "applicationGrants": grants, **changes}
    return client.send("POST", f"/customers/{first(graph)}/applicationconsents", body)


def test_the_partners_refresh_token_serves_each_tenant_of_a_customer(graph: Any) -> None:
    for customer in graph.emulator.customers:
        answer = graph.redeem(customer["id"])
        document = answer.json()
        claims = jwt.decode(document["access_token"], options={"verify_signature": False})
        assert (claims["aud"], claims["tid"]) == ("https://graph.microsoft.com", customer["id"])
        assert claims["oid"] == graph.emulator.account["id"]
        assert "User-PasswordProfile.ReadWrite.All" in claims["scp"].split()
        assert "fe930be7-5e62-47db-91af-98c3a49a38b1" in claims["wids"]
        assert "https://graph.microsoft.com/User.Read.All" in document["scope"].split()
        assert document["refresh_token"]
        path = f"/users/{customer['users'][0]['id']}"
        assert graph.send("GET", path, token=document["access_token"]).status_code == 200
    paths = [entry["path"] for entry in graph.emulator.token_journal()]
    assert paths == [f"/{customer['id']}/oauth2/v2.0/token" for customer in graph.emulator.customers]


def test_a_domain_names_the_tenant_as_well(graph: Any) -> None:
    assert graph.redeem("customer-002.example.org").status_code == 200
    assert numbers(graph.redeem("nobody.example.com")) == (400, [90002])


def test_msal_redeems_at_the_authority_of_a_customer(graph: Any) -> None:
    import msal

    emulator = graph.emulator
    application = msal.ConfidentialClientApplication(
        emulator.client_id,
        client_credential=emulator.client_secret,
        authority=f"{emulator.authority_url}/{first(graph)}",
        instance_discovery=False,
        http_client=graph.session,
    )
    result = application.acquire_token_by_refresh_token(
        emulator.refresh_token, scopes=["https://graph.microsoft.com/.default"]
    )
    assert graph.send("GET", "/users", token=result["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("standing", "number"),
    [
        ({"consent": False}, 65001),
        ({"gdap_roles": []}, 50177),
        ({"relationship": False}, 50177),
        ({"relationship_end": "2026-01-01T00:00:00Z"}, 50177),
        ({"conditional_access": True}, 53003),
        ({"sign_in_error": 5000224}, 5000224),
        ({"sign_in_error": 650051}, 650051),
    ],
)
def test_the_refusal_of_one_customer_leaves_the_others_alone(graph: Any, standing: dict[str, Any], number: int) -> None:
    graph.emulator.customer(first(graph), **standing)
    assert numbers(graph.redeem(first(graph))) == (400, [number])
    assert graph.redeem(graph.emulator.customers[1]["id"]).status_code == 200
    assert graph.emulator.token_journal()[0]["error_code"] == number


def test_what_concerns_the_account_or_the_application_is_refused_everywhere(graph: Any) -> None:
    graph.emulator.knobs(refresh_token_state="revoked")
    assert numbers(graph.redeem(first(graph))) == (400, [50173])
    graph.emulator.knobs(refresh_token_state="valid", graph_registration="single_tenant")
    assert numbers(graph.redeem(first(graph))) == (400, [700016])
    assert numbers(graph.redeem(first(graph), client_secret="wrong"))[1] == [7000215]


def test_an_entra_error_can_be_ordered_for_one_tenant(graph: Any) -> None:
    graph.emulator.fault("status", target="token", code=50076, path=f"/{first(graph)}/")
    assert graph.redeem(graph.emulator.customers[1]["id"]).status_code == 200
    assert numbers(graph.redeem(first(graph))) == (400, [50076])
    assert graph.redeem(first(graph)).status_code == 200
    assert [entry["error_code"] for entry in graph.emulator.token_journal()] == [0, 50076, 0]


def test_a_permission_without_consent_is_refused_and_missing_from_default(graph: Any) -> None:
    graph.emulator.customer(first(graph), consent=["User.Read.All"])
    assert graph.redeem(first(graph)).json()["scope"] == "https://graph.microsoft.com/User.Read.All"
    assert numbers(graph.redeem(first(graph), "https://graph.microsoft.com/AuditLog.Read.All")) == (400, [65001])


def test_a_customers_tenant_has_no_tokens_for_partner_center(graph: Any, client: Any) -> None:
    assert numbers(graph.redeem(first(graph), "https://api.partnercenter.microsoft.com/.default")) == (400, [500011])
    assert client.refused("GET", "/customers", token=graph.emulator.graph_token(first(graph))) == (401, 900420)


def test_tokens_of_others_are_refused_by_graph(graph: Any) -> None:
    emulator = graph.emulator
    assert graph.refused("GET", "/users", token=emulator.access_token) == (401, "InvalidAuthenticationToken")
    assert graph.refused("GET", "/users", token="nonsense") == (401, "InvalidAuthenticationToken")
    app_only = emulator.graph_token(first(graph), app_only=True)
    assert graph.refused("GET", "/users", token=app_only) == (401, "Authorization_IdentityNotFound")
    at_home = emulator.token(audience="https://graph.microsoft.com")
    assert graph.refused("GET", "/users", token=at_home) == (403, "Authorization_RequestDenied")


def test_a_consent_lets_the_account_in_and_its_removal_keeps_it_out(graph: Any, client: Any) -> None:
    graph.emulator.knobs(graph_consent="missing")
    assert numbers(graph.redeem(first(graph))) == (400, [65001])
    assert consent(graph, client).status_code == 201
    granted = ["User-PasswordProfile.ReadWrite.All", "User.Read.All"]
    assert graph.emulator.standing(first(graph))["consents"] == {graph.emulator.client_id: granted}
    assert graph.redeem(first(graph)).status_code == 200
    path = f"/customers/{first(graph)}/applicationconsents/{graph.emulator.client_id}"
    assert client.send("DELETE", path).status_code == 204
    assert numbers(graph.redeem(first(graph))) == (400, [65001])
    assert client.refused("DELETE", path) == (404, 1000)


def test_a_consent_that_exists_is_refused_with_a_known_sentence(graph: Any, client: Any) -> None:
    answer = consent(graph, client)
    assert (answer.status_code, "Permission entry already exists" in answer.text) == (409, True)
    graph.emulator.knobs(consent_exists_answer="accept", consent_status="200")
    assert consent(graph, client).status_code == 200


@pytest.mark.parametrize(
    ("knobs", "standing", "changes", "refusal"),
    [
        ({"admin_agent": False}, {}, {}, (403, 900150)),
        ({}, {"gdap_roles": ["User Administrator"]}, {}, (403, 900308)),
        ({}, {"relationship": False}, {}, (403, 20002)),
        ({}, {}, {"applicationId": "not-a-guid"}, (400, 2000)),
        ({}, {}, {"applicationId": "11111111-1111-4111-8111-111111111111"}, (403, 900150)),
        ({}, {}, {"applicationGrants": []}, (400, 2000)),
        ({}, {}, {"applicationGrants": [{"enterpriseApplicationId": "x", "scope": "User.Read.All"}]}, (400, 3000)),
        ({}, {}, {"applicationGrants": [{"enterpriseApplicationId": GRAPH_APPLICATION}]}, (400, 2000)),
    ],
)
def test_consents_that_are_refused(
    graph: Any, client: Any, knobs: Any, standing: Any, changes: Any, refusal: tuple[int, int]
) -> None:
    graph.emulator.knobs(graph_consent="missing", **knobs)
    graph.emulator.customer(first(graph), **standing)
    answer = consent(graph, client, **changes)
    assert (answer.status_code, int(json.loads(answer.content.decode("utf-8-sig"))["code"])) == refusal
    assert graph.emulator.standing(first(graph))["consents"] == {}


def test_an_application_alone_cannot_consent(graph: Any, client: Any) -> None:
    token = graph.emulator.token(app_only=True)
    path = f"/customers/{first(graph)}/applicationconsents"
    assert client.refused("POST", path, {}, token=token) == (403, 900329)

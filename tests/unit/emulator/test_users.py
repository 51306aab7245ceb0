# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Customers and users as the contract describes them (sections 2 and 3)."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

MEMBERS_OF_THE_SAMPLES = (
    *("usageLocation", "id", "userPrincipalName", "firstName", "lastName", "displayName", "passwordProfile"),
    *("lastDirectorySyncTime", "userDomainType", "state", "softDeletionTime", "links", "attributes"),
)


def follow(client: Any, path: str) -> list[list[dict[str, Any]]]:
    """All pages, with the headers that each page names; the prefix is added only where it is missing."""
    pages: list[list[dict[str, Any]]] = []
    headers: dict[str, str] = {}
    while True:
        page = client.document("GET", path, headers=headers)
        assert page["totalCount"] == len(page["items"])
        pages.append(page["items"])
        following = page["links"].get("next")
        if not following:
            return pages
        path = following["uri"]
        headers = {item["key"]: item["value"] for item in following["headers"]}


def test_answers_carry_the_ids_of_the_request_and_a_byte_order_mark(client: Any) -> None:
    ids = {"MS-RequestId": str(uuid.uuid4()), "MS-CorrelationId": str(uuid.uuid4())}
    answer = client.send("GET", "/customers", headers=ids)
    assert answer.headers["MS-RequestId"] == ids["MS-RequestId"]
    assert answer.headers["MS-CorrelationId"] == ids["MS-CorrelationId"]
    assert all(answer.headers[name] for name in ("MS-CV", "MS-ServerId", "Date"))
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf{")
    client.emulator.knobs(bom=False, echo_correlation_id=False)
    answer = client.send("GET", "/customers", headers=ids)
    assert answer.content.startswith(b"{")
    assert answer.headers["MS-CorrelationId"] != ids["MS-CorrelationId"]


@pytest.mark.parametrize("path", ["/v1/customers", "/v1.0/customers", "/v1/CUSTOMERS/"])
def test_paths_are_read_without_regard_to_case_version_and_slash(client: Any, path: str) -> None:
    assert client.send("GET", path).status_code == 200


def test_customer_has_domain_and_custom_domains(client: Any) -> None:
    known = client.emulator.customers[1]
    customer = client.document("GET", f"/customers/{known['id'].upper()}")
    assert customer["companyProfile"]["domain"] == known["domain"] == "customer-002.example.com"
    assert customer["customDomains"] == ["customer-002.example.org"]
    assert customer["allowDelegatedAccess"] is True


@pytest.mark.parametrize("operator", ["starts_with", "StartsWith"])
@pytest.mark.parametrize(("field", "value"), [("Domain", "customer-002"), ("company_name", "customer 002")])
def test_customers_are_filtered(client: Any, operator: str, field: str, value: str) -> None:
    wanted = json.dumps({"Field": field, "Value": value, "Operator": operator})
    found = client.document("GET", "/customers", params={"filter": wanted})
    assert [item["id"] for item in found["items"]] == [client.emulator.customers[1]["id"]]


@pytest.mark.parametrize("form", ["with", "without", "alternate"])
def test_users_are_paged_by_a_header_token(client: Any, form: str) -> None:
    client.emulator.knobs(link_prefix=form)
    known = client.emulator.customers[0]
    pages = follow(client, f"/customers/{known['id']}/users?size=10")
    # Special users are there too, except the deleted one.
    assert [len(page) for page in pages] == [10, 10, 8]
    assert {user["id"] for user in known["users"]} < {user["id"] for page in pages for user in page}


def test_a_seek_request_needs_the_header_only(client: Any) -> None:
    path = f"/customers/{client.emulator.customers[0]['id']}/users"
    following = client.document("GET", f"{path}?size=20")["links"]["next"]
    headers = {item["key"]: item["value"] for item in following["headers"]}
    assert len(client.document("GET", f"{path}?seekOperation=Next", headers=headers)["items"]) == 8


@pytest.mark.parametrize(
    ("seek", "first", "count"), [("Next", 20, 8), ("previous", 0, 10), ("First", 0, 10), ("LAST", 20, 8)]
)
def test_a_seek_request_goes_to_any_page(client: Any, seek: str, first: int, count: int) -> None:
    path = f"/customers/{client.emulator.customers[0]['id']}/users"
    everybody = [user["id"] for user in client.document("GET", path)["items"]]
    second = client.document(
        "GET", client.document("GET", f"{path}?size=10")["links"]["next"]["uri"], headers=token(client, path)
    )
    headers = {item["key"]: item["value"] for item in second["links"]["next"]["headers"]}
    page = client.document("GET", f"{path}?seekOperation={seek}", headers=headers)["items"]
    assert [user["id"] for user in page] == everybody[first : first + count]


def token(client: Any, path: str) -> dict[str, str]:
    """The header that leads to the second page of ten."""
    following = client.document("GET", f"{path}?size=10")["links"]["next"]
    return {item["key"]: item["value"] for item in following["headers"]}


def test_users_are_sorted(client: Any) -> None:
    path = f"/customers/{client.emulator.customers[0]['id']}/users"
    names = [user["userPrincipalName"] for user in client.document("GET", path)["items"]]
    order = {"sortField": "UserPrincipalName", "sortDirection": "Descending"}
    found = client.document("GET", path, params=order)["items"]
    assert [user["userPrincipalName"] for user in found] == sorted(names, reverse=True)
    assert client.refused("GET", path, params={"sortField": "Shoe"}) == (400, 2000)


def test_size_zero_and_no_size_are_the_servers_choice(client: Any) -> None:
    client.emulator.knobs(page_size=7)
    path = f"/customers/{client.emulator.customers[0]['id']}/users"
    assert len(client.document("GET", path)["items"]) == 7
    assert len(client.document("GET", f"{path}?size=0")["items"]) == 7


def test_a_user_is_shown_without_nulls_and_without_password(client: Any) -> None:
    user = client.document("GET", client.user_path())
    assert user["userPrincipalName"] == "user-0001@customer-001.example.com"
    assert (user["userDomainType"], user["state"]) == ("none", "active")
    assert None not in user.values()
    assert "passwordProfile" not in user
    assert user["links"]["self"]["uri"] == client.user_path()


def test_a_user_is_created_and_shown_with_nulls(client: Any) -> None:
    path = f"/customers/{client.emulator.customers[0]['id']}/users/"
    body = {
        "USERPRINCIPALNAME": "new.one@customer-001.example.org",
        "displayName": "New One",
        "usageLocation": "DE",
        "passwordProfile": {"password": "Lantern-7-harbour", "forceChangePassword": True},
    }
    answer = client.send("POST", path, body)
    assert answer.status_code == 201
    made = json.loads(answer.content.decode("utf-8-sig"))
    assert made["passwordProfile"] == {"password": "Lantern-7-harbour", "forceChangePassword": True}
    assert made["firstName"] is None
    assert tuple(made) == MEMBERS_OF_THE_SAMPLES
    assert client.current(made["id"]) == "Lantern-7-harbour"
    assert client.refused("POST", path, body) == (409, 3000)
    client.emulator.knobs(create_status=200)
    assert client.send("POST", path, {**body, "userPrincipalName": "x@customer-001.example.com"}).status_code == 200


def test_a_deleted_user_is_inactive_until_restored(client: Any) -> None:
    path = client.user_path()
    answer = client.send("DELETE", path)
    assert (answer.status_code, answer.content) == (204, b"")
    listed = f"/customers/{client.emulator.customers[0]['id']}/users"
    assert client.user_id() not in [user["id"] for user in client.document("GET", listed)["items"]]
    wanted = {"filter": '{"Field":"UserState","Value":"Inactive","Operator":"equals"}'}
    inactive = client.document("GET", listed, params=wanted)["items"]
    assert client.user_id() in [user["id"] for user in inactive]
    assert all(user["state"] == "inactive" and user["softDeletionTime"] for user in inactive)
    restored = client.document("PATCH", path, {"state": "active", "attributes": {"objectType": "CustomerUser"}})
    assert restored["state"] == "active"


def test_the_filter_name_is_a_knob(client: Any) -> None:
    listed = f"/customers/{client.emulator.customers[0]['id']}/users"
    wanted = {"filter": '{"Field":"UserStatus","Value":"Inactive","Operator":"equals"}'}
    assert client.refused("GET", listed, params=wanted) == (400, 2000)
    client.emulator.knobs(user_filter_name="any")
    assert len(client.document("GET", listed, params=wanted)["items"]) == 1


def test_an_update_ignores_nulls_and_read_only_members(client: Any) -> None:
    body = {"displayname": "Renamed", "firstName": None, "id": str(uuid.uuid4()), "userDomainType": "none", "extra": 1}
    user = client.document("PATCH", client.user_path(), body)
    assert (user["displayName"], user["firstName"], user["id"]) == ("Renamed", "User", client.user_id())


@pytest.mark.parametrize("line", ["//customers/{customer}/users/{user}", "/customers//{customer}///users/{user}/"])
def test_empty_segments_of_a_path_do_not_matter(client: Any, line: str) -> None:
    path = line.format(customer=client.emulator.customers[0]["id"], user=client.user_id())
    assert client.document("GET", f"/v1{path}")["id"] == client.user_id()


MISSING = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/customers/not-a-guid", (400, 2000)),
        (f"/customers/{MISSING}", (404, 60003)),
        ("/customers/{customer}/users/not-a-guid", (400, 2000)),
        ("/customers/{customer}/users/user-0001@customer-001.example.com", (400, 2000)),
        (f"/customers/{{customer}}/users/{MISSING}", (404, 60002)),
        ("/customers/{customer}/users?filter={{", (400, 2000)),
        (f"/customers/{{customer}}/directoryroles/{MISSING}/usermembers", (404, 1000)),
    ],
)
def test_refusals_have_status_and_code(client: Any, path: str, refusal: tuple[int, int]) -> None:
    assert client.refused("GET", path.format(customer=client.emulator.customers[0]["id"])) == refusal


@pytest.mark.parametrize("refusal", [(404, 60003), (403, 20002), (400, 900118)])
def test_an_unknown_customer_is_refused_as_the_knob_says(client: Any, refusal: tuple[int, int]) -> None:
    client.emulator.knobs(unknown_customer_answer=f"{refusal[0]}/{refusal[1]}")
    assert client.refused("GET", f"/customers/{MISSING}/users") == refusal


@pytest.mark.parametrize(
    ("standing", "refusal"),
    [
        ({"relationship": False}, (403, 20002)),
        ({"gdap_role": False}, (403, 900308)),
        ({"conditional_access": True}, (403, 900309)),
    ],
)
def test_the_standing_at_a_customer_matters(client: Any, standing: dict[str, bool], refusal: tuple[int, int]) -> None:
    client.emulator.customer(client.emulator.customers[0]["id"], **standing)
    assert client.refused("GET", client.user_path()) == refusal
    assert client.send("GET", client.user_path(customer=1)).status_code == 200


def test_a_fault_is_formed_as_the_knobs_say(client: Any) -> None:
    fault = client.document("GET", "/customers/not-a-guid")
    assert fault == {
        "code": 2000,
        "description": "The customer id is not a GUID.",
        "data": [],
        "source": "PartnerAPI",
    }
    client.emulator.knobs(error_code_type="string", html_escape_descriptions=True)
    client.emulator.fault("status", status=400, code=3000, description="<'name'> & more")
    fault = client.document("GET", "/customers")
    assert fault["code"] == "3000"
    assert fault["description"] == "&lt;&#x27;name&#x27;&gt; &amp; more"


def test_what_is_no_route_gets_a_gateways_page(client: Any) -> None:
    answer = client.send("GET", "/invoices")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    answer = client.send("PUT", client.user_path())
    assert (answer.status_code, answer.headers["Allow"]) == (405, "DELETE, GET, PATCH")


def test_directory_roles_and_their_members(client: Any) -> None:
    customer = client.emulator.customers[0]
    roles = client.document("GET", f"/customers/{customer['id']}/directoryroles")["items"]
    helpdesk = next(role for role in roles if role["name"] == "Helpdesk Administrator")
    members = f"/customers/{customer['id']}/directoryroles/{helpdesk['id']}/usermembers"
    assert client.document("GET", members)["items"] == []
    assert client.send("POST", members, {"id": client.user_id()}).status_code == 201
    assert [member["id"] for member in client.document("GET", members)["items"]] == [client.user_id()]
    held = client.document("GET", f"{client.user_path()}/directoryroles")["items"]
    assert [role["name"] for role in held] == ["Helpdesk Administrator"]
    assert client.send("DELETE", f"{members}/{client.user_id()}").status_code == 204
    assert client.document("GET", f"{client.user_path()}/directoryroles")["items"] == []


def test_licences_are_assigned(client: Any) -> None:
    product = client.document("GET", f"/customers/{client.emulator.customers[0]['id']}/subscribedskus")["items"][0]
    body = {"licensesToAssign": [{"skuId": product["productSku"]["id"], "excludedPlans": None}]}
    assert client.send("POST", f"{client.user_path()}/licenseupdates", body).status_code == 201
    held = client.document("GET", f"{client.user_path()}/licenses")["items"]
    assert [item["productSku"]["id"] for item in held] == [product["productSku"]["id"]]

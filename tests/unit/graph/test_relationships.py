# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The partner's GDAP relationships, and the roles that the account has by them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CredentialError, RefusedError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.standing import RelationshipState
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.relationships import Relationships
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Request, Response
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CUSTOMER
from ansible_collections.csp.partnercenter.tests.unit.support.graph_service import make_client, refusal
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, answer

PARTNER = "99999999-9999-4999-8999-999999999999"
USER_ADMINISTRATOR = "FE930BE7-5e62-47db-91af-98c3a49a38b1"
READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
OF_NOBODY = "12121212-1212-4212-8212-121212121212"
PATH = "/v1.0/tenantRelationships/delegatedAdminRelationships"


def roles(*ids: str) -> dict[str, Any]:
    return {"unifiedRoles": [{"roleDefinitionId": identifier} for identifier in ids]}


def item(**more: Any) -> dict[str, Any]:
    return {
        "id": "1-2",
        "customer": {"tenantId": CUSTOMER.upper(), "displayName": "Contoso"},
        "status": "active",
        "endDateTime": "2027-02-01T00:00:00Z",
        "autoExtendDuration": "PT0S",
        "accessDetails": roles(USER_ADMINISTRATOR, OF_NOBODY),
        **more,
    }


def assignment(group: str, *ids: str, status: str = "active") -> dict[str, Any]:
    return {"status": status, "accessContainer": {"accessContainerId": group}, "accessDetails": roles(*ids)}


def of(*items: Any, **lists: list[Any]) -> tuple[Relationships, FakeTransport]:
    """A partner with these relationships; ``assignments`` and ``groups`` are the other lists."""

    def respond(request: Request) -> Response:
        if request.url.endswith("/accessAssignments"):
            return answer({"value": lists.get("assignments", [])})
        return answer({"value": lists.get("groups", []) if "/me/" in request.url else list(items)})

    transport = FakeTransport(respond)
    return Relationships(make_client(transport), PARTNER), transport


def one(**more: Any) -> Any:
    (found,) = of(item(**more))[0].by_customer()[CUSTOMER]
    return found


def test_a_relationship() -> None:
    found = one()
    assert (found.id, found.customer_name, found.state) == ("1-2", "Contoso", RelationshipState.ACTIVE)
    assert found.ends_at == datetime(2027, 2, 1, tzinfo=UTC) and not found.extends
    assert found.roles == {"User Administrator", OF_NOBODY}


@pytest.mark.parametrize(
    ("state", "statuses"),
    [
        (RelationshipState.ACTIVE, ["active", "Active", "expiring"]),
        (RelationshipState.WAITING, ["created", "approvalPending", "approved", "activating"]),
        (RelationshipState.ENDED, ["terminationRequested", "terminating", "terminated", "expired"]),
        (RelationshipState.UNKNOWN, ["unknownFutureValue", "", None]),
    ],
)
def test_states(state: RelationshipState, statuses: list[str | None]) -> None:
    assert {one(status=status).state for status in statuses} == {state}


@pytest.mark.parametrize(("duration", "extends"), [("P180D", True), ("PT0S", False), ("P0D", False), (None, False)])
def test_a_relationship_may_extend_itself(duration: str | None, extends: bool) -> None:
    assert one(autoExtendDuration=duration).extends is extends


@pytest.mark.parametrize(
    "more",
    [
        {"customer": None},
        {"customer": {"tenantId": "no guid"}},
        {"accessDetails": [1]},
        {"accessDetails": {"unifiedRoles": 5}},
        {"accessDetails": {"unifiedRoles": [5, {}, {"roleDefinitionId": None}]}},
        {"endDateTime": "soon", "status": 7, "id": None},
    ],
)
def test_members_of_another_form_are_as_if_they_were_not_there(more: dict[str, Any]) -> None:
    (found,) = next(iter(of(item(**more))[0].by_customer().values()))
    assert found.customer_id in ("", CUSTOMER)


def test_the_account_has_the_roles_of_its_groups_by_assignments_that_are_active() -> None:
    assignments = [
        assignment("AAAA", USER_ADMINISTRATOR),
        assignment("bbbb", READERS),
        assignment("aaaa", OF_NOBODY, status="deleting"),
        {"status": "active"},
    ]
    relationships, transport = of(item(), assignments=assignments, groups=[{"id": "aaaa"}, {"id": None}])
    (found,) = relationships.by_customer()[CUSTOMER]
    assert relationships.held(found) == {"User Administrator"}
    assert relationships.held(found) == {"User Administrator"}
    lines = [line.partition("?")[0] for line in transport.lines]
    assert lines == [
        f"GET {PATH}",
        "GET /v1.0/me/transitiveMemberOf",
        f"GET {PATH}/1-2/accessAssignments",
        f"GET {PATH}/1-2/accessAssignments",
    ]


@pytest.mark.parametrize(
    ("part", "permission"), [("Relationships", "DelegatedAdminRelationship.Read.All"), ("/me/", "User.Read")]
)
def test_a_refusal_names_the_permission_that_the_application_lacks(part: str, permission: str) -> None:
    def respond(request: Request) -> Response:
        denied = part in request.url
        return refusal(403, "Authorization_RequestDenied") if denied else answer({"value": [item()]})

    relationships = Relationships(make_client(FakeTransport(respond)), PARTNER)
    with pytest.raises(RefusedError, match=f"HTTP status 403.*delegated permission {permission} of"):
        relationships.held(relationships.by_customer()[CUSTOMER][0])


def test_a_tenant_that_gives_no_token_is_told_with_its_number() -> None:
    class Refusing:
        renewable = True

        def token(self) -> Any:
            raise CredentialError("of a customer", codes=(65001,), concerns_all=False)

    relationships = Relationships(make_client(FakeTransport(), Refusing()), PARTNER)
    with pytest.raises(RefusedError, match=r"AADSTS65001.*DelegatedAdminRelationship"):
        relationships.by_customer()

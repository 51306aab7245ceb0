# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who holds which directory role, by a group as well, in few requests."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CallError
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.roles import Roles
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.users import Users
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Request, Response
from ansible_collections.csp.partnercenter.tests.unit.password.builders import user_id
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CUSTOMER
from ansible_collections.csp.partnercenter.tests.unit.support.graph_service import (
    GraphService,
    make_client,
    refusal,
    service,
)
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, raw

GROUP, ROLE = "88888888-8888-4888-8888-888888888888", "Helpdesk Administrator"


def held(graph: GraphService, count: int, answer: Any = None) -> tuple[dict[str, Any], int]:
    """What each of the first users holds, and how many requests that took."""
    transport = FakeTransport(answer or graph.answer)
    client = make_client(transport)
    roles = Roles(client, Users(client), concurrency=1)
    found = roles.held(CUSTOMER, [user_id(number) for number in range(1, count + 1)])
    return {user: names for user, names in found.items() if names}, len(transport.requests)


@pytest.mark.parametrize(("count", "requests"), [(1, 1), (2, 2), (3, 1), (100, 1)])
def test_the_list_of_assignments_is_enough_for_many_users(count: int, requests: int) -> None:
    graph = service(100, roles={user_id(1): [ROLE, "Global Reader"]})
    assert held(graph, count) == ({user_id(1): [ROLE, "Global Reader"]}, requests)


def test_a_holder_who_is_not_asked_for_is_looked_up_to_know_that_it_is_no_group() -> None:
    graph = service(100, roles={user_id(1): [ROLE], user_id(50): [ROLE]})
    assert held(graph, 10) == ({user_id(1): [ROLE]}, 2)


@pytest.mark.parametrize("count", [1, 3, 10])
def test_a_role_by_a_group_counts(count: int) -> None:
    graph = service(20, groups={GROUP: (ROLE, [user_id(1)])})
    found, requests = held(graph, count)
    assert found == {user_id(1): [ROLE]} and requests <= count + 2


def test_without_the_permission_for_the_list_each_user_is_asked() -> None:
    graph = service(5, roles={user_id(1): [ROLE]})

    def answer(request: Request) -> Response:
        denied = "roleManagement" in request.url
        return refusal(403, "Authorization_RequestDenied") if denied else graph.answer(request)

    assert held(graph, 5, answer) == ({user_id(1): [ROLE]}, 6)


def test_what_cannot_be_read_is_an_error_for_each_user() -> None:
    found, _requests = held(service(5), 5, lambda _request: raw(503))
    assert len(found) == 5 and all(isinstance(error, CallError) for error in found.values())

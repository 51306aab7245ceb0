# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Directory roles of a customer's users."""

from __future__ import annotations

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import UnavailableError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Role
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.roles import Roles
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CUSTOMER, USER, make_client, raised
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, collection

ROLE = "62e90394-69f5-4237-9190-012177145e10"


def test_roles_of_a_customer_and_of_a_user() -> None:
    item = {"id": ROLE.upper(), "name": "Company Administrator"}
    transport = FakeTransport(collection(item), collection(item, {"id": ROLE, "name": 7}))
    roles = Roles(make_client(transport))
    assert list(roles.list(CUSTOMER)) == [Role(ROLE, "Company Administrator")]
    assert list(roles.of_user(CUSTOMER, USER)) == [Role(ROLE, "Company Administrator"), Role(ROLE, "")]
    transport.assert_done(
        f"GET /v1/customers/{CUSTOMER}/directoryroles", f"GET /v1/customers/{CUSTOMER}/users/{USER}/directoryroles"
    )


def test_members_of_a_role() -> None:
    transport = FakeTransport(collection({"id": USER.upper()}))
    assert list(Roles(make_client(transport)).members(CUSTOMER, ROLE)) == [USER]
    transport.assert_done(f"GET /v1/customers/{CUSTOMER}/directoryroles/{ROLE}/usermembers")


@pytest.mark.parametrize("identity", [None, "x", f"{ROLE}/../x"])
def test_an_id_that_does_not_fit_into_a_path_is_refused(identity: object) -> None:
    """A guard that cannot read who is privileged must not let anybody pass."""
    page = collection({"id": identity})
    roles = Roles(make_client(FakeTransport(page, page)))
    assert isinstance(raised(lambda: list(roles.list(CUSTOMER))), UnavailableError)
    assert isinstance(raised(lambda: list(roles.members(CUSTOMER, ROLE))), UnavailableError)

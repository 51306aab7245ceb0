# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From customers and users to hosts and their variables."""

from __future__ import annotations

from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.plugin_utils._inventory_hosts import hosts_of
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised
from ansible_collections.csp.partnercenter.tests.unit.support.partner import guid

ADA = {
    "customer_id": guid(1),
    "user_id": guid(11),
    "user_principal_name": "Ada@A.example",
    "display_name": "Ada {{ x }}",
    "federated": False,
    "synced": True,
    "deleted": False,
}
CONTOSO = {"customer_id": guid(1), "customer_domain": "a.example", "company_name": "Contoso"}
FABRIKAM = {"customer_id": guid(2), "customer_domain": "b.example", "company_name": "contoso "}
OPTIONS = {"hosts": "customers", "users": "none", "hostname": None}


def test_customers() -> None:
    expected = {
        "partnercenter_customer_id": guid(1),
        "partnercenter_customer_domain": "a.example",
        "partnercenter_customer_name": "Contoso",
    }
    hosts = hosts_of([CONTOSO, FABRIKAM], OPTIONS)
    assert [name for name, _variables in hosts] == ["a.example", "b.example"]
    assert hosts[0][1] == expected
    by_name = [name for name, _variables in hosts_of([CONTOSO, FABRIKAM], OPTIONS | {"hostname": "company_name"})]
    assert by_name == [f"contoso_{guid(1)}", f"contoso_{guid(2)}"]


def test_users_of_customers() -> None:
    """What the roles take, or all that is known; nothing where they could not be read."""
    row = CONTOSO | {"users": [ADA, ADA | {"user_principal_name": "{{ x }}@a.example"}]}
    ((_name, variables),) = hosts_of([row], OPTIONS | {"users": "accounts"})
    assert variables["partnercenter_users"] == [{"user_principal_name": "Ada@A.example"}, {"user_id": guid(11)}]
    ((_name, variables),) = hosts_of([row], OPTIONS | {"users": "details"})
    assert variables["partnercenter_users"][0] == {
        key: ADA[key] for key in ("user_id", "user_principal_name", "display_name", "federated", "synced")
    }
    ((_name, variables),) = hosts_of([CONTOSO | {"error": "why"}], OPTIONS | {"users": "accounts"})
    assert "partnercenter_users" not in variables
    assert variables["partnercenter_error"] == "why"


def test_users_as_hosts() -> None:
    """One who is in two customers' lists is two hosts."""
    rows = [CONTOSO | {"users": [ADA]}, FABRIKAM | {"users": [ADA | {"customer_id": guid(2)}]}, CONTOSO]
    hosts = hosts_of(rows, OPTIONS | {"hosts": "users"})
    assert [name for name, _variables in hosts] == [
        f"ada@a.example_{guid(11)}_{guid(1)}",
        f"ada@a.example_{guid(11)}_{guid(2)}",
    ]
    assert hosts[0][1]["partnercenter_users"] == [{"user_principal_name": "Ada@A.example"}]
    assert hosts[0][1]["partnercenter_user_synced"] is True
    assert hosts[1][1]["partnercenter_customer_id"] == guid(2)
    ((name, _variables),) = hosts_of(rows[:1], OPTIONS | {"hosts": "users", "hostname": "user_id"})
    assert name == guid(11)


def test_customers_are_not_named_after_users() -> None:
    options: dict[str, Any] = OPTIONS | {"hostname": "user_id"}
    error = raised(lambda: hosts_of([], options))
    assert isinstance(error, InputError)
    assert str(error) == "hostname: cannot be user_id where hosts are customers"

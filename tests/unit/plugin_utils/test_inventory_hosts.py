# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts from customers and users: their variables, and names that are safe and unique."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.plugin_utils._inventory_hosts import host_names, hosts_of, safe_name
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
    """The variable holds the fields for the roles, or all fields; nothing if the users could not be read."""
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


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Contoso.OnMicrosoft.com", "contoso.onmicrosoft.com"),
        ("Zürich & Söhne", "zurich_sohne"),
        ("guest_web.de#EXT#@contoso.example", "guest_web.de_ext_@contoso.example"),
        ("{{ lookup('pipe', 'id') }}", "lookup_pipe_id"),
        ("--limit", "limit"),
        ("a:b,c[1]", "a_b_c_1"),
        ("!~&@x", "x"),
        ("../../etc", "etc"),
        ("東京", ""),
        ("x" * 500, "x" * 128),
    ],
)
def test_safe_names(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_those_that_clash_are_followed_by_their_ids() -> None:
    """All of them: a name does not depend on who else was read first."""
    assert host_names([("a b", "1"), ("A  B", "2"), ("c", "3")]) == ["a_b_1", "a_b_2", "c"]
    assert host_names([("", "1"), ("東京", "2"), ("localhost", "3"), ("ALL", "4")]) == [
        "1",
        "2",
        "localhost_3",
        "all_4",
    ]


def test_a_name_that_looks_like_one_with_an_id() -> None:
    names = host_names([("a", "1"), ("a", "2"), ("a_1", "3")])
    assert len(set(names)) == 3


@given(st.lists(st.text(alphabet="aA1_ é!{"), max_size=12))
def test_no_customer_is_lost(texts: list[str]) -> None:
    names = host_names([(text, str(number)) for number, text in enumerate(texts)])
    assert len(set(names)) == len(texts)
    assert all(re.fullmatch(r"[a-z0-9._@-]+", name) and name[0] not in "-@." for name in names)

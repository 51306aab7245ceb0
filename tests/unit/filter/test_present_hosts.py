# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A play that would match no host."""

from __future__ import annotations

from typing import Any

import pytest
from ansible import context as command_line
from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.collections import ImmutableDict
from jinja2 import Environment

from ansible_collections.csp.partnercenter.plugins.filter.present_hosts import FilterModule

HOSTS = [f"customer-{number}" for number in range(7)]


def pattern(given: str, hosts: list[str] = HOSTS, **variables: Any) -> str:
    environment = Environment(autoescape=False)
    environment.filters |= FilterModule().filters()
    groups = {"all": hosts, "ungrouped": hosts[1:], "first": hosts[:1]}
    return environment.from_string("{{ given | present_hosts }}").render(given=given, groups=groups, **variables)


@pytest.mark.parametrize("given", ["all", "customer-1", "first", "customer-*:!customer-0", "customer-1,customer-2"])
def test_a_pattern_that_fits_stays(given: str) -> None:
    assert pattern(given) == given


@pytest.mark.parametrize("given", ["customr-1", "first:!customer-0", "nobody*"])
def test_a_pattern_that_fits_nobody_fails(given: str) -> None:
    with pytest.raises(AnsibleFilterError, match=r"no host of the inventory fits .* and 2 more. Nothing was done"):
        pattern(given)


def test_an_inventory_without_hosts_fails() -> None:
    with pytest.raises(AnsibleFilterError, match="could not be read: look at the warnings above"):
        pattern("all", [])


def test_a_limit_that_leaves_nobody_fails() -> None:
    with pytest.raises(AnsibleFilterError, match="no host fits both 'customer-1' and --limit 'customer-2'"):
        pattern("customer-1", ansible_limit="customer-2")
    assert pattern("customer-1", ansible_limit="customer-1,customer-2") == "customer-1"
    assert pattern("customer-1", ansible_limit="@retry") == "customer-1"


def test_a_check_of_the_syntax_needs_no_inventory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line, "CLIARGS", ImmutableDict(syntax=True))
    assert pattern("all", []) == "all"

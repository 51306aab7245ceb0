# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host's variable gives: a template is rendered, and everything else is as it is written."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_hosts import HostVariables, UnreadableError

try:
    from ansible.template import trust_as_template as trusted
except ImportError:  # before ansible-core 2.19 every text of a variable may be a template

    def trusted(value: str) -> str:
        return value


def host(**variables: Any) -> HostVariables:
    return HostVariables(variables, Templar(loader=DataLoader(), variables=variables))


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("{{ 'a' ~ 'b' }}", "ab"),
        ("{% if true %}yes{% endif %}", "yes"),
        ("a{# nothing #}b", "ab"),
        ("#jinja2:variable_start_string:'[%', variable_end_string:'%]'\n[% 'a' ~ 'b' %]", "ab"),
    ],
)
def test_each_kind_of_template_is_rendered_wherever_it_stands(written: str, found: str) -> None:
    template = trusted(written)
    assert host(it=template).get("it") == found
    assert host(it=[{"deep": template}]).get("it") == [{"deep": found}]


@pytest.mark.parametrize("value", ["Contoso }} 7", "#JINJA2:x", "", 7, True, None, 0.5, {"a": ["b", 1]}, []])
def test_what_holds_no_template_is_as_it_is_written(value: object) -> None:
    class Never:
        def template(self, _value: object) -> object:
            raise AssertionError("was rendered")

    assert HostVariables({"it": value}, Never()).get("it") == value


def test_a_template_that_fails_is_told_without_its_text() -> None:
    with pytest.raises(UnreadableError, match=r"^it: cannot be read") as told:
        host(it=[1, trusted("{{ missing_canary }}")]).get("it")
    assert "canary" not in str(told.value)


def test_a_list_that_holds_itself_cannot_be_read() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(UnreadableError):
        host(it=endless).get("it")

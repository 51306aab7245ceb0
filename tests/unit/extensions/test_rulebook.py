# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample rulebook takes every name that the modules take, and what it does not take is not lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import principal_name

RULEBOOK = Path(__file__).resolve().parents[3] / "extensions" / "eda" / "rulebooks" / "rotate_leaked_passwords.yml"
RULES = {rule["name"]: rule for rule in yaml.safe_load(RULEBOOK.read_text())[0]["rules"]}
LEAKED, OTHER = RULES.values()


def pattern(key: str) -> str:
    (found,) = re.findall(rf'event\.payload\.{key} is match\("([^"]+)"\)', LEAKED["condition"])
    return str(found)


@pytest.mark.parametrize("name", ["ada", "O'Neil", "a!b", "x~y", "ADA_L", "a.b-c", "a^b", "ada_gmail.com#EXT#", "8"])
def test_names_that_exist(name: str) -> None:
    full = f"{name}@contoso.onmicrosoft.com"
    assert principal_name(full, "user") == full
    assert re.match(pattern("user"), full)


@pytest.mark.parametrize(
    "name", ["{{ 1 }}@a.example", "a b@a.example", "a@a.example, b@a.example", '"@a.example', "ä@a.example"]
)
def test_what_is_no_name(name: str) -> None:
    assert not re.match(pattern("user"), name)


def test_what_is_not_taken_is_printed() -> None:
    """The other rule has the same patterns, and asks for each key: a missing one meets no condition."""
    for key in ("id", "customer", "user"):
        assert f"event.payload.{key} is not defined or" in " ".join(OTHER["condition"].split())
        assert f'event.payload.{key} is match("{pattern(key)}")' in OTHER["condition"]
    assert list(OTHER["action"]) == ["print_event"]


def test_the_job_gets_nothing_that_was_not_checked() -> None:
    assert LEAKED["action"]["run_job_template"]["include_events"] is False


def test_the_user_is_asked_for_by_the_role() -> None:
    variables = LEAKED["action"]["run_job_template"]["job_args"]["extra_vars"]
    assert variables["partnercenter_only_users"] == "{{ event.payload.user }}"

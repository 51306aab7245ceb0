# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of the customers of a play: hosts with equal settings are one task, and the result is bounded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.customer_check import result_of
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.plugin_utils import _play_check
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_check import Host


def row(name: str, *, ready: bool) -> dict[str, Any]:
    problem = {"check": "roles", "message": "why", "to_do": "do this " * 30}
    ends = {"relationship_ends": None, "relationship_extends": None}
    return {"name": name, "ready": ready, "problems": [] if ready else [problem], "not_known": [], **ends}


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The customers of each task. One named gone is not ready; the settings dead let nobody in."""
    done: list[list[str]] = []

    def check(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
        names = [customer["name"] for customer in params["customers"]]
        done.append(names)
        if params["settings"] == "dead":
            return {"failed": True, "msg": "the sign-in is not accepted", "warnings": ["look"]}
        return result_of([row(name, ready=name != "gone") for name in names], throttled=1) | {"warnings": ["look"]}

    monkeypatch.setattr(_play_check, "check_customers", check)
    return done


def host(name: str, settings: str = "s", customer: str = "") -> Host:
    params = {"settings": settings, "report_folder": None}
    return Host(name, {"name": customer or name}, params, TaskContext({}), settings)


def test_hosts_with_equal_settings_are_one_task(tasks: list[list[str]]) -> None:
    hosts = [host("a"), host("b", "other"), host("c"), host("d", "dead")]
    problems = {"e": "no customer"}
    result = _play_check._checked(hosts, problems)
    assert tasks == [["a", "c"], ["b"], ["d"]]
    assert list(result["hosts"]) == ["a", "b", "c"], "in the order of the play"
    assert problems == {"e": "no customer", "d": "the sign-in is not accepted"}
    assert result["summary"] == {"total": 5, "ready": 3, "not_ready": 2, "throttled": 2}
    assert result["failed"] and result["warnings"] == ["look"]
    assert result["lines"] == ["3 of 5 customers are ready", "e: no customer", "d: the sign-in is not accepted"]


def test_a_host_is_called_by_its_name_in_the_inventory(tasks: list[list[str]]) -> None:
    result = _play_check._checked([host("contoso", customer="gone")], {})
    assert result["lines"][0].startswith("contoso: not ready: why")
    assert result["hosts"]["contoso"]["name"] == "gone"


def test_a_result_stays_below_what_awx_takes_and_those_that_are_not_ready_come_first(tasks: list[list[str]]) -> None:
    hosts = [host(f"h{number}", customer="gone" if number % 2 else "fine") for number in range(5000)]
    result = _play_check._checked(hosts, {})
    shown = {key: value for key, value in result.items() if key != "rows"}
    assert len(json.dumps(shown)) < 650_000
    assert result["left_out"] == 5000 - len(result["hosts"]) > 0
    assert not any(found["ready"] for found in result["hosts"].values())
    assert len(result["rows"]) == 5000, "each host tells its own answer all the same"

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The place of the work: the controller's process, or the module on another machine."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.plugins.action import ActionBase

from ansible_collections.csp.partnercenter.plugins.action import partnercenter_user_password
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.password import specification
from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.plugin_utils import _entrance_action
from ansible_collections.csp.partnercenter.plugins.plugin_utils._entrance_action import run_elsewhere, runs_here
from ansible_collections.csp.partnercenter.tests.unit.support.parameters import action, arguments


@pytest.fixture(autouse=True)
def no_notice_of_another_test() -> None:
    notices.take()


def test_it_runs_here_where_the_target_is_the_controller_as_the_same_user() -> None:
    assert runs_here(action())
    assert not runs_here(action(become=True))
    elsewhere = action()
    elsewhere._connection.transport = "ssh"
    assert not runs_here(elsewhere)


@pytest.mark.parametrize("become", [True, False])
def test_everywhere_else_the_module_runs(monkeypatch: pytest.MonkeyPatch, become: bool) -> None:
    """`become` as well: another user has another home, and so another ledger."""
    plugin_type = partnercenter_user_password.ActionModule
    plugin: Any = plugin_type.__new__(plugin_type)
    for name, value in vars(action(become=become, async_val=30 if become else 0)).items():
        setattr(plugin, name, value)
    monkeypatch.setattr(ActionBase, "run", lambda *_arguments: {"begun": True})
    monkeypatch.setattr(plugin_type, "_execute_module", lambda _self, **how: {"as": "module", **how}, raising=False)
    monkeypatch.setattr(_entrance_action, "run_action", lambda *_arguments: {"as": "action"})
    expected = {"as": "module", "task_vars": {}, "wrap_async": True} if become else {"as": "action"}
    assert plugin.run(None, {}) == {"begun": True, **expected}


EVIL = "https://evil.example.org"


@pytest.mark.parametrize(
    ("environment", "args"),
    [
        ({"PARTNERCENTER_AUTHORITY_URL": EVIL}, {}),
        ({"PARTNERCENTER_API_URL": EVIL, "PARTNERCENTER_ALLOWED_HOSTS": "evil.example.org"}, {}),
        ({"ACTIONS_ID_TOKEN_REQUEST_URL": EVIL}, {}),
        ({}, {"api_url": EVIL}),
    ],
)
def test_a_module_elsewhere_is_not_started_where_its_secrets_would_go_astray(
    environment: dict[str, str], args: dict[str, str]
) -> None:
    one = action(environment, args=arguments(**args))
    one._execute_module = lambda **_how: pytest.fail("the module was started")
    result = run_elsewhere(one, specification(), {})
    assert result["failed"] and "evil.example.org" in result["msg"] and "PARTNERCENTER_ALLOWED_HOSTS" in result["msg"]


def test_a_module_elsewhere_allows_what_the_controller_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last word in the environment of the task is ours, once, however often a loop comes by."""
    monkeypatch.setenv("PARTNERCENTER_ALLOWED_HOSTS", "gateway.example.org")
    one = action()
    one._task.environment = [{"PARTNERCENTER_ALLOWED_HOSTS": "evil.example.org"}]
    one._execute_module = lambda **_how: {"changed": False}
    for _item in range(3):
        assert run_elsewhere(one, specification(), {}) == {"changed": False}
    assert one._task.environment == [
        {"PARTNERCENTER_ALLOWED_HOSTS": "evil.example.org"},
        {"PARTNERCENTER_ALLOWED_HOSTS": "gateway.example.org"},
    ]

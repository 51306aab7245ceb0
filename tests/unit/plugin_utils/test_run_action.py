# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way in for an action plugin: in the controller's process, with what a module gets for free."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants

from ansible_collections.csp.partnercenter.plugins.action import partnercenter_user_password
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import user_password
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.surroundings import Surroundings
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_action import run_action, runs_here
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_elsewhere import run_elsewhere
from ansible_collections.csp.partnercenter.tests.unit.support.parameters import CANARY, arguments, leaks

DONE = {"changed": False, "failed": False, "msg": "done"}


def action(environment: dict[str, Any] | Exception | None = None, **task: Any) -> Any:
    """As much of an action plugin as there is to it."""

    def compute(raw: dict[str, Any]) -> str:
        if isinstance(environment, Exception):
            raise environment
        raw.update(environment or {})
        return ""

    ordinary = {
        "async_val": 0,
        "check_mode": False,
        "diff": False,
        "become": False,
        "args": arguments(),
        "no_log": False,
        "environment": None,
    }
    return SimpleNamespace(
        _task=SimpleNamespace(**{**ordinary, "args": arguments(), **task}),
        _connection=SimpleNamespace(transport="local"),
        _display=SimpleNamespace(display=lambda line, stderr: None),
        _loader=None,
        _templar=SimpleNamespace(available_variables={"inventory_dir": "/srv/inventory"}),
        _compute_environment_string=compute,
    )


def run(one: Any, work: Callable[..., dict[str, Any]] = lambda _params, _around: DONE) -> dict[str, Any]:
    return run_action(one, user_password(), work)


def surroundings(one: Any) -> Surroundings:
    seen: list[Surroundings] = []
    assert run(one, lambda _params, around: (seen.append(around), DONE)[1]) == DONE
    return seen[0]


def test_work_gets_validated_parameters() -> None:
    seen: dict[str, Any] = {}
    run(action(args=arguments(concurrency="16")), lambda params, _around: (seen.update(params), DONE)[1])
    assert (seen["concurrency"], seen["on_error"]) == (16, "continue")


def test_bad_arguments_are_a_failed_result_that_quotes_nothing() -> None:
    shown = run(action(args=arguments(check_user=CANARY)))
    assert (shown["failed"], shown["msg"]) == (True, "check_user: must be of the type bool") and not leaks(shown)


def test_relative_paths_begin_at_the_inventory() -> None:
    seen: dict[str, Any] = {}
    one = action({"PARTNERCENTER_REFRESH_TOKEN_FILE": "token"}, args=arguments(ledger="../ledger"))
    run(one, lambda params, around: (seen.update(params, environment=around.environment), DONE)[1])
    assert seen["ledger"] == "/srv/ledger"
    assert seen["environment"]["PARTNERCENTER_REFRESH_TOKEN_FILE"] == "/srv/inventory/token"


def test_check_mode_and_diff_are_the_tasks() -> None:
    around = surroundings(action(check_mode=True, diff=True))
    assert around.check_mode and around.diff and not around.cancelled.is_set()
    around = surroundings(action())
    assert not around.check_mode and not around.diff


def test_the_environment_of_play_and_task_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNERCENTER_CLIENT_ID", "of the process")
    monkeypatch.setenv("PARTNERCENTER_TENANT_ID", "of the process")
    environment = surroundings(action({"PARTNERCENTER_CLIENT_ID": "of the task", "NUMBER": 5})).environment
    assert environment["PARTNERCENTER_CLIENT_ID"] == "of the task"
    assert environment["PARTNERCENTER_TENANT_ID"] == "of the process"
    assert environment["NUMBER"] == "5"
    assert environment["ANSIBLE_HOME"] == constants.config.get_config_value("ANSIBLE_HOME")
    assert surroundings(action({"ANSIBLE_HOME": "/elsewhere"})).environment["ANSIBLE_HOME"] == "/elsewhere"
    assert "NUMBER" not in os.environ


def test_an_environment_that_cannot_be_had_is_not_quoted() -> None:
    shown = run(action(ValueError(f"environment must be a dictionary, received {CANARY}")))
    assert shown["failed"] and shown["msg"].startswith("environment: is not a dictionary") and not leaks(shown)


def test_async_is_refused_with_the_reason() -> None:
    def never(*_arguments: Any) -> Any:
        raise AssertionError("nothing must be begun")

    shown = run(action(async_val=60), never)
    assert shown["failed"] and "use users with concurrency" in shown["msg"]


def test_exceptions_that_nobody_foresaw_do_not_leave() -> None:
    def fail(*_arguments: Any) -> Any:
        raise RuntimeError(CANARY)

    shown = run(action(), fail)
    assert shown["failed"] and "(RuntimeError)" in shown["msg"] and not leaks(shown)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_no_result_is_never_taken_for_success() -> None:
    def end(*_arguments: Any) -> Any:
        raise SystemExit

    assert run(action(), end)["failed"]


def test_a_timeout_cancels_the_task_and_goes_on_its_way() -> None:
    """Ansible raises it in the main thread, at any line: no further user is begun."""

    class TaskTimeout(BaseException):
        pass

    def alarm(*_arguments: Any) -> None:
        raise TaskTimeout

    ended = threading.Event()

    def work(_params: Any, around: Surroundings) -> dict[str, Any]:
        if around.cancelled.wait(10):
            ended.set()
        return DONE

    before = signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(TaskTimeout):
            run(action(), work)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert ended.wait(5)


def test_it_runs_here_where_the_target_is_the_controller_as_the_same_user() -> None:
    assert runs_here(action())
    assert not runs_here(action(become=True))
    elsewhere = action()
    elsewhere._connection.transport = "ssh"
    assert not runs_here(elsewhere)


def test_what_is_shown_goes_to_standard_error_which_is_not_held_back() -> None:
    one, shown = action(), list[tuple[str, bool]]()
    one._display.display = lambda line, *, stderr: shown.append((line, stderr))
    around = surroundings(one)
    around.show("a code")
    assert shown == [("a code", True)]


@pytest.mark.parametrize("become", [True, False])
def test_everywhere_else_the_module_runs(monkeypatch: pytest.MonkeyPatch, become: bool) -> None:
    """`become` as well: another user has another home, and so another ledger."""
    plugin_type = partnercenter_user_password.ActionModule
    plugin: Any = plugin_type.__new__(plugin_type)
    for name, value in vars(action(become=become, async_val=30 if become else 0)).items():
        setattr(plugin, name, value)
    monkeypatch.setattr(plugin_type.__base__, "run", lambda *_arguments: {"begun": True})
    monkeypatch.setattr(plugin_type, "_execute_module", lambda _self, **how: {"as": "module", **how}, raising=False)
    monkeypatch.setattr(partnercenter_user_password, "run_action", lambda *_arguments: {"as": "action"})
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
    result = run_elsewhere(one, user_password(), {})
    assert result["failed"] and "evil.example.org" in result["msg"] and "PARTNERCENTER_ALLOWED_HOSTS" in result["msg"]


def test_a_module_elsewhere_allows_what_the_controller_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last word in the environment of the task is ours, once, however often a loop comes by."""
    monkeypatch.setenv("PARTNERCENTER_ALLOWED_HOSTS", "gateway.example.org")
    one = action()
    one._task.environment = [{"PARTNERCENTER_ALLOWED_HOSTS": "evil.example.org"}]
    one._execute_module = lambda **_how: {"changed": False}
    for _item in range(3):
        assert run_elsewhere(one, user_password(), {}) == {"changed": False}
    assert one._task.environment == [
        {"PARTNERCENTER_ALLOWED_HOSTS": "evil.example.org"},
        {"PARTNERCENTER_ALLOWED_HOSTS": "gateway.example.org"},
    ]

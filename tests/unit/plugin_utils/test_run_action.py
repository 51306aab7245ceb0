# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way in for an action plugin: in the controller's process, with what a module gets for free."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
from ansible import constants

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.password import specification
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.plugin_utils._run_action import run_action
from ansible_collections.csp.partnercenter.tests.unit.support.parameters import CANARY, action, arguments, leaks

DONE = {"changed": False, "failed": False, "msg": "done"}


def run(one: Any, work: Callable[..., dict[str, Any]] = lambda _params, _context: DONE) -> dict[str, Any]:
    return run_action(one, specification(), work)


def surroundings(one: Any) -> TaskContext:
    seen: list[TaskContext] = []
    assert run(one, lambda _params, context: (seen.append(context), DONE)[1]) == DONE
    return seen[0]


def test_work_gets_validated_parameters() -> None:
    seen: dict[str, Any] = {}
    run(action(args=arguments(concurrency="16")), lambda params, _context: (seen.update(params), DONE)[1])
    assert (seen["concurrency"], seen["on_error"]) == (16, "continue")


def test_bad_arguments_are_a_failed_result_that_quotes_nothing() -> None:
    shown = run(action(args=arguments(check_user=CANARY)))
    assert (shown["failed"], shown["msg"]) == (True, "check_user: must be of the type bool") and not leaks(shown)


def test_relative_paths_begin_at_the_inventory() -> None:
    seen: dict[str, Any] = {}
    one = action({"PARTNERCENTER_REFRESH_TOKEN_FILE": "token"}, args=arguments(ledger="../ledger"))
    run(one, lambda params, context: (seen.update(params, environment=context.environment), DONE)[1])
    assert seen["ledger"] == "/srv/ledger"
    assert seen["environment"]["PARTNERCENTER_REFRESH_TOKEN_FILE"] == "/srv/inventory/token"


def test_check_mode_and_diff_are_the_tasks() -> None:
    context = surroundings(action(check_mode=True, diff=True))
    assert context.check_mode and context.diff and not context.cancelled.is_set()
    context = surroundings(action())
    assert not context.check_mode and not context.diff


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

    def work(_params: Any, context: TaskContext) -> dict[str, Any]:
        if context.cancelled.wait(10):
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


def test_what_is_shown_goes_to_standard_error_which_is_not_held_back() -> None:
    one, shown = action(), list[tuple[str, bool]]()
    one._display.display = lambda line, *, stderr: shown.append((line, stderr))
    context = surroundings(one)
    context.show("a code")
    assert shown == [("a code", True)]

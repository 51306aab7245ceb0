# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way in for a module: parameters from its standard input, one JSON result on its standard output."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from ansible.module_utils import basic

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.password import specification
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.run_module import run_module
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.tests.unit.password.builders import PASSWORD
from ansible_collections.csp.partnercenter.tests.unit.support.parameters import arguments


def start(monkeypatch: pytest.MonkeyPatch, given: Mapping[str, Any], work: Any) -> int:
    """Runs the module to its end; the exit status."""
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    with pytest.raises(SystemExit) as ended:
        run_module(specification(), work)
    return int(ended.value.code or 0)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(result: dict[str, Any], **flags: Any) -> tuple[int, dict[str, Any], Mapping[str, Any], TaskContext]:
        given = arguments() | {f"_ansible_{name}": value for name, value in flags.items()}
        seen: list[Any] = []

        def work(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
            seen.extend((params, context))
            return dict(result)

        code = start(monkeypatch, given, work)
        return code, json.loads(capsys.readouterr().out), seen[0], seen[1]

    return run


def test_work_gets_the_parameters_and_the_surroundings(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNERCENTER_API_URL", "https://here.example")
    code, shown, params, context = run({"changed": True, "failed": False, "msg": "done"}, check_mode=True, diff=True)
    assert (code, shown["changed"], shown["msg"]) == (0, True, "done")
    assert params["password"] == PASSWORD and params["check_user"] is True
    assert context.check_mode and context.diff
    assert context.environment["PARTNERCENTER_API_URL"] == "https://here.example"


def test_a_failed_result_fails_the_module_with_all_it_holds(run: Any) -> None:
    code, shown, _params, context = run({"changed": True, "failed": True, "msg": "1 failed", "users": [{"a": 1}]})
    assert code == 1
    assert (shown["failed"], shown["changed"], shown["users"]) == (True, True, [{"a": 1}])
    assert not context.check_mode and not context.diff


def test_warnings_are_ansibles_warnings(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, text: warnings.append(text))
    _code, shown, _params, _around = run({"changed": False, "failed": False, "warnings": ["look here"]})
    assert warnings == ["look here"] and "warnings" not in shown


@pytest.mark.parametrize("value", [["Kanarie-1"], {"a": "Kanarie-1"}, True, 12345678, 1.5])
@pytest.mark.parametrize("within", [False, True])
def test_a_password_that_is_no_text_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: Any, within: bool
) -> None:
    """AnsibleModule alone would set what Python writes for a list."""
    given = arguments(password=value)
    if within:
        given = arguments(user_id=None, password=None, users=[{"user_id": given["user_id"], "password": value}])
    assert start(monkeypatch, given, lambda params, _around: pytest.fail("it was let through")) == 1
    shown = capsys.readouterr().out
    assert "must be a text, and is " in json.loads(shown)["msg"] and "Kanarie" not in shown


def test_nothing_is_written_to_the_log_of_the_system(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """AnsibleModule masks a secret in a list only where ``repr`` writes it as it is."""
    logged: list[Any] = []
    monkeypatch.setattr("syslog.syslog", lambda *words: logged.append(words))
    run({"changed": False, "failed": False}, no_log=False, target_log_info="here")
    assert logged == []

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an action returns: before 2.19 a reason is told in spite of `no_log`, since it holds no secret."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.plugin_utils import _returned
from ansible_collections.csp.partnercenter.plugins.plugin_utils._returned import returned

FAILED = {"failed": True, "msg": "the user is federated", "warnings": ["the token ends soon"]}
WHOLE = ["Set it: the user is federated", "Set it: the token ends soon"]


def told(monkeypatch: pytest.MonkeyPatch, result: dict[str, Any], *, hides: bool = True, **task: Any) -> list[str]:
    shown: list[str] = []
    ordinary = {"no_log": True, "failed_when": [], "get_name": lambda: "Set it"}
    action: Any = SimpleNamespace(_task=SimpleNamespace(**{**ordinary, **task}), _display=SimpleNamespace())
    action._display.warning = shown.append
    monkeypatch.setattr(_returned, "_HIDES_REASONS", hides)
    assert returned(action, result) == result
    return shown


def test_reasons_and_warnings_that_no_log_would_hide(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, FAILED) == WHOLE
    assert told(monkeypatch, FAILED | {"failed": False}) == WHOLE[1:]
    assert told(monkeypatch, {"failed": False, "msg": "done"}) == []


@pytest.mark.parametrize("task", [{"no_log": False}, {"failed_when": [False]}, {"hides": False}])
def test_nothing_is_told_twice(monkeypatch: pytest.MonkeyPatch, task: dict[str, Any]) -> None:
    """Neither where Ansible tells it, nor where another task judges this one."""
    assert told(monkeypatch, FAILED, **task) == []

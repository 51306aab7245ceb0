# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments of a task: ansible-core 2.18 makes text of a number in a template, so its type is looked up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.password import specification
from ansible_collections.csp.partnercenter.plugins.plugin_utils import _task_arguments
from ansible_collections.csp.partnercenter.plugins.plugin_utils._task_arguments import task_arguments
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised
from ansible_collections.csp.partnercenter.tests.unit.support.parameters import arguments

MODULE = "csp.partnercenter.partnercenter_user_password"


def action(rendered: str, typed: Any, written: dict[str, Any]) -> Any:
    """A task whose template gives ``typed``, of which ansible-core made the text ``rendered``."""
    task = SimpleNamespace(args=arguments(rotation_id=rendered), action=MODULE, get_ds=lambda: written)
    typing = SimpleNamespace(template=lambda _written: typed)
    return SimpleNamespace(_task=task, _templar=SimpleNamespace(copy_with_new_env=lambda **_how: typing))


@pytest.fixture(autouse=True)
def before_types_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_task_arguments, "_KEEPS_TYPES", False)
    monkeypatch.setattr(_task_arguments.template, "AnsibleEnvironment", object, raising=False)


@pytest.mark.parametrize("place", [MODULE, "args"])
def test_a_number_behind_a_template_is_refused(place: str) -> None:
    one = action("2026.1", 2026.1, {place: {"rotation_id": "{{ id }}"}})
    assert str(raised(lambda: task_arguments(one, specification()))).startswith(
        "rotation_id: must be a text, and is a nu"
    )


@pytest.mark.parametrize(
    ("rendered", "typed", "written"),
    [
        ("2026.1", "2026.1", {MODULE: {"rotation_id": "{{ id }}"}}),
        ("2026.10", 2026.1, {MODULE: {"rotation_id": "{{ id }}"}}),  # no number is written so
        ("2026-11", 2026.1, {MODULE: {"rotation_id": "{{ id }}"}}),
        ("2026.1", 2026.1, {}),  # of the defaults of a play: it cannot be found out
        ("2026.1", 2026.1, {MODULE: {"password": "x"}}),
    ],
)
def test_a_text_is_taken(rendered: str, typed: Any, written: dict[str, Any]) -> None:
    assert task_arguments(action(rendered, typed, written), specification())["rotation_id"] == rendered

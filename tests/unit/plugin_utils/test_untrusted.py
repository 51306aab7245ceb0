# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts from outside are no templates: before 2.19 each is marked as unsafe, and later none is trusted."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import template
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.csp.partnercenter.plugins.plugin_utils import _untrusted
from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import returned, untrusted

#: What brings its own delimiters, what others may choose as delimiters, and what is no template anywhere.
TEXTS = ["{{ 1 }}", "#jinja2:variable_start_string:'[%'", "[[ 1 ]]", "<< 1 >>", "Contoso", ""]
NESTED: dict[str, Any] = {text: [text, {text: {"tuple": (text, 1), "set": {text}}}, None, True, 1.5] for text in TEXTS}


class Marked(str):
    """Stands for the mark of ansible-core 2.18."""


@pytest.fixture
def before_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_untrusted, "BEFORE_2_19", True)
    monkeypatch.setattr(_untrusted, "wrap_var", Marked)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts([*value.keys(), *value.values()])
    elif isinstance(value, (list, tuple, set)):
        for member in value:
            yield from texts(member)


@pytest.mark.usefixtures("before_tags")
def test_each_text_is_marked_keys_and_members_of_all_kinds_as_well() -> None:
    found = untrusted(NESTED)
    assert found == NESTED
    assert {type(text) for text in texts(found)} == {Marked}


def test_the_mark_is_that_of_ansible_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_untrusted, "BEFORE_2_19", True)
    assert {type(untrusted("Contoso"))} == {type(wrap_var("Contoso"))}


@pytest.mark.skipif(not hasattr(template, "trust_as_template"), reason="before 2.19 texts are marked instead")
def test_trust_is_taken_away_where_there_is_such_a_thing() -> None:
    trusted = template.trust_as_template("{{ 1 }}")
    (key,) = found = untrusted({trusted: [trusted]})
    assert not template.is_trusted_as_template(key) and not template.is_trusted_as_template(found[key][0])
    assert {type(key)} == {str} and found == {"{{ 1 }}": ["{{ 1 }}"]}


FAILED = {"failed": True, "msg": "the user is federated", "warnings": ["the token ends soon"]}
WHOLE = ["Set it: the user is federated", "Set it: the token ends soon"]


def told(monkeypatch: pytest.MonkeyPatch, result: dict[str, Any], *, hides: bool = True, **task: Any) -> list[str]:
    shown: list[str] = []
    ordinary = {"no_log": True, "failed_when": [], "get_name": lambda: "Set it"}
    action: Any = SimpleNamespace(_task=SimpleNamespace(**{**ordinary, **task}), _display=SimpleNamespace())
    action._display.warning = shown.append
    monkeypatch.setattr(_untrusted, "BEFORE_2_19", hides)
    assert returned(action, result) == result
    return shown


def test_reasons_and_warnings_that_no_log_would_hide(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, FAILED) == WHOLE
    assert told(monkeypatch, FAILED | {"failed": False}) == WHOLE[1:]
    assert told(monkeypatch, {"failed": False, "msg": "done"}) == []


@pytest.mark.parametrize("task", [{"no_log": False}, {"failed_when": [False]}, {"hides": False}])
def test_nothing_is_told_twice(monkeypatch: pytest.MonkeyPatch, task: dict[str, Any]) -> None:
    """A warning is not repeated where Ansible shows it, or where another task reports this one."""
    assert told(monkeypatch, FAILED, **task) == []

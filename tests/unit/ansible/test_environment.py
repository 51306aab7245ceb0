# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options from the environment: the task wins, and what it contradicts is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.environment import (
    ansible_home,
    variable,
    with_environment,
)

NAMES = (
    *("tenant_id", "client_id", "client_secret", "certificate_path", "certificate_passphrase"),
    *("client_assertion_file", "client_assertion_source", "refresh_token", "refresh_token_file"),
    *("refresh_token_store", "access_token", "timeout", "api_url", "ledger", "ledger_key"),
)


STORE = {"type": "file"}


def filled(given: dict[str, Any], **environment: str) -> dict[str, Any]:
    """Return the options that are set in the end. Names of the environment are without prefix, in lower case."""
    params = dict.fromkeys(NAMES) | given
    found = with_environment(params, {variable(name): value for name, value in environment.items()})
    return {name: value for name, value in found.items() if value is not None}


def test_the_environment_fills_what_the_task_leaves_out() -> None:
    assert variable("api_url") == "PARTNERCENTER_API_URL"
    assert filled({"tenant_id": "t"}, tenant_id="other", client_id="c", ledger="/l") == {
        "tenant_id": "t",
        "client_id": "c",
        "ledger": "/l",
    }


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_empty_option_is_left_out(nothing: Any) -> None:
    assert filled({"tenant_id": nothing}, tenant_id="t")["tenant_id"] == "t"


@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_a_variable_of_blanks_is_one_that_is_not_set(blank: str) -> None:
    """An empty field of a form arrives like this."""
    assert filled({}, access_token=blank, certificate_path=blank, tenant_id="t") == {"tenant_id": "t"}


def test_zero_is_a_value() -> None:
    assert filled({"timeout": 0}, timeout="30") == {"timeout": 0}


def test_an_empty_variable_is_none() -> None:
    assert filled({}, tenant_id="") == {}


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [
        ({"access_token": "a"}, {"refresh_token": "r", "client_secret": "s"}, {"access_token": "a"}),
        ({"refresh_token": "r"}, {"access_token": "a"}, {"refresh_token": "r"}),
        ({"refresh_token": "r"}, {"refresh_token_file": "f"}, {"refresh_token": "r"}),
        ({"refresh_token_store": STORE}, {"refresh_token": "r"}, {"refresh_token_store": STORE, "refresh_token": "r"}),
        ({"refresh_token": "r"}, {"refresh_token_store": "{}"}, {"refresh_token_store": "{}", "refresh_token": "r"}),
        ({"refresh_token_store": STORE}, {"refresh_token_store": "{}"}, {"refresh_token_store": STORE}),
        ({"access_token": "a"}, {"refresh_token_store": "{}"}, {"access_token": "a"}),
        ({"client_secret": "s"}, {"certificate_path": "p", "access_token": "a"}, {"client_secret": "s"}),
        ({"client_secret": "s"}, {"refresh_token": "r"}, {"client_secret": "s", "refresh_token": "r"}),
        (
            {"client_secret": "s"},
            {"certificate_path": "p", "certificate_passphrase": "x"},
            {"client_secret": "s"},
        ),
        (
            {"certificate_path": "p"},
            {"certificate_passphrase": "x"},
            {"certificate_path": "p", "certificate_passphrase": "x"},
        ),
        ({"access_token": "a"}, {"certificate_passphrase": "x"}, {"access_token": "a"}),
    ],
)
def test_the_environment_does_not_contradict_the_task(
    given: dict[str, Any], environment: dict[str, str], expected: dict[str, Any]
) -> None:
    assert filled(given, **environment) == expected


def test_options_that_a_module_does_not_have_are_not_made_up() -> None:
    assert with_environment({"tenant_id": None}, {"PARTNERCENTER_LEDGER": "/l"}) == {"tenant_id": None}


def test_the_parameters_themselves_are_not_changed() -> None:
    params = {"tenant_id": None}
    with_environment(params, {"PARTNERCENTER_TENANT_ID": "t"})
    assert params == {"tenant_id": None}


def test_ansibles_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    assert ansible_home({}) == "/home/alice/.ansible"
    assert ansible_home({"ANSIBLE_HOME": ""}) == "/home/alice/.ansible"
    assert ansible_home({"ANSIBLE_HOME": "~/elsewhere"}) == "/home/alice/elsewhere"

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validation names the option that does not fit, and never what was written into it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import (
    audit_info,
    customer_check,
    customer_info,
    handover,
    password,
    rotation,
    sign_in,
    user,
    user_info,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import Spec
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import check_texts, validated
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.tests.unit.password.builders import PASSWORD, raised, user_id
from ansible_collections.csp.partnercenter.tests.unit.support.parameters import CANARY, arguments, leaks

SPEC = password.specification()
CONVERTED = sorted(
    name
    for name, rules in SPEC.items()
    if (rules["type"] not in ("str", "path") or "choices" in rules) and rules.get("elements") != "str"
)


def complaint(given: dict[str, Any]) -> str:
    error = raised(lambda: validated(given, SPEC))
    assert not leaks(error.args, error.details(), error.__cause__)
    assert error.__suppress_context__ or error.__context__ is None
    return str(error)


def test_good_arguments_are_converted_and_get_their_defaults() -> None:
    params = validated(arguments(concurrency="16", check_user="no", force_change_password="yes"), SPEC)
    assert (params["concurrency"], params["check_user"], params["force_change_password"]) == (16, False, True)
    assert (params["evidence"], params["audit_timeout"], params["users"]) == ("ledger", 120.0, None)
    assert (params["on_error"], params["max_resets"], params["endpoint"]) == ("continue", 0, "auto")


@pytest.mark.parametrize(
    ("name", "value"), [("concurrency", float("inf")), ("concurrency", "inf"), ("audit_timeout", 10**400)]
)
def test_a_number_without_end_is_none(name: str, value: Any) -> None:
    assert complaint(arguments(**{name: value})).startswith(f"{name}: must be of the type ")


@pytest.mark.parametrize("name", CONVERTED)
@pytest.mark.parametrize("value", [CANARY, [CANARY], {CANARY: CANARY}, {"nested": [CANARY]}])
def test_a_secret_in_the_wrong_option_is_not_shown(name: str, value: Any) -> None:
    assert complaint(arguments(**{name: value})).startswith(name)


NO_TEXTS = [[CANARY], {"a": CANARY}, (CANARY,), True, False, 2026.1, float("inf"), datetime.now(UTC), CANARY.encode()]
ENTRANCES = (
    *(password, rotation, user, handover, user_info),
    *(customer_check, customer_info, audit_info, sign_in),
)


def without_required(spec: Spec) -> Spec:
    """The same options, of which each may stand alone."""
    inner = {name: without_required(rules["options"]) for name, rules in spec.items() if "options" in rules}
    loose = {name: {**rules, "required": False} for name, rules in spec.items()}
    return loose | {name: {**loose[name], "options": options} for name, options in inner.items()}


SPECS = [without_required(entrance.specification()) for entrance in ENTRANCES]


def texts_of(spec: Spec, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The places of all options that are text, and whether they are secret."""
    for name, rules in spec.items():
        if rules["type"] in ("str", "path") and not rules.get("choices"):
            yield (*place, name), bool(rules.get("no_log"))
        yield from texts_of(rules.get("options", {}), (*place, name))


def placed(spec: Spec, place: tuple[str, ...], value: Any) -> tuple[dict[str, Any], str]:
    """Arguments that hold the value there, and how the place is called."""
    name, *inner = place
    if not inner:
        return {name: value}, name
    given, called = placed(spec[name]["options"], tuple(inner), value)
    is_list = spec[name]["type"] == "list"
    return {name: [given] if is_list else given}, f"{name}[0].{called}" if is_list else f"{name}.{called}"


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("value", NO_TEXTS, ids=lambda value: type(value).__name__)
def test_what_is_no_text_is_refused_wherever_one_is_needed(spec: Spec, value: Any) -> None:
    for place, _secret in texts_of(spec):
        given, called = placed(spec, place, value)
        if isinstance(value, datetime) and place[-1] in ("not_before", "start", "end"):
            assert validated(given, spec)
            continue
        error = str(raised(partial(validated, given, spec)))
        assert error.startswith(f"{called}: must be a text, and is ") and not leaks(error), error


@pytest.mark.parametrize("spec", SPECS)
def test_a_number_or_a_date_is_a_text_but_never_a_secret(spec: Spec) -> None:
    """Both have one way to be written; YAML may have dropped a leading zero of a password."""
    for place, secret in texts_of(spec):
        for value in (2026, date(2026, 11, 28)):
            given, called = placed(spec, place, value)
            if secret:
                assert str(raised(partial(validated, given, spec))).startswith(f"{called}: must be a text")
            else:
                assert str(value) in str(validated(given, spec))


def test_the_elements_of_a_list_are_texts_as_well() -> None:
    refused = complaint(arguments(window={"days": ["mon", True]}))
    assert refused == "window.days[1]: must be a text, and is true or false: put it in quotes"
    assert complaint(arguments(window={"days": [None]})).startswith("window.days[0]: must be a text")


def test_a_module_looks_at_its_texts_only_before_ansible_does() -> None:
    """Ansible tells all else itself, and would make a text of anything."""
    with pytest.raises(InputError, match=r"^users\[1\]\.window\.days\[0\]: must be a text, and is true or false"):
        check_texts({"users": [{}, {"window": {"days": [True]}}], "concurrency": "many"}, SPEC)
    check_texts({"concurrency": "many", "window": "night", "users": ["x"], "zzz": 1}, SPEC)


class Vaulted:
    """A value written as ``!vault`` in a task, in the form of ansible-core 2.18."""

    __ENCRYPTED__ = True

    def __str__(self) -> str:
        return PASSWORD


def test_a_text_that_is_decrypted_when_it_is_used_is_one() -> None:
    users = [{"user_id": user_id(), "password": Vaulted()}]
    assert validated({"password": Vaulted(), "users": users}, SPEC)["users"][0]["password"] == PASSWORD
    check_texts({"password": Vaulted(), "users": users}, SPEC)


@pytest.mark.parametrize(
    ("users", "place"),
    [
        ([{"user_id": user_id()}, {"force_change_password": CANARY}], "users[1].force_change_password: must be of the"),
        ([{"user_id": user_id(), "window": CANARY}], "users[0].window: must be a dictionary"),
        ([{"user_id": user_id(), "window": {"days": {"a": CANARY}}}], "users[0].window.days: must be of the type list"),
        ([CANARY], "users[0]: must be a dictionary"),
        ([f"{CANARY}=secret"], "users[0]: must be a dictionary"),
        ([[CANARY]], "users[0]: must be a dictionary"),
        (f"{CANARY}=secret", "users: must be a list of dictionaries, and is a text: take the quotes away"),
        ({"user_id": CANARY}, "users: must be a list of dictionaries, and is one dictionary: begin it with a dash"),
    ],
)
def test_the_place_is_named_down_to_the_element(users: Any, place: str) -> None:
    assert complaint(arguments(user_id=None, users=users)).startswith(place)


def test_options_that_are_none_are_named() -> None:
    assert complaint(arguments(zzz=CANARY)) == "zzz: no such option; ansible-doc lists those there are"
    assert complaint(arguments(passwrd=CANARY)) == "passwrd: no such option; did you mean password?"
    nested = complaint(arguments(user_id=None, users=[{}, {"passwrd": CANARY}]))
    assert nested == "users[1].passwrd: no such option; did you mean password?"
    assert complaint(arguments(**{CANARY: "x"})) == "(not a name): no such option; ansible-doc lists those there are"
    for heading in ("\ufeffuser_principal_name", "User principal name", "UserPrincipalName"):
        told = complaint(arguments(user_id=None, users=[{heading: CANARY}]))
        assert told == "users[0].(not a name): no such option; did you mean user_principal_name?"
    assert complaint(arguments(upn="x")) == "upn: no such option; did you mean user_principal_name?"
    deep = complaint(arguments(user_id=None, users=[{"window": {"form": "22:00"}}]))
    assert deep == "users[0].window.form: no such option; did you mean from?"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("evidence", "database", "evidence: must be one of ledger, audit_log, directory"),
        ("concurrency", "many", "concurrency: must be of the type int"),
        ("audit_timeout", "soon", "audit_timeout: must be of the type float"),
        (
            "window",
            "night",
            "window: must be a dictionary, and is a text: give options by name, such as days; with -e, write all of it "
            "as JSON",
        ),
        ("window", 22, "window: must be a dictionary"),
    ],
)
def test_what_was_expected_is_said(name: str, value: str, expected: str) -> None:
    assert complaint(arguments(**{name: value})) == expected


def test_what_is_needed_and_missing_is_named() -> None:
    inner = {"b": {"type": "str", "required": True}}
    spec = {"a": {"type": "dict", "required": True, "options": inner}}
    assert str(raised(lambda: validated({}, spec))) == "a: is missing"
    assert str(raised(lambda: validated({"a": {}}, spec))) == "a.b: is missing"

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validation by argument spec, with messages that name the option and never quote its value.

Ansible's own messages quote what does not convert: a password written into the wrong option would be shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult

from .._service.errors import InputError
from .arguments import Spec

_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")


def validated(arguments: Mapping[str, Any], spec: Spec) -> dict[str, Any]:
    """The arguments converted, with defaults; raises :class:`InputError`."""
    arguments = {name: _plain(value) for name, value in arguments.items()}
    misshapen = _misshapen(arguments, spec, "")
    if misshapen:
        raise misshapen
    result = _result(arguments, spec)
    if result is not None and result.unsupported_parameters:
        names = ", ".join(sorted(named(name) for name in result.unsupported_parameters))
        raise InputError(names, "no such option; ansible-doc lists those there are")
    if result is None or result.error_messages:
        raise _located(arguments, spec, "") or InputError("options", "cannot be understood; ansible-doc describes them")
    return dict(result.validated_parameters)


def _result(arguments: Mapping[str, Any], spec: Spec) -> ValidationResult | None:
    """None where ansible-core fails itself, at a number without end."""
    try:
        return ArgumentSpecValidator(spec).validate(arguments)
    except OverflowError:
        return None


def _plain(value: Any) -> Any:
    """Without the marks that ansible-core puts on texts and lists: the validator copies all it gets, marks slowly."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {name: _plain(member) for name, member in value.items()}
    return [_plain(member) for member in value] if isinstance(value, list) else value


def _misshapen(arguments: Mapping[str, Any], spec: Spec, place: str) -> InputError | None:
    """The first text where a dictionary is needed: Ansible would make option names out of it."""
    for name, rules in spec.items():
        value = arguments.get(name)
        if value is None or not rules.get("options"):
            continue
        here = f"{place}.{name}" if place else name
        if rules["type"] == "list" and not isinstance(value, list):
            return InputError(here, "must be a list of dictionaries")
        for position, element in enumerate(value if rules["type"] == "list" else [value]):
            at = f"{here}[{position}]" if rules["type"] == "list" else here
            if not isinstance(element, Mapping):
                return InputError(at, "must be a dictionary")
            inner = _misshapen(element, rules["options"], at)
            if inner:
                return inner
    return None


def _located(arguments: Mapping[str, Any], spec: Spec, place: str) -> InputError | None:
    """The first option that does not fit, down to the element of a list."""
    for name, rules in spec.items():
        value = arguments.get(name)
        result = _result({name: value}, {name: rules})
        if value is None or (result is not None and not result.error_messages):
            continue
        here = f"{place}.{name}" if place else name
        if rules.get("options") and rules["type"] == "list" and isinstance(value, list):
            for position, element in enumerate(value):
                inner = _located(element, rules["options"], f"{here}[{position}]")
                if inner:
                    return inner
        elif rules.get("options") and isinstance(value, Mapping):
            inner = _located(value, rules["options"], here)
            if inner:
                return inner
        return InputError(here, _expected(rules))
    return None


def _expected(rules: Mapping[str, Any]) -> str:
    if rules.get("choices"):
        return f"must be one of {', '.join(rules['choices'])}"
    return f"must be of the type {rules['type']}"


def named(name: Any) -> str:
    """What was taken for an option's name, where it looks like one; anything else may be a value gone astray."""
    parts = name if isinstance(name, tuple) else (name,)
    return ".".join(part if _NAME.fullmatch(part) else "(not a name)" for part in map(str, parts))

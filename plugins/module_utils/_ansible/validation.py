# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validation by argument spec, with messages that name the option and never quote its value.

Ansible's own messages quote what does not convert: a password written into the wrong option would be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .._service.errors import InputError
from .arguments import Spec


def validated(arguments: Mapping[str, Any], spec: Spec) -> dict[str, Any]:
    """The arguments converted, with defaults; raises :class:`InputError`."""
    result = ArgumentSpecValidator(spec).validate(arguments)
    if result.unsupported_parameters:
        names = ", ".join(sorted(".".join(_path(name)) for name in result.unsupported_parameters))
        raise InputError(names, "no such option; ansible-doc lists those there are")
    if result.error_messages:
        raise _located(arguments, spec, "") or InputError("options", "cannot be understood; ansible-doc describes them")
    return dict(result.validated_parameters)


def _located(arguments: Mapping[str, Any], spec: Spec, place: str) -> InputError | None:
    """The first option that does not fit, down to the element of a list."""
    for name, rules in spec.items():
        value = arguments.get(name)
        if value is None or not ArgumentSpecValidator({name: rules}).validate({name: value}).error_messages:
            continue
        here = f"{place}.{name}" if place else name
        if rules.get("options") and rules["type"] == "list" and isinstance(value, list):
            for position, element in enumerate(value):
                if not isinstance(element, Mapping):
                    return InputError(f"{here}[{position}]", "must be a dictionary")
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


def _path(name: Any) -> tuple[str, ...]:
    return tuple(str(part) for part in name) if isinstance(name, tuple) else (str(name),)

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types for options that are text. Ansible accepts anything for them: a list as a password becomes ``['…']``.

A secret must be a text. Other options may also be a whole number or a date. A number with a fraction is refused,
because YAML turns 2026.10 into 2026.1. No message quotes the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ansible.module_utils.common.validation import check_type_path

from .arguments import Spec

#: Options that are a time, for which YAML may have made one already.
_TIMES = ("not_before", "start", "end")


def text(value: Any) -> str:
    """Return a text. Accepts whole numbers and dates as well; raises :class:`TypeError` with a sentence."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return secret(value)


def time(value: Any) -> str:
    """Return a text. Accepts times as well."""
    return value.isoformat() if isinstance(value, datetime) else text(value)


def path(value: Any) -> str:
    """Return a path."""
    return str(check_type_path(text(value)))


def secret(value: Any) -> str:
    """Return the text. Accepts nothing else, because YAML may have lost a part of it."""
    if isinstance(value, str):
        return str.__str__(value)
    if is_vaulted(value):
        return str(value)
    raise TypeError(f"must be a text, and is {_kind(value)}")


def is_vaulted(value: Any) -> bool:
    """Return whether it is a text that ansible-core 2.18 decrypts when it is used (``!vault``)."""
    return getattr(value, "__ENCRYPTED__", False) is True


def strict(spec: Spec) -> Spec:
    """Return the specification with these functions as the types of its texts."""
    return {name: _strict(name, rules) for name, rules in spec.items()}


def _strict(name: str, rules: Mapping[str, Any]) -> dict[str, Any]:
    plain = time if name in _TIMES else text
    types = {"str": secret if rules.get("no_log") else plain, "path": path}
    changed: dict[str, Any] = {key: types[rules[key]] for key in ("type", "elements") if rules.get(key) in types}
    if rules.get("options"):
        changed["options"] = strict(rules["options"])
    return {**rules, **changed}


def _kind(value: Any) -> str:
    """Tell what the value is in YAML, and what to do."""
    if isinstance(value, bool):
        return "true or false: put it in quotes"
    if isinstance(value, int):
        return "a number: put it in quotes, or YAML may change it"
    if isinstance(value, float):
        return "a number with a fraction, of which YAML drops zeros: put it in quotes"
    if isinstance(value, date):
        return "a time: put it in quotes" if isinstance(value, datetime) else "a date: put it in quotes"
    if isinstance(value, Mapping):
        return "a dictionary: name the one of its values that is meant"
    return "a list: name the one of its elements that is meant" if isinstance(value, (list, tuple)) else "nothing"

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validation against a specification, with messages that name the option and never quote its value.

Ansible's own messages quote a value that does not fit. It may be a password that was written into the wrong option.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult

from .._base import notices
from .._base.errors import InputError
from .arguments import Spec
from .texts import is_vaulted, strict

_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")


def validated(arguments: Mapping[str, Any], spec: Spec) -> dict[str, Any]:
    """Return the converted arguments, with defaults; raises :class:`InputError`."""
    arguments, spec = _plain(arguments), strict(spec)
    for errors in (_misshapen(arguments, spec, ""), _unknown(arguments, spec, "")):
        if error := next(errors, None):
            raise error
    result = _result(arguments, spec)
    if result is None or result.error_messages:
        raise _located(arguments, spec, "") or InputError("options", "cannot be understood; ansible-doc describes them")
    if "rotation_id" in spec:
        for values in (arguments, *(arguments.get("users") or [])):
            _note_number(values.get("rotation_id"))
    return dict(result.validated_parameters)


def check_texts(arguments: Mapping[str, Any], spec: Spec, place: str = "") -> None:
    """Refuse a value that is not a text where one is needed. Checks nothing else. Raises :class:`InputError`."""
    for name, rules in strict(spec).items():
        value, here = arguments.get(name), _at(place, name)
        if value is None:
            continue
        if callable(rules["type"]) and (sentence := _refusal(rules["type"], value)):
            raise InputError(here, sentence)
        for at, element in _elements(here, value):
            if rules.get("options") and isinstance(element, Mapping):
                check_texts(element, rules["options"], at)
            elif callable(rules.get("elements")) and (sentence := _refusal(rules["elements"], element)):
                raise InputError(at, sentence)


def _note_number(rotation_id: Any) -> None:
    """Warn about a number. YAML may have read another number than the one that was written."""
    if isinstance(rotation_id, int):
        notices.add(
            f"rotation_id: is the number {rotation_id} for YAML, which takes 010 for 8 and 12:30 for 750: put it in "
            "quotes, so that it stays as it is written"
        )


def _result(arguments: Mapping[str, Any], spec: Spec) -> ValidationResult | None:
    """Validate. Return None if ansible-core itself fails, as it does with an infinite number."""
    try:
        return ArgumentSpecValidator(spec).validate(arguments)
    except OverflowError:
        return None


def _plain(value: Any) -> Any:
    """Remove the marks of ansible-core from texts and lists, because the validator is slow with them."""
    if isinstance(value, str):
        return str.__str__(value)
    if is_vaulted(value):
        return str(value)
    if isinstance(value, Mapping):
        return {_plain(name): _plain(member) for name, member in value.items()}
    return [_plain(member) for member in value] if isinstance(value, list) else value


def _misshapen(arguments: Mapping[str, Any], spec: Spec, place: str) -> Iterator[InputError]:
    """Yield an error for each value that must be a dictionary and is not. Ansible would read options from it."""
    for name, rules in spec.items():
        value = arguments.get(name)
        if value is None or not rules.get("options"):
            continue
        here = _at(place, name)
        if rules["type"] == "list" and not isinstance(value, list):
            yield InputError(here, f"must be a list of dictionaries{_instead(value)}")
            continue
        for at, element in _elements(here, value):
            if isinstance(element, Mapping):
                yield from _misshapen(element, rules["options"], at)
            else:
                yield InputError(at, f"must be a dictionary{_no_dictionary(element, rules['options'])}")


def _unknown(arguments: Mapping[str, Any], spec: Spec, place: str) -> Iterator[InputError]:
    """Yield an error for each unknown option, with the option that may be meant."""
    for name in arguments:
        if name not in spec:
            yield InputError(_at(place, named(name)), "no such option; " + _nearest(name, spec))
    for name, rules in spec.items():
        if rules.get("options") and arguments.get(name) is not None:
            for at, element in _elements(_at(place, name), arguments[name]):
                yield from _unknown(element, rules["options"], at)


def _located(arguments: Mapping[str, Any], spec: Spec, place: str) -> InputError | None:
    """Return an error for the first option that does not fit, with the place in a list."""
    for name, rules in spec.items():
        value = arguments.get(name)
        if value is None:
            if rules.get("required"):
                return InputError(_at(place, name), "is missing")
            continue
        result = _result({name: value}, {name: rules})
        if result is not None and not result.error_messages:
            continue
        here = _at(place, name)
        if rules.get("options"):
            for at, element in _elements(here, value):
                inner = _located(element, rules["options"], at)
                if inner:
                    return inner
        if callable(rules.get("elements")) and isinstance(value, list):
            for at, element in _elements(here, value):
                if sentence := _refusal(rules["elements"], element):
                    return InputError(at, sentence)
        return InputError(here, _expected(rules, value))
    return None


def _expected(rules: Mapping[str, Any], value: Any) -> str:
    if rules.get("choices"):
        return f"must be one of {', '.join(rules['choices'])}"
    if callable(rules["type"]):
        return _refusal(rules["type"], value) or "must be a text"
    return f"must be of the type {rules['type']}"


def _refusal(kind: Any, value: Any) -> str | None:
    """Return the sentence of one of the types in ``texts.py``."""
    try:
        kind(value)
    except TypeError as error:
        return str(error)
    return None


def _elements(here: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the elements of a list with their places, or a single value with its own place."""
    if isinstance(value, list):
        yield from ((f"{here}[{position}]", element) for position, element in enumerate(value))
    else:
        yield here, value


def _instead(value: Any) -> str:
    """Tell what the value is and how to correct it, if that helps."""
    if isinstance(value, str):
        return ", and is a text: take the quotes away, or give a text of JSON to the filter from_json"
    return ", and is one dictionary: begin it with a dash (-)" if isinstance(value, Mapping) else ""


def _no_dictionary(value: Any, options: Spec) -> str:
    """Tell how to write a dictionary, if the value is a text."""
    if not isinstance(value, str):
        return ""
    return f", and is a text: give options by name, such as {next(iter(options))}; with -e, write all of it as JSON"


def _nearest(name: Any, spec: Spec) -> str:
    """Suggest an option. Understands headings of tables, such as ``User principal name``, and a byte order mark."""
    letters = re.sub("[^a-z0-9]", "", str(name).lower()).replace("upn", "userprincipalname")
    same = [option for option in spec if option.replace("_", "") == letters]
    near: Sequence[str] = same or get_close_matches(named(name), spec, 1)
    return f"did you mean {near[0]}?" if near else "ansible-doc lists those there are"


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def named(name: Any) -> str:
    """Return the name of an option if it looks like one. Anything else may be a secret in the wrong place."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "(not a name)"

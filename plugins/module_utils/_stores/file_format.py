# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of one user's file: YAML that Ansible can load as variables, with readable metadata and ``!vault`` values.

The metadata is marked ``!unsafe``, because a name of the service is no template. Its member ``check`` is a keyed check
over the whole file; files of release 0.1.0 have none.

Files are written and read line by line, because PyYAML takes 50 times as long. PyYAML only reads reformatted files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import Any

from .._base.nesting import refusal
from .records import Slot

#: The variable of each slot in a file. A slot without a password has no variable.
VARIABLES = {
    Slot.CURRENT: "partnercenter_password",
    Slot.PENDING: "partnercenter_password_pending",
    Slot.PREVIOUS: "partnercenter_password_previous",
}
DOCUMENT_VARIABLE = "partnercenter_password_document"

#: The format of files with a check. Release 0.1.0 wrote 1, and asks for an update of the collection at a higher number.
SCHEMA = 2
CHECK = "check"

_UNSAFE = "!unsafe"
_SLOTS = {name: slot for slot, name in VARIABLES.items()}
_HEAD = "---\n# Kept by csp.partnercenter: to change a password, rotate it; do not edit it here.\n"
_LINE = re.compile(r"( *)(- )?([a-z_]+):(?: (.*))?")
_CIPHERTEXT = re.compile(r"\$ANSIBLE_VAULT;[0-9.]+;[A-Z0-9]+(?:;[^\s;]+)?(?:\n[0-9a-f]+)+")
_MERGING = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)


class NotOurs(ValueError):
    """The text is not a file of this store."""


def dump(document: Mapping[str, Any], ciphertexts: Mapping[Slot, str]) -> str:
    """Return the text of the file. ``document`` holds texts, numbers, booleans, mappings, and lists of mappings."""
    lines = [f"{DOCUMENT_VARIABLE}: {_UNSAFE}\n", *_block(document, 1)]
    for slot, name in VARIABLES.items():
        if slot in ciphertexts:
            lines.append(f"{name}: !vault |\n")
            lines += [f"  {line}\n" for line in ciphertexts[slot].split("\n")]
    return _HEAD + "".join(lines)


def parse(text: str) -> tuple[dict[str, Any], dict[Slot, str]]:
    """Return document and ciphertexts; raises :class:`NotOurs`."""
    if text.lstrip("\ufeff").startswith("$ANSIBLE_VAULT"):
        raise NotOurs(
            "was encrypted as a whole, and only its passwords are to be: undo that with ansible-vault decrypt"
        )
    if _MERGING.search(text):
        raise NotOurs("is damaged: an unfinished merge left its marks, and one of both versions is to be kept whole")
    try:
        members = _by_line(text)
    except (ValueError, IndexError, KeyError, TypeError, RecursionError):
        members = _by_yaml(text)
    document = members.pop(DOCUMENT_VARIABLE, None)
    if not isinstance(document, dict) or set(members) - set(_SLOTS):
        raise NotOurs("holds other variables than those of this collection")
    if not all(isinstance(value, str) for value in members.values()):
        raise NotOurs("holds a password that is not a text")
    ciphertexts = {_SLOTS[name]: "\n".join(value.split()) for name, value in members.items()}
    if not all(_CIPHERTEXT.fullmatch(ciphertext) for ciphertext in ciphertexts.values()):
        raise NotOurs("holds a password that is not encrypted, or only part of one")
    return document, ciphertexts


def covered(document: Mapping[str, Any], ciphertexts: Mapping[Slot, str]) -> bytes:
    """Return the bytes that the check covers: everything but the check itself, whatever the layout of the text.

    Raises :class:`NotOurs` for a member that this collection never writes.
    """
    content = {
        "document": {name: value for name, value in document.items() if name != CHECK},
        "passwords": {slot.value: ciphertext for slot, ciphertext in ciphertexts.items()},
    }
    try:
        return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_moment).encode()
    except (TypeError, ValueError, RecursionError):
        raise NotOurs("is damaged: it holds something that is not of a document") from None


def _moment(value: object) -> str:
    """Return the text of a time that stood there without quotes."""
    if not isinstance(value, datetime) or not value.tzinfo:
        raise TypeError
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _block(members: Mapping[str, Any], depth: int, lead: str = "") -> list[str]:
    indent = "  " * depth
    lines = []
    for name, value in members.items():
        start = f"{lead or indent}{name}:"
        lead = ""
        if isinstance(value, str):
            lines.append(f"{start} {encode_basestring(value)}\n")
        elif isinstance(value, list):
            lines.append(f"{start}\n")
            for item in value:
                lines += _block(item, depth + 2, f"{indent}  - ")
        elif isinstance(value, Mapping):
            lines += [f"{start}\n", *_block(value, depth + 1)]
        else:
            lines.append(f"{start} {str(value).lower()}\n")
    return lines


def _by_line(text: str) -> dict[str, Any]:
    if not text.startswith(_HEAD) or not text.endswith("\n"):
        raise ValueError
    members: dict[str, Any] = {}
    stack: list[tuple[int, Any]] = [(0, members)]  # indentation, and the mapping or list at it
    lines = text[len(_HEAD) : -1].split("\n")
    number = 0
    while number < len(lines):
        match = _LINE.fullmatch(lines[number])
        if match is None:
            raise ValueError
        number += 1
        indent, dash, name, value = len(match[1]), match[2], match[3], match[4]
        while stack[-1][0] > indent:
            stack.pop()
        place, holder = stack[-1]
        if place != indent or bool(dash) != isinstance(holder, list):
            raise ValueError
        if dash:
            holder.append({})
            stack.append((indent + 2, holder[-1]))
            holder = holder[-1]
        if name in holder:
            raise ValueError
        if value == "!vault |":
            first = number
            while number < len(lines) and lines[number].startswith("  "):
                number += 1
            holder[name] = "\n".join(line[2:] for line in lines[first:number])
        elif value is not None and value != _UNSAFE:
            holder[name] = json.loads(value)
        else:
            below = lines[number]
            inner = len(below) - len(below.lstrip(" "))
            if inner <= stack[-1][0]:
                raise ValueError
            holder[name] = [] if below.lstrip(" ").startswith("- ") else {}
            stack.append((inner, holder[name]))
    return members


def _by_yaml(text: str) -> dict[str, Any]:
    try:
        import yaml
    except ImportError:
        raise NotOurs("was reformatted, and PyYAML is not there to read it") from None
    loader: Any = type("_Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
    loader.add_constructor("!vault", lambda made, node: made.construct_scalar(node))
    for tag in ("tag:yaml.org,2002:map", _UNSAFE):
        loader.add_constructor(tag, _mapping)
    try:
        why = refusal(yaml, text, loader, aliases=False)
        content = None if why else yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError):
        raise NotOurs("is damaged: not valid YAML") from None
    if why:
        raise NotOurs(f"is damaged: {why}")
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise NotOurs("is not a file of this collection")
    return content


def _mapping(made: Any, node: Any) -> dict[Any, Any]:
    """Return the mapping; refuse a key that is there twice, as after a merge: PyYAML would take the last one."""
    content: dict[Any, Any] = made.construct_mapping(node, deep=True)
    if len(content) != len(node.value):
        raise ValueError
    return content

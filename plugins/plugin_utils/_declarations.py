# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file that declares rotations, as a list of customers with users. Errors name the line.

``docs/schemas/rotations.schema.json`` describes the same file for editors. Values are read as they are written:
``rotation_id: 2026-11-01`` is a text, not a date.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import yaml

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import named
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import folded
from ansible_collections.csp.partnercenter.plugins.module_utils._base.moments import window
from ansible_collections.csp.partnercenter.plugins.module_utils._base.nesting import refusal
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import make_account, make_trigger

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CUSTOMER = ("customer_id", "customer_domain")
_USER = ("user_id", "user_principal_name")
_TRIGGERS = ("rotation_id", "not_before", "max_age")
_DEFAULTS = (*_TRIGGERS, "window", "force_change_password")
_WINDOW = ("days", "from", "to", "time_zone")
#: Aliases and tags, which may be a value gone astray.
_QUOTED = re.compile(r" '[^'<]{3,}'")
#: Delimiters of templates, and the line by which a text brings its own.
_TEMPLATE = re.compile(r"\{[{%#]|^#jinja2:", re.IGNORECASE | re.MULTILINE)
#: Commands to the runner of a pipeline, which reads what a job prints: with -v, that is the declarations as well.
_COMMAND = re.compile(r"##\w*\[|^\s*::|\bsection_(start|end):", re.MULTILINE)
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

Values = dict[str, Any]


class DeclarationError(ValueError):
    """An error in a file: ``file:line: sentence``."""


def read_declarations(text: Any, name: str = "rotations.yml") -> list[Values]:
    """Return ``[{name, customer_id or customer_domain, users: [{…}]}]``, with all defaults merged into each user."""
    if not isinstance(text, str):
        raise DeclarationError(f"{name}:1: is not a text; give what is in the file, and not what YAML makes of it")
    text = str.__str__(text)  # libyaml takes no text that ansible-core 2.18 has marked
    try:
        if why := refusal(yaml, text, _Loader, aliases=True):
            raise DeclarationError(f"{name}:1: cannot be read: {why}")
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DeclarationError(f"{name}:{line}: is not YAML: {_QUOTED.sub('', error.problem or '')}") from None
    except (yaml.YAMLError, UnicodeEncodeError):
        raise DeclarationError(f"{name}:1: is not YAML") from None
    return _Reader(name).file(root)


class _Reader:
    """Reads one file.

    :ivar _name: the name that the user knows the file by.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lists: set[int] = set()

    def file(self, root: yaml.Node | None) -> list[Values]:
        if root is None:
            raise DeclarationError(f"{self._name}:1: is empty")
        parts = self._mapping(root, ("version", "defaults", "customers"), "the file")
        if "version" not in parts or self._text(parts["version"], "version") != "1":
            raise self._refusal(parts.get("version", root), "version must be 1")
        if "customers" not in parts:
            raise self._refusal(root, "customers is missing")
        defaults = self._defaults(parts.get("defaults"))
        nodes = self._list(parts["customers"], "customers")
        customers = [self._customer(node, defaults) for node in nodes]
        self._no_twins(zip(nodes, (customer["name"] for customer in customers), strict=True), "customer")
        return customers

    def _customer(self, node: yaml.Node, above: Values) -> Values:
        parts = self._mapping(node, (*_CUSTOMER, "defaults", "users"), "a customer")
        customer = {key: self._text(parts[key], key) for key in _CUSTOMER if key in parts}
        if len(customer) != 1:
            raise self._refusal(node, "a customer has either customer_id or customer_domain")
        if "users" not in parts:
            raise self._refusal(node, "users is missing")
        defaults = self._merged(above, self._defaults(parts.get("defaults")))
        nodes = self._list(self._written_out(parts["users"], node), "users")
        users = [self._user(user, customer, defaults) for user in nodes]
        names = (next(user[key] for key in _USER if key in user) for user in users)
        self._no_twins(zip(nodes, names, strict=True), "user")
        return {"name": folded(next(iter(customer.values()))), **customer, "users": users}

    def _user(self, node: yaml.Node, customer: Values, above: Values) -> Values:
        parts = self._mapping(node, (*_USER, *_DEFAULTS), "a user")
        user = {key: self._text(parts[key], key) for key in _USER if key in parts}
        own = self._values(parts)
        merged = self._merged(above, own)
        if not any(key in merged for key in _TRIGGERS):
            raise self._refusal(node, "a user needs rotation_id, not_before or max_age, of its own or by defaults")
        given = dict.fromkeys((*_CUSTOMER, *_USER)) | customer | user
        self._checked(node, lambda: make_account("user", **given))
        return user | merged

    def _defaults(self, node: yaml.Node | None) -> Values:
        return {} if node is None else self._values(self._mapping(node, _DEFAULTS, "defaults"))

    def _values(self, parts: Mapping[str, yaml.Node]) -> Values:
        values: Values = {key: self._text(parts[key], key) for key in _TRIGGERS if key in parts}
        for key in values:
            self._checked(parts[key], lambda key=key: make_trigger("", **{key: values[key]}))  # type: ignore[misc]
        if "window" in parts:
            values["window"] = self._window(parts["window"])
        if "force_change_password" in parts:
            node = parts["force_change_password"]
            word = self._text(node, "force_change_password").lower()
            if word not in _TRUTH:
                raise self._refusal(node, "force_change_password must be true or false")
            values["force_change_password"] = _TRUTH[word]
        return values

    def _window(self, node: yaml.Node) -> Values:
        parts = self._mapping(node, _WINDOW, "window")
        values: Values = {key: self._text(part, key) for key, part in parts.items() if key != "days"}
        if "days" in parts:
            values["days"] = [self._text(day, "a day") for day in self._list(parts["days"], "days")]
        start, end, zone = (values.get(key) for key in _WINDOW[1:])
        self._checked(node, lambda: window("window", days=values.get("days"), start=start, end=end, time_zone=zone))
        return values

    @staticmethod
    def _merged(above: Values, own: Values) -> Values:
        """Merge a level into the one above. A level that sets one of the three triggers replaces all three."""
        if any(key in own for key in _TRIGGERS):
            above = {key: value for key, value in above.items() if key not in _TRIGGERS}
        return above | own

    def _mapping(self, node: yaml.Node, allowed: Collection[str], what: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode) or not node.tag.endswith(":map"):
            raise self._refusal(node, f"{what} must be a mapping of {', '.join(allowed)}")
        parts: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
            if key == "password":
                raise self._refusal(key_node, "passwords do not belong into declarations")
            if key not in allowed:
                raise self._refusal(key_node, f"unknown key '{named(key)}'; {what} can have {', '.join(allowed)}")
            if key in parts:
                raise self._refusal(key_node, f"{key} is there twice")
            parts[key] = value
        return parts

    def _list(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise self._refusal(node, f"{what} must be a list that is not empty")
        return list(node.value)

    def _written_out(self, users: yaml.Node, customer: yaml.Node) -> yaml.Node:
        """Refuse an alias of another customer's users, with which a small file could declare millions."""
        if id(users) in self._lists:
            raise self._refusal(customer, "users is an alias of another customer's; write them out")
        self._lists.add(id(users))
        return users

    def _text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag.startswith("!") or node.tag.endswith(":null"):
            raise self._refusal(node, f"{what} must be a plain value")
        text = str(node.value).strip()
        if not text:
            raise self._refusal(node, f"{what} is empty")
        if _TEMPLATE.search(text):
            raise self._refusal(node, f"{what} holds a template; declarations are not templates")
        if _COMMAND.search(text):
            raise self._refusal(node, f"{what} holds a command to the runner of a pipeline; write it in other words")
        return text

    def _no_twins(self, named: Iterator[tuple[yaml.Node, str]], what: str) -> None:
        seen: set[str] = set()
        for node, name in named:
            if folded(name) in seen:
                raise self._refusal(node, f"the {what} {name} is there twice")
            seen.add(folded(name))

    def _checked(self, node: yaml.Node, check: Callable[[], object]) -> None:
        try:
            check()
        except InputError as error:
            raise self._refusal(node, str(error)) from None

    def _refusal(self, node: yaml.Node, sentence: str) -> DeclarationError:
        return DeclarationError(f"{self._name}:{node.start_mark.line + 1}: {sentence}")

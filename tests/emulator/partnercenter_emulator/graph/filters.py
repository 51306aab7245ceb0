# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``$filter``: the part of OData that clients of users, roles and audit logs use."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .answers import GraphFault, bad_request

Test = Callable[[dict[str, Any]], bool]
TOKENS = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<moment>\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)|\d{4}-\d\d-\d\d)
    | (?P<number>-?\d+)
    | (?P<word>[A-Za-z_][\w.]*(?:/[A-Za-z_][\w.]*)*)
    | (?P<mark>[(),:])
    )""",
    re.VERBOSE,
)
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
    "contains": lambda text, part: part in text,
}
#: What needs ``ConsistencyLevel: eventual`` and ``$count=true`` in a list of users.
ADVANCED = ("endswith(", " ne ", "not(", "not ")


def compiled(text: str, names: dict[str, str]) -> Test:
    """A test of documents from the text of a filter. ``names``: lower-case names to those of the documents' members."""
    parser = _Parser(text, names)
    try:
        test = parser.alternatives()
    except RecursionError:
        raise parser.wrong() from None
    if parser.position < len(parser.tokens):
        raise parser.wrong()
    return test


class _Parser:
    """A walk over the words of one filter."""

    def __init__(self, text: str, names: dict[str, str]) -> None:
        self.names = names
        self.tokens: list[tuple[str, str]] = []
        self.position, place = 0, 0
        while text[place:].strip():
            match = TOKENS.match(text, place)
            if match is None:
                raise self.wrong()
            self.tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
            place = match.end()

    def wrong(self) -> GraphFault:
        return bad_request("Invalid filter clause: a syntax error was found.", "BadRequest")

    def peek(self) -> str:
        """The next word in lower case; empty at the end."""
        return self.tokens[self.position][1].lower() if self.position < len(self.tokens) else ""

    def take(self, expected: str = "") -> tuple[str, str]:
        """The next word, which may have to be a certain one."""
        if self.position >= len(self.tokens) or (expected and self.peek() != expected):
            raise self.wrong()
        self.position += 1
        return self.tokens[self.position - 1]

    def alternatives(self) -> Test:
        tests = [self.conditions()]
        while self.peek() == "or":
            self.take()
            tests.append(self.conditions())
        return lambda item: any(test(item) for test in tests)

    def conditions(self) -> Test:
        tests = [self.condition()]
        while self.peek() == "and":
            self.take()
            tests.append(self.condition())
        return lambda item: all(test(item) for test in tests)

    def condition(self) -> Test:
        if self.peek() == "not":
            self.take()
            negated = self.condition()
            return lambda item: not negated(item)
        if self.peek() == "(":
            self.take()
            inner = self.alternatives()
            self.take(")")
            return inner
        kind, word = self.take()
        if kind != "word":
            raise self.wrong()
        if word.lower() in FUNCTIONS and self.peek() == "(":
            return self.function(FUNCTIONS[word.lower()])
        if word.lower().endswith("/any") and self.peek() == "(":
            return self.any_of(word[: -len("/any")])
        return self.comparison(word)

    def function(self, function: Callable[[str, str], bool]) -> Test:
        self.take("(")
        read = self.member(self.take()[1])
        self.take(",")
        part = str(self.value())
        self.take(")")
        return lambda item: function(str(read(item) or ""), part)

    def any_of(self, collection: str) -> Test:
        """``targetResources/any(t:t/id eq '…')``."""
        read = self.member(collection)
        self.take("(")
        variable = self.take()[1]
        self.take(":")
        outer = self.names
        self.names = {f"{variable.lower()}/{name}": shown for name, shown in outer.items()}
        test = self.alternatives()
        self.names = outer
        self.take(")")
        return lambda item: any(test(element) for element in read(item) or ())

    def comparison(self, word: str) -> Test:
        read = self.member(word)
        word = self.take()[1].lower()
        if word == "in":
            self.take("(")
            values = [self.value()]
            while self.peek() == ",":
                self.take()
                values.append(self.value())
            self.take(")")
            return lambda item: _comparable(read(item)) in values
        if word not in COMPARISONS:
            raise self.wrong()
        compare, value = COMPARISONS[word], self.value()
        readable = _moment if isinstance(value, datetime) else _comparable

        def test(item: dict[str, Any]) -> bool:
            try:
                return bool(compare(readable(read(item)), value))
            except TypeError:
                return False  # null, or another type: neither more nor less

        return test

    def member(self, word: str) -> Callable[[dict[str, Any]], Any]:
        name = self.names.get(word.lower())
        if name is None:
            raise bad_request(f"Could not find a property named '{word}'.", "BadRequest")
        path = name.split("/")

        def read(item: dict[str, Any]) -> Any:
            value: Any = item
            for part in path:
                value = value.get(part) if isinstance(value, dict) else None
            return value

        return read

    def value(self) -> Any:
        kind, word = self.take()
        if kind == "text":
            return word[1:-1].replace("''", "'").lower()
        if kind == "number":
            return int(word)
        if kind == "moment":
            return _moment(word)
        constants: dict[str, Any] = {"true": True, "false": False, "null": None}
        if word.lower() not in constants:
            raise self.wrong()
        return constants[word.lower()]


def _comparable(value: Any) -> Any:
    """Texts compare without regard to case, as in the directory."""
    return value.lower() if isinstance(value, str) else value


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise bad_request("Invalid filter clause: a moment cannot be read.", "BadRequest") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

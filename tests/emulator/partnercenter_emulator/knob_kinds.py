# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of knobs: which values each takes, and how it says no."""

from __future__ import annotations

import re

TRUE_WORDS = frozenset({"on", "true", "yes", "1"})
FALSE_WORDS = frozenset({"off", "false", "no", "0"})
Value = bool | int | float | str


class KnobError(ValueError):
    """An unknown knob, or a value that it does not take."""


class About:
    """The meaning of a knob, and its values; without values, any of the type of its default."""

    #: The form of a text, for a listing; empty: any.
    form = ""
    pattern = re.compile("")

    def __init__(self, description: str, *choices: str) -> None:
        self.description = description
        self.choices = choices

    def converted(self, name: str, value: object, default: Value) -> Value:
        """The value of a knob from a word of the command line or a member of JSON."""
        text = str(value).strip()
        if isinstance(default, bool):
            return self._switch(name, text)
        if self.choices:
            text = self._chosen(name, text)
        if not self.pattern.match(text):
            raise KnobError(f"knob {name}: {text!r} is none of {self.form}")
        if isinstance(default, str):
            return text
        try:
            number: int | float = int(text) if isinstance(default, int) else float(text)
        except ValueError as error:
            raise KnobError(f"knob {name}: {text!r} is not a number") from error
        if not 0 <= number < float("inf"):
            raise KnobError(f"knob {name}: {text!r} is out of range")
        return number

    def allowed(self, default: Value) -> str:
        """The values in one phrase."""
        if isinstance(default, bool):
            return "on|off"
        if self.choices or self.form:
            return "|".join(self.choices) or self.form.partition(" (")[0].replace(", ", "|")
        return "number" if isinstance(default, (int, float)) else "text"

    def _switch(self, name: str, text: str) -> bool:
        if text.lower() in TRUE_WORDS:
            return True
        if text.lower() in FALSE_WORDS:
            return False
        raise KnobError(f"knob {name}: {text!r} is neither on nor off")

    def _chosen(self, name: str, text: str) -> str:
        switch = "on" if text.lower() in TRUE_WORDS else "off" if text.lower() in FALSE_WORDS else text
        accepted = [candidate for candidate in (text, text.lower(), switch) if candidate in self.choices]
        if not accepted:
            raise KnobError(f"knob {name}: {text!r} is none of {', '.join(self.choices)}")
        return accepted[0]


class Answer(About):
    """A knob that takes ``accept``, ``ignore`` or ``STATUS/CODE``."""

    form = "accept, ignore, STATUS/CODE (for example 403/900308)"
    pattern = re.compile(r"^(accept|ignore|[45]\d\d/\d+)$")


class GraphAnswer(About):
    """The same with the names that Microsoft Graph has for its codes."""

    form = "accept, ignore, STATUS/CODE (for example 403/Authorization_RequestDenied)"
    pattern = re.compile(r"^(accept|ignore|[45]\d\d/\w+)$")


class Limit(About):
    """A knob that takes ``AMOUNT/SECONDS``, or 0 for no limit."""

    form = "AMOUNT/SECONDS, 0 (for example 3000/150)"
    pattern = re.compile(r"^(0|[1-9]\d*/[1-9]\d*)$")

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The columns of the report, in one list: for its page, its Markdown and its CSV. Pure.

To add a column, add it at the end: in the CSV file, columns keep their places. Its value comes from a module's row;
``ROW`` lists the keys that are taken over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import OUTCOMES, REASONS, Word

from . import words

Row = Mapping[str, Any]

#: What a row may bring into the report. Nothing else is written anywhere.
ROW = (
    *("customer_id", "user_id", "user_principal_name", "outcome", "changed", "failed", "left", "reason", "certainty"),
    *("set_at", "next_due", "attempts", "request_id", "correlation_id", "message", "error"),
    "sessions_revoked",
)
ERROR = ("message", "status", "code", "request_id", "correlation_id")

#: Characters that act on a reader's screen: controls, and those that turn the direction of writing.
_ACTS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Column:
    """A column: what it is called, what of a row it shows, and where.

    ``key`` names it in the CSV file and in the data of the page, ``title`` in the page and in Markdown. ``shown`` says
    how the page shows it: ``text``, ``name`` (of a user), ``outcome``, ``code`` (a word of our own), ``time``, ``due``
    (a time after which it is late), ``since``, ``id`` (for a support ticket), or empty where the page does not have it.
    ``below``: in the page it stands in the cell of that column. ``choices`` adds a drop-down that filters, with these
    words for "all of them". ``words`` are how its codes are shown.
    """

    key: str
    title: str
    value: Callable[[Row], Any]
    shown: str = ""
    below: str = ""
    choices: str = ""
    words: Mapping[str, Word] = field(default_factory=dict, compare=False)
    csv: bool = True
    markdown: bool = True

    def text(self, row: Row) -> str:
        """Return the value as text; empty where there is none."""
        value = self.value(row)
        return "" if value is None else str(value)

    def said(self, row: Row) -> str:
        """Return the value as people read it."""
        text = self.text(row)
        return self.words[text].shown if text in self.words else text


def of(key: str) -> Callable[[Row], Any]:
    return lambda row: row.get(key)


def error(key: str) -> Callable[[Row], Any]:
    return lambda row: (row.get("error") or {}).get(key)


def name_of(row: Row) -> str:
    """Return the name of the user, for people."""
    return str(row.get("user_principal_name") or row.get("user_id") or "")


def cause_of(row: Row) -> str:
    """Return why the user failed, or what else there is to say of the user."""
    return str(error("message")(row) or row.get("message") or "")


COLUMNS = (
    Column("customer", "Customer", of("customer"), shown="text", choices="all customers"),
    Column("customer_id", "customer", of("customer_id"), shown="id", below="error", markdown=False),
    Column("user_id", "user", of("user_id"), shown="id", below="error", markdown=False),
    Column("user_principal_name", "", of("user_principal_name"), markdown=False),
    Column("user", "User", name_of, shown="name", csv=False),
    Column("outcome", "Outcome", of("outcome"), shown="outcome", choices="all outcomes", words=OUTCOMES),
    Column("left", "Left to do", of("left"), shown="code", below="outcome", words=words.LEFT),
    Column("reason", "Reason", of("reason"), shown="code", choices="all reasons", words=REASONS),
    Column("certainty", "Certainty", of("certainty"), shown="code", choices="any", words=words.CERTAINTIES),
    Column("set_at", "Set at", of("set_at"), shown="time"),
    Column("next_due", "Next due", of("next_due"), shown="due"),
    Column("request_id", "request", of("request_id"), markdown=False),
    Column("correlation_id", "correlation", of("correlation_id"), markdown=False),
    Column("error", "Error", cause_of, shown="text"),
    Column("status", "HTTP", error("status"), shown="id", below="error", markdown=False),
    Column("code", "code", error("code"), shown="id", below="error", markdown=False),
    Column("failed_request", "request", error("request_id"), shown="id", below="error", csv=False, markdown=False),
    Column("failed_call", "correlation", error("correlation_id"), shown="id", below="error", csv=False, markdown=False),
    Column("failing_since", "Failing since", of("failing_since"), shown="since", below="error"),
    Column("customer_name", "", of("customer_name"), shown="text", below="customer", markdown=False),
    Column(
        *("sessions_revoked", "Sessions ended", of("sessions_revoked")),
        shown="code",
        below="outcome",
        words=words.SESSIONS,
        markdown=False,
    ),
)


def taken_over(row: Row) -> dict[str, Any]:
    """Return what the report may know of a row: plain texts and numbers of the keys that are listed above."""
    shown = {key: plain(row[key]) for key in ROW if row.get(key) not in (None, "") and key != "error"}
    details = row.get("error")
    if isinstance(details, Mapping):
        shown["error"] = {key: plain(details[key]) for key in ERROR if details.get(key) not in (None, "")}
    return shown


def plain(value: Any) -> Any:
    """Return a truth value or a whole number as it is, all else as a text in which nothing acts on a screen."""
    if isinstance(value, (bool, int)):
        return value
    return _ACTS.sub("\ufffd", str.__str__(value) if isinstance(value, str) else str(value))

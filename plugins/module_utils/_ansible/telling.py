# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences about many users: the most urgent first, equal causes only once, at any number of users. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._password.outcome import OUTCOMES, Reason

Row = Mapping[str, Any]

#: What runners of pipelines take for a command: ``##vso[…]``, ``##[…]``, ``::set-output …``, ``section_start:…``.
_COMMANDS = re.compile(r"#(?=#)|:(?=:[A-Za-z])|(?<=section_start)(?=:)|(?<=section_end)(?=:)")

#: The most urgent first. What a rotation left behind counts before the outcome.
_URGENCY = ("quarantined", "orphaned", "unknown", "rejected")

#: Outcomes of users who did not fail and whose row has no sentence of its own.
WORDS = {str(outcome): word.user for outcome, word in OUTCOMES.items() if word.user}


def failures(rows: Iterable[Row], *, most: int, names: int) -> list[str]:
    """Return a sentence for each cause: at most ``most`` causes, each with at most ``names`` users."""
    groups: dict[tuple[int, str], list[str]] = {}
    for row in rows:
        if row.get("failed"):
            said = str(row.get("message") or (row.get("error") or {}).get("message") or "failed")
            cause = unnamed(said, row.get("user_principal_name"), row.get("user_id"))
            groups.setdefault((_rank(row), cause), []).append(name_of(row))
    ordered = sorted(groups.items(), key=lambda group: (group[0][0], -len(group[1])))
    told = [_sentence(users, cause, names) for (_rank_of, cause), users in ordered[:most]]
    left = [name for _key, users in ordered[most:] for name in users]
    return [*told, f"and {counted(len(left), 'user')} more, for other causes"] if left else told


def others(rows: Iterable[Row], *, names: int) -> list[str]:
    """Return a line for each outcome of users who did not fail.

    Users for whom nothing was due are left out, unless something else has changed their password.
    """
    groups: dict[str, list[str]] = {}
    for row in rows:
        if not row.get("failed") and (row.get("outcome") != "unchanged" or is_drift(row)):
            words = str(row.get("message") or WORDS.get(str(row.get("outcome")), row.get("outcome")))
            groups.setdefault(words, []).append(name_of(row))
    return [f"{words}: {_listed(users, names)}" for words, users in groups.items()]


def is_drift(row: Row) -> bool:
    """Return whether the directory shows that something else has changed the user's password."""
    return row.get("reason") == Reason.DRIFT


def changes(diffs: Iterable[Mapping[str, Any]], *, most: int) -> Iterator[str]:
    """Yield what ``--diff`` shows, for tasks whose own output is hidden. Metadata only."""
    for number, diff in enumerate(diffs):
        if number == most:
            yield "the rest of the differences is left out"
            return
        before, after = diff["before"], diff["after"]
        parts = [
            f"{key} {before.get(key, '(none)')} -> {after.get(key, '(none)')}"
            for key in {**after, **before}
            if before.get(key) != after.get(key)
        ]
        if parts:
            yield f"diff {diff['after_header']}: {', '.join(parts)}"


def one_line(text: str) -> str:
    """Return the text on one line, without anything that a pipeline runner takes for a command."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return _COMMANDS.sub(lambda found: f"{found[0]} ", shown)


def name_of(row: Row) -> str:
    return str(row.get("user_principal_name") or row.get("user_id") or "a user")


def unnamed(sentence: str, *names: object) -> str:
    """Remove the user's name from a store's sentence, so that equal causes can be grouped."""
    for name in names:
        sentence = sentence.replace(f", user {name}:", ":", 1)
    return sentence


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _rank(row: Row) -> int:
    left = row.get("left")
    kind = left if left in _URGENCY else row.get("outcome")
    return _URGENCY.index(kind) if kind in _URGENCY else len(_URGENCY)


def _sentence(users: Sequence[str], cause: str, names: int) -> str:
    return f"{users[0]}: {cause}" if len(users) == 1 else f"{len(users)} users: {cause}: {_listed(users, names)}"


def _listed(users: Sequence[str], names: int) -> str:
    more = f" and {len(users) - names} more" if len(users) > names else ""
    return ", ".join(users[:names]) + more

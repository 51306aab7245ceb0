# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcome of a play: a sentence for each host, lines for all, and a result of bounded size."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import telling
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import OUTCOMES, Outcome

Row = Mapping[str, Any]

#: AWX drops an event above 700,000 bytes.
MOST_BYTES = 500_000
_CAUSES, _NAMES = 5, 10
_LEFT_OUT = (
    "the first host of the play left the role out, and it does the work for all. "
    "Choose the hosts by the hosts of the play, or use include_role with when"
)
#: Outcomes of which there is nothing to do and nothing to see.
_QUIET = ("unchanged", "excluded")

#: Outcomes that need a reason.
_EXPLAINED = {"deferred", "excluded"}

#: Each outcome in the sentence of a host, in its order.
_WORDS = {str(outcome): OUTCOMES[outcome].count for outcome in Outcome}


@dataclass(frozen=True)
class Told:
    """The outcome that a host tells."""

    msg: str
    changed: bool = False
    failed: bool = False


def told(rows: Sequence[Row]) -> Told:
    """Return the outcome of a host, from the rows of its users."""
    counts = Counter(str(row["outcome"]) for row in rows)
    parts = [f"{counts[outcome]} {words}" for outcome, words in _WORDS.items() if counts[outcome]]
    if len(parts) == 1:
        parts = [f"{len(rows)} of {parts[0]}"]
    failures = telling.failures(rows, most=_CAUSES, names=_NAMES)
    messages = {row.get("message") for row in rows}
    if len(messages) == 1 and set(counts) <= _EXPLAINED and (message := messages.pop()):
        failures = [str(message).removeprefix(f"{next(iter(counts))}: ")]
    sentence = ", ".join(parts) + (f": {'; '.join(failures)}" if failures else "")
    return Told(telling.one_line(sentence), any(row["changed"] for row in rows), any(row["failed"] for row in rows))


def idle(declared: int) -> str:
    """Return why there is nothing to do for a host, which declares so many users."""
    if not declared:
        return "partnercenter_users is empty: there is nobody to work on"
    return f"none of {telling.counted(declared, 'user')} is asked for"


def lines(result: Mapping[str, Any], most: int = 50) -> list[str]:
    """Return what became of the users of one task: the worst first, then each other outcome, then differences."""
    rows = result.get("users", ())
    differences = list(telling.changes(result.get("diff", ()), most=most))
    headline = [_headline(result, rows)]
    if len(rows) < 2:  # the message is about the only one
        return _shown(headline + differences)
    causes = telling.failures(rows, most=most, names=most)
    said = _once(headline + causes + telling.others(rows, names=most), f"{len(rows)} users ")
    return _shown(said + differences)


def _shown(said: list[str]) -> list[str]:
    return [telling.one_line(line) for line in said]


def _once(said: list[str], number: str) -> list[str]:
    """Return one line instead of two where one sentence is true of all users."""
    repeats = len(said) == 2 and f"{number}{said[1]}".startswith(f"{said[0]}: ")
    return [f"{number}{said[1]}"] if repeats else said


def _headline(result: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Numbers where the causes follow in lines of their own."""
    failed = sum(bool(row.get("failed")) for row in rows)
    if len(rows) < 2 or not failed:
        return str(result.get("msg", "failed"))
    done = sum(row.get("outcome") in ("applied", "resumed") for row in rows)
    would = sum(row.get("outcome") in ("would_reset", "would_resume") for row in rows)
    rest = f"{telling.counted(would, 'password')} would be set" if would else f"{telling.counted(done, 'password')} set"
    failures = f"{failed} of {telling.counted(len(rows), 'user')} failed"
    return failures if failed == len(rows) else f"{failures}, {rest}"


def bounded(rows: Mapping[str, Sequence[Row]], *, throttled: int = 0) -> tuple[dict[str, dict[str, Any]], int]:
    """Return counts and rows for each host, and the number of users who had no room in that.

    Rows of users of whom there is nothing to see are only counted. Hosts with failures come first, then those with
    changes.
    """
    hosts: dict[str, dict[str, Any]] = {}
    room, left_out = MOST_BYTES, 0
    for host, found in sorted(rows.items(), key=lambda item: _urgency(item[1])):
        outcomes = Counter(str(row["outcome"]) for row in found)
        entry: dict[str, Any] = {
            "outcomes": dict(outcomes),
            "summary": _summary(found, outcomes, throttled),
            "users": [],
        }
        room -= len(json.dumps([host, entry]))
        if room <= 0:
            left_out += len(found)
            continue
        hosts[host] = entry
        for row in sorted(filter(_is_seen, found), key=lambda row: not row["failed"]):
            size = len(json.dumps(row)) + 2
            if size > room:
                left_out += 1
                continue
            room -= size
            entry["users"].append(row)
    return hosts, left_out


def _summary(rows: Sequence[Row], outcomes: Mapping[str, int], throttled: int) -> dict[str, int]:
    """Return the counts that the modules return for a list of users. ``throttled`` is that of all hosts."""
    changed, failed = (sum(bool(row[key]) for row in rows) for key in ("changed", "failed"))
    quiet = sum(not (row["changed"] or row["failed"] or row["outcome"] == "excluded") for row in rows)
    others = {name: outcomes.get(name, 0) for name in ("unknown", "excluded")}
    return {
        "total": len(rows),
        "changed": changed,
        "unchanged": quiet,
        "failed": failed,
        **others,
        "throttled": throttled,
    }


def _urgency(rows: Sequence[Row]) -> int:
    return 0 if any(row["failed"] for row in rows) else 1 if any(map(_is_seen, rows)) else 2


def _is_seen(row: Row) -> bool:
    return bool(row.get("changed") or row.get("left") or row["outcome"] not in _QUIET or telling.is_drift(row))


def keep(folder: str, outcomes: Mapping[str, Told]) -> None:
    """Leave each host's outcome where only this run finds it. No secret is in it."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for host, outcome in outcomes.items():
        with open(_file_of(folder, host), "w", encoding="utf-8") as file:
            json.dump(asdict(outcome), file)


def found(turn: Any, host: str) -> Told:
    """Return the outcome that was left for the host. ``turn`` is what the task for all hosts has returned."""
    folder = turn.get("outcomes") if isinstance(turn, Mapping) else None
    try:
        with open(_file_of(str(folder), host), encoding="utf-8") as file:
            return Told(**json.load(file))
    except (OSError, ValueError):
        why = turn.get("msg") if isinstance(turn, Mapping) else None
        return Told(f"nothing was done: {why or _LEFT_OUT}", failed=True)


def _file_of(folder: str, host: str) -> str:
    return os.path.join(folder, f"{hashlib.sha256(host.encode('utf-8', 'surrogateescape')).hexdigest()}.json")

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comment of a pull request: it fits, what matters comes first, and nothing in it acts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from driver import Player

TEMPLATE = Path(__file__).resolve().parents[2] / "playbooks" / "templates" / "rotations.md.j2"
#: What GitHub takes in a comment.
LARGEST = 65536


def report(play: Player, rows: dict[str, list[dict[str, Any]]], problems: list[str]) -> str:
    """What the playbook writes of these rows, and of 7 users who had no room in the result."""
    target = play.folder / "report.md"
    add = {
        "name": "{{ item.key }}",
        "groups": "rotations_customers",
        "user_password_rotation_turn": {"hosts": "{{ {item.key: item.value} }}", "left_out": 7},
    }
    customers = {
        name: {"users": users, "outcomes": dict(Counter(user["outcome"] for user in users))}
        for name, users in rows.items()
    }
    run = play(
        {"name": "Add", "ansible.builtin.add_host": add, "loop": "{{ customers | dict2items }}", "no_log": True},
        {"name": "Write", "ansible.builtin.template": {"src": str(TEMPLATE), "dest": str(target)}},
        variables={"customers": customers, "rotations_problems": problems, "rotations_report_limit": 60000},
    )
    assert run.rc == 0, run.screen
    return target.read_text()


def row(name: str | None, outcome: str, **more: Any) -> dict[str, Any]:
    return {"user_principal_name": name, "user_id": "an id", "outcome": outcome, **more}


def test_thousands_of_users(play: Player) -> None:
    """Problems and changes come first, what did not change is a number, and what has no room is counted."""
    users = [row(f"user-{number:04}@contoso.example", "unchanged") for number in range(3000)]
    users += [row(f"due-{number:04}@contoso.example", "would_reset", reason="age") for number in range(2000)]
    users += [
        row("late@contoso.example", "deferred"),
        row("broken@contoso.example", "rejected", error={"message": "Why"}),
    ]
    text = report(play, {"contoso.example": users}, ["contoso: 1 of 5002 users failed"] + ["long " * 400] * 200)
    assert len(text) < LARGEST
    assert "1 rejected, 2000 would reset, 1 deferred, 3000 unchanged" in text
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows[0] == "| `contoso.example` | `broken@contoso.example` | rejected |  |  | `Why` |"
    shown = [line for line in rows if "would reset" in line]
    assert shown == sorted(shown) and 0 < len(shown) < 2000
    assert f"{2001 + 7 - len(shown)} more users have no room here" in text
    assert "unchanged |" not in text
    assert "- `contoso: 1 of 5002 users failed`" in text and "more problems, which the output of the job names" in text


def test_nothing_acts(play: Player) -> None:
    hostile = "a`|<img src=x>@team\n\r/close ##vso[x] \u202e #1 [l](http://x.example) \\"
    text = report(play, {"b.example": [], "a.example": [row(hostile, "applied"), row(None, "unknown")]}, [hostile])
    safe = "`a'¦<img src=x>@team /close ##vso[x] #1 [l](http://x.example) \\`"
    assert f"| `a.example` | {safe} | applied |" in text
    assert "| `a.example` | `an id` | unknown |" in text
    assert f"- {safe}" in text
    assert text.count("`") == 2 * 5


def test_nobody(play: Player) -> None:
    assert "No user was reached." in report(play, {"a.example": []}, []) and "|" not in report(play, {}, [])

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``docs/fault_matrix.md`` from the endings of all rows, expected or observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from driver import GATEWAYS
from fault_rows import CHANGED, CREATION, FAILED, Ending, Order, Row

PAGE = Path(__file__).resolve().parents[3] / "docs" / "fault_matrix.md"
INTRODUCTION = """# Fault matrix

What a task says, and what becomes of the password, when requests go wrong. `python3 noxfile.py -s faults -- --write`
tries every fault of [the emulator](../tests/emulator/README.md#faults) and writes this page from what it saw, and
`-s faults` compares it with what it sees. `-s test` tries a part and compares the page with
[what is expected](../tests/acceptance/support/fault_matrix.yml).

Every fault in every form by every way in and with both gateways: {rows} rows, {cells} cells, no password lost, no
outcome that was not true.

* Gateways: `partner_center` and `graph`. Codes are those of Partner Center:
  Microsoft Graph answers with its own code for the status. Customers are looked up by domain at Partner Center with
  either gateway.
* `witness`: it is known by what the gateway remembers, so by the audit log of Partner Center (`certainty: audit`) or by
  the time of the change in the directory of Microsoft Graph (`certainty: directory`).
* Forms: `single` and `list` are `partnercenter_user_password` with one user and with `users`; `rotation` is
  `partnercenter_user_password_rotation`.
* Ways in: inside the controller's process, and as a module in a process of its own. Both must end alike, so a line
  stands for both. `rotation` has the first way only, whatever the target of the task is: Ansible's vault secrets are in
  the controller, and its module is documentation.
* Members of a fault are in brackets; what is left out is as the emulator's table of faults says. The first request only
  is spoilt, or all of them (`always`), and in the first run only.
* `attempts` counts the requests to set the password. A task that `fails` does so as a whole, before the first of them.
* One password is ever sent for a rotation id: a retry, in the same run or in a later one, sends the same. What is live
  is known after each run: the new password where it says `applied`, `resumed` or `unchanged`; the old one where it says
  `rejected` or `fails`; one of the two, both kept, where it says `unknown`.
* `held`: refused after a try that may have taken effect, so the password is quarantined until `operation: resume`. The
  creation of a user behind a link is held for ten minutes.
* The last table is about `partnercenter_user`. Its forms are `store` and `link`, where the first password of the new
  user is generated into. `certainty: directory` is a look at the user. No user is created twice, and the live password
  is in the store, or behind the link that the task returns.
"""
COLUMNS = (
    "fault",
    "gateway",
    "form",
    "first run",
    "changed",
    "failed",
    "certainty",
    "attempts",
    "second run",
    "third run",
)
HEADINGS = {
    "reset": "The request that sets the password",
    "user": "The look-up of the user",
    "roles": "The look-up of directory roles, to spare administrators",
    "customer": "The look-up of the customer by domain",
    "witness": "The witness, asked after an answer to the reset was lost; the reset took effect",
    "token": "The token endpoint",
    CREATION: "The request that creates a user",
}


Endings = Mapping[str, Mapping[str, Ending]]


def render(found: Mapping[Row, Endings], cells: int) -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION.format(rows=len(found), cells=cells), *_tables(found)])


def _tables(found: Mapping[Row, Endings]) -> Iterator[str]:
    for request in HEADINGS:
        yield f"## {HEADINGS[request]}\n"
        yield f"| {' | '.join(COLUMNS)} |"
        yield "|---" * len(COLUMNS) + "|"
        for row, endings in found.items():
            if row.request == request:
                yield from _lines(row, endings)
        yield ""


def _lines(row: Row, endings: Endings) -> Iterator[str]:
    """One line for all forms and gateways that end alike."""
    orders = ", then ".join(_order(order, row) for order in row.orders if not _lost(order, row))
    for ending in dict.fromkeys(ending for forms in endings.values() for ending in forms.values()):
        by_forms: dict[str, list[str]] = {}
        for gateway in endings:
            forms = [form for form in row.forms if endings[gateway][form] == ending]
            if forms:
                by_forms.setdefault("all" if forms == [*row.forms] else ", ".join(forms), []).append(f"`{gateway}`")
        for names, gateways in by_forms.items():
            where = "both" if len(gateways) == len(GATEWAYS) else ", ".join(gateways)
            yield f"| {' | '.join([orders, where, names, *_told(ending)])} |"
    for gateway, reason in row.absent.items():
        yield f"| {orders} | `{gateway}` | not tried: {reason} {'| ' * (len(COLUMNS) - 2)}".rstrip()


def _told(ending: Ending) -> list[str]:
    outcome, certainty, attempts = ending.first.split()
    flags = ["yes" if outcome in told else "no" for told in (CHANGED, FAILED)]
    held = ", held" if ending.third == "unknown" else ""
    known = "" if certainty == "-" else certainty
    return [f"`{outcome}`", *flags, known, attempts, f"`{ending.second}`", f"`{ending.third}`{held}"]


def _lost(order: Order, row: Row) -> bool:
    """What the heading of the table says of all its rows."""
    return row.request == "witness" and order.request == "reset"


def _order(order: Order, row: Row) -> str:
    where = f" of the {order.request} request" if order.request != row.request else ""
    words = [_member(name, value) for name, value in order.members.items()] + ["always"] * order.always
    return f"`{order.fault}`{where}{' (' + ', '.join(words) + ')' if words else ''}"


def _member(name: str, value: object) -> str:
    if name == "applied":
        return "applied" if value else "not applied"
    return f"{name} {value}"

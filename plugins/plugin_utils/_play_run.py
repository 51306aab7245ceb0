# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task for the users of all hosts whose settings are equal, and limits that count the whole play."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._password.approval import check_approved, plan_of_all
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_customers import LIMITS, Declared, Role

Row = Mapping[str, Any]

_PLACE = re.compile(r"\busers\[(\d+)\]")
_DUE = ("would_reset", "would_resume")
_SET = ("applied", "resumed")
_NAMED = 10


@dataclass
class Group:
    """Hosts whose settings are equal. ``users`` has each user once, ``places`` the users of each host in it."""

    first: Declared
    users: list[Mapping[str, Any]] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=dict)

    @property
    def stops(self) -> bool:
        return self.first.params["on_error"] == "stop"

    def params(self, limits: Mapping[str, Any]) -> dict[str, Any]:
        known = {name: limit for name, limit in limits.items() if name in self.first.params}
        return {**self.first.params, **known, "users": self.users}

    def context(self, **changes: Any) -> TaskContext:
        return replace(self.first.context, **changes)

    def in_words(self, sentence: str) -> str:
        """Return the sentence of the engine with the places that the inventory has for users."""

        def place(found: re.Match[str]) -> str:
            number = int(found[1])
            return self.origins[number] if number < len(self.origins) else found[0]

        return _PLACE.sub(place, sentence)


@dataclass(frozen=True)
class Done:
    """The results of the play. ``rows`` are those of each host, ``problems`` why a host has none."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    results: list[dict[str, Any]] = field(default_factory=list)

    @property
    def plan(self) -> str:
        """The plan of the whole play in a sentence; empty where a group has none."""
        plans = [str(result.get("plan", "")) for result in self.results]
        return plan_of_all(plans) if plans and all(plans) else ""

    @property
    def throttled(self) -> int:
        """The number of answers of a throttled service."""
        return sum(int(result.get("summary", {}).get("throttled", 0)) for result in self.results)


def grouped(hosts: Iterable[Declared]) -> list[Group]:
    """Return the groups; raises :class:`InputError` where two hosts say different things of one user."""
    groups: dict[str, Group] = {}
    seen: dict[tuple[str, str], tuple[Declared, int, int]] = {}
    for host in hosts:
        group = groups.setdefault(host.settings, Group(host))
        places = group.places.setdefault(host.host, [])
        for number, (account, user) in enumerate(zip(host.accounts, host.users, strict=True)):
            earlier = seen.get(account)
            if earlier is None:
                seen[account] = host, number, len(group.users)
                group.users.append(user)
                group.origins.append(f"{host.host}: users[{number}]")
            elif earlier[0].settings != host.settings or earlier[0].users[earlier[1]] != user:
                raise InputError(
                    f"{host.host}: users[{number}]",
                    f"{account[1]} is declared under {earlier[0].host} as well, and not in the same words; nothing "
                    "was sent. Declare each user under one host",
                )
            places.append(len(group.users) - 1 if earlier is None else earlier[2])
    return list(groups.values())


def smallest(hosts: Iterable[Declared], name: str) -> int:
    """Return the limit of the play: the smallest that any of its hosts says, 0 where none does."""
    return min((host.limit(name) for host in hosts if host.limit(name)), default=0)


def run(role: Role, hosts: Sequence[Declared], later: Sequence[Declared]) -> Done:
    """Do the work of all hosts; ``later`` are those whose turn comes afterwards: their users count for the limits.

    Raises :class:`InputError` before the first PATCH.
    """
    groups = grouped(hosts)
    limits = {name: smallest((*hosts, *later), name) for name in LIMITS}
    others = grouped(later) if limits["max_resets"] or limits["max_resets_per_customer"] else []
    if len(groups) + len(others) > 1 and (limits["max_resets"] or limits["max_resets_per_customer"]):
        _check_limits(role, [*groups, *others], limits)
        limits |= {"max_resets": 0, "max_resets_per_customer": 0}
    plans = _checked_plans(role, groups)
    done, stopped = Done(), ""
    for group, plan in zip(groups, plans, strict=True):
        if stopped:
            done.problems.update(dict.fromkeys(group.places, stopped))
            continue
        result = role.work(group.params({**limits, "approved_plan": plan}), group.context())
        _take(done, group, result)
        rows = result.get("users", [])
        done_so_far = sum(row["outcome"] in (*_SET, *_DUE) for row in rows)
        stopped = _why_stopped(group, result, rows, missing=limits["pilot"] - done_so_far)
        limits["pilot"] = max(0, limits["pilot"] - done_so_far)
    return done


def _planned(role: Role, groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Return the results of all groups as in check mode, without limits."""
    none = dict.fromkeys(LIMITS, 0)
    return [role.work(group.params(none), group.context(check_mode=True, diff=False)) for group in groups]


def _checked_plans(role: Role, groups: Sequence[Group]) -> list[str]:
    """Return the approved plan of each group; raises :class:`InputError` where the play has another one.

    One group is compared by its own task. Several are planned first, and each of them keeps to its own plan.
    """
    given = {str(group.first.params.get("approved_plan") or "") for group in groups}
    if len(given) > 1:
        raise InputError("approved_plan", "is one text for the whole play, and its hosts have different ones")
    plans = [*given] * len(groups)
    rotates = all(group.first.params.get("operation", "rotate") == "rotate" for group in groups)
    if len(groups) < 2 or not any(plans) or not rotates or groups[0].context().check_mode:
        return plans
    results = _planned(role, groups)
    due = sum(row["outcome"] in _DUE for result in results for row in result.get("users", ()))
    each = [str(result.get("plan") or "none") for result in results]
    check_approved(plans[0], plan_of_all(each), due)
    return each


def _check_limits(role: Role, groups: Sequence[Group], limits: Mapping[str, int]) -> None:
    """Plan all groups before anything is sent, and count."""
    results = _planned(role, groups)
    due = Counter(
        str(row["customer_id"]) for found in results for row in found.get("users", ()) if row["outcome"] in _DUE
    )
    most, each = limits["max_resets"], limits["max_resets_per_customer"]
    if most and due.total() > most:
        raise InputError(
            "max_resets", f"is {most}, and {due.total()} resets are due; nothing was sent. Raise it if that is meant"
        )
    for customer, number in due.most_common(1):
        if each and number > each:
            raise InputError(
                "max_resets_per_customer",
                f"is {each}, and {number} resets are due for customer {customer}; nothing was sent. "
                "Raise it if that is meant",
            )


def _take(done: Done, group: Group, result: dict[str, Any]) -> None:
    result["msg"] = group.in_words(str(result.get("msg", "failed")))
    done.results.append(result)
    rows = result.get("users")
    if rows is None:
        done.problems.update(dict.fromkeys(group.places, result["msg"]))
        return
    done.rows.update({host: [rows[place] for place in places] for host, places in group.places.items()})


def _why_stopped(group: Group, result: Mapping[str, Any], rows: Sequence[Row], *, missing: int) -> str:
    """Return why the groups that follow are not begun; empty where they are.

    ``missing`` says how many users of the pilot are not set yet.
    """
    if group.stops and result.get("failed"):
        return "not attempted, because another host failed and on_error is stop"
    if missing > 0 and any(row["failed"] and row["attempts"] for row in rows):
        return "not attempted, because not all users of the pilot could be set: see what became of them, and run again"
    return ""

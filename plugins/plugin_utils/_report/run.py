# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The run and its customers: what the caller of a report says besides the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, Self


def moment(value: datetime) -> str:
    """Return the time as reports write it: ISO 8601 in UTC with seconds, so that times compare as text."""
    return value.astimezone(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Customer:
    """A customer of the play. ``problem`` says why users of it were not reached, if there are such users.

    ``host`` is the name in the inventory, ``name`` the name of the company or its domain, ``declared`` how many users
    were asked for. A customer is known by host and name: in a loop, a host may have several.
    """

    host: str
    name: str = ""
    customer_id: str = ""
    declared: int = 0
    problem: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.host, self.name


@dataclass(frozen=True)
class Run:
    """A run, or a part of one: parts with the same ``id`` come together in one report.

    Times are as :func:`moment` writes them. ``plan`` is check mode. ``hosts`` are all hosts of the play, so that the
    report can name those of which it has heard nothing. ``job`` is the name or the address of the job, ``command`` the
    beginning of a command line that repeats the run.
    """

    id: str
    started: str
    finished: str = ""
    operation: str = "rotate"
    plan: bool = False
    rotation_id: str = ""
    job: str = ""
    command: str = "ansible-playbook -i INVENTORY csp.partnercenter.rotate_user_passwords"
    limits: Mapping[str, int] = field(default_factory=dict)
    throttled: int = 0
    hosts: Sequence[str] = ()

    def joined(self, other: Self) -> Self:
        """Return the run that this part and a later one make up."""
        return replace(
            other,
            started=min(self.started, other.started),
            finished=max(self.finished, other.finished),
            throttled=self.throttled + other.throttled,
            hosts=list(dict.fromkeys((*self.hosts, *other.hosts))),
        )

    @property
    def verify(self) -> bool:
        return self.operation == "verify"

    @property
    def seconds(self) -> int | None:
        """Return how long the run took, where that is known."""
        try:
            taken = datetime.fromisoformat(self.finished) - datetime.fromisoformat(self.started)
        except (ValueError, TypeError):
            return None
        return max(0, int(taken.total_seconds()))

    def to_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})

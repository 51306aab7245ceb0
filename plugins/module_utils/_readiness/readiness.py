# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answer for one customer: whether unattended runs will work there, what prevents it, and what nobody could tell.

A customer is ready if nothing is wrong, and each question that runs depend on has an answer. Every question without an
answer is listed as not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .._directory.standing import Check, RelationshipState


@dataclass(frozen=True)
class Finding:
    """A question whose answer is bad, or that has no answer.

    ``to_do`` says what to do and where; it is empty where the message says so already. ``error`` holds status, code and
    ids of the service's answer.
    """

    check: Check
    message: str
    to_do: str = ""
    error: Mapping[str, str | int] | None = None


@dataclass(frozen=True)
class Readiness:
    """One customer. Fields are None where nobody could tell, or where the question does not arise.

    ``consented``: the customer lets the application in, with all permissions that runs need. ``missing`` are checks of
    ``not_known`` without whose answer the customer is not ready.
    """

    customer_id: str | None
    customer_domain: str | None = None
    name: str = ""
    relationship: RelationshipState | None = None
    relationship_ends: datetime | None = None
    relationship_extends: bool | None = None
    roles: Sequence[str] | None = None
    consented: bool | None = None
    multi_factor: bool | None = None
    reads_users: bool | None = None
    reads_audit_log: bool | None = None
    newest_record: datetime | None = None
    throttled: int = 0
    problems: Sequence[Finding] = ()
    not_known: Sequence[Finding] = ()
    needed: frozenset[Check] = field(default=frozenset(), repr=False)

    @property
    def missing(self) -> list[Finding]:
        return [finding for finding in self.not_known if finding.check in self.needed]

    @property
    def ready(self) -> bool:
        return not (self.problems or self.missing)

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published limits as token buckets (Graph contract, "Throttling")."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..answers import Answer, Header
from ..clock import Clock
from ..knobs import Knobs
from ..throttle import Bucket
from .answers import GraphFault

#: Rejected requests use up a limit as well, down to so many seconds of it, so that nobody is shut out for ever.
DEBT_SECONDS = 5.0
WARNING_SHARE = 0.8
#: Base costs that are not 1, by the shape of the path (a star stands for an id).
UNITS = {
    "users": 2,
    "users/*/memberof": 2,
    "users/*/transitivememberof": 2,
    "groups/*/members": 3,
    "groups/*/transitivemembers": 5,
}


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request takes from one limit."""

    name: str
    limit: str
    amount: float
    scope: str
    information: str


@dataclass(slots=True)
class GraphThrottle:
    """All buckets: of the application, of tenants, of both together."""

    knobs: Knobs
    clock: Clock
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def take(self, charges: list[Charge]) -> tuple[float, Charge | None, float]:
        """Charge a request: seconds to wait and the limit that is exceeded, or 0; and the fullest share in use."""
        moment, most = self.clock.timestamp(), 0.0
        due: list[tuple[Bucket, Charge, float, float]] = []
        for charge in charges:
            if charge.limit == "0":
                continue
            size, seconds = (float(part) for part in charge.limit.split("/"))
            rate = size / seconds
            bucket = self.buckets.get(charge.name)
            if bucket is None:
                bucket = self.buckets[charge.name] = Bucket(size, moment)
            bucket.level = min(size, bucket.level + (moment - bucket.moment) * rate)
            bucket.moment = moment
            due.append((bucket, charge, rate, size))
        for bucket, charge, rate, _size in due:
            if bucket.level < charge.amount:
                if self.knobs.throttle_count_rejected:
                    bucket.level = max(-DEBT_SECONDS * rate, bucket.level - charge.amount)
                return (charge.amount - bucket.level) / rate, charge, most
        for bucket, charge, _rate, size in due:
            bucket.level -= charge.amount
            most = max(most, (size - bucket.level) / size)
        return 0.0, None, most


def shape_of(segments: list[str]) -> str:
    """A path with stars for ids."""
    lowered = [segment.lower() for segment in segments]
    return "/".join(
        "*" if index == 1 and lowered[0] in ("users", "groups") else part for index, part in enumerate(lowered)
    )


def units_of(method: str, segments: list[str], query: dict[str, str]) -> int:
    """Resource units: a base cost, less with ``$select`` or a small ``$top``, more with ``$expand``, never below 1."""
    if method != "GET":
        return 1
    units = UNITS.get(shape_of(segments), 1)
    units -= "$select" in query
    units += "$expand" in query
    top = query.get("$top", "")
    units -= top.isdigit() and int(top) < 20
    return max(1, units)


def charges_of(knobs: Knobs, method: str, segments: list[str], units: int, scope: tuple[str, str, int]) -> list[Charge]:
    """What a request takes from each limit. ``scope``: application, tenant, number of users of the tenant."""
    application, tenant, users = scope
    both, alone = f"Tenant_Application/%s/{application}/{tenant}", f"Application/%s/{application}/{tenant}"
    charges = [Charge("requests", knobs.graph_limit_requests, 1, alone % "ReadWrite", "RequestLimitExceeded")]
    if segments[:1] and segments[0].lower() == "auditlogs":
        limit = knobs.graph_limit_audit
        return [*charges, Charge(f"audit {tenant}", limit, 1, both % "Read", "RequestLimitExceeded")]
    size = "small" if users < 50 else "medium" if users <= 500 else "large"
    per_tenant: str = getattr(knobs, f"graph_limit_units_{size}")
    charges += [
        Charge(f"units {tenant}", per_tenant, units, both % "ReadWrite", "ResourceUnitLimitExceeded"),
        Charge("units", knobs.graph_limit_units, units, alone % "ReadWrite", "ResourceUnitLimitExceeded"),
    ]
    authentication = len(segments) > 2 and segments[2].lower() == "authentication"
    if method == "GET" or (authentication and not knobs.writeback_counts):
        return charges
    whole = f"Tenant/Write/{application}/{tenant}"
    return [
        *charges,
        Charge(f"writes {tenant}", knobs.graph_limit_writes_per_customer, 1, both % "Write", "WriteLimitExceeded"),
        Charge("writes", knobs.graph_limit_writes, 1, alone % "Write", "WriteLimitExceeded"),
        Charge(f"all writes {tenant}", knobs.graph_limit_tenant_writes, 1, whole, "WriteLimitExceeded"),
    ]


def throttled(seconds: float, retry_after: bytes | None, charge: Charge | None = None) -> GraphFault:
    """429 with Retry-After, and with the limit that was exceeded."""
    headers: list[Header] = [(b"retry-after", retry_after)] if retry_after is not None else []
    if charge is not None:
        headers += [
            (b"x-ms-throttle-scope", charge.scope.encode()),
            (b"x-ms-throttle-information", charge.information.encode()),
        ]
    message = f"Too many requests. Please retry after {max(1, math.ceil(seconds))} seconds."
    return GraphFault(429, "TooManyRequests", message, tuple(headers))


def accounted(answer: Answer, units: int, most: float) -> Answer:
    """The headers of a request that was let through."""
    more: tuple[Header, ...] = ((b"x-ms-resource-unit", str(units).encode()),)
    if most > WARNING_SHARE:
        more += ((b"x-ms-throttle-limit-percentage", f"{most:.2f}".encode()),)
    answer.headers += more
    return answer

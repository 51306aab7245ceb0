# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as the two services print them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime


def iso(moment: datetime) -> str:
    """ISO 8601 with microseconds and Z, as in Partner Center's samples."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def http_date(moment: datetime) -> str:
    """The form of HTTP headers, for Retry-After."""
    return format_datetime(moment, usegmt=True)


def parse(text: str) -> datetime:
    """Read what clients send: ISO 8601, or the US form that Microsoft's .NET library produces."""
    cleaned = text.strip()
    try:
        moment = datetime.fromisoformat(cleaned)
    except ValueError:
        for pattern in ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y"):
            try:
                moment = datetime.strptime(cleaned, pattern)
                break
            except ValueError:
                continue
        else:
            raise
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

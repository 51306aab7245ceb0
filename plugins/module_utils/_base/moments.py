# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times and ages as users write them, and the windows in which a reset may happen. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .errors import InputError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = {name: number for names in (_DAYS, _NAMES) for number, name in enumerate(names)}
_SOME_DAYS = (
    "must be a list with at least one of mon, tue, wed, thu, fri, sat, sun, their English names, or ranges such as "
    "mon-fri"
)
#: Days to look ahead: a window may open on one day of the week, and the change to summer time may skip its hour.
_LONGEST_WAIT = 16
_AGE = re.compile(r"([1-9][0-9]{0,6})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

#: The allowed difference between the clocks of two machines. A recorded time that lies further ahead is not believed.
CLOCK_TOLERANCE = timedelta(minutes=15)


def lies_ahead(moment: datetime, now: datetime) -> bool:
    """Return whether a recorded time lies further ahead of ``now`` than :data:`CLOCK_TOLERANCE`."""
    return moment > now + CLOCK_TOLERANCE


def in_words(moment: datetime) -> str:
    """Return a time in UTC for messages, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def moment(value: str, place: str) -> datetime:
    """Return a time with its zone from ISO 8601; raises :class:`InputError`, also for one beyond UTC's years."""
    try:
        parsed = datetime.fromisoformat(value.strip())
        parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(place, "is not a time in ISO 8601, such as 2026-11-01T00:00:00Z") from None
    if parsed.tzinfo is None:
        raise InputError(place, "has no time zone: add Z for UTC or an offset, such as 2026-11-01T00:00:00+01:00")
    return parsed


def age(value: str, place: str) -> timedelta:
    """Return a length of time from a number and one of s, m, h, d, w, such as ``90d``; raises :class:`InputError`."""
    if re.fullmatch(r"0+\s*[smhdw]?", value.strip().lower()):
        raise InputError(place, "must be more than 0, such as 30d or 12h")
    match = _AGE.fullmatch(value.strip().lower())
    if not match:
        raise InputError(place, "is not an age: write a number and s, m, h, d or w, such as 30d or 12h")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


@dataclass(frozen=True)
class Window:
    """The days (0 is Monday) and hours in which a reset may happen, in a time zone.

    If ``end`` is before ``start``, the window ends on the next day, and ``days`` names the day on which it begins.
    """

    days: frozenset[int]
    start: time
    end: time
    zone: tzinfo

    def is_open(self, now: datetime) -> bool:
        local = now.astimezone(self.zone)
        clock = local.time().replace(tzinfo=None)
        if self.start < self.end:
            return local.weekday() in self.days and self.start <= clock < self.end
        began_today = local.weekday() in self.days and clock >= self.start
        began_yesterday = (local.weekday() - 1) % 7 in self.days and clock < self.end
        return began_today or began_yesterday

    def next_opening(self, now: datetime) -> datetime:
        """Return the next time at which it opens, in its own zone; a week later where summer time skips the hour."""
        today = now.astimezone(self.zone).date()
        for day in range(_LONGEST_WAIT):
            opens = datetime.combine(today + timedelta(days=day), self.start, tzinfo=self.zone)
            if opens > now and opens.weekday() in self.days and self.is_open(opens.astimezone(UTC)):
                return opens
        raise ValueError("a window that never opens")

    def opens_next(self, now: datetime) -> str:
        """Return the next opening in words, such as ``Mon 2026-11-02 22:00 Europe/Berlin``."""
        opens = self.next_opening(now)
        return f"{_DAYS[opens.weekday()].capitalize()} {opens:%Y-%m-%d %H:%M} {getattr(self.zone, 'key', 'UTC')}"


def deferred(what: str, window: Window | None, now: datetime) -> str:
    """Return the sentence for a user whose reset or rotation is due while its window is closed."""
    until = f" until {window.opens_next(now)}" if window else ""
    return f"deferred: a {what} is due, and its window is not open{until}"


def window(
    place: str,
    *,
    days: list[str] | None = None,
    start: str | None = None,
    end: str | None = None,
    time_zone: str | None = None,
) -> Window:
    """Return a checked window; raises :class:`InputError`. ``start`` and ``end`` are HH:MM.

    The defaults are all days, the whole day and UTC.
    """
    numbers = [_day_numbers(name) for name in (_DAYS if days is None else days)]
    if not all(numbers) or not numbers:
        which = f"; number {numbers.index(frozenset()) + 1} is none of them" if numbers else ""
        raise InputError(f"{place}.days", f"{_SOME_DAYS}{which}")
    first, last = _clock(start or "00:00", f"{place}.from"), _clock(end or "00:00", f"{place}.to")
    if first == last and (start or end):
        raise InputError(place, "never opens: from and to are the same; leave both out for the whole day")
    return Window(frozenset().union(*numbers), first, last, _zone(time_zone or "UTC", f"{place}.time_zone"))


def _day_numbers(written: str) -> frozenset[int]:
    """Return the days of one element: a day, or a range that may cross the end of the week. Else no day."""
    ends = [_NUMBERS.get(name.strip()) for name in written.lower().split("-")]
    first, last = ends[0], ends[-1]
    if len(ends) > 2 or first is None or last is None:
        return frozenset()
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))


def _zone(name: str, place: str) -> tzinfo:
    if name == "UTC":
        return UTC  # also where the machine has no time zone data
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            place, "is not a time zone of this machine, such as Europe/Berlin or UTC (its tzdata may be missing)"
        ) from None


def _clock(value: str, place: str) -> time:
    if not re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", value.strip()):
        raise InputError(place, "is not a time of day, such as 22:00 (in YAML, put it in quotes)")
    hours, minutes = value.strip().split(":")
    return time(int(hours), int(minutes))

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times, ages and windows as users write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import moments
from ansible_collections.csp.partnercenter.plugins.module_utils._base.moments import Window, age, moment, window
from ansible_collections.csp.partnercenter.tests.unit.password.builders import raised

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    """A time in Berlin: in winter one hour, in summer two hours before UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def test_a_recorded_time_may_be_ahead_by_what_clocks_differ() -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    assert not moments.lies_ahead(now + timedelta(minutes=15), now)
    assert moments.lies_ahead(now + timedelta(minutes=15, seconds=1), now)


def berlin(**what: Any) -> Window:
    return window("window", time_zone="Europe/Berlin", **what)


@pytest.mark.parametrize(
    "written", ["2026-11-01T00:00:00Z", " 2026-11-01T01:00:00+01:00 ", "2026-11-01 00:00:00+00:00", "20261101T000000Z"]
)
def test_a_time_with_its_zone(written: str) -> None:
    assert moment(written, "not_before") == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("2026-11-01T00:00:00", "not_before: has no time zone"),
        ("2026-11-01", "not_before: has no time zone"),
        ("tomorrow", "not_before: is not a time in ISO 8601"),
        ("2026-13-01T00:00:00Z", "not_before: is not a time in ISO 8601"),
        ("", "not_before: is not a time in ISO 8601"),
    ],
)
def test_a_time_that_nobody_can_compare_with(written: str, complaint: str) -> None:
    assert str(raised(lambda: moment(written, "not_before"))).startswith(complaint)


def test_ages() -> None:
    ages = [age(written, "max_age") for written in ("45s", "90m", "12h", "30d", "2w", " 30 D ")]
    assert ages == [
        timedelta(seconds=45),
        timedelta(minutes=90),
        timedelta(hours=12),
        timedelta(days=30),
        timedelta(days=14),
        timedelta(days=30),
    ]


@pytest.mark.parametrize("written", ["", "30", "d", "-1d", "1.5d", "30 days", "99999999d", "1y"])
def test_ages_that_are_none(written: str) -> None:
    assert str(raised(lambda: age(written, "users[2].max_age"))).startswith("users[2].max_age: is not an age")


@pytest.mark.parametrize("written", ["0d", "0 h", "00s", "0"])
def test_an_age_of_nothing(written: str) -> None:
    assert str(raised(lambda: age(written, "max_age"))) == "max_age: must be more than 0, such as 30d or 12h"


def test_a_window_within_a_day() -> None:
    office = berlin(days=["mon", "Tuesday"], start="9:00", end="17:00")
    assert office.is_open(at("2026-11-02T09:00"))
    assert office.is_open(at("2026-11-03T16:59"))
    assert not office.is_open(at("2026-11-02T17:00"))
    assert not office.is_open(at("2026-11-02T08:59"))
    assert not office.is_open(at("2026-11-04T10:00"))


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_began() -> None:
    night = berlin(days=["sun"], start="22:00", end="05:00")
    assert night.is_open(at("2026-11-01T22:00"))  # Sunday
    assert night.is_open(at("2026-11-02T04:59"))  # Monday morning
    assert not night.is_open(at("2026-11-02T05:00"))
    assert not night.is_open(at("2026-11-02T22:30"))  # Monday night
    assert not night.is_open(at("2026-11-01T04:00"))  # Sunday morning is Saturday's


def test_a_window_with_one_end() -> None:
    assert berlin(start="22:00").is_open(at("2026-11-02T23:59"))
    assert not berlin(start="22:00").is_open(at("2026-11-02T00:00"))
    assert berlin(end="05:00").is_open(at("2026-11-02T00:00"))
    assert not berlin(end="05:00").is_open(at("2026-11-02T05:00"))


def test_a_window_of_days_is_open_all_day() -> None:
    monday = berlin(days=["mon"])
    assert monday.is_open(at("2026-11-02T00:00")) and monday.is_open(at("2026-11-02T23:59"))
    assert not monday.is_open(at("2026-11-03T00:00")) and not monday.is_open(at("2026-11-01T23:59"))


def test_a_window_keeps_local_time_when_the_clocks_change() -> None:
    """The hour from 02:00 comes twice on 2026-10-25, and does not come on 2026-03-29."""
    early = berlin(start="02:00", end="03:00")
    assert early.is_open(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    assert early.is_open(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    assert not early.is_open(datetime(2026, 10, 25, 2, 30, tzinfo=UTC))
    spring = [datetime(2026, 3, 29, 0, 0, tzinfo=UTC) + timedelta(minutes=30 * step) for step in range(6)]
    assert not any(early.is_open(now) for now in spring)
    late = berlin(start="22:00", end="23:00")
    assert late.is_open(datetime(2026, 10, 24, 20, 30, tzinfo=UTC))  # summer
    assert late.is_open(datetime(2026, 10, 25, 21, 30, tzinfo=UTC))  # winter


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("Friday - Monday", {4, 5, 6, 0}),
        ("sun-sun", {6}),
        ("mon-sun", set(range(7))),
        ("WED", {2}),
    ],
)
def test_a_range_of_days_has_both_ends_and_may_reach_over_the_end_of_the_week(written: str, days: set[int]) -> None:
    assert window("window", days=[written]).days == days
    assert window("window", days=[written, "tue"]).days == days | {1}


def test_a_window_that_is_shut_says_when_it_opens_next() -> None:
    night = berlin(days=["mon-fri"], start="22:00", end="05:00")
    assert night.opens_next(at("2026-11-02T21:59")) == "Mon 2026-11-02 22:00 Europe/Berlin"
    assert night.opens_next(at("2026-11-07T06:00")) == "Mon 2026-11-09 22:00 Europe/Berlin"  # a Saturday
    assert night.next_opening(at("2026-11-02T21:59")) == at("2026-11-02T22:00")
    monday = window("window", days=["mon"])
    assert monday.opens_next(datetime(2026, 11, 2, 12, tzinfo=UTC)) == "Mon 2026-11-09 00:00 UTC"


def test_who_is_deferred_is_told_until_when() -> None:
    night = window("window", start="22:00", end="05:00")
    noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert moments.deferred("reset", night, noon) == (
        "deferred: a reset is due, and its window is not open until Mon 2026-11-02 22:00 UTC"
    )
    assert moments.deferred("rotation", None, noon) == "deferred: a rotation is due, and its window is not open"


def test_an_hour_that_the_clocks_skip_is_no_opening() -> None:
    early = berlin(days=["sun"], start="02:00", end="03:00")
    assert early.opens_next(at("2026-03-28T12:00")) == "Sun 2026-04-05 02:00 Europe/Berlin"


def test_nothing_said_is_always_open_in_utc() -> None:
    assert window("window") == window("window", days=list(moments._DAYS), time_zone="UTC")
    assert window("window").is_open(datetime(2026, 11, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("what", "complaint"),
    [
        ({"days": []}, "window.days: must be a list with at least one of mon, tue,"),
        ({"days": ["mon", "noday"]}, f"window.days: {moments._SOME_DAYS}; number 2 is none of them"),
        ({"days": ["montag"]}, f"window.days: {moments._SOME_DAYS}; number 1 is none of them"),
        ({"days": ["mo"]}, f"window.days: {moments._SOME_DAYS}; number 1 is none of them"),
        ({"days": ["mon-"]}, f"window.days: {moments._SOME_DAYS}; number 1 is none of them"),
        ({"days": ["mon-tue-wed"]}, f"window.days: {moments._SOME_DAYS}; number 1 is none of them"),
        ({"days": ["mon,tue"]}, f"window.days: {moments._SOME_DAYS}; number 1 is none of them"),
        ({"days": ["m\n"]}, f"window.days: {moments._SOME_DAYS}; number 1 is none of them"),
        ({"days": ["mon" * 11]}, f"window.days: {moments._SOME_DAYS}; number 1 is none of them"),
        ({"start": "24:00"}, "window.from: is not a time of day"),
        ({"start": "22"}, "window.from: is not a time of day"),
        ({"start": "79200"}, "window.from: is not a time of day"),  # what YAML makes of 22:00 without quotes
        ({"end": "12:60"}, "window.to: is not a time of day"),
        ({"start": "22:00", "end": "22:00"}, "window: never opens"),
        ({"time_zone": "Europe/Atlantis"}, "window.time_zone: is not a time zone"),
        ({"time_zone": "../../etc/passwd"}, "window.time_zone: is not a time zone"),
        ({"time_zone": "Europe"}, "window.time_zone: is not a time zone"),
    ],
)
def test_windows_that_are_none(what: dict[str, Any], complaint: str) -> None:
    assert str(raised(lambda: window("window", **what))).startswith(complaint)


def test_utc_needs_no_time_zone_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small container image has none, and a window with hours only must work there."""

    def missing(name: str) -> ZoneInfo:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(moments, "ZoneInfo", missing)
    assert window("window", start="22:00").is_open(datetime(2026, 11, 2, 22, tzinfo=UTC))
    assert window("window", time_zone="UTC", start="22:00").is_open(datetime(2026, 11, 2, 22, tzinfo=UTC))

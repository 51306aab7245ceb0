# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many items at once: in their order, with every error seen."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.workers import for_each


@pytest.mark.parametrize("workers", [1, 4, 64])
@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_results_come_in_the_order_of_the_items(count: int, workers: int) -> None:
    assert for_each(lambda item: item * 2, range(count), workers=workers) == [item * 2 for item in range(count)]


def test_as_many_as_allowed_work_at_once() -> None:
    together = threading.Barrier(4, timeout=5)
    for_each(lambda _item: together.wait(), range(8), workers=4)


def test_one_worker_is_no_thread() -> None:
    here = threading.get_ident()
    assert set(for_each(lambda _item: threading.get_ident(), range(5), workers=1)) == {here}
    assert for_each(lambda _item: threading.get_ident(), [1], workers=8) == [here]


@pytest.mark.parametrize("workers", [1, 4])
def test_an_error_is_raised_when_all_have_ended(workers: int) -> None:
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        raise KeyError(item)

    with pytest.raises(KeyError):
        for_each(work, range(100), workers=workers)
    assert len(begun) <= workers


def test_lanes_have_their_turn_one_after_the_other() -> None:
    order: list[str] = []
    for_each(order.append, ["a1", "a2", "a3", "b1", "c1", "c2"], workers=1, lane=lambda item: item[0])
    assert order == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_what_is_in_a_closed_lane_comes_last_and_comes() -> None:
    order: list[str] = []
    items = ["a1", "a2", "b1", "b2"]
    for_each(order.append, items, workers=1, lane=lambda item: item[0], is_open=lambda lane: lane != "a")
    assert order == ["b1", "b2", "a1", "a2"]
    assert for_each(str.upper, items, workers=4, lane=lambda item: item[0], is_open=lambda _lane: False) == [
        "A1",
        "A2",
        "B1",
        "B2",
    ]

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work for many users at the same time: each of a few threads takes the next user until none is left."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def for_each(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    workers: int,
    lane: Callable[[Item], str] = lambda _item: "",
    is_open: Callable[[str], bool] = lambda _lane: True,
) -> list[Result]:
    """Return the results in the order of the items. An error of ``work`` is raised when all threads have ended.

    Lanes take turns, one item each; a lane that is not open waits until no open lane has items left.
    """
    queue = _Queue(items, lane, is_open)
    results: dict[int, Result] = {}
    errors: list[BaseException] = []

    def run() -> None:
        while not errors:
            taken = queue.take()
            if taken is None:
                return
            try:
                results[taken[0]] = work(taken[1])
            except BaseException as error:
                errors.append(error)

    if len(items) <= 1 or workers == 1:
        run()
    else:
        threads = [threading.Thread(target=run, daemon=True) for _unused in range(min(workers, len(items)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
    return [results[position] for position in range(len(items))]


def with_writers(concurrency: int) -> int:
    """Return the number of workers for this many calls at the same time: some workers wait for a disk meanwhile."""
    return concurrency + concurrency // 4


class _Queue(Generic[Item]):
    """The items that are left, by lane. Safe under threads."""

    def __init__(self, items: Sequence[Item], lane: Callable[[Item], str], is_open: Callable[[str], bool]) -> None:
        lanes: dict[str, deque[tuple[int, Item]]] = {}
        for position, item in enumerate(items):
            lanes.setdefault(lane(item), deque()).append((position, item))
        self._lanes = deque(lanes.items())
        self._is_open = is_open
        self._lock = threading.Lock()

    def take(self) -> tuple[int, Item] | None:
        """Return the next item with its position."""
        with self._lock:
            if not self._lanes:
                return None
            for _lane in range(len(self._lanes) if len(self._lanes) > 1 else 0):
                if self._is_open(self._lanes[0][0]):
                    break
                self._lanes.rotate(-1)
            items = self._lanes[0][1]
            taken = items.popleft()
            if items:
                self._lanes.rotate(-1)
            else:
                self._lanes.popleft()
            return taken

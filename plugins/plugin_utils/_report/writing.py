# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the report of a run: the only thing that others call."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import PartnerCenterError

from . import counting, folder, memory, tables
from .columns import Row
from .page import page
from .run import Customer, Run, moment

#: Kinds of reports, and the file of each in the folder.
FILES = {"html": "index.html", "md": "report.md", "csv": "report.csv"}


def write_report(
    place: str, kinds: Collection[str], run: Run, rows: Iterable[Row], customers: Sequence[Customer] = ()
) -> dict[str, str]:
    """Write the report of the run, or of this part of it, into the folder; return the path of each kind.

    ``rows`` are those that the modules return for each user, with ``host`` (the name in the inventory) and ``customer``
    (the name of the company or its domain) besides. ``customers`` are those of this part, so that users who were not
    reached are counted; a customer that only the rows name need not be there. Parts of a run (``serial``, slices, a
    loop) have one ``run.id`` and come together, in any order, also if they are written at the same time.
    """
    try:
        with folder.locked(place):
            return _write(place, kinds, run, rows, customers)
    except OSError as error:
        raise PartnerCenterError(
            f"the report cannot be written into {place} ({error.strerror or error}): "
            "choose another folder, or make this one writable"
        ) from None


def _write(
    place: str, kinds: Collection[str], run: Run, rows: Iterable[Row], customers: Sequence[Customer]
) -> dict[str, str]:
    finished = run.finished or moment(datetime.now(UTC))
    part = memory.join(place, memory.part_of(replace(run, finished=finished), customers, rows))
    earlier = [line for line in memory.past(place) if line["run"] != run.id]
    _labels, labelled = counting.labelled(part.customers, part.rows)
    rows = memory.with_failing(place, part.run, counting.in_order(labelled), first=not earlier)
    counts = counting.count(part.run, part.customers, rows)
    if not run.plan:
        memory.remember(place, part.run, counts)
    made = {
        "html": lambda: page(part.run, counts, rows, memory.past(place)),
        "md": lambda: tables.markdown(part.run, counts, rows),
        "csv": lambda: tables.csv(counts, rows),
    }
    written = {}
    for kind in FILES:
        if kind in kinds:
            written[kind] = os.path.join(place, FILES[kind])
            folder.write(written[kind], made[kind]())
    return written

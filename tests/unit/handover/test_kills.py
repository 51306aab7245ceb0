# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of the guide for help desks: what is left after each kill, crossed with faults of both services."""

from __future__ import annotations

from contextlib import suppress
from itertools import product
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._handover.record import HandoverRecord
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import Outcome
from ansible_collections.csp.partnercenter.tests.unit.handover.table import Expected, table
from ansible_collections.csp.partnercenter.tests.unit.handover.world import INITIAL, Counter
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Killed

#: Each moment of the table, and the steps at which it is reached first.
KILLS = {
    "never": (),
    "before the link is made": ("before link",),
    "before the link is stored": ("before stage",),
    "after the link is stored": ("after stage",),
    "before the request": ("before request",),
    "after the request": ("before record", "before doubt"),
    "after its end is stored": ("after record",),
    "after the event is logged": ("after event",),
}
ANSWERS = {
    "accepts": Answer.ACCEPT,
    "refuses": Answer.REFUSE,
    "answer lost, took effect": Answer.SILENT,
    "answer lost, no effect": Answer.LOST,
}
LINKS = {"works": None, "cannot end links": "stuck", "cannot be reached": "unreachable", "answers oddly": "odd"}
TABLE = table([*ANSWERS], [*LINKS])


def reached(counter: Counter, killed: str) -> bool:
    """Carry out the first run. Return whether it was killed."""
    counter.deaths.at = frozenset(KILLS[killed])
    try:
        counter.run(audit_timeout=5.0)
    except Killed:
        return True
    counter.deaths.at = frozenset()
    return False


def prepared(root: Path, service: str, links: str) -> Counter:
    counter = Counter(root)
    counter.service.will(1, ANSWERS[service])
    counter.links.fault = LINKS[links]
    return counter


def state_of_the_first_link(ended: set[str], shown: HandoverRecord | None) -> str:
    if "link-1" in ended:
        return "ended"
    if shown is not None and shown.one_time_link.handle == "link-1":
        return "shown"
    return "ends by itself"


@pytest.mark.parametrize(("killed", "service", "links"), TABLE, ids=[", ".join(cell) for cell in TABLE])
def test_a_line_of_the_table(tmp_path: Path, killed: str, service: str, links: str) -> None:
    (expected,) = TABLE[killed, service, links]
    counter = prepared(tmp_path, service, links)
    if killed == "never":
        this_run = counter.run(audit_timeout=5.0).outcome.value
    else:
        this_run = "killed" if reached(counter, killed) else "not killed"
    links_of_this_run = len(counter.links.made)
    counter.links.fault = None
    counter.service.script.clear()
    row = counter.run(audit_timeout=5.0)
    link = state_of_the_first_link(counter.links.ended, counter.record) if links_of_this_run else "none"
    assert Expected(this_run, row.outcome.value, link) == expected
    assert_nothing_is_lost(counter, row.outcome)


def test_each_combination_that_can_be_reached_is_in_the_table(tmp_path: Path) -> None:
    """What is not in the table is a kill at a step that the run does not come to."""
    for number, cell in enumerate(product(KILLS, ANSWERS, LINKS)):
        killed, service, links = cell
        if cell not in TABLE:
            assert not reached(prepared(tmp_path / str(number), service, links), killed), cell
    assert len(TABLE) > 60


@pytest.mark.parametrize("second", ["after link", "after stage", "after sent", "after request", "after record"])
@pytest.mark.parametrize("killed", KILLS)
def test_killed_twice_nothing_is_lost(tmp_path: Path, killed: str, second: str) -> None:
    counter = Counter(tmp_path)
    reached(counter, killed)
    counter.deaths.at = frozenset({second})
    with suppress(Killed):
        counter.run(audit_timeout=5.0)
    counter.deaths.at = frozenset()
    row = counter.run(audit_timeout=5.0)
    assert_nothing_is_lost(counter, row.outcome)


def assert_nothing_is_lost(counter: Counter, outcome: Outcome) -> None:
    live, shown = counter.live, counter.shown
    assert outcome is Outcome.UNKNOWN or shown == live, "the link leads to the live password"
    assert shown is not None, "whatever may be live can be read"
    assert live in (INITIAL, shown)
    took_effect = {record.correlation_id for record in counter.service.records if record.status == "succeeded"}
    assert len(took_effect) <= 1, "one password under one ticket"
    assert len(counter.events) == (0 if outcome is Outcome.UNKNOWN else 1)
    secrets = [*counter.links.made.values(), *(f"/p/{handle}" for handle in counter.links.made)]
    for path in counter.root.rglob("*"):
        if path.is_file():
            text = path.read_text(errors="replace")
            assert not [secret for secret in secrets if secret in text], f"clear text in {path.name}"


def test_the_steps_have_these_names(counter: Counter) -> None:
    """A step that is renamed would never be reached."""
    counter.run()
    passed = set(counter.deaths.steps)
    counter.service.will(1, Answer.LOST)
    counter.run("INC-2", audit_timeout=0.0)
    named = {step for steps in KILLS.values() for step in steps}
    assert named <= passed | set(counter.deaths.steps)

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``kill -9`` between all steps of a creation: the first password is in the store, or behind the link that is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from driver import Player, Run, live, over_both_gateways
from linking import AT_THE_LINK, LINKS, NEVER, OF_THE_LINK_SERVICE, SERVICE, Kill, Linking
from password_pusher_emulator.app import PasswordPusher, opened, serving

from ansible_collections.csp.partnercenter.tests.unit.handover.table import CREATIONS, table

USER = "csp.partnercenter.partnercenter_user"
BEFORE_THE_REQUEST = {"KILL_BEFORE": "1", "KILL_METHOD": "POST", "KILL_PATH": "/users"}
#: Stage, mark sent, stage for the user's own id, promote, deliver the event, drop the first place. A refusal, or a lost
#: answer without effect, has only a third write, which says so.
WRITES = {f"before write {write}": {"KILL_BEFORE": str(write)} for write in range(1, 7)}
#: Each kill of a creation into a store, what the service does, and how the next run ends.
STORED: dict[tuple[str, str], str] = {
    ("before write 1", "accepts"): "applied",
    ("before write 2", "accepts"): "applied",
    ("before the request", "accepts"): "applied",
    **{(f"before write {write}", "accepts"): "resumed" for write in (3, 4, 5, 6)},
    ("before write 3", "refuses"): "applied",
    ("before write 3", "answer lost, no effect"): "applied",
    **{(f"before write {write}", "answer lost, took effect"): "resumed" for write in (3, 4, 5, 6)},
}
#: The moments of the table in the guide for help desks.
LINKED: dict[str, Kill] = {
    "never": NEVER,
    "before the link is made": {**OF_THE_LINK_SERVICE, "KILL_METHOD": "POST"},
    "before the link is stored": AT_THE_LINK,
    "after the link is stored": WRITES["before write 2"],
    "before the request": BEFORE_THE_REQUEST,
    "after the request": WRITES["before write 3"],
    "after its end is stored": WRITES["before write 5"],
    "after the event is logged": WRITES["before write 6"],
}
#: Where the service refuses, the link is ended next.
AFTER_THE_REFUSAL = {**OF_THE_LINK_SERVICE, "KILL_METHOD": "DELETE"}
TABLE = table([*SERVICE], [*LINKS], CREATIONS)
SHORT = ("after the request", "accepts", "works")


@pytest.fixture(scope="module")
def links() -> Iterator[PasswordPusher]:
    with serving() as instance:
        yield instance


class Creating(Linking):
    """Runs that create one user."""

    @property
    def customer(self) -> dict[str, Any]:
        return dict(self.play.emulator.customers[0])

    @property
    def name(self) -> str:
        return f"ada@{self.customer['domain']}"

    def run(self, kill: Kill | None = None, *, into_a_link: bool) -> Run:
        told = {"customer_id": self.customer["id"], "user_principal_name": self.name, "lookup_timeout": 1}
        told |= {"display_name": "Ada", "usage_location": "GB"}
        kept = {name: value for name, value in self.options.items() if into_a_link or name != "link"}
        return self.carried_out({"name": "create", USER: {**told, **kept}, "ignore_errors": True}, kill or NEVER)

    def spoil(self, service: str) -> None:
        """The service treats each try to create a user so."""
        graph = self.play.gateway == "graph"
        path = "/v1.0/users" if graph else f"/v1/customers/{self.customer['id']}/users"
        if fault := SERVICE[service]:
            target = {"target": "graph"} if graph else {}
            members = {name: value for name, value in fault.items() if not (graph and name == "code")}
            self.play.emulator.fault(**members, **target, method="POST", path=path, count=99)

    @property
    def created(self) -> int:
        """How many users were created at the service."""
        entries = self.play.emulator.journal()
        made = [entry for entry in entries if entry["method"] == "POST" and entry["path"].endswith("/users")]
        return sum(bool(entry["applied"]) for entry in made)

    @property
    def events(self) -> list[dict[str, Any]]:
        path = self.play.home / ".ansible" / "partnercenter" / "events.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def creating(emulator: Any, play: Player, links: PasswordPusher) -> Creating:
    emulator.knobs(graph_scopes="User.ReadWrite.All,RoleManagement.Read.Directory,GroupMember.Read.All")
    links.pushes.clear()
    links.fault = None
    return Creating(play, links)


def in_full(cell: tuple[str, ...], short: tuple[str, ...]) -> Any:
    return pytest.param(cell, marks=[] if cell == short else pytest.mark.handover, id=", ".join(cell))


@pytest.mark.parametrize("cell", [in_full(cell, ("before write 3", "accepts")) for cell in STORED])
@over_both_gateways(pytest.mark.handover)
def test_killed_on_the_way_into_a_store(emulator: Any, creating: Creating, cell: tuple[str, str]) -> None:
    killed, service = cell
    creating.spoil(service)
    first = creating.run(WRITES.get(killed, BEFORE_THE_REQUEST), into_a_link=False)
    assert first.rc == -9, first.screen
    emulator.clear_faults()
    row = creating.run(into_a_link=False)["create"]
    assert (row["outcome"], row["failed"]) == (STORED[cell], False), row
    assert creating.vaulted.passwords(row) == {"current": live(emulator, row)}
    assert creating.created == len(creating.events) == 1
    again = creating.run(into_a_link=False)["create"]
    assert (again["outcome"], again["user_id"]) == ("unchanged", row["user_id"])


@pytest.mark.parametrize("cell", [in_full(cell, SHORT) for cell in TABLE])
@over_both_gateways(pytest.mark.handover)
def test_killed_on_the_way_to_a_link_and_crossed_with_faults(
    emulator: Any, creating: Creating, links: PasswordPusher, cell: tuple[str, str, str]
) -> None:
    """A line of the table of the guide, by real runs."""
    killed, service, link = cell
    (expected,) = TABLE[cell]
    creating.spoil(service)
    links.fault = LINKS[link]
    refused = (killed, service) == ("after its end is stored", "refuses")
    first = creating.run(AFTER_THE_REFUSAL if refused else LINKED[killed], into_a_link=True)
    assert (first["create"]["outcome"] if first.rc == 0 else "killed") == expected.this_run, first.screen
    of_first = list(links.pushes)
    links.fault = None
    emulator.clear_faults()

    row = creating.run(into_a_link=True)["create"]
    assert row["outcome"] == expected.next_run, row
    text = str(row["link"])
    assert creating.state_of(of_first, text) == expected.first_link
    behind = opened(text)
    if expected.next_run == "unknown":
        assert creating.created == 0 and not creating.events
    else:
        assert live(emulator, row) == behind
        assert creating.created == len(creating.events) == 1


def test_no_moment_is_left_out() -> None:
    assert {killed for killed, _service, _link in TABLE} == set(LINKED)
    assert {service for _killed, service in STORED} == set(SERVICE)

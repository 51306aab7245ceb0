# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A help desk hands over a password: what the operator sees, what nobody else sees, and what a killed run leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from driver import Player, Run, ids, live, sent
from guides import GUIDES, blocks
from jobs import Jobs
from linking import AT_THE_LINK, LINKS, NEVER, OF_THE_LINK_SERVICE, SERVICE, Kill, Linking
from password_pusher_emulator.app import TOKEN, PasswordPusher, opened, serving
from rotating import vault_password_file

from ansible_collections.csp.partnercenter.tests.unit.handover.table import table

MODULE = "csp.partnercenter.partnercenter_user_password_handover"


@pytest.fixture(scope="module")
def links() -> Iterator[PasswordPusher]:
    with serving() as instance:
        yield instance


def example(caption: str) -> Any:
    """A block of the guide for help desks."""
    (text,) = [text for _language, found, text in blocks(GUIDES / "guide_help_desk.rst") if found == caption]
    return yaml.safe_load(text)


def call(emulator: Any) -> dict[str, Any]:
    """The call of the guide, by a user of the emulator."""
    user = emulator.customers[0]["users"][0]["user_principal_name"]
    return example("call.yml") | {"partnercenter_user_principal_name": user}


@pytest.fixture
def jobs(emulator: Any, links: PasswordPusher, tmp_path: Path) -> Jobs:
    """Jobs of the guide's project and variables. The store lasts, everything else is thrown away with the job."""
    links.pushes.clear()
    assert example("hand_over.yml")[0]["import_playbook"] == "csp.partnercenter.hand_over_password"
    link = example("desk.yml")["partnercenter_link"] | {"url": links.url}
    return Jobs(
        emulator,
        tmp_path,
        {"ANSIBLE_VAULT_PASSWORD_FILE": vault_password_file(tmp_path)},
        {"all": {"hosts": {}}},
        {
            **call(emulator),
            "awx_user_name": "maria.desk",
            "partnercenter_link": link,
            "partnercenter_handover_store": {"type": "file", "path": str(tmp_path / "handovers")},
        },
        credential={"link_token": TOKEN},
    )


def places_of(text: str, folder: Path) -> list[str]:
    """The files that hold a text, beside what was given to the job."""
    found = [path for path in folder.rglob("*") if path.is_file() and text in path.read_text(errors="replace")]
    return sorted(str(path.relative_to(folder)) for path in found)


def test_the_operator_of_awx_sees_one_line_with_the_link(
    emulator: Any, jobs: Jobs, links: PasswordPusher, tmp_path: Path
) -> None:
    """By ansible-runner, with AWX's own injection, in check mode first."""
    user = ids(emulator, 0)
    status, _events = jobs("hand_over_password", "--check")
    assert status == 0 and not links.pushes and not sent(emulator, user)

    status, events = jobs("hand_over_password", "-vvv")
    screen = "\n".join(event["stdout"] for event in events)
    assert status == 0, screen
    (push,) = links.pushes.values()
    link = f"{links.url}/p/{push.url_token}/r"
    with_link = [event for event in events if push.url_token in json.dumps(event)]
    assert [event["event_data"]["task"] for event in with_link] == ["Show the link"]
    assert [line for line in screen.splitlines() if push.url_token in line] == [
        line for line in with_link[0]["stdout"].splitlines() if link in line
    ]
    assert screen.count(push.url_token) == 1

    # The screen, the job's record of it, and the event of that one line; nowhere else, and the store is encrypted.
    private = tmp_path / f"job-{jobs.count}"
    places = places_of(push.url_token, private)
    assert len(places) == 2 and places[0].endswith(".json") and places[1].endswith("/stdout")
    assert places_of(push.url_token, tmp_path / "handovers") == []

    (line,) = (private / "home/.ansible/partnercenter/events.jsonl").read_text().splitlines()
    event = json.loads(line)
    told = {name: event[name] for name in ("operation", "rotation_id", "requested_by", "reason", "user_id")}
    assert told == {
        "operation": "handover",
        "rotation_id": "INC-4711",
        "requested_by": "maria.desk",
        "reason": "forgot it, called back",
        "user_id": user["user_id"],
    }

    status, events = jobs("hand_over_password", "-vvv", partnercenter_link_variable="handover_link")
    assert status == 0
    (stats,) = [event for event in events if push.url_token in json.dumps(event)]
    assert (stats["event"], stats["event_data"]["artifact_data"]["handover_link"]) == ("playbook_on_stats", link)

    assert opened(link) == live(emulator, user)
    assert len(sent(emulator, user)) == 1


KILLS: dict[str, Kill] = {
    "never": NEVER,
    "before the link is made": {**OF_THE_LINK_SERVICE, "KILL_METHOD": "POST"},
    "before the link is stored": AT_THE_LINK,
    "after the link is stored": {"KILL_BEFORE": "2"},
    "before the request": {"KILL_BEFORE": "1", "KILL_METHOD": "PATCH"},
    "after the request": {"KILL_BEFORE": "3"},
    "after its end is stored": {"KILL_BEFORE": "4"},
}
#: Where Partner Center refuses, the link is ended next. Where the answer is lost, the doubt is written before the end.
AFTER_THE_END = {
    "refuses": {**OF_THE_LINK_SERVICE, "KILL_METHOD": "DELETE"},
    "answer lost, took effect": {"KILL_BEFORE": "5"},
}
TABLE = table([*SERVICE], [*LINKS])
#: In a run of its own, the last step is over before anything could kill it. What is refused has no fourth write.
CELLS = [cell for cell in TABLE if cell[0] in KILLS]
SHORT = [("before the link is stored", "accepts", "works"), ("after the request", "accepts", "works")]


@dataclass
class Desk(Linking):
    """Runs that hand over a password to one user."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.user = ids(self.play.emulator, 0)

    def run(self, kill: Kill | None = None) -> Run:
        told = {"rotation_id": "INC-1", "requested_by": "desk", "reason": "a test", "audit_timeout": 1}
        task = {"name": "hand over", MODULE: {**self.user, **told, **self.options}, "ignore_errors": True}
        return self.carried_out(task, kill or NEVER)


@pytest.mark.parametrize(
    "cell",
    [pytest.param(cell, marks=[] if cell in SHORT else pytest.mark.handover) for cell in CELLS],
    ids=[", ".join(cell) for cell in CELLS],
)
def test_killed_and_crossed_with_faults(
    emulator: Any, play: Player, links: PasswordPusher, cell: tuple[str, str, str]
) -> None:
    """A line of the table of the guide, by real runs."""
    killed, service, link = cell
    (expected,) = TABLE[cell]
    links.pushes.clear()
    desk = Desk(play, links)
    initial = live(emulator, desk.user)
    if fault := SERVICE[service]:
        emulator.fault(**fault, method="PATCH", count=99)
    links.fault = LINKS[link]
    kill = AFTER_THE_END.get(service, KILLS[killed]) if killed == "after its end is stored" else KILLS[killed]
    first = desk.run(kill)
    assert (first["hand over"]["outcome"] if first.rc == 0 else "killed") == expected.this_run, first.screen
    of_first = list(links.pushes)
    links.fault = None
    emulator.clear_faults()

    result = desk.run()["hand over"]
    assert result["outcome"] == expected.next_run, result
    text = str(result["link"])
    assert desk.state_of(of_first, text) == expected.first_link
    behind = opened(text)
    assert live(emulator, desk.user) in ({initial, behind} if expected.next_run == "unknown" else {behind})
    assert len(set(sent(emulator, desk.user))) <= 1, "one password under one ticket"


def test_the_command_of_the_guide_writes_the_link_to_a_file(
    emulator: Any, play: Player, links: PasswordPusher, tmp_path: Path
) -> None:
    links.pushes.clear()
    desk = Desk(play, links)
    link = example("desk.yml")["partnercenter_link"] | {"url": links.url}
    given = {"partnercenter_link": link, "partnercenter_handover_store": dict(desk.vaulted.options)}
    run = play(
        playbook="csp.partnercenter.hand_over_password",
        variables=call(emulator) | given | {"partnercenter_link_file": str(tmp_path / "desk" / "link")},
        environment={**desk.vaulted.environment, "PARTNERCENTER_LINK_TOKEN": TOKEN},
    )
    assert run.rc == 0, run.screen
    (push,) = links.pushes.values()
    assert "a temporary password is set" in run.screen and push.url_token not in run.screen
    assert opened((tmp_path / "desk" / "link").read_text().strip()) == live(emulator, desk.user)

    (tmp_path / "folder").mkdir()
    run = play(
        playbook="csp.partnercenter.hand_over_password",
        variables=call(emulator) | given | {"partnercenter_link_file": str(tmp_path / "folder")},
        environment={**desk.vaulted.environment, "PARTNERCENTER_LINK_TOKEN": TOKEN},
    )
    assert run.rc == 2 and "the link could not be written to" in run.screen, "nobody has the link"

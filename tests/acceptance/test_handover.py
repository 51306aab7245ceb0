# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A help desk hands over a password: what the operator sees, what nobody else sees, and what a killed run leaves."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from driver import live, sent
from jobs import Jobs
from local_server import served
from password_pusher_emulator.app import TOKEN, PasswordPusher, make_password_pusher

VAULT_PASSWORD = "a password of the vault"


@pytest.fixture(scope="module")
def links() -> Iterator[PasswordPusher]:
    with served(make_password_pusher, tls=False) as (_address, app):
        yield app.state.emulator


@pytest.fixture
def jobs(emulator: Any, links: PasswordPusher, tmp_path: Path) -> Jobs:
    """Jobs of the sample template. The store lasts, everything else is thrown away with the job."""
    links.pushes.clear()
    (tmp_path / "vault-password").write_text(VAULT_PASSWORD)
    customer = emulator.customers[0]
    return Jobs(
        emulator,
        tmp_path,
        {"ANSIBLE_VAULT_PASSWORD_FILE": str(tmp_path / "vault-password")},
        {"all": {"hosts": {}}},
        {
            "awx_user_name": "maria.desk",
            "partnercenter_customer_domain": customer["domain"],
            "partnercenter_user_principal_name": customer["users"][0]["user_principal_name"],
            "partnercenter_ticket": "INC-4711",
            "partnercenter_reason": "forgot it, called back",
            "partnercenter_link": {"type": "password_pusher", "url": links.url},
            "partnercenter_handover_store": {"type": "file", "path": str(tmp_path / "handovers")},
        },
        credential={"link_token": TOKEN},
    )


def opened(link: str) -> str:
    """What the caller reads, who clicks through the first page."""
    with urllib.request.urlopen(link.removesuffix("/r")) as page:
        return str(page.read().decode()).removeprefix("<pre>").removesuffix("</pre>")


def places_of(text: str, folder: Path) -> list[str]:
    """The files that hold a text, beside what was given to the job."""
    found = [path for path in folder.rglob("*") if path.is_file() and text in path.read_text(errors="replace")]
    return sorted(str(path.relative_to(folder)) for path in found)


def test_the_operator_of_awx_sees_one_line_with_the_link(
    emulator: Any, jobs: Jobs, links: PasswordPusher, tmp_path: Path
) -> None:
    """By ansible-runner, with AWX's own injection, in check mode first."""
    user = {"user_id": emulator.customers[0]["users"][0]["id"]}
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
    assert opened(link) == live(emulator, user)
    assert len(sent(emulator, user)) == 1

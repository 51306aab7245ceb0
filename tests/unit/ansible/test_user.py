# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users as Ansible declares them: defaults, inheritance, what is shown, what is refused before the first request."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from password_pusher_emulator.app import TOKEN, PasswordPusher, serving

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import user as module
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import User
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, user_id
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer, FakeService
from ansible_collections.csp.partnercenter.tests.unit.support.kits import PlainCipher

ADA = "ada@customer.example.com"
DETAILS = {"display_name": "Ada", "usage_location": "gb"}
LINK = {"type": "password_pusher", "url": "http://127.0.0.1:9", "token": TOKEN}
PASSWORD = "Ca\"na\\ry-7'&"
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    found = FakeService(people={CUSTOMER: []}, now=datetime.now(UTC))
    monkeypatch.setattr(module, "open_connection", lambda *_arguments, **_more: found.connection())
    return found


@pytest.fixture
def run(service: FakeService, tmp_path: Path) -> Run:
    def task(*, check_mode: bool = False, diff: bool = False, **given: Any) -> dict[str, Any]:
        plain = {"customer_id": CUSTOMER, "access_token": "token", "lookup_timeout": 0}
        params = validated({**plain, **given}, module.specification())
        context = TaskContext(
            {"ANSIBLE_HOME": str(tmp_path)}, check_mode=check_mode, diff=diff, cipher=lambda _vault_id: PlainCipher()
        )
        shown = module.change_users(params, context)
        sent = [new.password.reveal() for new in service.created]
        assert not [password for password in sent if json.dumps(password)[1:-1] in json.dumps(shown)]
        return shown

    return task


@pytest.fixture(scope="module")
def links() -> Iterator[PasswordPusher]:
    with serving() as instance:
        yield instance


@pytest.fixture
def link(links: PasswordPusher) -> dict[str, str]:
    """The option ``link``."""
    links.pushes.clear()
    return {"type": "password_pusher", "url": links.url, "token": TOKEN}


def test_one_user_is_created_once_with_flat_keys(run: Run, service: FakeService) -> None:
    first = run(user_principal_name=ADA, password=PASSWORD, diff=True, **DETAILS)
    assert (first["outcome"], first["actions"], first["changed"]) == ("applied", ["create"], True)
    assert first["msg"] == f"{ADA}: created" and "users" not in first and "reason" not in first
    after = {"user_principal_name": ADA, "display_name": "Ada", "usage_location": "GB"}
    assert [(one["before"], one["after"]) for one in first["diff"]] == [({}, after)]
    second = run(user_principal_name=ADA, password=PASSWORD, diff=True, **DETAILS)
    assert (second["outcome"], second["changed"], second["diff"]) == ("unchanged", False, [])
    assert second["msg"] == f"{ADA}: nothing differs from what is declared"
    assert service.created[0].force_change_password


def test_a_store_keeps_the_generated_password_and_a_machine_need_not_change_it(
    run: Run, service: FakeService, tmp_path: Path
) -> None:
    shown = run(user_principal_name=ADA, store={"type": "file"}, generator={"words": 6}, **DETAILS)
    assert shown["outcome"] == "applied" and not service.created[0].force_change_password
    assert service.created[0].password.reveal().count("-") >= 5
    home = tmp_path / "partnercenter"
    assert (home / "passwords" / CUSTOMER / f"{shown['user_id']}.yml").exists()
    (event,) = (home / "events.jsonl").read_text().splitlines()
    assert json.loads(event)["user_id"] == shown["user_id"]


def test_a_link_leads_to_a_temporary_password(
    run: Run, service: FakeService, links: PasswordPusher, link: dict[str, str], tmp_path: Path
) -> None:
    given = {"link": link, "requested_by": "maria.desk", "reason": "a new colleague", "generator": {"words": 4}}
    shown = run(user_principal_name=ADA, diff=True, **given, **DETAILS)
    (push,) = links.pushes.values()
    assert (shown["outcome"], shown["link"]) == ("applied", f"{links.url}/p/{push.url_token}/r")
    assert (shown["link_page"], shown["link_views"]) == (None, 1)
    assert datetime.fromisoformat(shown["link_expires_at"]) > datetime.now(UTC)
    assert push.payload == service.created[0].password.reveal() and service.created[0].force_change_password
    told = json.dumps({name: value for name, value in shown.items() if name != "link"})
    assert push.url_token not in told and shown["msg"] == f"{ADA}: created; the link leads to the first password"
    home = tmp_path / "partnercenter"
    assert (home / "handovers" / CUSTOMER / f"{shown['user_id']}.yml").exists()
    event = json.loads((home / "events.jsonl").read_text())
    assert (event["operation"], event["requested_by"], event["reason"]) == ("create", "maria.desk", "a new colleague")
    assert event["rotation_id"] == push.note, "by which the link service and the event log are matched"
    again = run(user_principal_name=ADA, diff=True, link=link, **DETAILS)
    assert (again["outcome"], again["changed"], again["link"]) == ("unchanged", False, shown["link"])


def test_each_user_of_a_list_has_a_link(run: Run, links: PasswordPusher, link: dict[str, str], tmp_path: Path) -> None:
    users: list[dict[str, Any]] = [{"user_principal_name": f"user-{number}@customer.example.com"} for number in (1, 2)]
    file = tmp_path / "desk" / "links"
    shown = run(users=users, link=link, **DETAILS)
    assert len({row["link"] for row in shown["users"]}) == len(links.pushes) == 2
    assert shown["msg"] == "2 users: 2 created"
    kept = run(users=users, link=link, link_file=str(file), **DETAILS)
    assert [row["link"] for row in kept["users"]] == [None, None] and kept["link_file"] == str(file)
    assert file.read_text().splitlines() == [f"{row['user_principal_name']} {row['link']}" for row in shown["users"]]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not [push for push in links.pushes if push in json.dumps(kept)]


def test_a_file_that_cannot_be_written_is_told_and_the_next_run_writes_it(
    run: Run, service: FakeService, link: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "desk" / "link"
    file.mkdir(parents=True)
    shown = run(user_principal_name=ADA, link=link, link_file=str(file), **DETAILS)
    assert shown["failed"] and shown["outcome"] == "applied" and shown["msg"].endswith("mend it, and run again")
    file.rmdir()
    assert run(user_principal_name=ADA, link=link, link_file=str(file), **DETAILS)["outcome"] == "unchanged"
    assert file.read_text().startswith("http") and file.read_text().count("\n") == 1 and len(service.created) == 1


def test_unknown_shows_the_link_and_fails_and_refused_there_is_none(
    run: Run, service: FakeService, links: PasswordPusher, link: dict[str, str]
) -> None:
    service.treatments = [Answer.REFUSE, Answer.LOST]
    refused = run(user_principal_name=ADA, link=link, **DETAILS)
    assert (refused["outcome"], refused["failed"]) == ("rejected", True) and "link" not in refused
    assert "the link was ended again" in refused["msg"] and [push.payload for push in links.pushes.values()] == [None]
    unknown = run(user_principal_name=ADA, link=link, **DETAILS)
    assert (unknown["outcome"], unknown["failed"], unknown["left"]) == ("unknown", True, "pending")
    assert unknown["link"] and unknown["link"] not in json.dumps({**unknown, "link": None})


def test_the_options_of_the_task_are_the_defaults_of_a_list(run: Run, service: FakeService) -> None:
    users = [{"user_principal_name": f"user-{number}@customer.example.com"} for number in (1, 2)]
    users[1]["usage_location"] = "DE"
    shown = run(users=users, password=PASSWORD, **DETAILS)
    assert [row["outcome"] for row in shown["users"]] == ["applied", "applied"]
    assert shown["msg"] == "2 users: 2 created" and shown["summary"]["changed"] == 2
    assert [new.details["usage_location"] for new in service.created] == ["GB", "DE"]
    shown = run(users=users, state="absent", check_mode=True)
    assert [row["outcome"] for row in shown["users"]] == ["would_change", "would_change"]
    assert shown["msg"] == "2 users: 2 would be deleted"
    assert run(users=users, state="absent")["msg"] == "2 users: 2 deleted"
    assert run(users=users, state="absent")["msg"] == "2 users: nothing differs from what is declared"


def test_the_message_counts_every_kind_of_user(run: Run, service: FakeService) -> None:
    for number, more in enumerate(({"synced": True}, {"display_name": "Ada"}, {})):
        service.put(User(user_id(number), f"user-{number}@customer.example.com", **more))
    users: list[dict[str, Any]] = [
        {"user_principal_name": f"user-{number}@customer.example.com"} for number in range(3)
    ]
    told = "3 users: 1 changed, 1 left out by policy"
    assert run(users=users, display_name="Ada", on_refused="skip")["msg"] == told


def test_a_failure_tells_what_to_do(run: Run, service: FakeService) -> None:
    service.treatments = [Answer.LOST]
    shown = run(user_principal_name=ADA, password=PASSWORD, **DETAILS)
    assert (shown["failed"], shown["outcome"], shown["left"]) == (True, "unknown", "pending")
    users = [{"user_principal_name": f"user-{number}@customer.example.com"} for number in (1, 2)]
    shown = run(users=users)
    assert shown["failed"] and shown["msg"].startswith("2 of 2 users failed: 2 users: no such user, and none of")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"usage_location": "Germany"}, "usage_location: is not a country"),
        ({"display_name": "  "}, "display_name: is empty"),
        ({"display_name": "a\nb"}, "display_name: must be one line"),
        ({"phone_number": "1" * 257}, "phone_number: must be one line"),
        ({"new_user_principal_name": "x"}, "new_user_principal_name: "),
        ({"password": "short"}, "password: must have 8"),
        ({"password": PASSWORD, "store": {"type": "file"}}, "password: cannot be given together with store"),
        ({"generator": {"length": 24}}, "generator: needs store or link"),
        ({"password": PASSWORD, "link": LINK}, "password: cannot be given together with link"),
        ({"force_change_password": False, "link": LINK}, "force_change_password: cannot be false together with link"),
        ({"link": LINK, "reason": "two\nlines"}, "reason: must be a text of 1 to 200 characters"),
        ({"link": LINK, "generator": {"length": 3}}, "generator.length: "),
        ({"link": LINK | {"url": "https://links.org"}}, "link.url: leads to links.org"),
        ({"link_file": "/tmp/link"}, "link_file: belongs to link, which is not given"),
        ({"requested_by": "desk"}, "requested_by: belongs to link, which is not given"),
        ({"generator": {"length": 8}, "store": {"type": "file"}}, "generator.length: "),
        ({"store": {"type": "file", "url": "https://vault.example"}}, "store.url: "),
        ({"max_changes": -1}, "max_changes: "),
        ({"lookup_timeout": -1}, "lookup_timeout: "),
        ({"user_id": CUSTOMER}, "user_id: exactly one"),
        ({"users": [{"user_principal_name": ADA}]}, "user_principal_name: cannot be given together with users"),
    ],
)
def test_nothing_is_asked_before_all_options_make_sense(
    run: Run, service: FakeService, given: dict[str, Any], sentence: str
) -> None:
    shown = run(**{"user_principal_name": ADA, **given})
    assert shown["failed"] and shown["msg"].startswith(sentence), shown["msg"]
    assert service.requests == []

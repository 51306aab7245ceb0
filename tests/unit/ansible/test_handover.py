# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A handover as Ansible asks for it: where the link goes, what is shown, what is refused before the first request."""

from __future__ import annotations

import json
import os
import pwd
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
from password_pusher_emulator.app import TOKEN, PasswordPusher, serving

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import handover as module
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, user_id, user_name
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer, FakeService
from ansible_collections.csp.partnercenter.tests.unit.support.kits import PlainCipher

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def links() -> Iterator[PasswordPusher]:
    with serving() as instance:
        yield instance


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, links: PasswordPusher) -> FakeService:
    links.pushes.clear()
    found = FakeService(now=datetime.now(UTC)).with_users(2)
    monkeypatch.setattr(module, "open_connection", lambda *_arguments, **_more: found.connection())
    return found


@pytest.fixture
def run(service: FakeService, links: PasswordPusher, tmp_path: Path) -> Run:
    def task(*, check_mode: bool = False, diff: bool = False, **given: Any) -> dict[str, Any]:
        plain = {
            "customer_id": CUSTOMER,
            "user_id": user_id(),
            "rotation_id": "INC-1",
            "requested_by": "maria.desk",
            "reason": "forgotten",
            "link": {"type": "password_pusher", "url": links.url, "token": TOKEN},
            "access_token": "token",
        }
        params = validated({**plain, **given}, module.specification())
        context = TaskContext(
            {"ANSIBLE_HOME": str(tmp_path)}, check_mode=check_mode, diff=diff, cipher=lambda _vault_id: PlainCipher()
        )
        return module.hand_over(params, context)

    return task


def test_the_result_has_the_link_and_no_password(run: Run, service: FakeService, links: PasswordPusher) -> None:
    shown = run(diff=True)
    (push,) = links.pushes.values()
    assert (shown["outcome"], shown["changed"], shown["failed"]) == ("applied", True, False)
    assert shown["link"] == f"{links.url}/p/{push.url_token}/r"
    assert (shown["link_page"], shown["link_views"]) == (None, 1)
    assert datetime.fromisoformat(shown["link_expires_at"]) > datetime.now(UTC)
    assert push.payload == service.patches[0] and push.payload not in json.dumps(shown)
    told = json.dumps({name: value for name, value in shown.items() if name != "link"})
    assert push.url_token not in told and shown["msg"].startswith(f"{user_name()}: a temporary password is set")


def test_the_second_run_is_ok_and_shows_it_again(run: Run, service: FakeService) -> None:
    first, second = run(), run()
    assert (second["outcome"], second["changed"], second["failed"]) == ("unchanged", False, False)
    assert second["link"] == first["link"] and len(service.patches) == 1


def test_links_are_kept_apart_from_passwords(run: Run, tmp_path: Path) -> None:
    run()
    home = tmp_path / "partnercenter"
    assert (home / "handovers" / CUSTOMER / f"{user_id()}.yml").exists()
    event = json.loads((home / "events.jsonl").read_text())
    assert (event["rotation_id"], event["requested_by"], event["reason"]) == ("INC-1", "maria.desk", "forgotten")


def test_links_in_a_store_for_passwords_have_names_of_their_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a rotation never takes the record of a link for a password."""
    asked: list[Any] = []

    def noted(given: Any, *_surroundings: Any) -> NoReturn:
        asked.append(given)
        raise InputError("store", "is only looked at here")

    monkeypatch.setattr(module, "make_store", noted)
    vault = {"type": "hashi_vault", "url": "https://vault.example", "token": "t"}
    assert run(store=vault)["failed"] and run(store={**vault, "prefix": "desk"})["failed"]
    assert [given["prefix"] for given in asked] == ["partnercenter-handover", "desk"]


@pytest.mark.parametrize("named", [True, False])
def test_without_a_name_it_is_the_account_that_runs_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    def nobody(_number: int) -> NoReturn:
        raise KeyError

    if not named:
        monkeypatch.setattr(module.pwd, "getpwuid", nobody)
    run(requested_by=None)
    event = json.loads((tmp_path / "partnercenter" / "events.jsonl").read_text())
    assert event["requested_by"] == (pwd.getpwuid(os.getuid()).pw_name if named else str(os.getuid()))


def test_a_file_gets_the_link_instead(run: Run, links: PasswordPusher, tmp_path: Path) -> None:
    file = tmp_path / "desk" / "link"
    shown = run(link_file=str(file))
    (push,) = links.pushes.values()
    assert file.read_text() == f"{links.url}/p/{push.url_token}/r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert shown["link"] is None and shown["link_file"] == str(file) and push.url_token not in json.dumps(shown)


def test_a_file_that_cannot_be_written_is_told_and_the_next_run_writes_it(
    run: Run, service: FakeService, tmp_path: Path
) -> None:
    file = tmp_path / "desk" / "link"
    file.mkdir(parents=True)
    shown = run(link_file=str(file))
    assert shown["failed"] and "the link could not be written" in shown["msg"] and shown["outcome"] == "applied"
    file.rmdir()
    assert run(link_file=str(file))["outcome"] == "unchanged" and file.read_text().startswith("http")
    assert len(service.patches) == 1


def test_a_folder_that_cannot_be_used_stops_it_before_anything(run: Run, service: FakeService, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    shown = run(link_file=str(tmp_path / "open" / "link"))
    assert shown["failed"] and shown["msg"].startswith("link_file: cannot be written") and not service.requests


def test_check_mode_predicts_and_shows_no_link(run: Run, service: FakeService, links: PasswordPusher) -> None:
    shown = run(check_mode=True)
    assert (shown["outcome"], shown["changed"]) == ("would_reset", True) and "link" not in shown
    assert not links.pushes and not service.patches


def test_unknown_shows_the_link_and_fails(run: Run, service: FakeService) -> None:
    service.will(1, Answer.LOST)
    shown = run(audit_timeout=0)
    assert (shown["outcome"], shown["changed"], shown["failed"]) == ("unknown", True, True)
    assert shown["link"] and "may or may not hold the live password" in shown["msg"]
    assert shown["link"] not in json.dumps({**shown, "link": None})


def test_refused_there_is_no_link(run: Run, service: FakeService, links: PasswordPusher) -> None:
    service.will(1, Answer.REFUSE)
    shown = run()
    assert (shown["outcome"], shown["changed"], shown["failed"]) == ("rejected", False, True)
    assert "link" not in shown and "the link was ended again" in shown["msg"]
    assert [push.payload for push in links.pushes.values()] == [None]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reason": "two\nlines"}, "reason: must be a text of 1 to 200 characters in one line"),
        ({"requested_by": " "}, "requested_by: must be a text of 1 to 200 characters"),
        ({"rotation_id": "x" * 129}, "rotation_id: must have at most 128 characters"),
        ({"rotation_id": " "}, "rotation_id: is empty"),
        ({"generator": {"length": 3}}, "generator.length: "),
        ({"link": {"type": "password_pusher"}}, "link.url: is missing"),
        ({"link": {"type": "hashi_vault", "url": "https://vault.example", "views": 2}}, "link.token: is missing"),
        ({"link": {"type": "password_pusher", "url": "https://links.example"}}, "link.token: is missing"),
        (
            {"link": {"type": "password_pusher", "url": "https://links.org", "token": "t"}},
            "link.url: leads to links.org",
        ),
        ({"store": {"type": "file", "url": "https://vault.example"}}, "store.url: "),
        ({"user_id": "x"}, "user_id: "),
        ({"audit_timeout": -1}, "audit_timeout: "),
    ],
)
def test_nothing_is_asked_before_all_options_make_sense(
    run: Run, service: FakeService, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], sentence: str
) -> None:
    monkeypatch.setenv("HOME", "/nowhere")
    shown = run(**given)
    assert shown["failed"] and shown["msg"].startswith(sentence), shown["msg"]
    assert not service.requests

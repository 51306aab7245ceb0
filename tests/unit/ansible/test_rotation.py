# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rotation as Ansible asks for it: where things are kept, what is shown, what is refused before the first request."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import rotation as module
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, user_id
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import FakeService
from ansible_collections.csp.partnercenter.tests.unit.support.kits import PlainCipher

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    found = FakeService(now=datetime.now(UTC)).with_users(3)
    monkeypatch.setattr(module, "open_connection", lambda *_arguments, **_more: found.connection())
    return found


@pytest.fixture
def run(service: FakeService, tmp_path: Path) -> Run:
    def task(*, check_mode: bool = False, diff: bool = False, **given: Any) -> dict[str, Any]:
        plain = {"customer_id": CUSTOMER, "rotation_id": "r1", "store": {"type": "file"}, "access_token": "token"}
        params = validated({**plain, **given}, module.specification())
        context = TaskContext(
            {"ANSIBLE_HOME": str(tmp_path)}, check_mode=check_mode, diff=diff, cipher=lambda _vault_id: PlainCipher()
        )
        return module.rotate_passwords(params, context)

    return task


def test_one_user_is_rotated_once(run: Run, service: FakeService, tmp_path: Path) -> None:
    """Store and event log are below Ansible's home unless told otherwise."""
    first = run(user_id=user_id(), diff=True)
    assert (first["outcome"], first["changed"], first["failed"]) == ("applied", True, False)
    second = run(user_id=user_id())
    assert (second["outcome"], second["changed"], second["failed"]) == ("unchanged", False, False)
    (password,) = service.patches
    assert password not in json.dumps([first, second])
    home = tmp_path / "partnercenter"
    assert (home / "passwords" / CUSTOMER / f"{user_id()}.yml").exists()
    (event,) = (home / "events.jsonl").read_text().splitlines()
    assert json.loads(event)["id"] == first["request_id"] and password not in event


def test_a_list_with_the_event_log_elsewhere(run: Run, service: FakeService, tmp_path: Path) -> None:
    users = [{"user_id": user_id(number)} for number in (1, 2)]
    shown = run(users=users, event_log=str(tmp_path / "told"))
    assert [row["outcome"] for row in shown["users"]] == ["applied", "applied"]
    assert shown["msg"] == "2 of 2 passwords set"
    assert len((tmp_path / "told").read_text().splitlines()) == 2 and len(set(service.patches)) == 2


def test_evidence_of_the_other_service_is_refused(run: Run, service: FakeService) -> None:
    shown = run(user_id=user_id(), evidence="directory")
    assert shown["failed"] and shown["msg"].startswith("evidence: ") and service.patches == []
    assert run(user_id=user_id(), evidence="audit_log")["outcome"] == "applied"


def test_check_mode_writes_nothing(run: Run, service: FakeService, tmp_path: Path) -> None:
    shown = run(user_id=user_id(), check_mode=True)
    assert (shown["outcome"], shown["changed"]) == ("would_reset", True)
    assert service.patches == [] and not list(tmp_path.rglob("*.yml"))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"orphan_after": 0}, "orphan_after: must be at least 1"),
        ({"generator": {"length": 3}}, "generator.length: "),
        ({"store": {"type": "file", "url": "https://vault.example"}}, "store.url: "),
        ({"user_id": "x"}, "user_id: "),
        ({"rotation_id": None, "operation": "rollback"}, "rotation_id: "),
        ({"max_resets": -1}, "max_resets: "),
        ({"max_resets_per_customer": -1}, "max_resets_per_customer: "),
        ({"pilot": -1}, "pilot: "),
    ],
)
def test_nothing_is_asked_before_all_options_make_sense(
    run: Run, service: FakeService, given: dict[str, Any], sentence: str
) -> None:
    shown = run(**{"user_id": user_id(), **given})
    assert shown["failed"] and shown["msg"].startswith(sentence), shown["msg"]
    assert service.patches == []

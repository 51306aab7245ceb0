# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Setting passwords that the caller brings: parameters in, one plain result out, whatever happens."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import password
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.connecting import settings_of
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.password import set_passwords
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    OTHER_PASSWORD,
    PASSWORD,
    raised,
    user_id,
    user_name,
)
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import Answer, FakeService
from ansible_collections.csp.partnercenter.tests.unit.support.parameters import CANARY, leaks, listed, parameters


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    """Stands behind every connection that the boundary opens."""
    service = FakeService(now=datetime.now(UTC)).with_users(5)
    monkeypatch.setattr(password, "open_connection", lambda *_args, **_more: service.connection())
    return service


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def run(home: Path, params: dict[str, Any], *, check_mode: bool = False, diff: bool = False, **environment: str) -> Any:
    context = TaskContext({"ANSIBLE_HOME": str(home), **environment}, check_mode=check_mode, diff=diff)
    return set_passwords(params, context)


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_plainest_task_is_idempotent(service: FakeService, home: Path) -> None:
    first = run(home, parameters())
    assert (first["outcome"], first["changed"], first["failed"]) == ("applied", True, False)
    second = run(home, parameters())
    assert (second["outcome"], second["changed"], second["failed"]) == ("unchanged", False, False)
    assert service.patches == [PASSWORD]
    place = "partnercenter/ledger"
    assert names(home) == [
        f"{place}.key",
        f"{place}/.{CUSTOMER}.lock",
        f"{place}/.ledger.lock",
        f"{place}/{CUSTOMER}.json",
    ]
    assert PASSWORD not in str(first) + str(second)


def test_a_rotation_id_is_no_command_to_the_runner_of_a_pipeline(service: FakeService, home: Path) -> None:
    evil = listed({"user_id": user_id(1)}, {"user_id": user_id(2)}, rotation_id="##vso[task.prependpath]/tmp")
    first, second = (run(home, evil, diff=True) for _unused in range(2))
    assert "# #vso" in second["msg"] and "##" not in f"{second['msg']}{first['diff']}"


def test_the_list_form(service: FakeService, home: Path) -> None:
    shown = run(home, listed({"user_id": user_id(1)}, {"user_principal_name": user_name(2)}), diff=True)
    assert [row["outcome"] for row in shown["users"]] == ["applied", "applied"]
    assert shown["msg"] == "2 of 2 passwords set" and len(shown["diff"]) == 2
    assert json.loads(json.dumps(shown)) == shown


def test_check_mode_leaves_no_trace(service: FakeService, home: Path) -> None:
    shown = run(home, parameters(), check_mode=True, diff=True)
    assert (shown["outcome"], shown["changed"]) == ("would_reset", True)
    assert not home.exists() and service.patches == []


def test_check_mode_makes_no_key(service: FakeService, home: Path) -> None:
    run(home, parameters())
    (home / "partnercenter" / "ledger.key").unlink()
    before = names(home)
    shown = run(home, parameters(), check_mode=True)
    assert shown["failed"] and "ledger.key cannot be used: No such file or directory" in shown["msg"]
    assert names(home) == before


@pytest.mark.parametrize("key", ["ab" * 32, "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="])
def test_the_key_of_the_option_or_of_the_environment(service: FakeService, home: Path, key: str) -> None:
    """Both are the same key, in hexadecimal and in base64."""
    run(home, parameters(ledger_key="ab" * 32))
    assert run(home, parameters(), PARTNERCENTER_LEDGER_KEY=key)["outcome"] == "unchanged"
    assert "ledger.key" not in str(names(home))
    other = run(home, parameters(ledger_key="cd" * 32))
    assert other["failed"] and "set ledger_key or PARTNERCENTER_LEDGER_KEY" in other["msg"]
    assert len(service.patches) == 1


def test_a_key_of_the_wrong_length(service: FakeService, home: Path) -> None:
    shown = run(home, parameters(ledger_key=CANARY))
    assert shown["failed"] and shown["msg"].startswith("ledger_key: must be 32 bytes") and not leaks(shown)


def test_the_ledger_of_the_option_or_of_the_environment(
    service: FakeService, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    run(home, parameters(), PARTNERCENTER_LEDGER="~/repository")
    assert (tmp_path / "repository" / f"{CUSTOMER}.json").exists()
    run(home, parameters(ledger=str(tmp_path / "other")), PARTNERCENTER_LEDGER="~/repository")
    assert (tmp_path / "other" / f"{CUSTOMER}.json").exists()


@pytest.mark.parametrize("folder", ["partnercenter", "", "partnercenter/../partnercenter"])
def test_the_key_never_lies_in_the_ledgers_folder(service: FakeService, home: Path, folder: str) -> None:
    shown = run(home, parameters(ledger=str(home / folder)))
    assert shown["failed"] and shown["msg"].startswith("ledger: must not hold the key, which is at")
    assert service.patches == [] and not home.exists()
    assert not run(home, parameters(ledger=str(home / folder), ledger_key="ab" * 32))["failed"]


def test_the_audit_log_needs_no_local_state(service: FakeService, home: Path) -> None:
    for expected in ("applied", "unchanged"):
        shown = run(home, parameters(evidence="audit_log", rotation_id="2026-11", audit_timeout=1))
        assert shown["outcome"] == expected
    assert not home.exists()


def test_what_the_audit_log_cannot_answer_is_refused_offline(service: FakeService, home: Path) -> None:
    shown = run(home, parameters(evidence="audit_log"))
    assert shown["failed"] and shown["msg"].startswith("evidence: audit_log cannot tell")
    assert service.requests == []


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"max_resets": -1}, "max_resets: must be"),
        ({"max_resets_per_customer": -1}, "max_resets_per_customer: must be"),
        ({"pilot": -1}, "pilot: must be"),
        ({"audit_timeout": -1}, "audit_timeout: must be"),
        ({"audit_timeout": float("nan")}, "audit_timeout: must be"),
        ({"audit_timeout": float("inf")}, "audit_timeout: must be"),
        ({"password": "short"}, "password: must have 8 to 256 characters"),
        ({"customer_id": CANARY}, "customer_id: is not a GUID"),
        ({"user_id": CANARY}, "user_id: is not a GUID"),
        ({"user_id": None, "user_principal_name": CANARY}, "user_principal_name: is not a user principal name"),
        ({"customer_id": None, "customer_domain": CANARY}, "customer_domain: is not a domain name"),
        ({"not_before": CANARY}, "not_before: is not a time"),
        ({"max_age": CANARY}, "max_age: is not an age"),
        ({"rotation_id": CANARY + "\nx"}, "rotation_id: holds characters"),
        ({"window": {"from": CANARY}}, "window.from: is not a time of day"),
        ({"window": {"time_zone": CANARY}}, "window.time_zone: is not a time zone"),
        ({"window": {"days": [CANARY]}}, "window.days: must be a list"),
    ],
)
def test_bad_input_is_one_sentence_that_quotes_nothing(
    service: FakeService, home: Path, given: dict[str, Any], complaint: str
) -> None:
    shown = run(home, parameters(**given))
    assert (shown["changed"], shown["failed"]) == (False, True)
    assert shown["msg"].startswith(complaint) and not leaks(shown)
    assert shown["error"] == {"message": shown["msg"]}
    assert service.requests == [] and not home.exists()


@pytest.mark.parametrize("timeout", [0, 601, float("nan"), "soon", CANARY])
def test_a_time_out_that_is_none(timeout: Any) -> None:
    params = parameters() | {"timeout": timeout}
    assert not leaks(raised(lambda: settings_of(params, TaskContext({}))).args)


def test_a_time_out_comes_from_the_environment_as_text(home: Path) -> None:
    shown = run(home, parameters(), PARTNERCENTER_TIMEOUT=CANARY)
    assert shown["msg"] == "timeout: is not a number of seconds"


def test_credentials_that_contradict_each_other(home: Path) -> None:
    shown = run(home, parameters(refresh_token=CANARY, access_token=CANARY))
    assert shown["failed"] and "stands alone" in shown["msg"] and not leaks(shown)


@pytest.mark.parametrize("where", ["open_connection", "make_intents", "_evidence", "make_options"])
def test_an_exception_that_nobody_foresaw_is_a_static_sentence(
    service: FakeService, home: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def fail(*_arguments: Any, **_more: Any) -> Any:
        raise RuntimeError(CANARY) from ValueError(CANARY)

    monkeypatch.setattr(password, where, fail)
    assert run(home, parameters()) == {
        "changed": False,
        "failed": True,
        "msg": "an internal error of the collection (RuntimeError); please report it",
    }


def test_an_exception_while_the_password_is_sent_is_unknown(service: FakeService, home: Path) -> None:
    service.bug = CANARY
    service.will(1, Answer.BUG)
    shown = run(home, parameters(audit_timeout=0))
    assert (shown["outcome"], shown["changed"], shown["failed"]) == ("unknown", True, True)
    assert not leaks(shown) and "(Unforeseen)" in shown["error"]["message"]
    assert run(home, parameters(password=OTHER_PASSWORD, audit_timeout=0))["outcome"] == "unknown"


def test_a_missing_user_is_a_row_and_not_an_exception(service: FakeService, home: Path) -> None:
    shown = run(home, listed({"user_id": user_id(1)}, {"user_id": user_id(99)}))
    assert shown["failed"] and shown["changed"]
    assert [row["outcome"] for row in shown["users"]] == ["applied", "rejected"]
    assert shown["users"][1]["error"]["code"] == 60002

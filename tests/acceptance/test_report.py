# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of the role user_password_rotation: what they say, and that nothing in them acts or leaks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from driver import Player, Run
from rotating import Vaulted

from ansible_collections.csp.partnercenter.tests.unit.support.report import column_of

ROLE = "csp.partnercenter.user_password_rotation"
SILENT = "a host without users"


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    """Customers with few users: the report is looked at, not the rotation."""
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=2, users=6, special_users=True, http=True) as emulator:
        yield emulator


@dataclass
class Reported:
    """What runs of the role left in the folder of the report."""

    folder: Path
    runs: list[Run]
    secrets: set[str]

    @property
    def page(self) -> str:
        return (self.folder / "index.html").read_text()

    @property
    def text(self) -> str:
        """What a person without scripts reads."""
        body = re.sub(r"<(script|style).*?</\1>", "", self.page, flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]*>", " ", body).split())

    @property
    def history(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "history.jsonl").read_text().splitlines()]


def serial_play() -> dict[str, Any]:
    """Customers one after another are still one run. The one that fails ends the play before the last has its turn."""
    return {"hosts": "all", "connection": "local", "serial": 1, "ignore_errors": False, "tasks": [], "roles": [ROLE]}


@pytest.fixture(scope="module")
def reported(running: Any, tmp_path_factory: pytest.TempPathFactory) -> Reported:
    """Two rotations, and a plan. A lost answer leaves one user pending, and a refusal after it quarantined."""
    running.reset()
    player = Player(running, tmp_path_factory.mktemp("report"))
    folder = player.folder / "report"
    vaulted = Vaulted(player, {"type": "file", "path": str(player.folder / "store")})
    customers = running.customers
    hosts: dict[str, Any] = {
        customer["domain"]: {
            "partnercenter_customer_id": customer["id"],
            "partnercenter_users": [{"user_id": user["id"]} for user in customer["users"]],
        }
        for customer in customers
    }
    hosts[customers[1]["domain"]]["partnercenter_users"] += [
        {"user_id": user["id"]} for user in customers[1]["special_users"].values()
    ]
    hosts[SILENT] = {"partnercenter_customer_id": customers[0]["id"]}
    inventory = player.folder / "inventory.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))

    def run(rotation: str, formats: list[str], **options: Any) -> Run:
        variables = {
            "user_password_rotation_report_formats": formats,
            "user_password_rotation_rotation_id": rotation,
            "user_password_rotation_audit_timeout": 0,
            "user_password_rotation_max_age": "30d",
            "user_password_rotation_store": dict(vaulted.options),
            "user_password_rotation_report_folder": str(folder),
        }
        arguments = ["-i", str(inventory), *options.pop("arguments", ())]
        return player(variables=variables, environment=vaulted.environment, arguments=arguments, **options)

    def on(user: Mapping[str, Any], **fault: Any) -> None:
        place = f"/v1/customers/{customers[1]['id']}/users/{user['id']}"
        running.fault(**fault, method="PATCH", path=place)

    doubtful, lost = customers[1]["users"][:2]
    playbook = "csp.partnercenter.rotate_user_passwords"
    for user in (doubtful, lost):
        on(user, name="html", status=200)
    runs = [run("first", ["html"], playbook=playbook)]
    on(doubtful, name="status", status=403, code=900308)
    on(lost, name="html", status=200)
    runs.append(run("first", ["html"], play=serial_play()))
    kept = (folder / "index.html").read_text()
    only = ["--limit", customers[0]["domain"]]
    runs.append(run("second", ["md", "csv", "html"], playbook=playbook, arguments=["--check", "--diff", *only]))
    (folder / "plan.html").write_text((folder / "index.html").read_text())
    (folder / "index.html").write_text(kept)
    secrets = {password for user in running.passwords().values() for password in user["history"]}
    return Reported(folder, runs, secrets | {running.client_secret, running.refresh_token})


def test_the_page_says_what_was_done_and_what_needs_a_human(reported: Reported) -> None:
    text = reported.text
    assert "6 users need a human" in text
    assert "1 customer did not report" not in text and SILENT in text
    for heading, names in {
        "Quarantined 1 user": "user-0001@customer-002",
        "Unknown 1 user": "user-0002@customer-002",
        "Rejected 4 users": "federated@customer-002",
    }.items():
        assert heading in text and names in text
    assert "operation: resume" in text
    assert "the user is federated" in text
    assert len(column_of(reported.folder, "outcome")) == 6 * 2 + 4 and f"{6 * 2 + 4} users" in text


def test_customers_one_after_another_are_one_run_and_each_run_has_a_line(reported: Reported) -> None:
    first, second = reported.history
    assert [run["customers"] for run in (first, second)] == [3, 2]
    assert first["set"] == 10 and first["unknown"] == 2 and first["rejected"] == 4
    assert second["set"] == 0 and second["unknown"] == 2 and second["unchanged"] == 10
    assert first["run"] != second["run"]


def test_a_plan_says_so_and_is_no_history(reported: Reported) -> None:
    plan = (reported.folder / "plan.html").read_text()
    assert "This is a plan: nothing was sent." in plan and "<title>Plan: " in plan
    assert len(reported.history) == 2
    assert "would_reset" in plan
    assert "6 would change" in next(reported.folder.glob("*.md")).read_text()
    assert "<!DOCTYPE html>" not in reported.runs[2].stdout, "--diff must not show whole reports"


def test_no_secret_is_in_a_report(reported: Reported) -> None:
    assert len(reported.secrets) > 20
    for path in reported.folder.rglob("*"):
        content = path.read_text() if path.is_file() else ""
        assert not any(secret in content for secret in reported.secrets), path

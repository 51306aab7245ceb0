# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of the role user_password_rotation: what they say, and that nothing in them acts or leaks."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from driver import Player, Run
from rotating import Vaulted

ROLE = "csp.partnercenter.user_password_rotation"
SILENT = "a host without users"
NASTY = "\"><img src=x onerror=alert(1)>{{ 7 * 7 }}{% raw %}</script><script>alert(2)</script>'\u2028&amp;|`*x*"
FORMULA = '\t=HYPERLINK("http://example.com")'


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

    @property
    def rows(self) -> list[dict[str, Any]]:
        """By customer, as the script of the page reads them."""
        found = re.search(r'<script type="application/json" id="data">(.*?)</script>', self.page, re.DOTALL)
        assert found
        customers: list[dict[str, Any]] = json.loads(found[1])["customers"]
        return customers


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


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    """Rows as they are, whatever the names in them."""
    folder = tmp_path_factory.mktemp("nasty")
    row = {"customer_id": "11111111-1111-1111-1111-111111111111", "user_id": None, "reason": None, "certainty": None}
    row |= {"set_at": None, "request_id": None, "correlation_id": None, "changed": False, "failed": True}
    users = [
        row | {"outcome": "rejected", "user_principal_name": "NASTY", "error": {"message": "NASTY"}},
        row | {"outcome": "rejected", "user_principal_name": "FORMULA", "error": {"message": "FORMULA"}},
        row | {"outcome": "unknown", "user_principal_name": "plain", "left": "orphaned", "error": {"message": "-1"}},
    ]
    summary = {"total": 3, "changed": 1, "unchanged": 0, "failed": 3, "unknown": 1, "throttled": 0}
    batches = [
        {"user_password_rotation_first": 0, "users": users, "summary": summary, "msg": "3 of 3 users failed"},
        {"user_password_rotation_first": 3, "msg": "NASTY"},
    ]
    text = json.dumps(batches)
    for name, value in (("NASTY", NASTY), ("FORMULA", FORMULA)):
        text = text.replace(f'"{name}"', f"!unsafe {json.dumps(value)}")
    variables = folder / "variables.yml"
    variables.write_text(f"user_password_rotation_batches: {{results: {text}}}\n")
    facts = {
        "user_password_rotation_run": {"id": "this-run", "started": "2026-11-01T00:00:00+00:00"},
        "user_password_rotation_summary": summary,
        "user_password_rotation_report_folder": str(folder / "report"),
        "partnercenter_users": [{}] * 5,
        "user_password_rotation_asked": {"declared": 5, "chosen": 5},
        "partnercenter_customer_id": row["customer_id"],
    }

    class NoEmulator:
        def __getattr__(self, name: str) -> str:
            return f"no {name}"

    run = Player(NoEmulator(), folder)(
        {"name": "Report", "include_role": {"name": ROLE, "tasks_from": "report"}},
        play={"hosts": "all", "connection": "local", "ignore_errors": False},
        variables=facts,
        arguments=["-i", "../<North> & South/East,", "-e", f"@{variables}"],
    )
    assert run.rc == 0, run.stdout + run.stderr
    return Reported(folder / "report", [run], set())


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
    total = sum(len(customer["outcome"]) for customer in reported.rows)
    assert total == 6 * 2 + 4 and f"{total} users" in text


def test_customers_one_after_another_are_one_run_and_each_run_has_a_line(reported: Reported) -> None:
    first, second = reported.history
    assert [run["customers"] for run in (first, second)] == [2, 2]
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


def test_names_are_text_in_the_page(nasty: Reported) -> None:
    assert "<img" not in nasty.page and nasty.page.count("<script") == 2 == nasty.page.count("</script")
    assert "49" not in nasty.text.replace("&#", "")
    (customer,) = nasty.rows
    assert customer["user"] == [NASTY, FORMULA, "plain"]
    assert customer["error"] == [NASTY, FORMULA, "-1"]
    assert "Not reached 2 users" in nasty.text and "users 4 to 5 of 5" in nasty.text
    assert "Orphaned 1 user" in nasty.text


def test_a_host_of_any_name_stays_in_the_folder(nasty: Reported) -> None:
    names = sorted(path.name for path in nasty.folder.parent.rglob("*.csv"))
    assert len(names) == 1 and re.fullmatch(r"_\._North_.*-[0-9a-f]{8}\.csv|_.*-[0-9a-f]{8}\.csv", names[0])
    assert next(nasty.folder.glob("*.csv")).parent == nasty.folder


def test_no_cell_of_the_csv_is_a_formula(nasty: Reported) -> None:
    with next(nasty.folder.glob("*.csv")).open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["outcome"] for line in lines] == ["rejected", "rejected", "unknown", "not_reached"]
    assert lines[0]["user_principal_name"].split() == NASTY.split()
    assert lines[1]["user_principal_name"].startswith("' =HYPERLINK")
    assert lines[2]["error"] == "'-1" and lines[2]["left"] == "orphaned"
    assert not any(value.strip().startswith(tuple("=+-@")) for line in lines for value in line.values())


def test_names_are_text_in_the_markdown(nasty: Reported) -> None:
    content = next(nasty.folder.glob("*.md")).read_text()
    table = [line for line in content.splitlines() if line.startswith("|")]
    assert len(table) == 2 + 3
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {9}
    assert "<img" not in content and "{{ 7 \\* 7 }}" in content
    assert "Users 4 to 5 were not reached" in content

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second run of the same declaration changes nothing, and what is declared anew is done, by each policy."""

from __future__ import annotations

import json
import ssl
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from driver import MODULE, MOSTLY_IN_PROCESS, ids, live, over_both_gateways, password, patches, set_password

pytestmark = over_both_gateways(pytest.mark.truth)
FUTURE = (datetime.now(UTC) + timedelta(days=30)).isoformat()


@MOSTLY_IN_PROCESS
def test_each_policy(emulator: Any, play: Any, path: str) -> None:
    customer = emulator.customers[0]["id"]
    people = [ids(emulator, number) for number in range(7)]
    names = ("plain", "force", "rotation", "age", "before", "ahead")

    def declare(**changes: dict[str, Any]) -> list[dict[str, Any]]:
        declared: dict[str, dict[str, Any]] = {
            "plain": {},
            "force": {},
            "rotation": {"rotation_id": "2026-11"},
            "age": {"max_age": "30d"},
            "before": {"not_before": "2026-01-01T00:00:00Z"},
            "ahead": {"not_before": FUTURE},
        }
        users = [
            {"user_id": user["user_id"], "password": password(name)} | declared[name] | changes.get(name, {})
            for user, name in zip(people, names, strict=False)
        ]
        return [
            set_password("list", customer_id=customer, users=users),
            set_password("always", **people[6], password=password("always"), update_password="always"),
        ]

    def column(run: Any, key: str) -> dict[str, Any]:
        return {name: row[key] for name, row in zip(names, run["list"]["users"], strict=True)}

    first = play(*declare(), path=path)
    assert column(first, "outcome") == dict.fromkeys(names, "applied")
    assert column(first, "reason") == dict.fromkeys(names, "no_ledger")
    assert (first["always"]["outcome"], first["always"]["reason"]) == ("applied", "always")

    second = play(*declare(), path=path)
    assert column(second, "outcome") == dict.fromkeys(names, "unchanged")
    assert column(second, "certainty") == dict.fromkeys(names, "ledger")
    assert column(second, "set_at") == column(first, "set_at")
    assert second["list"]["changed"] is False
    assert second["always"]["outcome"] == "applied"
    assert len(patches(emulator)) == 8

    time.sleep(1.1)
    third = play(
        *declare(
            plain={"password": password("another")},
            force={"force_change_password": False},
            rotation={"rotation_id": "2026-12"},
            age={"max_age": "1s", "password": password("age again")},
            before={"not_before": datetime.now(UTC).isoformat()},
        ),
        path=path,
    )
    due = {"plain": "fingerprint", "force": "fingerprint", "rotation": "rotation_id", "age": "age", "before": "age"}
    assert column(third, "reason") == {**due, "ahead": None}
    assert live(emulator, people[0]) == password("another")
    assert live(emulator, people[3]) == password("age again")
    assert emulator.state()[people[1]["user_id"]]["force_change_password"] is False
    assert len(patches(emulator)) == 14


def test_only_the_intent_counts(emulator: Any, play: Any) -> None:
    """Another password under the same rotation id, or at the same age, is no change; but it is by when_changed."""
    people = [ids(emulator, number) for number in range(3)]

    def tasks(tag: str) -> list[dict[str, Any]]:
        return [
            set_password("rotation", **people[0], password=password(tag), rotation_id="one"),
            set_password("age", **people[1], password=password(tag), max_age="30d"),
            set_password(
                "named", **people[2], password=password(tag), rotation_id="one", update_password="when_changed"
            ),
        ]

    play(*tasks("a"))
    run = play(*tasks("b"))
    assert [run[name]["outcome"] for name in ("rotation", "age", "named")] == ["unchanged", "unchanged", "applied"]
    assert live(emulator, people[0]) == password("a")


def test_a_user_who_obeys_is_not_reset_again(emulator: Any, play: Any) -> None:
    """The user had to choose a password at the next sign-in, and did: no drift."""
    person = ids(emulator, 0)
    task = set_password("reset", **person, password=password("first"))
    play(task)
    context = ssl.create_default_context(cafile=emulator.ca_path)
    body = {"passwordProfile": {"password": "The-users-own-1", "forceChangePassword": False}}
    request = urllib.request.Request(
        f"{emulator.api_url}/v1/customers/{person['customer_id']}/users/{person['user_id']}",
        data=json.dumps(body).encode(),
        method="PATCH",
        headers={"Authorization": f"Bearer {emulator.access_token}", "Content-Type": "application/json"},
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)).open(
        request
    ).close()
    run = play(task)
    assert run["reset"]["outcome"] == "unchanged"
    assert live(emulator, person) == "The-users-own-1"


def test_nothing_due_asks_nothing_where_users_are_not_checked(emulator: Any, play: Any) -> None:
    task = set_password("reset", **ids(emulator, 0), password=password("first"), check_user=False)
    play(task)
    before = emulator.counters()
    run = play(task)
    assert run["reset"]["outcome"] == "unchanged"
    after = emulator.counters()
    assert (after["requests"], after["token_requests"]) == (before["requests"], before["token_requests"])


def test_a_ledger_can_be_carried_elsewhere(emulator: Any, play: Any, tmp_path: Any) -> None:
    """Path and key by option: what is in the repository serves in a new home; the key file is made only without one."""
    folder = tmp_path / "repository" / "ledger"
    task = set_password(
        "reset", **ids(emulator, 0), password=password("first"), ledger=str(folder), ledger_key="ab" * 32
    )
    assert play(task)["reset"]["changed"]
    play.new_home()
    assert play(task)["reset"]["outcome"] == "unchanged"
    assert not list(play.home.rglob("ledger.key"))
    ledger = next(folder.glob("*.json"))
    assert ledger.name == f"{emulator.customers[0]['id']}.json"
    assert ledger.stat().st_mode & 0o777 == 0o600
    play.new_home()
    task[MODULE].pop("ledger")
    task[MODULE].pop("ledger_key")
    run = play(task, environment={"PARTNERCENTER_LEDGER": str(folder), "PARTNERCENTER_LEDGER_KEY": "ab" * 32})
    assert run["reset"]["outcome"] == "unchanged"

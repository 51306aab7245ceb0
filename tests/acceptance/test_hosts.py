# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets go where the controller's own environment says, whatever options and environments of tasks say."""

from __future__ import annotations

from typing import Any

from driver import ids, live, password, set_password

ALLOWED = "PARTNERCENTER_ALLOWED_HOSTS"


def by_another_name(emulator: Any) -> str:
    """The same server, as somebody might name one of their own."""
    return str(emulator.authority_url).replace("127.0.0.1", "localhost")


def test_neither_an_option_nor_the_environment_of_a_task_leads_elsewhere(emulator: Any, play: Any, path: str) -> None:
    elsewhere, user = by_another_name(emulator), ids(emulator, 1)
    by_task = {"PARTNERCENTER_AUTHORITY_URL": elsewhere, ALLOWED: "localhost"}
    run = play(
        set_password("option", **user, password=password(1), authority_url=elsewhere),
        set_password(
            "option and list", **user, password=password(1), authority_url=elsewhere, task={"environment": by_task}
        ),
        set_password("environment", **user, password=password(1), task={"environment": by_task}),
        set_password(
            "api",
            **user,
            password=password(1),
            task={"environment": {"PARTNERCENTER_API_URL": "https://evil.example.org"}},
        ),
        path=path,
    )
    for name in ("option", "option and list", "environment"):
        assert run[name]["failed"] and run[name]["msg"].startswith("authority_url: leads to localhost:"), run[name]
        assert f"{ALLOWED}=localhost:" in run[name]["msg"]
    assert run["api"]["msg"].startswith("api_url: leads to evil.example.org")
    assert emulator.journal() == []


def test_the_environment_of_the_process_does(emulator: Any, play: Any, path: str) -> None:
    """A module elsewhere gets the controller's list."""
    user = ids(emulator, 2)
    task = set_password("reset", **user, password=password(2), authority_url=emulator.authority_url)
    other = {"PARTNERCENTER_AUTHORITY_URL": "https://login.example.org"}
    refused = play(task, path=path, environment=other)
    assert "authority_url: leads to 127.0.0.1" in refused["reset"]["msg"]
    run = play(task, path=path, environment={**other, ALLOWED: "vault.example.org, 127.0.0.1"})
    assert run["reset"]["changed"], run["reset"]
    assert live(emulator, user) == password(2)


def test_an_inventory_and_a_lookup_do_not_lead_elsewhere_either(emulator: Any, play: Any) -> None:
    file = play.folder / "partnercenter.yml"
    file.write_text(f"plugin: csp.partnercenter.partnercenter\nauthority_url: {by_another_name(emulator)}\n")
    store = {"type": "hashi_vault", "url": "https://evil.example.org", "token": "Kanarie-token"}
    seen = "{{ lookup('csp.partnercenter.partnercenter_password', 'a@contoso.example', store=store) }}"
    run = play(
        {"name": "look up", "ansible.builtin.debug": {"msg": seen}},
        variables={"store": store},
        arguments=["-i", str(file)],
        environment={"VAULT_ADDR": "https://vault.example.org"},
    )
    assert "authority_url: leads to localhost:" in run.screen
    assert "store.url: leads to evil.example.org" in run.screen
    assert emulator.journal() == []

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in by hand: both flows, what is saved, what is refused, and what a check says."""

from __future__ import annotations

import html
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from driver import ids, live, password, set_password
from signing import ALONE, MODULE, Browser, awaited, newest, opened, sign_in, vault


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=2, users=4, knobs={"device_code_interval": 1}) as emulator:
        yield emulator


@pytest.fixture
def by_itself(emulator: Any) -> Any:
    """A person who signs in at once, whenever asked."""
    emulator.knobs(device_code_approval="automatic")
    return emulator


def test_by_a_code(emulator: Any, play: Any, tmp_path: Path) -> None:
    """Says where to go and what to type; goes on when that is done; the next task uses what was saved."""
    file = tmp_path / "kept" / "refresh-token"
    user = ids(emulator, 0)
    running = play.start(
        sign_in("sign in", refresh_token_file=str(file)),
        set_password("reset", **user, password=password("new"), refresh_token_file=str(file)),
        environment=vault(tmp_path) | {"PARTNERCENTER_REFRESH_TOKEN": None},
        arguments=["-vvvvv", "--diff"],
    )
    shown = awaited(running.folder / "log", r"open (https://\S+) in any browser and enter the code (\w+)(?=\W)")
    assert not file.exists()
    status, page = Browser(emulator).post(shown[1], code=shown[2])
    assert (status, "You have signed in" in page) == (200, True)
    run = running.finish()

    assert run.rc == 0, run.screen
    result = run["sign in"]
    assert result["changed"]
    assert result["account"] == emulator.account["user_principal_name"]
    assert (result["tenant_id"], result["multi_factor"], result["app_and_user"]) == (emulator.tenant_id, True, True)
    assert str(file) in result["kept_in"]
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert file.read_text().startswith("$ANSIBLE_VAULT;")
    kept = opened(tmp_path, file.read_text())
    assert kept.endswith(newest(emulator))
    assert run["reset"]["outcome"] == "applied"
    assert live(emulator, user) == password("new")
    everything = run.screen + str(run.results) + (running.folder / "log").read_text()
    assert kept not in everything
    assert "eyJ" not in everything  # what every access token begins with


def test_in_a_browser(emulator: Any, play: Any, tmp_path: Path) -> None:
    """The browser comes back with the code; a forged visit is sent away and does not end the wait."""
    file = tmp_path / "refresh-token"
    running = play.start(
        sign_in("sign in", flow="authorization_code", redirect_port=0, refresh_token_file=str(file), encrypt=False),
        environment={"PARTNERCENTER_REFRESH_TOKEN": None},
    )
    log = running.folder / "log"
    back = awaited(log, r"reaches (http://localhost:\d+) on this machine")[1]
    address = awaited(log, r"(https://\S+/authorize\?\S+)(?=\s)")[1]
    browser = Browser(emulator)
    assert browser.post(back.replace("localhost", "127.0.0.1"), code="stolen", state="guessed")[0] == 404
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', browser.get(address))
    status, page = browser.post(
        back.replace("localhost", "127.0.0.1"), **{name: html.unescape(value) for name, value in fields}
    )
    assert (status, "You have signed in" in page) == (200, True)
    run = running.finish()
    assert run.rc == 0, run.screen
    assert run["sign in"]["multi_factor"]
    assert "code_challenge_method=S256" in address
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert file.read_text().strip().endswith(newest(emulator))
    assert fields[0][1] not in run.screen + log.read_text()


def test_refusals_in_the_browser_are_told_by_number(emulator: Any, play: Any, tmp_path: Path) -> None:
    running = play.start(
        sign_in("sign in", flow="authorization_code", redirect_port=0, refresh_token_file=str(tmp_path / "x")),
        environment=vault(tmp_path) | {"PARTNERCENTER_REFRESH_TOKEN": None},
    )
    back = awaited(running.folder / "log", r"reaches http://localhost:(\d+)(?=\s)")[1]
    state = awaited(running.folder / "log", r"[?&]state=([\w-]+)(?=[&\s])")[1]
    refused = {"error": "access_denied", "error_description": "AADSTS65004: some text", "state": state}
    status, page = Browser(emulator).post(f"http://127.0.0.1:{back}", **refused)
    assert (status, "refused" in page) == (200, True)
    run = running.finish()
    assert run["sign in"]["error"]["code"] == 65004
    assert "declined" in run["sign in"]["msg"]
    assert "some text" not in run.screen


def test_what_is_not_good_is_not_saved(emulator: Any, play: Any, tmp_path: Path) -> None:
    """One run for each: without MFA; declined; too late. What was there before stays."""
    file = tmp_path / "refresh-token"
    file.write_text("before\n")
    file.chmod(0o600)
    task = sign_in("sign in", refresh_token_file=str(file), encrypt=False, patience=3)
    sentences = {
        "device_code_approval=automatic token_mfa=off": "without multi-factor authentication",
        "device_code_approval=denied": "AADSTS65004",
        "device_code_approval=manual": "nobody signed in",
        "token_error=50076": "AADSTS50076",
    }
    for knobs, sentence in sentences.items():
        emulator.reset()
        emulator.knobs(**dict(pair.split("=") for pair in knobs.split()))
        run = play(task, environment={"PARTNERCENTER_REFRESH_TOKEN": None})
        assert run["sign in"]["failed"]
        assert sentence in run["sign in"]["msg"]
        assert file.read_text() == "before\n"


def test_before_anybody_signs_in(by_itself: Any, play: Any, tmp_path: Path) -> None:
    """What can be known in advance is: nothing is asked of Entra ID, and nobody is bothered in vain."""
    place = {"refresh_token_file": str(tmp_path / "x")}
    run = play(
        sign_in("no vault password", **place),
        sign_in("other vault id", **place, vault_id="prod"),
        sign_in("nowhere", encrypt=False),
        sign_in("two places", **place, refresh_token_store={"type": "file"}),
        sign_in("token", **place, access_token="x"),
        sign_in("port", **place, encrypt=False, flow="authorization_code", redirect_port=70000),
        sign_in("async", **place, encrypt=False, task={"async": 60, "poll": 1}),
        sign_in("tenant", refresh_token_store={"type": "file", "path": str(tmp_path)}, tenant_id="contoso.com"),
        sign_in("unknown", **place, password="Kanarie"),
        environment={"PARTNERCENTER_REFRESH_TOKEN": None},
    )
    for name, words in {
        "no vault password": "give a vault password",
        "other vault id": "give a vault password",
        "nowhere": "to save the refresh token there",
        "two places": "exactly one of",
        "token": "stands alone",
        "port": "redirect_port",
        "async": "async cannot be used",
        "tenant": "must be the tenant's GUID",
        "unknown": "no such option",
    }.items():
        assert run[name]["failed"], name
        assert words in run[name]["msg"], name
    check = play(
        sign_in("sign in", **place, encrypt=False), check=True, environment={"PARTNERCENTER_REFRESH_TOKEN": None}
    )
    assert check["sign in"]["changed"]
    assert "would sign in" in check["sign in"]["msg"]
    assert by_itself.counters()["token_requests"] == 0
    assert not (tmp_path / "x").exists()


def test_a_store_keeps_it_as_well(by_itself: Any, play: Any, tmp_path: Path) -> None:
    """Signed in, checked and used from a store; each run leaves the newest token in it."""
    store = {"type": "file", "path": str(tmp_path / "store")}
    user = ids(by_itself, 1)
    by_itself.knobs(refresh_token_rotation="strict")
    environment = vault(tmp_path) | {"PARTNERCENTER_REFRESH_TOKEN": None}
    play(sign_in("sign in", refresh_token_store=store), environment=environment)
    run = play(
        sign_in("check", operation="check", refresh_token_store=store),
        set_password("reset", **user, password=password(1), refresh_token_store=store),
        environment=environment,
    )
    assert run.rc == 0, run.screen
    assert run["check"]["saved_at"]
    assert run["reset"]["changed"]
    (file,) = (tmp_path / "store").rglob("*.yml")
    ciphertext = re.search(r"partnercenter_password: !vault \|\n((?:  .*\n)+)", file.read_text())
    assert ciphertext
    assert opened(tmp_path, re.sub(r"(?m)^  ", "", ciphertext[1])).endswith(newest(by_itself))
    elsewhere = play(
        set_password("reset", **user, password=password(1), refresh_token_store=store),
        environment=environment,
        path="module",
    )
    assert "in the controller's process" in elsewhere["reset"]["msg"]


def test_what_a_check_says(emulator: Any, play: Any, tmp_path: Path) -> None:
    """Who, where, since when, and what is missing; with a customer, how far the account gets."""
    first, second = emulator.customers
    without_mfa = emulator.new_refresh_token(mfa=False)
    app_only = emulator.token(app_only=True)
    emulator.customer(second["id"], relationship=False)
    variables = {"without_mfa": without_mfa, "app_only": app_only}
    app = {"access_token": "{{ app_only }}"}
    run = play(
        sign_in("good", operation="check", customer_domain=first["domain"]),
        sign_in("stranger", operation="check", customer_id=second["id"]),
        sign_in("no mfa", operation="check", refresh_token="{{ without_mfa }}"),
        sign_in("app only", operation="check", **app, customer_id=first["id"]),
        variables=variables,
    )
    good = run["good"]
    assert not good["failed"]
    assert not good["changed"]
    assert good["object_id"] == emulator.account["id"]
    assert good["saved_at"] is None
    assert good["customer"] == {
        "customer_id": first["id"],
        "name": good["customer"]["name"],
        "reads_customer": True,
        "reads_users": True,
        "reads_roles": True,
    }
    assert run["stranger"]["failed"]
    assert not run["stranger"]["customer"]["reads_users"]
    assert run["stranger"]["customer"]["error"]["status"] == 403
    assert run["no mfa"]["multi_factor"] is False
    assert "without multi-factor authentication" in run["no mfa"]["msg"]
    assert run["app only"]["app_and_user"] is False
    assert run["app only"]["customer"]["reads_customer"]
    assert "no user is behind" in run["app only"]["msg"]
    assert not any(value in run.screen for value in variables.values())
    assert {entry["method"] for entry in emulator.journal()} == {"GET"}


def test_a_check_is_the_same_in_check_mode(emulator: Any, play: Any) -> None:
    run = play(sign_in("check", operation="check", customer_id=emulator.customers[0]["id"]), check=True)
    assert run["check"]["customer"]["reads_users"]
    assert not run["check"]["changed"]


def test_a_check_grants_the_consent_of_named_customers_once(emulator: Any, play: Any) -> None:
    first, second = emulator.customers
    for customer in (first, second):
        emulator.customer(customer["id"], consent=False)
    emulator.customer(second["id"], gdap_roles=["User Administrator"])
    one = {"operation": "check", "grant_consent": [first["domain"]]}
    would = play(sign_in("would", **one), check=True)["would"]
    assert would["changed"] and [row["state"] for row in would["consents"]] == ["would_grant"]
    assert {entry["method"] for entry in emulator.journal()} == {"GET"}
    run = play(
        sign_in("not asked", operation="check"),
        sign_in("granted", **one),
        sign_in("again", **one),
        sign_in("both", operation="check", grant_consent=[first["id"], second["id"]]),
    )
    assert "consents" not in run["not asked"]
    changed = [(run[name]["changed"], run[name]["failed"]) for name in ("granted", "again", "both")]
    assert changed == [(True, False), (False, False), (False, True)]
    assert [row["state"] for row in run["both"]["consents"]] == ["present", "failed"]
    assert "hold the GDAP role Cloud Application Administrator" in run["both"]["msg"]
    reads = set(emulator.standing(first["id"])["consents"][emulator.client_id])
    assert reads == {"User-PasswordProfile.ReadWrite.All", "User.Read.All", "RoleManagement.Read.Directory"}
    assert not emulator.standing(second["id"])["consents"]


def test_the_module_is_in_the_action_group(emulator: Any, play: Any) -> None:
    given = {"client_secret": "{{ secret }}", "refresh_token": "{{ token }}"}
    run = play(
        {"name": "check", MODULE: {"operation": "check"}},
        play={"module_defaults": {"group/csp.partnercenter.all": given}},
        variables={"secret": emulator.client_secret, "token": emulator.refresh_token},
        environment=ALONE,
    )
    assert run["check"]["account"] == emulator.account["user_principal_name"]

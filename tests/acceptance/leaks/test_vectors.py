# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The leak canary where Ansible itself is known to show what it was trusted with: one test for each such way."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from driver import HERE, PATHS, ids, password, set_password, some
from leaking import Trial, always, both_gateways, both_ways, in_full, without_core_dumps
from rotating import VAULT_PASSWORD, Vaulted

ROOT = Path(__file__).resolve().parents[3]
SABOTEUR = str(HERE / "saboteur")
SHOW = "ansible.builtin.debug"
INTERNAL = "an internal error of the collection (RuntimeError)"


@always
@both_ways
@both_gateways
def test_unforeseen_exceptions(emulator: Any, trial: Trial, path: str) -> None:
    """Their texts, and those that they were raised from, hold the answer with the password or with the token."""
    customer = list(PATHS).index(path)
    python_path = f"{SABOTEUR}{os.pathsep}{os.environ['PYTHONPATH']}"
    users = some(emulator, range(4)) if customer == 0 else []
    user = ids(emulator, 5, customer)
    tasks = [set_password("one", **user, password=password("one"), audit_timeout=0)]
    if users:
        tasks.append(set_password("many", customer_id=user["customer_id"], users=users, audit_timeout=0))
    emulator.fault("status", method="PATCH", status=400, description="REFUSED: {password}", count=9)
    for word in ("REFUSED", "token_type"):
        run = trial(*tasks, path=path, environment={"PYTHONPATH": python_path, "SABOTAGE": word})
        for task in tasks:
            assert run[task["name"]]["failed"] and (INTERNAL in run[task["name"]]["msg"] or word == "token_type")


#: What ``repr`` writes in another way: Ansible looks for the password as it was given.
ESCAPED = ("\\", "\"'", "\"'\\")
INFO = "csp.partnercenter.partnercenter_user_info"


@always
@pytest.mark.parametrize("kind", ["syslog", "journal"])
def test_the_log_of_the_system(emulator: Any, trial: Trial, kind: str) -> None:
    """AnsibleModule writes there what it was called with; the modules of the collection write nothing."""
    customer = emulator.customers[1]["id"]
    users = [
        {"user_id": ids(emulator, 20 + number, 1)["user_id"], "password": password(f"log{number}{odd}")}
        for number, odd in enumerate(ESCAPED)
    ]
    secrets = {"client_secret": emulator.client_secret, "refresh_token": emulator.refresh_token}
    run = trial(
        {"name": "other", "ansible.builtin.ping": {"data": "another module is logged"}},
        set_password("many", customer_id=customer, users=users),
        set_password("one", customer_id=customer, user_id=users[0]["user_id"], password=users[0]["password"]),
        set_password("refused", customer_id=customer, users=[{**users[0], "password": [password("listed")]}]),
        {"name": "info", INFO: {"customer_id": customer, **{name: f"{{{{ the.{name} }}}}" for name in secrets}}},
        path="module",
        variables={"the": secrets},
        environment={"SYSTEM_LOG_KIND": kind},
    )
    assert run["many"]["changed"] and run["one"]["outcome"] == "unchanged" and run["info"]["users"]
    assert run["refused"]["msg"].startswith("users[0].password: must be a text, and is a list")
    lines = (trial.play.folder / "system_log").read_text().splitlines()
    assert any(line.startswith(kind) and "another module is logged" in line for line in lines)
    assert not [line for line in lines if "partnercenter" in line]


@in_full
@both_gateways
def test_unforeseen_exceptions_of_a_rotation(emulator: Any, trial: Trial) -> None:
    vaulted = Vaulted(trial.play, {"type": "file"})
    trial.secrets["the vault password"] = VAULT_PASSWORD
    people = [ids(emulator, number) for number in range(3)]
    python_path = f"{SABOTEUR}{os.pathsep}{os.environ['PYTHONPATH']}"
    environment = vaulted.environment | {"PYTHONPATH": python_path, "SABOTAGE": "REFUSED"}
    emulator.fault("status", method="PATCH", status=400, description="REFUSED: {password}", count=9)
    run = trial(vaulted.task("rotate", people, rotation_id="r1", audit_timeout=0), environment=environment)
    assert INTERNAL in run["rotate"]["msg"]


@in_full
@both_ways
def test_warnings(emulator: Any, trial: Trial, path: str) -> None:
    """Of the file that everybody can read, and of the refresh token that has no place: never what is in them."""
    customer = list(PATHS).index(path)
    assertion = trial.given / "assertion"
    assertion.write_text(emulator.federated_assertion())
    assertion.chmod(0o644)
    options = {"client_assertion_file": str(assertion), "refresh_token": "{{ token }}"}
    task = set_password("warned", **ids(emulator, 6, customer), password=password("warned"), **options)
    run = trial(task, path=path, variables={"token": emulator.refresh_token})
    shown = "".join(run.screen.split())
    assert "everyuserofthismachinecanread" in shown and "noplacetosaveit" in shown


@in_full
@both_gateways
def test_loops_facts_and_results(emulator: Any, trial: Trial) -> None:
    """What is registered and shown; a loop over dictionaries with secrets, hidden as the README says."""
    users = some(emulator, range(8, 11))
    customer_id = emulator.customers[0]["id"]
    loop = {"loop": users, "loop_control": {"label": "{{ item.user_id }}"}, "no_log": True, "register": "looped"}
    one = {"customer_id": customer_id, "user_id": "{{ item.user_id }}", "password": "{{ item.password }}"}
    fact = {"kept": "{{ listed }}", "cacheable": True}
    run = trial(
        set_password("loop", **one, task=loop),
        {"name": "show loop", SHOW: {"msg": "{{ looped.results | map(attribute='msg') }}"}},
        set_password("list", customer_id=customer_id, users=users, task={"register": "listed"}),
        {"name": "set", "ansible.builtin.set_fact": fact},
        {"name": "show", SHOW: {"var": "kept"}},
        environment={
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(trial.play.folder / "facts"),
        },
    )
    assert len(run["show loop"]["msg"]) == 3 and run["list"]["summary"]["unchanged"] == 3
    assert list((trial.play.folder / "facts").iterdir())


@in_full
@both_ways
def test_misspelt_options(emulator: Any, trial: Trial, path: str) -> None:
    """Of the module, of an element, of a task that is hidden, and of the role; and a password that became a key."""
    user = ids(emulator, 11)
    wrong = [{"user_id": user["user_id"], "pasword": password("in a list")}]
    key = [{"user_id": user["user_id"], f"password:{password('a key')}": None}]
    role = {"ansible.builtin.include_role": {"name": "csp.partnercenter.user_password_reset"}, "name": "role"}
    variables = {"partnercenter_customer_id": user["customer_id"], "partnercenter_users": "{{ wrong }}"}
    run = trial(
        set_password("misspelt", **user, pasword=password("misspelt")),
        set_password("hidden", **user, pasword=password("hidden"), task={"no_log": True}),
        set_password("in a list", customer_id=user["customer_id"], users=wrong),
        {**role, "vars": variables, "ignore_errors": True},
        {**role, "vars": variables | {"partnercenter_users": "{{ key }}"}, "ignore_errors": True},
        path=path,
        variables={"wrong": wrong, "key": key},
    )
    assert "pasword: no such option" in run["misspelt"]["msg"]
    assert "users[0].pasword: no such option" in run["in a list"]["msg"]
    assert run.rc == 0 and "users[0].pasword: no such option" in run.screen.partition("Validating arguments")[2]
    assert "users[0].(not a name): no such option" in run.screen


@in_full
def test_async_results(emulator: Any, trial: Trial) -> None:
    """The file with the result of a background job stays until it is cleaned up."""
    folder = str(trial.play.folder / "async")
    task = set_password("later", **ids(emulator, 12, 1), password=password("later"), task={"async": 60, "poll": 1})
    environment = {"ANSIBLE_ASYNC_DIR": folder}
    run, leaks = trial.hunted(task, path="module", environment=environment)
    assert run["later"]["outcome"] == "applied"
    assert_only_ansiballz(trial, leaks)


def assert_only_ansiballz(trial: Trial, leaks: list[Any]) -> None:
    """Ansible's own file that hands a module its arguments, and the draft of it. Nobody else can read them."""
    places = {leak.place for leak in leaks}
    own = r"(remote_tmp/ansible-tmp-[^/]+/AnsiballZ_\w+\.py|local_tmp/ansible-local-\w+/tmp\w+)"
    pattern = f"{re.escape(str(trial.play.folder))}/{own}(, while it was there)?"
    assert all(re.fullmatch(pattern, place) for place in places), places
    for file in trial.play.folder.glob("remote_tmp/*/AnsiballZ_*"):
        assert file.parent.stat().st_mode & 0o077 == 0


def killed(emulator: Any, trial: Trial, path: str, **environment: str) -> list[Any]:
    """What a run leaves that is killed while a reset is under way."""
    customer = list(PATHS).index(path)
    emulator.fault("timeout_after", method="PATCH", seconds=60)
    task = set_password("killed", **ids(emulator, 13, customer), password=password("killed"))
    with without_core_dumps(), trial.watch() as watch:
        running = trial.start(task, path=path, environment=environment)
        assert emulator.wait(patches=1, timeout=60)
        running.kill()
    return trial.search(watch)


@always
@both_ways
@both_gateways
def test_kill(emulator: Any, trial: Trial, path: str) -> None:
    """`kill -9` at the worst moment, with pipelining: nothing is left in any folder."""
    assert killed(emulator, trial, path) == []


@in_full
def test_kill_without_pipelining(emulator: Any, trial: Trial) -> None:
    """Ansible's own file is on disk, with the password in it: documented, and the reason to run in process."""
    leaks = killed(emulator, trial, "module", ANSIBLE_PIPELINING="false")
    assert leaks, "Ansible has changed: mend docs/SECURITY.md"
    assert_only_ansiballz(trial, leaks)
    told = (ROOT / "docs" / "SECURITY.md").read_text()
    assert "ANSIBLE_PIPELINING" in told and "ANSIBLE_DEBUG" in told


@in_full
def test_without_pipelining(emulator: Any, trial: Trial) -> None:
    """A run that ends well leaves nothing, and shows nothing meanwhile but Ansible's own file."""
    task = set_password("slow way", **ids(emulator, 14, 1), password=password("slow way"))
    run, leaks = trial.hunted(task, path="module", environment={"ANSIBLE_PIPELINING": "false"})
    assert run["slow way"]["outcome"] == "applied"
    assert all(leak.place.endswith("while it was there") for leak in leaks)
    assert_only_ansiballz(trial, leaks)


@pytest.mark.parametrize("programs", [pytest.param("2.22", marks=pytest.mark.leaks)], indirect=True)
@both_gateways
def test_what_the_engine_made_or_got_is_masked_in_all_that_comes_later(emulator: Any, trial: Trial) -> None:
    """A playbook that shows generated passwords and tokens, from wherever it has them, shows a placeholder."""
    vaulted = Vaulted(trial.play, {"type": "file"})
    trial.secrets["the vault password"] = VAULT_PASSWORD
    control = emulator.description["control_url"]
    read = "lookup('ansible.builtin.url', '{}', use_proxy=False, split_lines=False)"
    issued = f"({read.format(f'{control}/issued')} | from_json)"
    run = trial(
        vaulted.task("rotate", [ids(emulator, 17), ids(emulator, 18)], rotation_id="r1"),
        {"name": "passwords", SHOW: {"msg": f"{{{{ {read.format(f'{control}/passwords')} }}}}"}},
        # The first access token is the emulator's own, and nobody asked for it.
        {"name": "tokens", SHOW: {"msg": f"{{{{ [{issued}.refresh_token, {issued}.access_token[1:]] }}}}"}},
        environment=vaulted.environment,
    )
    assert run["rotate"]["summary"]["changed"] == 2
    assert str(run["passwords"]["msg"]).count("$REDACTED$") == 4, "two users, each with the live one and the history"
    assert run["tokens"]["msg"] == [["$REDACTED$", "$REDACTED$"], ["$REDACTED$"]]


def test_what_is_never_used() -> None:
    """Ways of Ansible that show more than they are given, or have silently stopped to hide it."""
    source = {path: path.read_text() for path in (ROOT / "plugins").rglob("*.py")}
    for word in (
        "no_log_values",
        "exception=",
        ".deprecate(",
        "format_exc",
        "print_exc",
        "trust_as_template(",
    ):
        assert not [path for path, text in source.items() if word in text], word
    # It takes in what libraries log.
    assert [path.name for path, text in source.items() if "logging." in text] == ["library_output.py"]

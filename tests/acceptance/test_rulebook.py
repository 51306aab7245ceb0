# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample rulebook in the real ansible-rulebook: its alerts become jobs of the template that it names.

The jobs are those of ansible-runner, and rotate at the emulator.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from controller import Controller, Item, running_controller
from driver import patches
from jobs import Jobs, Loader, stats
from rotating import vault_password_file

from ansible_collections.csp.partnercenter.tests.unit.support.server import free_port

ROOT = Path(__file__).resolve().parents[2]
RULEBOOK = ROOT / "extensions" / "eda" / "rulebooks" / "rotate_leaked_passwords.yml"
SAMPLE: dict[str, Any] = yaml.load((ROOT / "playbooks" / "vars" / "configure_awx.yml").read_text(), Loader)
PROGRAM = shutil.which("ansible-rulebook", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
TOKEN = "a-token-of-the-webhook"

pytestmark = [
    pytest.mark.places,
    pytest.mark.skipif(not PROGRAM, reason="there is no ansible-rulebook here"),
    pytest.mark.skipif(not shutil.which("java"), reason="there is no Java here, which ansible-rulebook needs"),
]


@dataclass
class Rulebook:
    """A process of ansible-rulebook with the sample."""

    output: Path
    port: int
    process: subprocess.Popen[bytes] = field(init=False)

    def post(self, **payload: Any) -> None:
        """Deliver an event."""
        answer = requests.post(
            f"http://127.0.0.1:{self.port}/alerts",
            json=payload,
            headers={"Authorization": f"Bearer {TOKEN}"},
            proxies={"http": ""},
            timeout=30,
        )
        answer.raise_for_status()

    def is_up(self) -> bool:
        try:
            self.post(type="something_else")
        except requests.RequestException:
            return False
        return True

    @property
    def printed(self) -> str:
        return self.output.read_text()


@pytest.fixture
def controller() -> Iterator[tuple[str, Controller]]:
    """A controller with the template for which the rulebook asks, as configure_awx makes it."""
    with running_controller() as (url, state):
        (sample,) = [job for job in SAMPLE["awx_job_templates"] if job["name"] == "Rotation - alert"]
        content = {"name": sample["name"], "job_type": sample["job_type"], "extra_vars": "{}"}
        template = state.create("job_templates", content)
        state.linked[f"{template['url']}survey_spec/"] = SAMPLE["awx_survey"]
        yield url, state


@dataclass
class Ran:
    """Jobs in the order of their end: their variables, and how many hosts changed; None where the job failed."""

    variables: list[Item] = field(default_factory=list)
    changed: list[int | None] = field(default_factory=list)


@pytest.fixture
def ran(emulator: Any, tmp_path: Path, controller: tuple[str, Controller]) -> Ran:
    """The controller runs jobs from now on, each in a folder of its own; only the store lasts."""
    hosts = {}
    for customer in emulator.customers[:2]:
        users = [{"user_principal_name": user["user_principal_name"]} for user in customer["users"][:3]]
        hosts[customer["domain"]] = {"partnercenter_customer_id": customer["id"], "partnercenter_users": users}
    store = {"user_password_rotation_store": {"type": "file", "path": str(tmp_path / "store")}}
    jobs = Jobs(
        emulator,
        tmp_path,
        {"ANSIBLE_VAULT_PASSWORD_FILE": vault_password_file(tmp_path)},
        {"all": {"hosts": hosts}},
        {},
    )
    result = Ran()

    def launch(template: Item, variables: Item) -> bool:
        assert template["name"] == "Rotation - alert" and template["job_type"] == "run"
        status, events = jobs("rotate_user_passwords", **variables | store)
        result.variables.append(variables)
        result.changed.append(stats(events, "changed") if status == 0 else None)
        return status == 0

    controller[1].launcher = launch
    return result


@contextmanager
def rulebook(folder: Path, url: str) -> Iterator[Rulebook]:
    """Ended with the block, and with it what it remembers of earlier events."""
    port = free_port()
    # The port is that of the sample otherwise, and may be taken here.
    (folder / "rulebook.yml").write_text(RULEBOOK.read_text().replace("port: 5000", f"port: {port}"))
    (folder / "variables.yml").write_text(json.dumps({"webhook_token": TOKEN}))
    running = Rulebook(folder / f"printed-{port}", port)
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "EDA_CONTROLLER_URL": url,
        "EDA_CONTROLLER_TOKEN": "a-token-of-the-controller",
        "EDA_JOB_TEMPLATE_REFRESH_DELAY": "0.2",
    }
    command = [str(PROGRAM), "--rulebook", "rulebook.yml", "--vars", "variables.yml"]
    with running.output.open("wb") as output:
        running.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            wait_for(running.is_up, running)
            yield running
        finally:
            running.process.terminate()
            running.process.wait(300)


def wait_for(done: Callable[[], bool], running: Rulebook) -> None:
    deadline = time.monotonic() + 900
    while not done():
        assert time.monotonic() < deadline and running.process.poll() is None, running.printed
        time.sleep(0.1)


@pytest.mark.parametrize("prefix", ["", "/api/controller/"], ids=["awx", "gateway"])
def test_an_event_becomes_one_rotation(
    emulator: Any,
    tmp_path: Path,
    controller: tuple[str, Controller],
    ran: Ran,
    prefix: str,
    figure: Callable[[str], None],
) -> None:
    """Also where it is delivered again to a program that was started anew, and remembers nothing."""
    url, state = controller
    customer = emulator.customers[0]
    one, two = (user["user_principal_name"] for user in customer["users"][:2])
    alert = {"type": "password_leaked", "id": "ALERT-1", "customer": customer["domain"]}
    with rulebook(tmp_path, url + prefix) as running:
        running.post(**alert, user=one)
        running.post(**alert, user=one)
        running.post(**alert, user=two)
        wait_for(lambda: len(ran.changed) == 2, running)
    assert len(patches(emulator)) == 2 and ran.changed == [1, 1]
    with rulebook(tmp_path, url + prefix) as running:
        running.post(**alert, user=one)
        wait_for(lambda: len(ran.changed) == 3, running)
        assert len(patches(emulator)) == 2 and ran.changed[2] == 0, "the rotation id is known"
        running.post(**alert | {"id": "ALERT-2"}, user=one)
        wait_for(lambda: len(ran.changed) == 4, running)
    assert len(patches(emulator)) == 3 and ran.changed[3] == 1
    first = ran.variables[0]
    assert first["user_password_rotation_rotation_id"] == "ALERT-1" and first["rotation_reason"] == "Alert ALERT-1"
    assert "ansible_eda" not in first, "nothing of the event that was not checked"
    assert state.prefixes == {"/api/controller/v2/" if prefix else "/api/v2/"}
    figure(
        f"ansible-rulebook ({'gateway' if prefix else 'AWX'}): 5 deliveries of 3 alerts, one of them to a new "
        f"process: {len(ran.changed)} jobs, {len(patches(emulator))} resets"
    )


def test_what_no_job_can_be_made_of_is_printed(
    emulator: Any, tmp_path: Path, controller: tuple[str, Controller], ran: Ran
) -> None:
    """Missing, empty and of the wrong kind, not only of the wrong form."""
    customer = emulator.customers[0]
    name = customer["users"][0]["user_principal_name"]
    good = {"type": "password_leaked", "id": "ALERT-1", "customer": customer["domain"], "user": name}
    wrong = {
        "no id": {key: value for key, value in good.items() if key != "id"},
        "no customer": {key: value for key, value in good.items() if key != "customer"},
        "no user": {key: value for key, value in good.items() if key != "user"},
        "an id of nothing": good | {"id": None},
        "an id with a line": good | {"id": "ALERT-1\nx"},
        "a list": good | {"id": ["ALERT-1"]},
        "a template": good | {"customer": "{{ 1 }}"},
        "a pattern of hosts": good | {"customer": "all:!contoso"},
        "two users": good | {"user": f"{name}, {name}"},
        "an object": good | {"user": {"name": name}},
    }
    with rulebook(tmp_path, controller[0]) as running:
        for label, event in wrong.items():
            running.post(**event, label=label)
        running.post(**good)
        wait_for(lambda: len(ran.changed) == 1, running)
        wait_for(lambda: running.printed.count("'label':") == len(wrong), running)
    assert all(f"'{label}'" in running.printed for label in wrong)
    assert TOKEN not in running.printed

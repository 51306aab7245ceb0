# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs real playbooks and hands back what their tasks returned.

Each run proves on its way out that no password and no credential was shown or left behind.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cores
import pytest
from canary import Hunt
from process_tree import kill_family

HERE = Path(__file__).resolve().parent
#: The ansible-core that runs all playbooks of these tests, where another is asked for than that of the tests.
CORE = os.environ.get("ANSIBLE_CORE", "")
MODULE = "csp.partnercenter.partnercenter_user_password"
#: Every password of these tests holds this word. The quote and the backslash are those that leak most easily.
CANARY = "Kanarie"
PATHS = {"in_process": "local", "module": "elsewhere"}
#: What both ways take from the engine is tried by one; in full length by the module as well, which takes twice as long.
MOSTLY_IN_PROCESS = pytest.mark.parametrize("path", ["in_process", pytest.param("module", marks=pytest.mark.truth)])

GATEWAYS = ("partner_center", "graph")


def over_both_gateways(*marks: pytest.MarkDecorator) -> pytest.MarkDecorator:
    """Run a test over Partner Center, and over Microsoft Graph where these marks are chosen."""
    return pytest.mark.parametrize("gateway", [GATEWAYS[0], pytest.param(GATEWAYS[1], marks=marks)])


def password(tag: object = "") -> str:
    """A password that keeps Entra's rules, the same for the same tag."""
    return f'{CANARY}"{tag}\\7'


def set_password(name: str, *, task: Mapping[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """A task. ``task`` holds keywords of the task itself."""
    return {"name": name, MODULE: options, **(task or {})}


def ids(emulator: Any, number: int, customer: int = 0) -> dict[str, str]:
    """Both keys of an ordinary user, as options."""
    chosen = emulator.customers[customer]
    return {"customer_id": chosen["id"], "user_id": chosen["users"][number]["id"]}


def some(emulator: Any, numbers: Iterable[int], tag: object = "") -> list[dict[str, str]]:
    """Elements of a list of users of the first customer, each with a password of its own."""
    users = emulator.customers[0]["users"]
    return [{"user_id": users[number]["id"], "password": password(f"{tag}-{number}")} for number in numbers]


def special(emulator: Any, kind: str) -> dict[str, str]:
    """Both keys of a federated, synced, deleted or privileged user."""
    chosen = emulator.customers[0]
    return {"customer_id": chosen["id"], "user_id": chosen["special_users"][kind]["id"]}


def live(emulator: Any, user: Mapping[str, str]) -> str:
    """The password with which this user signs in now."""
    return str(emulator.passwords()[user["user_id"]]["current"])


def sent(emulator: Any, user: Mapping[str, str]) -> list[str]:
    """The passwords that were set for this user since the start, in order."""
    history: list[str] = emulator.passwords()[user["user_id"]]["history"]
    return history[1:]


def patches(emulator: Any) -> list[dict[str, Any]]:
    """The requests that set, or would have set, a password."""
    return [entry for entry in emulator.journal() if entry["method"] == "PATCH"]


def reset_of(gateway: str, user: Mapping[str, str]) -> dict[str, str]:
    """Where the request goes that sets this user's password, for an order of a fault."""
    customer = "/v1.0" if gateway == "graph" else f"/v1/customers/{user['customer_id']}"
    return {"method": "PATCH", "path": f"{customer}/users/{user['user_id']}"}


def user_of(request: Mapping[str, Any]) -> str:
    """The user whom a request of the journal is about."""
    return str(request["path"].partition("/users/")[2].partition("/")[0])


def name_of(request: Mapping[str, Any]) -> str:
    """The id that the collection gave to a request: Graph makes the request id itself."""
    return str(request["correlation_id" if request["service"] == "graph" else "request_id"])


@dataclass
class Run:
    """One run of ansible-playbook that has ended."""

    rc: int
    stdout: str
    stderr: str
    results: list[dict[str, Any]]
    seconds: float = 0.0

    def __getitem__(self, task: str) -> dict[str, Any]:
        """What the task returned, on the only host that ran it."""
        found = [line["result"] for line in self.results if line["task"].rpartition(" : ")[2] == task]
        assert len(found) == 1, f"{len(found)} results of {task!r}\n{self.stdout[-3000:]}\n{self.stderr[-3000:]}"
        return found[0]

    def of_host(self, host: str, task: str) -> dict[str, Any]:
        """What the task returned on a host."""
        (found,) = [
            line["result"]
            for line in self.results
            if line["host"] == host and line["task"].rpartition(" : ")[2] == task
        ]
        return found

    @property
    def screen(self) -> str:
        """Both streams without line breaks that the display makes."""
        return " ".join((self.stdout + self.stderr).split())


def recap(run: Run) -> dict[str, tuple[int, int]]:
    """How often each host changed and failed, by the last lines on the screen."""
    found = re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=0\s+failed=(\d+)", run.stdout, re.MULTILINE)
    return {host: (int(changed), int(failed)) for host, changed, failed in found}


@dataclass
class Running:
    """A run that is under way."""

    process: subprocess.Popen[str]
    folder: Path
    secrets: Mapping[str, str]
    home: Path

    def kill(self) -> None:
        """``kill -9`` for the program and all its workers."""
        kill_family(self.process)

    def finish(self, timeout: float = 300.0) -> Run:
        """Waits for the end; kills what does not end."""
        try:
            stdout, stderr = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        recorded = self.folder / "results"
        text = recorded.read_text() if recorded.exists() else ""
        run = Run(self.process.returncode, stdout, stderr, [json.loads(line) for line in text.splitlines()])
        log = self.folder / "log"
        self.assert_nothing_shown(stdout, stderr, text, log.read_text() if log.exists() else "")
        return run

    def assert_nothing_shown(self, *texts: str) -> None:
        """Neither in what was written nor in what was left in the home."""
        hunt = Hunt(self.secrets)
        for text in texts:
            hunt.content("what was shown", text)
        hunt.files(self.home)
        assert not hunt.leaks, hunt.leaks[:20]


@dataclass
class Player:
    """Starts playbooks in a home of their own, with the credentials of an emulator in the environment."""

    emulator: Any
    folder: Path
    gateway: str = GATEWAYS[0]
    home: Path = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self.home = self.folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)

    def new_home(self) -> None:
        """As in a container that was thrown away: no local file is left."""
        shutil.rmtree(self.home)
        self.home.mkdir()

    def credentials(self) -> dict[str, str]:
        """What the README tells to set, and where the emulator is."""
        names = (
            "api_url",
            "graph_url",
            "authority_url",
            "ca_path",
            "tenant_id",
            "client_id",
            "client_secret",
            "refresh_token",
        )
        return {f"PARTNERCENTER_{name.upper()}": str(getattr(self.emulator, name)) for name in names}

    def environment(self, changes: Mapping[str, str | None]) -> dict[str, str]:
        """The environment of a run; a change to None takes a variable away."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "PARTNERCENTER_"))}
        merged: dict[str, str | None] = {
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_PIPELINING": "true",
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "plugins" / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "recorder",
            "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "plugins" / "connection"),
            "HOME": str(self.home),
            **self.credentials(),
            **({"PARTNERCENTER_GATEWAY": self.gateway} if self.gateway != GATEWAYS[0] else {}),
            **changes,
        }
        return {name: value for name, value in merged.items() if value is not None}

    def start(
        self,
        *tasks: Mapping[str, Any],
        path: str = "in_process",
        play: Mapping[str, Any] | None = None,
        variables: Mapping[str, Any] | None = None,
        environment: Mapping[str, str | None] | None = None,
        arguments: Iterable[str] = (),
        playbook: str | None = None,
        program: str = "ansible-playbook",
        here: Path | None = None,
    ) -> Running:
        """A play of these tasks on localhost, or the playbook that is named; started in the folder ``here``.

        Passwords inside of tasks are moved to a file of variables, as everybody ought to have them.
        """
        self.count += 1
        folder = self.folder / f"run-{self.count}"
        folder.mkdir()
        extracted: dict[str, str] = {}
        content: dict[str, Any] = {"name": "Play", "hosts": "localhost", "gather_facts": False}
        content |= {"connection": PATHS[path], "ignore_errors": True, "tasks": list(tasks), **(play or {})}
        (folder / "play.yml").write_text(json.dumps([_without_secrets(content, extracted)], indent=1))
        (folder / "variables.json").write_text(json.dumps({"canaries": extracted, **(variables or {})}))
        here = here or folder
        local = {"RECORDER_PATH": str(folder / "results"), "ANSIBLE_LOG_PATH": str(folder / "log"), "PWD": str(here)}
        environment = self.environment({**local, **(environment or {})})
        command = [str(programs() / program), "-e", f"@{folder / 'variables.json'}"]
        if path == "module":  # an implicit localhost is always the controller itself
            command += ["-i", "localhost,", "-e", f"ansible_python_interpreter={sys.executable}"]
        process = subprocess.Popen(
            [*command, *arguments, playbook or str(folder / "play.yml")],
            env=environment,
            cwd=here,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        secrets = {name: str(getattr(self.emulator, name)) for name in ("client_secret", "refresh_token")}
        secrets["a password"] = CANARY
        return Running(process, folder, secrets, self.home)

    def __call__(self, *tasks: Mapping[str, Any], check: bool = False, diff: bool = False, **options: Any) -> Run:
        """The same, to its end."""
        arguments = [*options.pop("arguments", ())] + ["--check"] * check + ["--diff"] * diff
        return self.start(*tasks, arguments=arguments, **options).finish()


def programs() -> Path:
    """The folder of Ansible's programs."""
    found = cores.programs(CORE) if CORE else Path(sys.executable).parent
    assert found is not None, f"no Python for ansible-core {CORE} here"
    return found


def _without_secrets(content: Any, extracted: dict[str, str]) -> Any:
    """The same with ``{{ canaries.… }}`` in the place of each password."""
    if isinstance(content, Mapping):
        return {key: _without_secrets(value, extracted) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_without_secrets(value, extracted) for value in content]
    if isinstance(content, str) and CANARY in content:
        name = f"canary_{len(extracted)}"
        extracted[name] = content
        return f"{{{{ canaries.{name} }}}}"
    return content

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to set passwords that are measured side by side. Each is a process of its own, in an empty home."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measuring import Cost, run

HERE = Path(__file__).resolve().parent
PASSWORD_MODULE = "csp.partnercenter.partnercenter_user_password"
ROTATION_MODULE = "csp.partnercenter.partnercenter_user_password_rotation"
_CREDENTIALS = ("api_url", "authority_url", "ca_path", "tenant_id", "client_id", "client_secret", "refresh_token")
#: In each password, so that whoever finds one in a log knows where it is from.
_WORD = "Meting"


@dataclass
class Bench:
    """An emulator, a folder for runs, and how many workers everybody gets."""

    emulator: Any
    folder: Path
    workers: int = 32
    count: int = 0
    customer: int = 0
    lasting: dict[str, str] = field(default_factory=dict)

    @property
    def customer_id(self) -> str:
        return str(self.emulator.customers[self.customer]["id"])

    def users(self, number: int, tag: object = "") -> list[dict[str, str]]:
        """The first users of the customer, each with a password of its own."""
        chosen = self.emulator.customers[self.customer]["users"][:number]
        if len(chosen) < number:
            raise ValueError(f"the emulator has {len(chosen)} users, not {number}")
        return [
            {"user_id": user["id"], "password": f"{_WORD}-{tag}-{position}-x7"} for position, user in enumerate(chosen)
        ]

    def environment(self, home: Path, changes: Mapping[str, str] | None = None) -> dict[str, str]:
        """As a pipeline has it: credentials in the environment, nothing else of this machine's settings."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "PARTNERCENTER_"))}
        return {
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            **{f"PARTNERCENTER_{name.upper()}": str(getattr(self.emulator, name)) for name in _CREDENTIALS},
            **self.lasting,
            **(changes or {}),
        }

    def room(self) -> Path:
        """An empty folder with an empty home in it."""
        self.count += 1
        room = self.folder / f"run-{self.count}"
        (room / "home").mkdir(parents=True)
        return room

    def play(
        self,
        tasks: Iterable[Mapping[str, Any]],
        variables: Mapping[str, Any] | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        memory: bool = False,
        keep: Path | None = None,
    ) -> Cost:
        """A play of these tasks on localhost; ``keep`` is a room to use again."""
        room = keep or self.room()
        content = {"name": "Play", "hosts": "localhost", "gather_facts": False, "tasks": list(tasks)}
        (room / "play.yml").write_text(json.dumps([content], indent=1))
        (room / "variables.json").write_text(json.dumps(variables or {}))
        command = ["ansible-playbook", "-e", f"@{room / 'variables.json'}", str(room / "play.yml")]
        cost = run(
            [str(Path(sys.executable).parent / command[0]), *command[1:]],
            environment=self.environment(room / "home", environment),
            folder=room,
            memory=memory,
        )
        if keep is None:
            shutil.rmtree(room)
        return cost

    def hosts(
        self,
        inventory: Mapping[str, Any],
        playbook: str | list[Mapping[str, Any]],
        *,
        room: Path,
        forks: int = 10,
        memory: bool = False,
    ) -> Cost:
        """A playbook of the collection by its name, or plays, with the hosts of an inventory."""
        (room / "hosts.json").write_text(json.dumps(inventory))
        if not isinstance(playbook, str):
            (room / "play.yml").write_text(json.dumps(playbook))
            playbook = "play.yml"
        (room / "vault").write_text("a password for the benchmark")
        settings = {"ANSIBLE_FORKS": str(forks), "ANSIBLE_VAULT_PASSWORD_FILE": str(room / "vault")}
        command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts.json", playbook]
        environment = self.environment(room / "home", settings | {"ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "false"})
        return run(command, environment=environment, folder=room, memory=memory)

    def empty(self) -> Cost:
        """A playbook that does nothing."""
        return self.play([{"name": "Nothing", "ansible.builtin.meta": "noop"}])

    def uri(self, number: int, tag: object = "") -> Cost:
        """``ansible.builtin.uri`` in a loop, as most people do it, with one token."""
        users = self.users(number, tag)
        emulator = self.emulator
        body = {
            "passwordProfile": {"password": "{{ item.password }}", "forceChangePassword": True},
            "attributes": {"objectType": "CustomerUser"},
        }
        reset = {
            "url": f"{emulator.api_url}/v1/customers/{self.customer_id}/users/{{{{ item.user_id }}}}/resetpassword",
            "method": "PATCH",
            "body_format": "json",
            "body": body,
            "headers": {"Authorization": f"Bearer {emulator.token()}", "Accept": "application/json"},
            "ca_path": emulator.ca_path,
        }
        task = {"name": "Reset", "ansible.builtin.uri": reset, "loop": "{{ users }}", "no_log": True}
        return self.play([task], {"users": users})

    def loop(self, number: int, tag: object = "", **options: Any) -> Cost:
        """The module for each item of a loop."""
        arguments = {"customer_id": self.customer_id, "user_id": "{{ item.user_id }}"}
        arguments |= {"password": "{{ item.password }}", **options}
        task = {"name": "Reset", PASSWORD_MODULE: arguments, "loop": "{{ users }}", "no_log": True}
        return self.play([task], {"users": self.users(number, tag)})

    def listed(self, number: int, tag: object = "", *, keep: Path | None = None, **options: Any) -> Cost:
        """The module with the whole list in one task."""
        arguments = {"customer_id": self.customer_id, "users": "{{ users }}", "concurrency": self.workers, **options}
        return self.play([{"name": "Reset", PASSWORD_MODULE: arguments}], {"users": self.users(number, tag)}, keep=keep)

    def unchecked(self, number: int, tag: object = "") -> Cost:
        """The list without a look at the users and their roles first."""
        return self.listed(number, tag, check_user=False, allow_privileged=True)

    def rotation(self, number: int, tag: object = "", **options: Any) -> Cost:
        """Generated passwords, staged in the ``file`` store, set, and promoted."""
        room = self.room()
        (room / "vault").write_text("a password for the benchmark")
        users = [{"user_id": user["user_id"]} for user in self.users(number)]
        arguments = {"customer_id": self.customer_id, "users": "{{ users }}", "concurrency": self.workers}
        arguments |= {"rotation_id": f"r-{tag}", "store": {"type": "file", "path": str(room / "store")}, **options}
        environment = {"ANSIBLE_VAULT_PASSWORD_FILE": str(room / "vault")}
        task = {"name": "Rotate", ROTATION_MODULE: arguments}
        cost = self.play([task], {"users": users}, environment=environment, keep=room)
        shutil.rmtree(room)
        return cost

    def floor(self, number: int, tag: object = "", *, times: int = 1) -> Cost:
        """Bare threads with ``requests``, for each user so many times: see floor.py."""
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            folder = Path(place)
            target = {name: str(getattr(self.emulator, name)) for name in _CREDENTIALS}
            target |= {
                "customer_id": self.customer_id,
                "workers": self.workers,
                "users": self.users(number, tag) * times,
            }
            (folder / "targets.json").write_text(json.dumps(target))
            command = [sys.executable, str(HERE / "floor.py"), str(folder / "targets.json")]
            return run(command, environment=self.environment(folder), folder=folder)

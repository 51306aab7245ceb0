# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs playbooks as talkatively as can be, and goes through everything that can be seen of them for secrets."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cores
import pytest
from canary import Hunt, Leak
from driver import CANARY, PATHS, Player, Run, Running, over_both_gateways
from watching import Watch

#: The full form runs on each ansible-core, the reduced one on that of the tests.
EACH_CORE = [pytest.param(core, marks=pytest.mark.leaks) for core in (*cores.PYTHONS, *cores.COMING)]
always = pytest.mark.parametrize("programs", ["installed", *EACH_CORE], indirect=True)
in_full = pytest.mark.parametrize("programs", EACH_CORE, indirect=True)
both_ways = pytest.mark.parametrize("path", PATHS)
both_gateways = over_both_gateways(pytest.mark.leaks)

#: Temporary folders of their own, so that everything in them is of the run.
TEMPORARY = {"TMPDIR": "tmp", "ANSIBLE_LOCAL_TEMP": "local_tmp", "ANSIBLE_REMOTE_TEMP": "remote_tmp"}
#: What a test hands to a run, with secrets in it. All else is searched.
GIVEN = ("play.yml", "variables.json", "vault-password")
#: The secrets that the driver puts into the environment.
ENVIRONMENT = ("the client secret", "the refresh token")
#: Stands in for the system's log in every process of a run.
SYSTEM_LOG = str(Path(__file__).resolve().parent / "system_log")
SCREENS = {
    "text": {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"},
    "yaml": {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"},
    "json": {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"},
}


@dataclass
class Tally:
    """What was searched. ``leaks`` were found where none may be, ``expected`` where a test is about one."""

    runs: int = 0
    tasks: int = 0
    secrets: int = 0
    searches: int = 0
    places: int = 0
    size: int = 0
    leaks: int = 0
    expected: int = 0

    def add(self, run: Run | None, hunt: Hunt, expected: bool) -> None:
        self.runs += 1
        self.tasks += len(run.results) if run else 0
        self.secrets = max(self.secrets, len(hunt.secrets))
        self.searches += hunt.texts
        self.places += hunt.places
        self.size += hunt.size
        self.expected += len(hunt.leaks) * expected
        self.leaks += len(hunt.leaks) * (not expected)

    def __str__(self) -> str:
        told = (
            f"{self.runs:,} runs, {self.tasks:,} results of tasks, up to {self.secrets} secrets in a run, "
            f"{self.searches:,} texts sought, {self.places:,} places, {self.size / 1e6:,.1f} MB searched, "
            f"{self.leaks} leaks"
        )
        return f"{told}, {self.expected} where the test expects them" if self.expected else told

    @classmethod
    def total(cls, tallies: Iterable[Mapping[str, int]]) -> Tally:
        """All of them together."""
        found = cls()
        for tally in tallies:
            for name, number in tally.items():
                whole = getattr(found, name)
                setattr(found, name, max(whole, number) if name == "secrets" else whole + number)
        return found


@dataclass
class Trial:
    """``programs`` holds Ansible's programs. ``secrets`` are those that the emulator does not know, by name."""

    play: Player
    programs: Path
    tally: Tally = field(default_factory=Tally)
    secrets: dict[str, str] = field(default_factory=dict)
    screen: str = "text"

    def __post_init__(self) -> None:
        self.given = self.play.folder / "given"
        self.given.mkdir()
        for name in TEMPORARY.values():
            (self.play.folder / name).mkdir()
        # The path of a socket has 107 characters at most, and ansible-core 2.21 makes one in TMPDIR.
        self._short = tempfile.TemporaryDirectory(prefix="leaks-")
        Path(self._short.name, "t").symlink_to(self.play.folder / TEMPORARY["TMPDIR"])

    def all_secrets(self) -> dict[str, str]:
        """By name: everything that was given, made, issued or shown so far."""
        emulator = self.play.emulator
        found = {"a given password": CANARY, "the client secret": emulator.client_secret} | self.secrets
        for kind, issued in emulator.issued().items():
            found |= {f"{kind} {number}": text for number, text in enumerate(issued)}
        histories = {user: known["history"][1:] for user, known in emulator.passwords().items()}
        for user, history in histories.items():
            generated = {f"password {number} of {user}": text for number, text in enumerate(history)}
            found |= {name: text for name, text in generated.items() if CANARY not in text}
        found["the refresh token"] = emulator.refresh_token
        key = self.play.home / ".ansible" / "partnercenter" / "ledger.key"
        return found | ({"the ledger key": key.read_text().strip()} if key.exists() else {})

    def environment(self, changes: Mapping[str, str | None]) -> dict[str, str | None]:
        tree = os.environ["ANSIBLE_COLLECTIONS_PATH"]
        others = os.environ.get("AWX_COLLECTION_PATH")
        python_path = changes.get("PYTHONPATH") or os.environ["PYTHONPATH"]
        return {
            **{name: str(self.play.folder / folder) for name, folder in TEMPORARY.items()},
            "TMPDIR": str(Path(self._short.name, "t")),
            **SCREENS[self.screen],
            "ANSIBLE_COLLECTIONS_PATH": f"{tree}:{others}" if others else tree,
            "ANSIBLE_CALLBACKS_ENABLED": "recorder,ansible.builtin.tree,ansible.builtin.junit",
            "ANSIBLE_CALLBACK_TREE_DIR": str(self.play.folder / "tree"),
            "JUNIT_OUTPUT_DIR": str(self.play.folder / "junit"),
            "PYTHONWARNINGS": "default",
            "SYSTEM_LOG": str(self.play.folder / "system_log"),
            **changes,
            "PYTHONPATH": f"{SYSTEM_LOG}{os.pathsep}{python_path}",
        }

    def start(self, *tasks: Mapping[str, Any], **options: Any) -> Running:
        options["environment"] = self.environment(options.get("environment") or {})
        program = str(self.programs / options.pop("program", "ansible-playbook"))
        talkative = ["-vvvvv", *(["--diff"] if program.endswith("playbook") else [])]
        options["arguments"] = [*talkative, *options.get("arguments", ())]
        return self.play.start(*tasks, program=program, **options)

    def __call__(self, *tasks: Mapping[str, Any], **options: Any) -> Run:
        """A run in which nothing may leak."""
        run, leaks = self.hunted(*tasks, expected=False, **options)
        assert not leaks, leaks[:20]
        return run

    def hunted(
        self, *tasks: Mapping[str, Any], known: Collection[str] = ENVIRONMENT, expected: bool = True, **options: Any
    ) -> tuple[Run, list[Leak]]:
        """A run, and what leaked. ``known``: the secrets that are in its environment by design."""
        with without_core_dumps(), self.watch() as watch:
            run = self.start(*tasks, **options).finish()
        return run, self.search(watch, run, known, expected=expected)

    def watch(self) -> Watch:
        folders = [self.play.folder / name for name in TEMPORARY.values()]
        return Watch(f"RECORDER_PATH={self.play.folder}", folders)

    def search(
        self, watch: Watch, run: Run | None = None, known: Collection[str] = ENVIRONMENT, *, expected: bool = True
    ) -> list[Leak]:
        """Everything that was seen while it lasted, and everything that is there now."""
        assert watch.looks and (run is None or watch.own_commands), "nothing was watched"
        hunt = Hunt(self.all_secrets())
        if run:
            hunt.content("the screen", run.stdout)
            hunt.content("the screen, errors", run.stderr)
        for command in watch.own_commands:
            hunt.content("a command line", command)
        for content in watch.others:  # other tests give passwords with the same word to processes of theirs
            hunt.content("a command line or an environment of another process", content, given=("a given password",))
        for environment in watch.own_environments:
            hunt.content("an environment of the run", environment, given=known)
        for path, contents in watch.files.items():
            for content in contents:
                hunt.file(f"{path}, while it was there", content)
        hunt.files(self.play.folder, self._given_in)
        self.tally.add(run, hunt, expected)
        return hunt.leaks

    def _given_in(self, path: Path) -> Collection[str]:
        if path.name in GIVEN or self.given in path.parents:
            return self.all_secrets()
        return ("the ledger key",) if path.name == "ledger.key" else ()


@contextmanager
def without_core_dumps() -> Iterator[None]:
    """A process that crashes leaves no image of its memory, as on every machine that handles secrets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))

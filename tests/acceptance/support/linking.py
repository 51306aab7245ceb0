# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that put a password behind a link of a small Password Pusher, and are killed at a step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from driver import Player, Run, Running
from password_pusher_emulator.app import TOKEN, PasswordPusher
from rotating import Vaulted

#: How Partner Center, or Graph, treats each try to set a password or to create a user.
SERVICE: dict[str, dict[str, Any] | None] = {
    "accepts": None,
    "refuses": {"name": "status", "status": 400, "code": 3000},
    "answer lost, took effect": {"name": "reset_connection_after"},
    "answer lost, no effect": {"name": "reset_connection_before"},
}
#: How the link service treats each request.
LINKS = {"works": None, "cannot end links": "stuck", "cannot be reached": "down", "answers oddly": "page"}
#: The write to the store, or the request, before which a run is killed; or the step of the link service at which it is.
Kill = Mapping[str, str] | str
AT_THE_LINK = "made"
NEVER: Kill = {}
OF_THE_LINK_SERVICE = {"KILL_BEFORE": "1", "KILL_PORT": "of the link service"}


@dataclass
class Linking:
    """Runs with a link service, and with a store that lasts."""

    play: Player
    links: PasswordPusher
    vaulted: Vaulted = field(init=False)

    def __post_init__(self) -> None:
        self.vaulted = Vaulted(self.play, {"type": "file", "path": str(self.play.folder / "handovers")})

    @property
    def options(self) -> dict[str, Any]:
        """The options of a task."""
        link = {"type": "password_pusher", "url": self.links.url}
        return {"link": link, "store": dict(self.vaulted.options), "timeout": 5}

    def carried_out(self, task: Mapping[str, Any], kill: Kill) -> Run:
        """One run, perhaps one that is killed."""
        environment = {**self.vaulted.environment, "PARTNERCENTER_LINK_TOKEN": TOKEN}
        if isinstance(kill, Mapping) and kill:
            where = {"KILL_PORT": self.links.url.rpartition(":")[2]} if "KILL_PORT" in kill else {}
            if "KILL_METHOD" not in kill:
                where["KILL_FOLDER"] = str(self.vaulted.options["path"])
            environment |= self.vaulted.killing(**{**kill, **where})
        running = self.play.start(task, environment=environment)
        if kill == AT_THE_LINK:
            self._kill_at_the_link(running)
        run = running.finish()
        self._assert_no_clear_text(run)
        return run

    def state_of(self, first: list[str], shown: str) -> str:
        """What became of the first link, as the tables of the guide say it."""
        if not first:
            return "none"
        (push,) = (self.links.pushes[token] for token in first)
        return "shown" if push.url_token in shown else "ends by itself" if push.payload else "ended"

    def _assert_no_clear_text(self, run: Run) -> None:
        """No password is in a result, on the screen or in a file, and no link is in a file."""
        links = list(self.links.pushes)
        passwords = [push.payload for push in self.links.pushes.values() if push.payload]
        places = (self.play.home, Path(str(self.vaulted.options["path"])))
        files = [path.read_text("latin-1") for place in places for path in place.rglob("*") if path.is_file()]
        assert not [secret for secret in (*links, *passwords) for text in files if secret in text]
        shown = (run.stdout, run.stderr, json.dumps(run.results))
        assert not [password for password in passwords for text in shown if password in text]

    def _kill_at_the_link(self, running: Running) -> None:
        """Kill the run when its link is made and not answered yet."""
        arrived, killed = Event(), Event()

        def watch() -> None:
            arrived.set()
            killed.wait(60)

        self.links.watch = watch
        try:
            assert arrived.wait(60)
            running.kill()
        finally:
            killed.set()
            self.links.watch = lambda: None

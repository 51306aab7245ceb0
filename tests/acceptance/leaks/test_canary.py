# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The leak canary sings: leaks that are made on purpose are all found, in each form and at each place."""

from __future__ import annotations

import base64
import sys
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from canary import LONG, Hunt, forms, pieces
from leaking import Trial

#: None of the driver's own, which would stop the run.
SECRET = 'Wellensittich"7\\<&/+'
DEBUG = "ansible.builtin.debug"
COMMAND = "ansible.builtin.command"


@pytest.mark.parametrize("before", ["", "a", "ab"])
@pytest.mark.parametrize("after", ["", "z", "yz", "xyz"])
def test_base64_is_found_at_each_offset(before: str, after: str) -> None:
    encoded = base64.b64encode(f"{before}{SECRET}{after}".encode())
    hunt = Hunt({"it": SECRET})
    hunt.content("here", b"..." + encoded + b"...")
    assert hunt.leaks and hunt.leaks[0].form == f"base64 at {len(before)}"


def test_nothing_is_found_where_nothing_is() -> None:
    hunt = Hunt({"it": SECRET})
    hunt.content("here", base64.b64encode(b"Wellensittich7") + b"Wellensittich7 Wellensittich\\<&/+")
    assert not hunt.leaks and hunt.places == 1


def test_broken_lines_and_halves_of_long_secrets_are_found() -> None:
    long = base64.urlsafe_b64encode(bytes(range(LONG))).decode()
    hunt = Hunt({"long": long, "short": SECRET})
    hunt.content("broken", SECRET[:9] + "\n    " + SECRET[9:])
    hunt.content("beginning", long[:LONG])
    hunt.content("end", long[-LONG:])
    found = {(leak.secret, leak.place) for leak in hunt.leaks}
    assert found == {("short", "broken"), ("long", "beginning"), ("long", "end")}
    assert all(len(piece) < LONG for piece in pieces(long))


def test_leaks_on_purpose(play: Any, tmp_path: Path) -> None:
    """A task that prints each form, a file that stays, one that does not, a command line, an environment."""
    names = list(forms(SECRET).values())
    secrets = {name: f"{number:02}{SECRET}" for number, name in enumerate(names)}
    shown = {name: text for name, secret in secrets.items() for text, form in forms(secret).items() if form == name}
    assert shown.keys() == secrets.keys()
    trial = Trial(play, Path(sys.executable).parent, secrets={"it": SECRET} | secrets)
    script = "import os, sys, time; path = os.environ['TMPDIR'] + '/brief'; open(path, 'w').write(sys.stdin.read())"
    script += "; time.sleep(0.5); os.remove(path)"
    quick = [sys.executable, "-c", "import time; time.sleep(0.5)"]
    tasks = [
        {"name": "brief", COMMAND: {"argv": [sys.executable, "-c", script], "stdin": "{{ it }}"}, "no_log": True},
        {"name": "command", COMMAND: {"argv": [*quick, "{{ it }}"]}, "no_log": True},
        {"name": "environment", COMMAND: {"argv": quick}, "environment": {"ODD": "{{ it }}"}, "no_log": True},
        {"name": "file", "ansible.builtin.copy": {"content": "{{ it }}", "dest": str(play.home / "file")}}
        | {"no_log": True, "diff": False},
        *({"name": name, DEBUG: {"msg": f"{{{{ '{_packed(text)}' | b64decode }}}}"}} for name, text in shown.items()),
    ]
    run, leaks = trial.hunted(*tasks, variables={"it": SECRET})
    assert run.rc == 0, run.screen
    assert {leak.secret for leak in leaks if leak.place == "the screen"} >= secrets.keys()
    places = {leak.place for leak in leaks}
    for folder in ("tree", "junit"):
        assert any(place.startswith(str(tmp_path / folder)) for place in places), folder
    for name in ("run-1/log", "run-1/results", "home/file"):
        assert str(tmp_path / name) in places
    assert f"{tmp_path / 'tmp' / 'brief'}, while it was there" in places and not (tmp_path / "tmp" / "brief").exists()
    assert {"a command line", "an environment of the run"} <= places


def _packed(text: str) -> str:
    """So that the play itself does not hold the form; ansible-core would not print it as it is, either."""
    return base64.b64encode(text.encode()).decode()


def test_secrets_of_the_service_are_known(play: Any, tmp_path: Path) -> None:
    """Tokens that the emulator issued, in the log; and what may be where it was given may be nowhere else."""
    trial = Trial(play, Path(sys.executable).parent)
    token = play.emulator.token()
    (trial.given / "token").write_text(token)
    _run, leaks = trial.hunted({"name": "show", DEBUG: {"msg": urllib.parse.quote(token)}})
    assert {leak.secret.split()[0] for leak in leaks} == {"access_token"}
    assert {Path(leak.place).name for leak in leaks} >= {"log", "results", "the screen"}
    assert str(trial.given / "token") not in {leak.place for leak in leaks}

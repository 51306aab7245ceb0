# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drive the stand-in for Password Pusher with ``pwpush``, the command line of that project.

It knows nothing of this stand-in, so what it can do here, it can do with an instance as well.

    pip install -r tests/requirements/link_client.txt
    PYTHONPATH=tests/emulator python tests/emulator/foreign_link_client.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from local_server import served
from password_pusher_emulator.app import TOKEN, PasswordPusher, make_password_pusher

PAYLOAD = 'Made-by-strangers-"1\\'


def expect(what: str, condition: object) -> None:
    """Say what works; end at the first thing that does not."""
    if not condition:
        raise SystemExit(f"failed: {what}")
    print(f"ok: {what}")


def pwpush(home: str, *arguments: str) -> str:
    """Return what the client writes, from its first bracket on."""
    command = [str(Path(sys.executable).parent / "pwpush"), *arguments]
    environment = {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "NO_PROXY": "127.0.0.1"}
    run = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if run.returncode:
        raise SystemExit(f"{arguments}: {run.stdout}{run.stderr}")
    return run.stdout


def drive(emulator: PasswordPusher, home: str) -> None:
    """Push, list, look into the audit log, and expire."""
    for key, value in (("url", emulator.url), ("token", TOKEN), ("email", "desk@partner.example.com")):
        pwpush(home, "config", "set", key, value)
    made = json.loads(
        pwpush(home, "push", "--secret", PAYLOAD, "--views", "2", "--days", "10", "--retrieval-step", "--json")
    )
    (push,) = emulator.pushes.values()
    expect("a push is made, of the account", push.payload == PAYLOAD and push.owned)
    expect("it has the limits that were asked for", (push.days, push.views) == (10, 2))
    expect("its address is told, with the retrieval step", made["url"] == f"{emulator.url}/p/{push.url_token}/r")
    expect("it is listed as active", push.url_token in pwpush(home, "list", "--json"))
    expect("its audit log can be read", pwpush(home, "audit", "--json", "--", push.url_token))
    pwpush(home, "expire", "--json", "--", push.url_token)
    expect("it is expired", push.payload is None)
    expect("it is not active any more", push.url_token not in pwpush(home, "list", "--json"))


def main() -> None:
    """Start the stand-in, and drive it."""
    with served(make_password_pusher, tls=False) as (_address, app), tempfile.TemporaryDirectory() as home:
        drive(app.state.emulator, home)


if __name__ == "__main__":
    main()

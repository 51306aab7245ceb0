# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated passwords: no secret shows anywhere, whatever is answered, at ``-vvvvv`` with ``--diff``."""

from __future__ import annotations

import json
from typing import Any

from driver import ids, password
from leak_cases import Case, assert_answered, assert_told, order_answers
from leaking import Trial, always, both_gateways
from rotating import VAULT_PASSWORD, Vaulted, looked_up

SHOW = "ansible.builtin.debug"


@always
@both_gateways
def test_rotations(emulator: Any, trial: Trial) -> None:
    """Generated passwords: answers that quote them, a store, events, the lookup; then all of it broken."""
    play = trial.play
    vaulted = Vaulted(play, {"type": "file", "path": str(play.folder / "passwords")})
    trial.secrets["the vault password"] = VAULT_PASSWORD
    people = order_answers(emulator, play.gateway, 0, generated=True)
    one, other, third = (ids(emulator, number) for number in (37, 38, 39))
    garbage = trial.given / "passwords" / one["customer_id"] / f"{one['user_id']}.yml"
    garbage.parent.mkdir(parents=True)
    garbage.write_text(f"partnercenter_password: {json.dumps(password('garbage'))}\n")
    (play.folder / "folder").mkdir()
    events = str(play.folder / "events.jsonl")
    rest = {"rotation_id": "r1", "timeout": 1, "audit_timeout": 0, "concurrency": 32, "event_log": events}
    spoilt = vaulted.options | {"path": str(trial.given / "passwords")}
    rotate = [
        vaulted.task("answers", people, **rest) | {"register": "shown"},
        {"name": "show", SHOW: {"var": "shown"}},
        vaulted.task("one", [one], **rest),
        vaulted.task("two", [one], **rest | {"rotation_id": "r2"}),
        vaulted.task("rollback", [one], **rest | {"rotation_id": "b1", "operation": "rollback"}),
        vaulted.task("verify", [one, other], **rest | {"operation": "verify"}),
        vaulted.task("resume", people, **rest | {"operation": "resume"}),
        *(looked_up(name, one, vaulted.options, version=name) for name in ("current", "previous")),
    ]
    cases = [
        Case(vaulted.task("secret", [other], **rest, client_secret=password("secret")), "7000215"),
        Case(vaulted.task("spoilt store", [one], **rest | {"store": spoilt}), "store"),
        Case(vaulted.task("no store", [one], **rest | {"store": {"type": "file", "path": "/dev/null/x"}}), "store"),
        Case(vaulted.task("no events", [third], **rest | {"event_log": str(play.folder / "folder")}), "^"),
        Case(looked_up("nobody", other, vaulted.options), "nothing is stored"),
        Case(looked_up("spoilt", one, spoilt), "partnercenter_password"),
    ]
    run = trial(*rotate, *(case.task for case in cases), environment=vaulted.environment)
    assert_answered(run["answers"]["users"], play.gateway)
    assert not any(run[task["name"]]["failed"] for task in rotate if task["name"] in ("one", "two", "rollback"))
    assert run["verify"]["failed"] and run["current"]["msg"] == run["previous"]["msg"] == "All assertions passed"
    assert_told(run, cases)

    (play.folder / "vault-password").write_text(password("of another vault"))
    cases = [
        Case(vaulted.task("another vault", [one], **rest | {"rotation_id": "r3"}), "vault password"),
        Case(looked_up("locked", one, vaulted.options), "vault password"),
    ]
    assert_told(trial(*(case.task for case in cases), environment=vaulted.environment), cases)

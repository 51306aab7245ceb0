# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given passwords: no secret shows anywhere, whatever is answered, at ``-vvvvv`` with ``--diff``."""

from __future__ import annotations

import json
from typing import Any

from credential_kinds import Kit
from driver import PATHS, ids, password, set_password
from leak_cases import (
    ANSWERS,
    OF_ONE_TENANT,
    Case,
    accepted_credentials,
    assert_answered,
    assert_told,
    misplaced_everywhere,
    order_answers,
    refused_by_the_authority,
    refused_credentials,
)
from leaking import Trial, always, both_gateways, both_ways, in_full
from signing import ALONE

SHOW = "ansible.builtin.debug"


@always
@both_ways
@both_gateways
def test_resets(emulator: Any, trial: Trial, path: str) -> None:
    """Each kind of answer to one request of many; then one user after the other."""
    customer = list(PATHS).index(path)
    people = order_answers(emulator, trial.play.gateway, customer)
    users = [
        {"user_id": user["user_id"], "password": password(name)} for user, name in zip(people, ANSWERS, strict=True)
    ]
    one, other = ids(emulator, 38, customer), ids(emulator, 39, customer)
    broken = trial.given / "ledger"
    broken.mkdir()
    (broken / f"{one['customer_id']}.json").write_text(json.dumps({password("in a ledger"): 1}))
    of_one_tenant = OF_ONE_TENANT if trial.play.gateway == "graph" else ""
    cases = [
        Case(set_password("one", **one, password=password("one")), "^applied"),
        Case(set_password("again", **one, password=password("one")), "^unchanged"),
        Case(set_password("plan", **other, password=password("plan"), task={"check_mode": True}), "^would_reset"),
        Case(set_password("ledger", **other, password=password("ledger"), ledger=str(broken)), "ledger"),
        Case(set_password("no ledger", **other, password=password("ledger"), ledger="/dev/null"), "ledger"),
        Case(set_password("secret", **other, password=password("x"), client_secret=password("secret")), "7000215"),
        Case(
            set_password("token", **other, password=password("x"), access_token="Kanarie.a.b"),
            of_one_tenant or "access token",
        ),
        Case(
            set_password("expired", **other, password=password("x"), access_token="{{ expired }}"),
            of_one_tenant or "has expired",
        ),
        Case(set_password("misspelt", **other, pasword=password("misspelt")), "pasword: no such option"),
    ]
    rest = {"concurrency": 32, "timeout": 1, "audit_timeout": 0, "customer_id": one["customer_id"]}
    emulator.knobs(token_lifetime=1)
    expired = emulator.token()
    emulator.knobs(token_lifetime=3600)
    run = trial(
        set_password("answers", users=users, **rest, task={"register": "shown"}),
        {"name": "show", SHOW: {"var": "shown"}},
        *(case.task for case in cases),
        path=path,
        variables={"expired": expired},
    )
    assert_answered(run["answers"]["users"], trial.play.gateway)
    assert_told(run, cases)


@in_full
@both_ways
@both_gateways
def test_credentials(emulator: Any, trial: Trial, kit: Kit, path: str) -> None:
    """All kinds of them: accepted, refused, and answers of the authority that quote them."""
    customer = list(PATHS).index(path)
    gateway = trial.play.gateway
    cases = accepted_credentials(kit, gateway, customer, environments=path == "in_process")
    cases += refused_credentials(kit, gateway, customer)
    # A task's environment is shown by Ansible itself, and in the process list, where a module runs.
    cases = [case for case in cases if path == "in_process" or not case.task.get("environment")]
    for number, file in enumerate(trial.given.glob("*.pem")):
        lines = file.read_text().partition("PRIVATE KEY")[2].splitlines()
        trial.secrets |= {f"private key {number}": lines[3]} if lines else {}
    # Nothing is in the environment by design here: neither the secret nor the token.
    tasks = [case.task for case in cases]
    run = trial(*tasks, path=path, variables=kit.variables(), environment=ALONE, known=())
    assert_told(run, cases)
    cases = refused_by_the_authority(emulator, customer)
    assert_told(trial(*(case.task for case in cases), path=path), cases)
    assert emulator.control("GET", "/faults") == [], "an answer was not asked for"


@in_full
@both_ways
def test_a_password_in_the_wrong_option(emulator: Any, trial: Trial, path: str) -> None:
    """Each option of each module, one after the other; nothing is expected but silence about the value."""
    odd = [{password("as a name"): "x"}]
    trial(*misplaced_everywhere(emulator, trial.play.home), path=path, variables={"odd": odd})

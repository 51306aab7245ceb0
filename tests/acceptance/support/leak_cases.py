# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can go well or wrong with secrets at hand, as tasks with the beginning of what they must tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from canary import forms
from credential_kinds import BAD, GOOD, Kit
from driver import MODULE, Run, ids, password, reset_of, set_password
from rotating import ROTATION
from signing import MODULE as SIGN_IN

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import (
    audit_info,
    customer_check,
    customer_info,
    handover,
    rotation,
    sign_in,
    user,
    user_info,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.password import specification

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()
GROUP = "csp.partnercenter.partnercenter"
Spec = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Case:
    """``told`` is a pattern for the outcome and the message of the task."""

    task: Mapping[str, Any]
    told: str


def assert_told(run: Run, cases: list[Case]) -> None:
    """Each went the way it was meant to go: a case that does something else proves nothing."""
    wrong = []
    for case in cases:
        result = run[case.task["name"]]
        text = f"{result.get('outcome', '')}: {result.get('msg', '')}"
        if not re.search(case.told, text):
            wrong.append((case.task["name"], text))
    assert not wrong, wrong


Faults = list[dict[str, Any]]
#: By name: the faults of a PATCH, given a text that quotes the password, and the outcomes there may be.
ANSWERS: dict[str, tuple[Callable[[str], Faults], set[str]]] = {
    "the echo of the service": (lambda quoted: [], {"applied"}),
    "400 that quotes": (lambda quoted: [{"name": "status", "status": 400, "description": quoted}], {"rejected"}),
    "403 that quotes": (lambda quoted: [{"name": "status", "status": 403, "description": quoted}], {"rejected"}),
    "500 that quotes": (
        lambda quoted: [{"name": "status", "status": 500, "description": quoted, "count": 9}],
        {"unknown"},
    ),
    "400, a page that quotes": (
        lambda quoted: [{"name": "html", "status": 400, "description": quoted}],
        {"unknown"},
    ),
    "200, a page that quotes": (
        lambda quoted: [{"name": "html", "status": 200, "description": quoted}],
        {"unknown"},
    ),
    "400, torn JSON that quotes": (
        lambda quoted: [{"name": "status", "status": 400, "body": f'{{"code": "3000", "description": "{quoted}'}],
        {"unknown"},
    ),
    "200, torn JSON that quotes": (lambda quoted: [{"name": "malformed"}], {"applied"}),
    "429 that quotes": (
        lambda quoted: [{"name": "status", "status": 429, "description": quoted}],
        {"applied"},
    ),
    "a redirect that quotes": (
        lambda quoted: [{"name": "redirect", "location": "https://elsewhere.example.net/{password}"}],
        {"unknown"},
    ),
    "no answer, then one": (lambda quoted: [{"name": "timeout_after", "seconds": 30}], {"applied"}),
    "no answer at all": (lambda quoted: [{"name": "timeout_before", "seconds": 30, "count": 9}], {"unknown"}),
    "a connection that breaks": (lambda quoted: [{"name": "truncated"}], {"applied"}),
}


def order_answers(emulator: Any, gateway: str, customer: int, *, generated: bool = False) -> list[dict[str, str]]:
    """Orders the faults, one user for each kind of answer; the users."""
    users = []
    for number, (name, (faults, _outcomes)) in enumerate(ANSWERS.items()):
        user = ids(emulator, number, customer)
        quoted = "{password}" if generated else "; ".join(forms(password(name)))
        for fault in faults(quoted):
            emulator.fault(**fault, **reset_of(gateway, user))
        users.append(user)
    return users


#: Graph answers a PATCH with 204, so that any other success is not its own.
OF_GRAPH = {"200, torn JSON that quotes": {"unknown"}}


def assert_answered(rows: list[dict[str, Any]], gateway: str) -> None:
    """The rows of :func:`order_answers`."""
    of_gateway = OF_GRAPH if gateway == "graph" else {}
    for row, (name, (_faults, outcomes)) in zip(rows, ANSWERS.items(), strict=True):
        assert row["outcome"] in of_gateway.get(name, outcomes), f"{name}: {row['outcome']}, {row['error']}"


REFUSAL = '{"error": "invalid_grant", "error_codes": [70000], "error_description": "QUOTE"}'
#: What the authority may answer to a request for a token, quoting what was sent.
TOKEN_ANSWERS: dict[str, tuple[dict[str, Any], str]] = {
    "refused, with a quote": ({"name": "status", "status": 400, "body": REFUSAL}, "."),
    "torn, with a quote": ({"name": "status", "status": 400, "body": '{"error": "QUOTE'}, "not JSON"),
    "a page with a quote": ({"name": "html", "status": 400, "description": "QUOTE"}, "not JSON"),
    "a torn token": ({"name": "malformed"}, "not JSON"),
    "something else as a token": ({"name": "status", "status": 200, "body": '{"access_token": "QUOTE"}'}, "."),
}


#: What Graph says of an access token: it needs one for each customer.
OF_ONE_TENANT = "is for one tenant"
#: Where Graph says something else: it asks the tenants of customers only.
CREDENTIALS_OF_GRAPH = {
    "access token": OF_ONE_TENANT,
    "bad access token": OF_ONE_TENANT,
    "wrong tenant": "^applied",
    "wrong application": "AADSTS700016",
}


def refused_credentials(kit: Kit, gateway: str, customer: int) -> list[Case]:
    """Each kind of wrong credentials, and answers of the authority that quote right ones; a password is at hand."""
    of_gateway = CREDENTIALS_OF_GRAPH if gateway == "graph" else {}
    cases = []
    for name, (make, words, _number) in BAD.items():
        options, environment = make(kit)
        task = {"environment": environment}
        user = ids(kit.emulator, 30, customer)
        told = of_gateway.get(name, re.escape(words))
        cases.append(Case(set_password(name, **user, password=password(name), **options, task=task), told))
    return cases


def refused_by_the_authority(emulator: Any, customer: int) -> list[Case]:
    """One after the other takes the next fault."""
    cases = []
    for name, (fault, told) in TOKEN_ANSWERS.items():
        quoted = f"{emulator.client_secret} {emulator.refresh_token}".replace('"', "'").replace("\\", "/")
        texts = {key: fault[key].replace("QUOTE", quoted) for key in ("body", "description") if key in fault}
        emulator.fault(**{**fault, **texts, "target": "token", "method": "POST"})
        cases.append(Case(set_password(name, **ids(emulator, 31, customer), password=password(name)), told))
    return cases


def accepted_credentials(kit: Kit, gateway: str, customer: int, *, environments: bool) -> list[Case]:
    """Each kind of right ones. A task's environment is shown by Ansible itself where a module runs."""
    of_gateway = CREDENTIALS_OF_GRAPH if gateway == "graph" else {}
    cases = []
    for number, (name, make) in enumerate(GOOD.items()):
        options, environment = make(kit)
        if environments or not environment:
            user = ids(kit.emulator, 20 + number, customer)
            task = {"environment": environment} if environment else {}
            told = of_gateway.get(name, "^applied")
            cases.append(Case(set_password(name, **user, password=password(name), **options, task=task), told))
    return cases


#: Free texts and names of files: what is written there is meant to be read.
FREE = {"rotation_id", "requested_by", "reason", "link_file", "ledger", "event_log", "path", "report_folder"}
FREE |= {"display_name", "first_name", "last_name", "phone_number"}


def misplaced(module: str, spec: Spec, right: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A password in each option in turn, in each option of an option, and as a name of an option, in ``odd``."""
    secret = password("misplaced")
    tasks = [{"name": f"{module} as a name", module: {**right, "users": "{{ odd }}"}}]
    for name, rules in spec.items():
        if rules.get("no_log") or name in FREE:
            continue
        changed = {key: value for key, value in right.items() if key != name}
        tasks.append({"name": f"{module} {name}", module: {**changed, name: secret}})
        if rules["type"] == "list":
            tasks.append({"name": f"{module} {name}[0]", module: {**changed, name: [secret]}})
        for inner, inner_rules in rules.get("options", {}).items():
            if inner_rules.get("no_log") or inner in FREE or name == "refresh_token_store":
                continue
            kind = {"type": STORES.get(inner, "file")} if name == "store" else right.get(name, {})
            value: Any = {**kind, inner: secret}
            value = [{**USER, **value}] if rules["type"] == "list" else value
            tasks.append({"name": f"{module} {name}.{inner}", module: {**changed, name: value}})
    return tasks


STORES = {
    **dict.fromkeys(("vault_url", "tenant_id", "client_id", "authority_url"), "azure_keyvault"),
    **dict.fromkeys(("url", "namespace", "mount_point", "role_id"), "hashi_vault"),
    **dict.fromkeys(("region", "profile", "endpoint_url", "kms_key_id", "access_key_id"), "aws_secretsmanager"),
    **dict.fromkeys(("repository", "branch"), "git"),
}
HANDOVER = f"{GROUP}_user_password_handover"
#: There is no link service there, so nothing is sent.
CALL = {
    **{"rotation_id": "INC-1", "requested_by": "desk", "reason": "a test"},
    "link": {"type": "password_pusher", "url": "http://127.0.0.1:9", "token": "a-token-of-no-account"},
}
USER = {"user_id": "0a1b2c3d-0000-4000-8000-000000000001"}


def misplaced_everywhere(emulator: Any, home: Path) -> list[dict[str, Any]]:
    """All modules. What is right in them names a user, but nothing that lasts long."""
    who = ids(emulator, 32)
    brief = {"timeout": 1, "audit_timeout": 0}
    token = {"refresh_token_file": str(home / "token")}
    return [
        *misplaced(MODULE, specification(), {**who, **brief, "password": password("right")}),
        *misplaced(ROTATION, rotation.specification(), {**who, **brief, "rotation_id": "r1"}),
        *misplaced(f"{GROUP}_user", user.specification(), {**who, "timeout": 1, "lookup_timeout": 0}),
        *misplaced(HANDOVER, handover.specification(), {**who, **brief, **CALL}),
        *misplaced(SIGN_IN, sign_in.specification(), {"operation": "check", **token}),
        *misplaced(f"{GROUP}_customer_check", customer_check.specification(), {"timeout": 1}),
        *misplaced(f"{GROUP}_customer_info", customer_info.specification(), {"timeout": 1}),
        *misplaced(f"{GROUP}_user_info", user_info.specification(), {**who, "timeout": 1}),
        *misplaced(f"{GROUP}_audit_info", audit_info.specification(), {"start": YESTERDAY, "timeout": 1}),
    ]

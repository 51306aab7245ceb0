# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: one sentence that names the option at its place, no request, nothing changed, the same in both ways."""

from __future__ import annotations

import re
from typing import Any

import pytest
from driver import over_both_gateways, password, set_password

GUID = "0a1b2c3d-0000-4000-8000-000000000001"
OTHER = "0a1b2c3d-0000-4000-8000-000000000002"
NAME = "ada.lovelace@contoso.example.com"
GOOD: dict[str, Any] = {"customer_id": GUID, "user_id": OTHER, "password": password()}
LIST: dict[str, Any] = {"user_id": None, "users": [{"user_id": GUID}, {"user_id": OTHER}]}

#: What is changed in good options (None takes one away), and what the message must begin with (a pattern).
MISFITS: list[tuple[dict[str, Any], str]] = [
    ({"concurrency": "Kanarie"}, "concurrency: must be of the type int"),
    ({"force_change_password": "Kanarie"}, "force_change_password: must be of the type bool"),
    ({**LIST, "users": [{"user_id": GUID, "window": "Kanarie"}]}, r"users\[0\]\.window: must be a dict"),
    ({**LIST, "users": ["Kanarie"]}, r"users\[0\]: must be a dictionary"),
    ({"on_error": "Kanarie"}, "on_error: must be one of continue, stop"),
    ({"update_password": "on_create"}, "update_password: must be one of when_changed, when_rotated"),
    ({"pasword": "Kanarie"}, "pasword: no such option"),
    ({**LIST, "users": [{"user_id": GUID, "pasword": "Kanarie"}]}, r"users\[0\]\.pasword: no such option"),
]
ROWS: list[tuple[dict[str, Any], str]] = [
    # ids and names
    ({"customer_id": "contoso"}, "customer_id: is not a GUID"),
    ({"user_id": GUID[:-1]}, "user_id: is not a GUID"),
    ({**LIST, "users": [{"user_id": GUID}, {"user_id": "ada"}]}, r"users\[1\]\.user_id: is not a GUID"),
    ({"customer_id": None, "customer_domain": "not a domain"}, "customer_domain: is not a domain name"),
    ({"user_id": None, "user_principal_name": "ada"}, "user_principal_name: is not a user principal name"),
    ({"customer_domain": "contoso.example.com"}, "customer_id: exactly one of .* both were given"),
    ({"customer_id": None}, "customer_id: exactly one of .* none was given"),
    ({"user_principal_name": NAME}, "user_id: exactly one of .* both were given"),
    ({"user_id": None}, "user_id: exactly one of .* none was given"),
    ({**LIST, "users": [{"user_id": GUID}, {}]}, r"users\[1\]\.user_id: exactly one of"),
    ({**LIST, "users": []}, "users: is empty"),
    ({**LIST, "users": [{"user_id": GUID}, {"user_id": GUID.upper()}]}, r"users\[1\]: is the same user as users\[0\]"),
    ({**LIST, "user_id": OTHER}, "user_id: cannot be given together with users"),
    # passwords
    ({"password": "Ka-1"}, "password: must have 8 to 256 characters"),
    ({"password": "Kanarie" * 37 + "1"}, "password: must have 8 to 256 characters"),
    ({"password": "kanarienvogel1"}, "password: must have characters of 3 of these"),
    ({"password": "Kanarienvögel-1"}, "password: holds a character that Entra ID does not allow"),
    (
        {"user_id": None, "user_principal_name": "Robin-37@contoso.example.com", "password": "rObin-37"},
        "password: must not be or contain",
    ),
    (
        {"user_id": None, "user_principal_name": "robin@contoso.example.com", "password": "Kanarie+ROBIN+1"},
        "password: must not be or contain the name",
    ),
    ({"password": None}, "password: is needed"),
    ({"password": ""}, "password: is needed"),
    (
        {**LIST, "users": [{"user_id": GUID}, {"user_id": OTHER, "password": "Ka-1"}]},
        r"users\[1\]\.password: must have",
    ),
    # credentials
    ({"certificate_path": "/nowhere.pem", "client_secret": "Kanarie"}, "client_secret: exactly one of .* were given"),
    (
        {"refresh_token": "Kanarie", "refresh_token_file": "/nowhere"},
        "refresh_token: refresh_token and refresh_token_file were given",
    ),
    ({"access_token": "Kanarie", "client_secret": "Kanarie"}, "access_token: stands alone"),
    ({"access_token": "Kanarie Kanarie"}, "access_token: holds characters that no token has"),
    ({"certificate_path": "/nowhere.pem"}, "certificate_path: the file cannot be read"),
    ({"refresh_token_file": "/nowhere"}, "refresh_token_file: the file cannot be read"),
    ({"refresh_token_file": "/dev/null"}, "refresh_token_file: the file is empty"),
    ({"client_assertion_file": "/nowhere"}, "client_assertion_file: the file cannot be read"),
    ({"client_id": "my application"}, "client_id: is not a GUID"),
    ({"tenant_id": "my tenant"}, "tenant_id: is neither a GUID nor a domain"),
    # connection
    ({"api_url": "http://api.example.com"}, "api_url: must begin with https://"),
    ({"api_url": "http://127.0.0.1.example.com"}, "api_url: must begin with https://"),
    ({"api_url": "https://ada:Kanarie@api.example.com"}, "api_url: must hold scheme, host and port only"),
    ({"authority_url": "http://127.0.0.1:8080"}, "authority_url: must begin with https://"),
    ({"cloud": "us_government"}, "cloud: .* cannot reset passwords in the US Government cloud"),
    ({"cloud": "china"}, "cloud: .* 21Vianet"),
    ({"cloud": "Kanarie"}, "cloud: is not a cloud"),
    ({"ca_path": "/nowhere.pem"}, "ca_path: names a CA bundle that does not exist"),
    ({"ca_path": "/dev/null"}, "ca_path: does not hold certificates"),
    ({"timeout": 0.5}, "timeout: is 0.5, and must be from 1 to 600"),
    ({"concurrency": 0}, "concurrency: is 0, and must be from 1 to 64"),
    ({"concurrency": 65}, "concurrency: is 65, and must be from 1 to 64"),
    ({"max_resets": -1}, "max_resets: must "),
    ({"audit_timeout": -1}, "audit_timeout: must "),
    # intent and evidence
    ({"max_age": "soon"}, "max_age: is not an age"),
    ({"max_age": "0d"}, "max_age: must be more than 0"),
    ({"not_before": "yesterday"}, "not_before: is not a time in ISO 8601"),
    ({"not_before": "2026-01-01T00:00:00"}, "not_before: has no time zone"),
    ({"update_password": "when_rotated"}, "rotation_id: is needed"),
    ({"update_password": "when_older"}, "max_age: or not_before is needed"),
    ({"rotation_id": " "}, "rotation_id: is empty"),
    ({**LIST, "users": [{"user_id": GUID, "max_age": "x"}]}, r"users\[0\]\.max_age: is not an age"),
    ({"evidence": "audit_log"}, "evidence: audit_log cannot tell whether a password differs"),
    ({"evidence": "audit_log", "max_age": "91d"}, "max_age: is more than the audit log's 90 days"),
    ({"evidence": "audit_log", "not_before": "2020-01-01T00:00:00Z"}, "not_before: is further back than"),
    ({"ledger_key": "Kanarie"}, "ledger_key: must be 32 bytes"),
    ({"ledger_key": "ab" * 31}, "ledger_key: must be 32 bytes"),
    ({"window": {"days": []}}, r"window\.days: must be a list with at least one"),
    ({"window": {"days": ["someday"]}}, r"window\.days: must be a list"),
    ({"window": {"from": "25:00"}}, r"window\.from: is not a time of day"),
    ({"window": {"from": "9:00", "to": "09:00"}}, "window: never opens"),
    ({"window": {"time_zone": "Mars/Phobos"}}, r"window\.time_zone: is not a time zone"),
]


#: What Graph says of each row whose evidence is Partner Center's audit log.
OF_GRAPH = "evidence: audit_log is not kept by this gateway, which has directory"


def is_of_graph(play: Any, changes: dict[str, Any]) -> bool:
    return play.gateway == "graph" and changes.get("evidence") == "audit_log"


def options(changes: dict[str, Any]) -> dict[str, Any]:
    merged = {**GOOD, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def test_bad_input(emulator: Any, play: Any) -> None:
    refuse_all(emulator, play, {"in_process": [*MISFITS, *ROWS], "module": [*MISFITS, *ROWS[::5]]})


@pytest.mark.truth
@over_both_gateways()
def test_all_bad_input_of_the_module(emulator: Any, play: Any) -> None:
    refuse_all(emulator, play, {"module": [*MISFITS, *ROWS]})


def refuse_all(emulator: Any, play: Any, rows: dict[str, list[tuple[dict[str, Any], str]]]) -> None:
    nobody = {"environment": {"PARTNERCENTER_CLIENT_SECRET": "", "PARTNERCENTER_REFRESH_TOKEN": ""}}
    started = {}
    for way in rows:
        tasks = [
            set_password(f"row {number}", **options(changes)) for number, (changes, _unused) in enumerate(rows[way])
        ]
        started[way] = play.start(*tasks, set_password("nobody", **GOOD, task=nobody), path=way)
    wrong = []
    for way, running in started.items():
        run = running.finish()
        results = [
            (changes, OF_GRAPH if is_of_graph(play, changes) else pattern, run[f"row {number}"])
            for number, (changes, pattern) in enumerate(rows[way])
        ]
        for changes, pattern, result in [*results, ({}, "credentials: none given", run["nobody"])]:
            if not result["failed"] or result.get("changed") or not re.match(pattern, result["msg"]):
                wrong.append((way, changes, result["msg"]))
            assert "\n" not in result["msg"] and len(result["msg"]) < 400
    assert not wrong
    counters = emulator.counters()
    assert (counters["requests"], counters["token_requests"], counters["connections"]) == (0, 0, 0)
    assert not list(play.home.rglob("*.json")), "a ledger was made"

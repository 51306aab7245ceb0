# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names at the service that would act upon a screen or a report, and options that nobody would write."""

from __future__ import annotations

import re
from typing import Any

import pytest
from driver import CANARY, MOSTLY_IN_PROCESS, ids, over_both_gateways, password, patches, set_password

pytestmark = over_both_gateways(pytest.mark.fuzz)

#: To a terminal: clear the screen, take another title. To a reader: the other direction. To a file: another line.
ODD = "x\x1b[2J\x1b]0;pwned\x07\u202egnp\u2066.exe\r\n=cmd|' /C calc'!A0\u2028\x85\0\x7f"
_ACTS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]|\\u00(1b|0[07])|\\u20(2e|66)")


def test_names_do_not_act_upon_the_screen(emulator: Any, play: Any) -> None:
    customer = emulator.customers[0]["id"]
    emulator.customer(customer, company_name=ODD)
    user = {"customer_id": customer, "user_principal_name": f"{ODD}@x", "display_name": ODD}
    user_id = emulator.control("POST", "/users", user)[0]["id"]
    run = play(
        {"name": "users", "csp.partnercenter.partnercenter_user_info": {"customer_id": customer}},
        {"name": "customer", "csp.partnercenter.partnercenter_customer_info": {"customer_id": customer}},
        set_password("reset", customer_id=customer, user_id=user_id, password=password()),
        arguments=["-vvv"],
    )
    (shown,) = [one for one in run["users"]["users"] if one["user_id"] == user_id]
    assert shown["display_name"].startswith("x\ufffd[2J\ufffd]0;pwned\ufffd\ufffdgnp")
    assert run["customer"]["customers"][0]["company_name"].startswith("x\ufffd")
    assert run["reset"]["changed"]
    assert not _ACTS.search(run.stdout + run.stderr)


@MOSTLY_IN_PROCESS
def test_odd_options_in_both_ways(emulator: Any, play: Any, path: str) -> None:
    """Each ends in one sentence that names the option; no request is made."""
    good = {**ids(emulator, 0), "password": password()}
    odd: dict[str, dict[str, Any]] = {
        "customer_id": {"customer_id": "../../etc/passwd"},
        "user_id": {"user_id": [[["deep"]]]},
        "user_principal_name": {"user_id": None, "user_principal_name": "\u0430da@contoso.example"},
        "customer_domain": {"customer_id": None, "customer_domain": "contoso.example/../x"},
        "not_before": {"not_before": "0001-01-01T00:00:00+14:00"},
        "window": {"window": [CANARY]},
        "timeout": {"timeout": "nan"},
        "api_url": {"api_url": f"https://user:{CANARY}@api.example"},
        "cloud": {"cloud": CANARY},
        "max_resets": {"max_resets": 10**30},
    }
    tasks = [
        set_password(name, **{k: v for k, v in {**good, **more}.items() if v is not None}) for name, more in odd.items()
    ]
    run = play(*tasks, path=path)
    for name in odd:
        message = run[name]["msg"]
        if name != "max_resets":
            assert run[name]["failed"] and name in message, message
            assert "internal error" not in message
    assert len(patches(emulator)) == 1

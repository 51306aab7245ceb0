# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The info modules: what they find, what they show of it, and in how many requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from driver import special

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = "csp.partnercenter.partnercenter_customer_info"
USERS = "csp.partnercenter.partnercenter_user_info"
CUSTOMER_ROW = {"customer_id", "customer_domain", "company_name"}
USER_ROW = {"customer_id", "user_id", "user_principal_name", "display_name", "federated", "synced", "deleted"}
ABSENT = "99999999-9999-4999-8999-999999999999"


def read(module: str, name: str, **options: Any) -> dict[str, Any]:
    return {"name": name, module: options}


def ids_of(run: Any, rows: str, key: str) -> dict[str, list[str]]:
    """The ids that each task found; none where it failed."""
    return {line["task"]: [row[key] for row in line["result"].get(rows, [])] for line in run.results}


def test_customers(emulator: Any, play: Any) -> None:
    """All of them across pages, by id, by default and custom domain, by name; in check mode as well."""
    emulator.knobs(page_size=2)
    first, second = emulator.customers[:2]
    run = play(
        read(CUSTOMERS, "all"),
        read(CUSTOMERS, "by id", customer_id=second["id"].upper()),
        read(CUSTOMERS, "by domain", customer_domain=first["domain"].upper()),
        read(CUSTOMERS, "by custom domain", customer_domain=second["domain"].replace(".com", ".org")),
        read(CUSTOMERS, "by name", name_prefix="customer 00"),
        read(CUSTOMERS, "no name", name_prefix="nobody"),
        read(CUSTOMERS, "no id", customer_id=ABSENT),
        read(CUSTOMERS, "no domain", customer_domain="nobody.example.net"),
        read(CUSTOMERS, "two ways", customer_id=ABSENT, name_prefix="x"),
        check=True,
    )
    found = ids_of(run, "customers", "customer_id")
    every = [customer["id"] for customer in sorted(emulator.customers, key=lambda one: one["domain"])]
    assert found["all"] == found["by name"] == every
    assert found["by id"] == found["by custom domain"] == [second["id"]]
    assert found["by domain"] == [first["id"]]
    assert not found["no name"] and not found["no id"] and not found["no domain"]
    assert not any(run[task].get("failed") for task in ("all", "no name", "no id", "no domain"))
    assert not any(run[task]["changed"] for task in found)
    assert set(run["all"]["customers"][0]) == CUSTOMER_ROW
    assert run["all"]["msg"] == "3 customers"
    assert run["two ways"]["msg"] == "name_prefix: cannot be given together with customer_id"


def test_users(emulator: Any, play: Any) -> None:
    """All of a customer across pages, one by id or name, those who were deleted; never a password."""
    emulator.knobs(max_page_size=10)
    customer = emulator.customers[0]
    wanted = customer["users"][25]
    deleted, federated = special(emulator, "deleted"), special(emulator, "federated")
    run = play(
        read(USERS, "all", customer_id=customer["id"]),
        read(USERS, "by domain", customer_domain=customer["domain"]),
        read(USERS, "by id", customer_id=customer["id"], user_id=wanted["id"].upper()),
        read(USERS, "by name", customer_id=customer["id"], user_principal_name=wanted["user_principal_name"].upper()),
        read(USERS, "federated", **federated),
        read(USERS, "deleted", customer_id=customer["id"], deleted=True),
        read(USERS, "deleted by id", **deleted),
        read(USERS, "no id", customer_id=customer["id"], user_id=ABSENT),
        read(USERS, "no name", customer_id=customer["id"], user_principal_name=f"nobody@{customer['domain']}"),
        read(USERS, "no customer", customer_id=ABSENT),
        read(USERS, "no customer by id", customer_id=ABSENT, user_id=ABSENT),
        read(USERS, "nothing"),
        check=True,
    )
    ids = ids_of(run, "users", "user_id")
    ordinary = {user["id"] for user in customer["users"]}
    assert ordinary < set(ids["all"]) and len(ids["all"]) == len(set(ids["all"])) == 43
    assert ids["by domain"] == ids["all"]
    assert ids["by id"] == ids["by name"] == [wanted["id"]]
    assert ids["deleted"] == ids["deleted by id"] == [deleted["user_id"]]
    assert run["deleted"]["users"][0]["deleted"] and run["federated"]["users"][0]["federated"]
    assert not ids["no id"] and not run["no id"].get("failed")
    assert not ids["no name"] and not run["no name"].get("failed")
    for task in ("no customer", "no customer by id"):
        assert run[task]["failed"] and run[task]["error"]["code"] == 60003
    assert (
        run["nothing"]["msg"] == "customer_id: exactly one of customer_id and customer_domain is needed; none was given"
    )
    assert set(run["all"]["users"][0]) == USER_ROW
    assert not any(run[task]["changed"] for task in ids)


@pytest.mark.parametrize(("name", "requests"), [("one", 1 + 1), ("all", 1 + 1 + 6)])
def test_roles_on_request(emulator: Any, play: Any, name: str, requests: int) -> None:
    """One user: the user and its roles. All: the page of users, the list of 6 roles, the members of each."""
    user = special(emulator, "privileged")
    options = user if name == "one" else {"customer_id": user["customer_id"]}
    run = play(read(USERS, "read", **options, roles=True))
    held = {row["user_id"]: row["roles"] for row in run["read"]["users"]}
    assert held.pop(user["user_id"]) == ["Company Administrator"]
    assert not any(held.values())
    assert set(run["read"]["users"][0]) == USER_ROW | {"roles"}
    assert emulator.counters()["requests"] == requests


def test_what_the_account_may_not_see(emulator: Any, play: Any) -> None:
    """The sentence says which role to ask for; nothing else is shown."""
    customer = emulator.customers[0]["id"]
    emulator.customer(customer, gdap_role=False)
    run = play(read(USERS, "refused", customer_id=customer))
    assert run["refused"]["error"]["status"] == 403
    assert "GDAP" in run["refused"]["msg"] and "\n" not in run["refused"]["msg"]


@pytest.mark.parametrize("module", ["partnercenter_customer_info", "partnercenter_user_info"])
def test_the_examples_run(emulator: Any, play: Any, module: str) -> None:
    """As they stand in the documentation, with the names of the emulator's first customer."""
    text = (ROOT / "plugins" / "modules" / f"{module}.py").read_text()
    examples = text.partition('EXAMPLES = r"""')[2].partition('"""')[0]
    customer = emulator.customers[0]
    name = customer["users"][0]["user_principal_name"]
    examples = examples.replace("ada@contoso.onmicrosoft.com", name).replace(
        "contoso.onmicrosoft.com", customer["domain"]
    )
    run = play(*yaml.safe_load(examples), play={"ignore_errors": False})
    assert run.rc == 0, run.stdout

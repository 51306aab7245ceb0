# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``partnercenter_user``: what is declared is there, a second run changes nothing, and a stranger's client agrees."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
import yaml
from driver import GATEWAYS, Player, ids, live, password, special
from guides import ROOT
from rotating import ROTATION, Vaulted, looked_up

USER = "csp.partnercenter.partnercenter_user"
SCOPES = "User.ReadWrite.All,RoleManagement.Read.Directory,GroupMember.Read.All"
DETAILS = {"display_name": "Ada Lovelace", "first_name": "Ada", "last_name": "Lovelace"}
DETAILS |= {"usage_location": "GB", "phone_number": "+44 20 7946 0000"}


@pytest.fixture(autouse=True)
def permitted(emulator: Any) -> None:
    """The customers have consented to what this module needs of Microsoft Graph."""
    emulator.knobs(graph_scopes=SCOPES)


def user(name: str, *, task: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    return {"name": name, USER: options, **(task or {})}


def stranger(emulator: Any, customer_id: str) -> dict[str, Any]:
    """The users as a client made from Microsoft's Swagger reads them, by principal name."""
    client = pytest.importorskip("microsoft.store.partnercenterservices", reason="needs setuptools<81")
    authentication = pytest.importorskip("msrest.authentication")
    token = authentication.BasicTokenAuthentication({"access_token": emulator.access_token})
    partner = client.MicrosoftPartnerStoreApis(token, emulator.api_url)
    partner.config.connection.verify = emulator.ca_path
    page = partner.getvversioncustomerscustomer.value6(customer_id, "1", size=500)
    return {item.user_principal_name: item for item in page.items}


def outcomes(run: Any, *names: str) -> list[tuple[str, list[str]]]:
    return [(run[name]["outcome"], run[name]["actions"]) for name in names]


def test_the_life_of_a_user_each_step_twice(emulator: Any, play: Player) -> None:
    """By one gateway at the first customer, and by the other one at the second."""
    ours = dict(zip(GATEWAYS, emulator.customers, strict=False))
    names = {
        gateway: [f"{local}@{customer['domain']}" for local in ("ada", "ada.lovelace")]
        for gateway, customer in ours.items()
    }
    tasks = []
    for gateway, (name, new_name) in names.items():
        steps: list[dict[str, Any]] = [
            {"user_principal_name": name, **DETAILS, "password": password("first")},
            {"user_principal_name": name, "phone_number": "+44 20 7946 0001", "usage_location": "de"},
            {"user_principal_name": name, "new_user_principal_name": new_name},
            {"user_principal_name": new_name, "state": "absent"},
            {"user_principal_name": new_name, "display_name": "Ada"},
        ]
        who = {"customer_id": ours[gateway]["id"], "gateway": gateway}
        for number, step in enumerate(steps):
            tasks += [user(f"{gateway} {number} {turn}", **who, **step) for turn in ("once", "again")]
    run = play(*tasks, diff=True)
    for gateway, (_name, new_name) in names.items():
        assert outcomes(run, *(f"{gateway} {number} once" for number in range(5))) == [
            ("applied", ["create"]),
            ("applied", ["update"]),
            ("applied", ["rename"]),
            ("applied", ["delete"]),
            ("applied", ["restore", "update"]),
        ]
        again = [f"{gateway} {number} again" for number in range(5)]
        assert outcomes(run, *again) == [("unchanged", [])] * 5 and not any(run[task]["changed"] for task in again)
        before, after = (run[f"{gateway} 1 once"]["diff"][0][side] for side in ("before", "after"))
        assert before == {"phone_number": "+44 20 7946 0000", "usage_location": "GB"}
        assert after == {"phone_number": "+44 20 7946 0001", "usage_location": "DE"}
        read = stranger(emulator, ours[gateway]["id"])[new_name]
        assert (read.display_name, read.first_name, read.last_name) == ("Ada", "Ada", "Lovelace")
        assert (read.usage_location, read.phone_number) == ("DE", "+44 20 7946 0001")
        assert live(emulator, {"user_id": read.id}) == password("first")
    writes = Counter((entry["service"], entry["method"]) for entry in emulator.journal() if entry["applied"])
    assert writes == {
        ("partner_center", "POST"): 1,
        ("partner_center", "PATCH"): 4,
        ("partner_center", "DELETE"): 1,
        ("graph", "POST"): 2,
        ("graph", "PATCH"): 3,
        ("graph", "DELETE"): 1,
    }


def test_first_passwords_in_a_store_and_the_rotation_that_follows(emulator: Any, play: Player) -> None:
    """Answers get lost on the way, at both services; the passwords in the store are those that are live."""
    vaulted = Vaulted(play, {"type": "file", "path": str(play.folder / "passwords")})
    lists: dict[str, list[dict[str, str]]] = {}
    tasks = []
    for number, gateway in enumerate(GATEWAYS):
        customer = emulator.customers[number]
        names = [f"service-{count}@{customer['domain']}" for count in (1, 2)]
        path = "/v1.0/users" if gateway == "graph" else f"/v1/customers/{customer['id']}/users"
        emulator.fault("reset_connection_after", method="POST", path=path)
        lists[gateway] = [{"user_principal_name": name, "display_name": "Service"} for name in names]
        options = {"customer_id": customer["id"], "usage_location": "US", "users": lists[gateway], "gateway": gateway}
        options |= {"store": dict(vaulted.options), "generator": {"words": 6}}
        tasks += [user(f"{gateway} {turn}", **options) for turn in ("once", "again")]
    run = play(*tasks, environment=vaulted.environment)
    users = {}
    for gateway in lists:
        rows = run[f"{gateway} once"]["users"]
        assert [(row["outcome"], row["actions"]) for row in rows] == [("applied", ["create"])] * 2
        assert sorted(row["certainty"] for row in rows) == ["directory", "exact"]
        assert not run[f"{gateway} again"]["changed"] and run[f"{gateway} again"]["summary"]["unchanged"] == 2
        for row in rows:
            users[row["user_id"]] = row
            found = vaulted.passwords(row)
            assert found == {"current": live(emulator, row)} and found["current"].count("-") >= 5
            assert found["current"] not in run.stdout + run.stderr + str(run.results)
    posts = [entry for entry in emulator.journal() if entry["method"] == "POST" and entry["applied"]]
    assert len(posts) == len(users) == 4
    first = next(iter(users.values()))
    follow = {"name": "rotate", ROTATION: {**keys(first), "rotation_id": "r1", "store": dict(vaulted.options)}}
    run = play(follow, looked_up("use", keys(first), vaulted.options), environment=vaulted.environment)
    assert run["rotate"]["outcome"] == "applied" and not run["use"].get("failed")
    assert vaulted.passwords(first)["current"] == live(emulator, first)


def keys(row: dict[str, Any]) -> dict[str, str]:
    return {"customer_id": row["customer_id"], "user_id": row["user_id"]}


def test_who_must_not_be_deleted_and_what_would_be_done(emulator: Any, play: Player) -> None:
    customer = emulator.customers[0]
    kinds = {kind: special(emulator, kind) for kind in ("privileged", "synced", "deleted")}
    ordinary, both = ids(emulator, 0), [ids(emulator, number) for number in (0, 1)]
    new = {"customer_id": customer["id"], "user_principal_name": f"new@{customer['domain']}", "display_name": "New"}
    tasks = []
    for gateway in GATEWAYS:
        by, gone = {"gateway": gateway}, {"gateway": gateway, "state": "absent"}
        tasks += [user(f"{gateway} {kind}", **gone, **who) for kind, who in kinds.items()]
        tasks += [
            user(f"{gateway} skipped", **gone, **kinds["privileged"], on_refused="skip"),
            user(f"{gateway} predicted", **gone, **ordinary, task={"check_mode": True}),
            user(f"{gateway} limit", **gone, users=both, max_changes=1),
            user(f"{gateway} nobody", **by, **new),
            user(f"{gateway} elsewhere", **by, **ordinary, new_user_principal_name="x@elsewhere.example.net"),
        ]
    run = play(*tasks)
    for gateway in GATEWAYS:
        ended = {kind: run[f"{gateway} {kind}"] for kind in (*kinds, "skipped", "predicted", "limit", "nobody")}
        assert ended["privileged"]["outcome"] == ended["synced"]["outcome"] == "rejected"
        assert "directory role" in ended["privileged"]["msg"] and "synced from on-premises" in ended["synced"]["msg"]
        assert (ended["deleted"]["outcome"], ended["skipped"]["outcome"]) == ("unchanged", "excluded")
        assert (ended["predicted"]["outcome"], ended["predicted"]["actions"]) == ("would_change", ["delete"])
        assert ended["limit"]["msg"].startswith("max_changes: is 1, and 2 changes are due; nothing was sent")
        assert "neither password nor store" in ended["nobody"]["msg"]
        assert "its domain must be one of the customer's" in run[f"{gateway} elsewhere"]["msg"]
    assert not [entry for entry in emulator.journal() if entry["applied"]]


def test_the_examples_of_the_module_run(emulator: Any, play: Player) -> None:
    text = re.search(r'(?s)\nEXAMPLES = r"""\n(.*?)"""', (ROOT / "plugins/modules/partnercenter_user.py").read_text())
    assert text
    examples = yaml.safe_load(text[1])
    vaulted = Vaulted(play, {"type": "file", "path": str(play.folder / "run-1" / "passwords")})
    run = play(
        *examples,
        variables={"partnercenter_customer_id": emulator.customers[0]["id"]},
        environment=vaulted.environment,
    )
    ended = [run[example["name"]] for example in examples]
    assert [result["actions"] for result in ended if "actions" in result] == [["create"], ["rename"], ["delete"]]
    stored = ended[1]["users"]
    assert [vaulted.passwords(row)["current"] for row in stored] == [live(emulator, row) for row in stored]

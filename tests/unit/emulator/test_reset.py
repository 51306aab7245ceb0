# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting passwords: three PATCH lines, the rules, the kinds of users, and the knobs round them (sections 1 and 2)."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

PASSWORD = "Lantern-7-harbour"
BODY = {"passwordProfile": {"password": PASSWORD, "forceChangePassword": True}}


@pytest.mark.parametrize("line", ["/users/{user}/resetpassword", "/users/{user}", "/users?user_id={user}"])
def test_each_patch_line_sets_the_password(client: Any, line: str) -> None:
    initial = client.current()
    path = f"/customers/{client.emulator.customers[0]['id']}{line.format(user=client.user_id())}"
    assert client.send("PATCH", path, BODY).status_code == 200
    assert client.emulator.passwords()[client.user_id()] == {"current": PASSWORD, "history": [initial, PASSWORD]}
    assert client.emulator.state()[client.user_id()]["force_change_password"] is True


def test_the_answer_echoes_the_password_and_says_force_false_as_the_sample_does(client: Any) -> None:
    user = json.loads(client.reset().content.decode("utf-8-sig"))
    assert user["passwordProfile"] == {"password": PASSWORD, "forceChangePassword": False}
    assert user["lastDirectorySyncTime"] is None
    client.emulator.knobs(echo_password=False, echo_force="sent")
    user = json.loads(client.reset().content.decode("utf-8-sig"))
    assert user["passwordProfile"] == {"password": None, "forceChangePassword": True}


@pytest.mark.parametrize("line", ["/users/{user}/resetpassword", "/users/{user}", "/users?user_id={user}"])
@pytest.mark.parametrize("names", [{}, {"displayName": "Roger Federer", "firstName": "Roger", "usageLocation": "CH"}])
def test_each_line_answers_with_exactly_the_members_of_the_sample(
    client: Any, line: str, names: dict[str, str]
) -> None:
    path = f"/customers/{client.emulator.customers[0]['id']}{line.format(user=client.user_id())}"
    user = client.document("PATCH", path, {**BODY, **names})
    assert list(user) == [
        *("usageLocation", "id", "userPrincipalName", "firstName", "lastName", "displayName", "passwordProfile"),
        *("lastDirectorySyncTime", "userDomainType", "state", "softDeletionTime", "links", "attributes"),
    ]
    assert user["passwordProfile"] == {"password": PASSWORD, "forceChangePassword": False}
    assert (user["lastDirectorySyncTime"], user["softDeletionTime"]) == (None, None)
    if "resetpassword" not in line:
        assert {name: user[name] for name in names} == names


@pytest.mark.parametrize(("password", "refusal"), [(PASSWORD, (404, 60002)), ("weak", (404, 60002))])
def test_a_password_restores_no_deleted_user(client: Any, password: str, refusal: tuple[int, int]) -> None:
    """Microsoft's SDKs send the state with every update."""
    path = client.special_path("deleted")
    before = client.document("GET", path)
    body = {"passwordProfile": {"password": password}, "state": "active", "displayName": "Changed"}
    assert client.refused("PATCH", path, body) == refusal
    assert client.document("GET", path) == before


def test_a_restore_with_a_password_is_done_in_whole_or_not_at_all(client: Any) -> None:
    client.emulator.knobs(deleted_answer="accept")
    path = client.special_path("deleted")
    body = {"passwordProfile": {"password": "weak"}, "state": "active", "displayName": "Changed"}
    before = client.document("GET", path)
    assert client.refused("PATCH", path, body) == (400, 3000)
    assert client.document("GET", path) == before
    taken = client.emulator.customers[0]["users"][0]["user_principal_name"]
    strong = {**body, "passwordProfile": {"password": PASSWORD}}
    assert client.refused("PATCH", path, {**strong, "userPrincipalName": taken}) == (409, 3000)
    assert client.document("GET", path) == before
    done = client.document("PATCH", path, strong)
    assert (done["state"], done["softDeletionTime"], done["displayName"]) == ("active", None, "Changed")
    assert client.current(path.rpartition("/")[2]) == PASSWORD


def test_the_flag_alone_keeps_the_password(client: Any) -> None:
    initial = client.current()
    body = {"passwordProfile": {"forceChangePassword": True}}
    assert client.send("PATCH", client.user_path(), body).status_code == 200
    assert client.emulator.state()[client.user_id()]["force_change_password"] is True
    assert client.emulator.passwords()[client.user_id()] == {"current": initial, "history": [initial]}
    assert client.refused("PATCH", f"{client.user_path()}/resetpassword", body) == (400, 2000)


@pytest.mark.parametrize(
    "text",
    [
        '{"PASSWORDPROFILE":{"Password":"Lantern-7-harbour","FORCECHANGEPASSWORD":true}}',
        '{"passwordProfile":{"password":"x"},"PasswordProfile":{"password":"Lantern-7-harbour"}}',
        '{"passwordProfile":{"password":"x","password":"Lantern-7-harbour"},"state":null,"userDomainType":"none"}',
        '\ufeff{"passwordProfile":{"password":"Lantern-7-harbour","forceChangePassword":null},"unknown":[1]}',
    ],
)
def test_casing_repeated_keys_nulls_and_unknown_members_are_read_as_the_service_does(client: Any, text: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.send("PATCH", f"{client.user_path()}/resetpassword", data=text.encode(), headers=headers)
    assert answer.status_code == 200
    assert client.current() == PASSWORD


@pytest.mark.parametrize(
    "body", [None, {}, {"passwordProfile": None}, {"passwordProfile": {"password": None}}, {"passwordProfile": []}, [1]]
)
def test_a_body_without_password_is_refused(client: Any, body: object) -> None:
    assert client.refused("PATCH", f"{client.user_path()}/resetpassword", body) == (400, 2000)


def test_a_body_that_is_not_json_is_refused(client: Any) -> None:
    # The documentation's own sample lacks quotes.
    text = b'{passwordProfile:{"password":"Lantern-7-harbour"}}'
    path = f"{client.user_path()}/resetpassword"
    assert client.refused("PATCH", path, data=text, headers={"Content-Type": "application/json"}) == (400, 2000)


@pytest.mark.parametrize(
    "password",
    [
        "Sh0rt-7",
        "Aa1-" * 65,
        "onlylowercaseletters",
        "lower-and-symbols",
        "Lantern-7-h\u00e4fen",
        "P@ssw0rd",
        "Welcome1!",
    ],
)
def test_entras_rules_hold(client: Any, password: str) -> None:
    initial = client.current()
    answer = client.reset(password=password)
    assert (answer.status_code, json.loads(answer.content.decode("utf-8-sig"))["code"]) == (400, 3000)
    assert password not in answer.text
    assert client.current() == initial


def test_the_code_for_weak_passwords_is_a_knob(client: Any) -> None:
    client.emulator.knobs(weak_password_code=800002)
    body = {"passwordProfile": {"password": "weak"}}
    assert client.refused("PATCH", f"{client.user_path()}/resetpassword", body) == (400, 800002)


@pytest.mark.parametrize(
    "password", ["Aa345678", "Aa1-" * 64, "two words And 1", "a1@#$%^&*-_!+=[]{}|\\:',.?/`~\"();<> "]
)
def test_strong_passwords_of_every_form_are_accepted(client: Any, password: str) -> None:
    assert client.reset(password=password).status_code == 200
    assert client.current() == password


@pytest.mark.parametrize(
    ("kind", "refusal"), [("federated", (400, 3000)), ("deleted", (404, 60002)), ("privileged", (403, 900308))]
)
def test_special_users_are_refused(client: Any, kind: str, refusal: tuple[int, int]) -> None:
    path = client.special_path(kind)
    assert client.refused("PATCH", f"{path}/resetpassword", BODY) == refusal
    client.emulator.knobs(**{f"{kind}_answer": "409/2000"})
    assert client.refused("PATCH", f"{path}/resetpassword", BODY) == (409, 2000)
    client.emulator.knobs(**{f"{kind}_answer": "accept"})
    assert client.reset(path).status_code == 200
    assert client.current(path.rpartition("/")[2]) == PASSWORD


def test_a_synced_user_does_not_keep_the_password(client: Any) -> None:
    path = client.special_path("synced")
    initial = client.current(path.rpartition("/")[2])
    assert client.reset(path).status_code == 200
    assert client.current(path.rpartition("/")[2]) == initial


def test_the_running_account_can_be_a_customers_user(client: Any) -> None:
    client.emulator.knobs(signed_in_user=client.user_id(), own_account_answer="403/900308")
    token = client.emulator.token()
    assert client.refused("PATCH", f"{client.user_path()}/resetpassword", BODY, token=token) == (403, 900308)
    assert client.reset(client.user_path(user=1), token=token).status_code == 200


@pytest.mark.parametrize(("form", "status"), [("405", 405), ("501", 501), ("html404", 404)])
def test_the_reset_route_can_be_missing(client: Any, form: str, status: int) -> None:
    client.emulator.knobs(reset_route=form)
    answer = client.reset()
    assert answer.status_code == status
    if form == "501":
        assert json.loads(answer.content.decode("utf-8-sig"))["code"] == 0
    else:
        assert b'"code"' not in answer.content
    assert client.send("PATCH", client.user_path(), BODY).status_code == 200


def test_the_update_call_can_refuse_or_ignore_passwords(client: Any) -> None:
    initial = client.current()
    client.emulator.knobs(update_password="reject403")
    assert client.refused("PATCH", client.user_path(), BODY) == (403, 900308)
    client.emulator.knobs(update_password="ignore")
    assert client.send("PATCH", client.user_path(), BODY).status_code == 200
    assert client.current() == initial


def test_a_repeated_request_id_is_applied_again_unless_the_knob_says_otherwise(client: Any) -> None:
    headers = {"MS-RequestId": str(uuid.uuid4())}
    for _number in range(2):
        client.reset(headers=headers)
    assert len(client.emulator.passwords()[client.user_id()]["history"]) == 3
    client.emulator.knobs(deduplicate_request_id=True)
    headers = {"MS-RequestId": str(uuid.uuid4())}
    for _number in range(2):
        assert client.reset(headers=headers).status_code == 200
    assert len(client.emulator.passwords()[client.user_id()]["history"]) == 4

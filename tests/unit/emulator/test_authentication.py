# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's check of access tokens (section 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.mark.parametrize("header", ["", "Basic abc", "Bearer", "Bearer not.a.token"])
def test_without_a_token_nothing_is_served(client: Any, header: str) -> None:
    answer = client.send("GET", "/customers", token="", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert json.loads(answer.content.decode("utf-8-sig"))["code"] == 800001
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_signed_by_somebody_else_is_refused(client: Any) -> None:
    head, claims, signature = client.emulator.access_token.split(".")
    assert client.refused("GET", "/customers", token=f"{head}.{claims}.{signature[::-1]}") == (401, 800001)


def test_a_token_expires(client: Any) -> None:
    client.emulator.advance()
    client.emulator.knobs(token_lifetime=60)
    token = client.emulator.token()
    assert client.send("GET", "/customers", token=token).status_code == 200
    client.emulator.advance(59)
    assert client.send("GET", "/customers", token=token).status_code == 200
    client.emulator.advance(2)
    assert client.refused("GET", "/customers", token=token) == (401, 800001)


def test_another_audience_is_refused(client: Any) -> None:
    token = client.emulator.token(audience="https://graph.windows.net")
    assert client.refused("GET", "/customers", token=token) == (401, 900420)


def test_a_token_without_mfa_is_refused_in_both_forms(client: Any) -> None:
    token = client.emulator.token(mfa=False)
    assert client.refused("GET", "/customers", token=token) == (401, 900421)
    client.emulator.knobs(mfa_answer="empty401")
    answer = client.send("GET", "/customers", token=token)
    assert (answer.status_code, answer.reason, answer.content) == (401, "Unauthorized - MFA required", b"")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert client.send("GET", "/customers").status_code == 200, "the next connection works"
    client.emulator.knobs(mfa_enforced=False)
    assert client.send("GET", "/customers", token=token).status_code == 200


@pytest.mark.parametrize(("mfa", "said"), [(True, "true"), (False, "false")])
def test_validate_mfa_is_answered(client: Any, mfa: bool, said: str) -> None:
    token = client.emulator.token(mfa=mfa)
    answer = client.send("GET", "/customers", token=token, headers={"ValidateMfa": "true"})
    assert answer.headers["isMfaCompliant"] == said


@pytest.mark.parametrize("answer", ["900329", "900150"])
def test_app_only_tokens_serve_for_customers_but_not_for_users(client: Any, answer: str) -> None:
    client.emulator.knobs(app_only_answer=answer)
    token, customer = client.emulator.token(app_only=True), client.emulator.customers[0]
    assert client.send("GET", "/customers", token=token).status_code == 200
    assert client.send("GET", f"/customers/{customer['id']}", token=token).status_code == 200
    assert client.refused("GET", f"/customers/{customer['id']}/users", token=token) == (403, int(answer))
    assert client.reset(token=token).status_code == 403


def test_app_only_tokens_may_be_refused_with_a_sentence(client: Any) -> None:
    client.emulator.knobs(app_only_answer="sentence")
    assert isinstance(client.document("GET", client.user_path(), token=client.emulator.token(app_only=True)), str)

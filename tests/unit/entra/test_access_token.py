# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A token that somebody else made, and what a token says of itself."""

from __future__ import annotations

import base64
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CredentialError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.access_token import described
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.token_source import GivenToken
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised
from ansible_collections.csp.partnercenter.tests.unit.support.entra import ACCOUNT, jwt


def test_it_is_used_until_shortly_before_it_expires() -> None:
    clock = FakeClock(1000.0)
    source = GivenToken(Secret(jwt(exp=2000)), clock=clock)
    assert source.token().value.reveal() == jwt(exp=2000)
    clock.advance(899)
    source.token()
    clock.advance(1)
    error = raised(source.token)
    assert isinstance(error, CredentialError)
    assert "expired" in str(error)


def test_it_cannot_be_renewed() -> None:
    source = GivenToken(Secret("opaque"))
    assert not source.renewable
    assert isinstance(raised(lambda: source.renew(source.token())), CredentialError)


@pytest.mark.parametrize("value", ["opaque", "a.b.c", "a.b", "..", "a.W10.c", "a.e30.c", "a.eyJ.c"])
def test_one_that_says_nothing_is_used_as_it_is(value: str) -> None:
    found = GivenToken(Secret(value), clock=FakeClock()).token()
    assert (found.expires_at, found.object_id, found.user_principal_name) == (math.inf, None, None)


@pytest.mark.parametrize("exp", ["soon", None, True, [1], {}, 10**400, 1e300])
def test_an_expiry_that_is_no_time_is_none(exp: Any) -> None:
    assert GivenToken(Secret(jwt(exp=exp)), clock=FakeClock()).token().expires_at == math.inf


@pytest.mark.parametrize(
    ("claims", "object_id", "name"),
    [
        ({}, ACCOUNT, "job@partner.example"),
        ({"upn": None, "unique_name": "old@partner.example"}, ACCOUNT, "old@partner.example"),
        ({"oid": "x", "upn": ["a"]}, None, None),
        ({"oid": None, "upn": None}, None, None),
    ],
)
def test_claims_say_whose_it_is(claims: dict[str, Any], object_id: str | None, name: str | None) -> None:
    found = described(Secret(jwt(**claims)), lifetime=None, now=0.0)
    assert (found.object_id, found.user_principal_name) == (object_id, name)


def test_texts_of_claims_are_fit_to_be_shown() -> None:
    found = described(Secret(jwt(upn="a\x1b[2K@partner.example", scp="a\x1b[2K \ud840b")), lifetime=None, now=0.0)
    assert found.user_principal_name == "a\ufffd[2K@partner.example"
    assert found.scopes == {"a\ufffd[2K", "\ufffdb"}


@given(st.text() | st.binary().map(lambda raw: f"a.{base64.urlsafe_b64encode(raw).decode()}.c"))
def test_any_text_is_described(value: str) -> None:
    found = described(Secret(value), lifetime=None, now=0.0)
    assert isinstance(found.is_due(1.0), bool)
    assert repr(found.value) == "***"

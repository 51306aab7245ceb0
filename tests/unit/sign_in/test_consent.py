# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Consent is granted where it is missing, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CredentialError,
    RefusedError,
    UnavailableError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.access_token import AccessToken
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.consent import (
    PERMISSIONS,
    Consent,
    Consents,
    ConsentState,
)
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CUSTOMER, raised


class Tenant:
    """A customer's tenant. ``refusals`` are AADSTS numbers with which it refuses tokens, one after the other."""

    def __init__(self, *refusals: int, error: Exception | None = None, scopes: frozenset[str] | None = None) -> None:
        self._refusals = list(refusals)
        self._error = error
        self._scopes = scopes
        self.granted: list[tuple[str, str, tuple[str, ...]]] = []

    def token(self) -> AccessToken:
        if self._refusals:
            number = self._refusals.pop(0)
            raise CredentialError(f"refused (AADSTS{number})", codes=(number,), concerns_all=number == 50173)
        return AccessToken(Secret("token"), float("inf"), scopes=self._scopes)

    def grant_consent(self, customer_id: str, application_id: str, permissions: Sequence[str]) -> None:
        self.granted.append((customer_id, application_id, tuple(permissions)))
        if self._error:
            raise self._error

    def ensure(self, *, check_mode: bool = False) -> Consent:
        tokens: Any = SimpleNamespace(token=self.token)
        return Consents(self, lambda _tenant: tokens, "application", PERMISSIONS, check_mode=check_mode).ensure(
            CUSTOMER
        )


@pytest.mark.parametrize("number", [65001, 65004, 90094, 650052, 700016])
def test_a_customer_without_consent_has_it_granted_once(number: int) -> None:
    tenant = Tenant(number)
    assert tenant.ensure() == Consent(CUSTOMER, ConsentState.GRANTED)
    assert tenant.granted == [(CUSTOMER, "application", PERMISSIONS)]
    assert tenant.ensure() == Consent(CUSTOMER, ConsentState.PRESENT) and len(tenant.granted) == 1


def test_check_mode_only_says_so() -> None:
    tenant = Tenant(65001)
    assert tenant.ensure(check_mode=True).state is ConsentState.WOULD_GRANT and tenant.granted == []


def test_a_consent_that_lacks_permissions_is_left_as_it_is_and_they_are_named() -> None:
    tenant = Tenant(scopes=frozenset({"User.Read.All"}))
    assert tenant.ensure() == Consent(CUSTOMER, ConsentState.PRESENT, (PERMISSIONS[0], PERMISSIONS[2]))
    assert tenant.granted == []


@pytest.mark.parametrize("number", [50177, 53003, 50076, 90002, 650051])
def test_another_refusal_is_no_matter_of_consent(number: int) -> None:
    tenant = Tenant(number)
    found = tenant.ensure()
    assert (found.state, found.message, tenant.granted) == (ConsentState.FAILED, f"refused (AADSTS{number})", [])


def test_a_refresh_token_that_is_dead_concerns_all_customers() -> None:
    assert isinstance(raised(Tenant(50173).ensure), CredentialError)


@pytest.mark.parametrize(
    ("status", "hint"), [(400, "remove that consent first"), (403, "AdminAgents"), (409, "remove that consent first")]
)
def test_a_refusal_says_what_the_account_needs(status: int, hint: str) -> None:
    found = Tenant(65001, error=RefusedError("no", status=status)).ensure()
    assert found.state is ConsentState.FAILED and found.message.startswith("no; ") and hint in found.message


def test_after_a_lost_answer_a_token_tells_whether_it_is_there() -> None:
    def lost() -> UnavailableError:
        return UnavailableError("no answer", ambiguous=True)

    assert Tenant(65001, error=lost()).ensure().state is ConsentState.GRANTED
    found = Tenant(65001, 65001, error=lost()).ensure()
    assert (found.state, found.message) == (ConsentState.FAILED, "no answer")

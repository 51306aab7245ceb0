# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens of many tenants from one refresh token, through the real MSAL (Graph contract, token)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CredentialError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.credentials import Credentials
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.tenant_tokens import TenantTokens
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.token_source import RememberedToken
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Failure, Request, Response
from ansible_collections.csp.partnercenter.tests.unit.support.clock import FakeClock
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised, run_in_threads
from ansible_collections.csp.partnercenter.tests.unit.support.entra import (
    ACCOUNT,
    AUTHORITY,
    CLIENT,
    TENANT,
    jwt,
    refusal,
    token,
)
from ansible_collections.csp.partnercenter.tests.unit.support.transport import FakeTransport, answer, failure

GIVEN = Credentials(tenant_id=TENANT, client_id=CLIENT, client_secret=Secret("s"), refresh_token=Secret("refresh-0"))
ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


class Keeper(RememberedToken):
    """Counts. ``other``: a refresh token that is given besides."""

    other: Secret | None = None

    def __init__(self) -> None:
        super().__init__(Secret("refresh-0"))
        self.saved: list[str] = []

    def instead(self, refusal: CredentialError) -> Secret:
        return self.other or super().instead(refusal)

    def save(self, token: Secret) -> None:
        self.saved.append(token.reveal())


class Tenants:
    """The authority. ``refused`` are answers by tenant; a new refresh token for each redemption."""

    def __init__(self, **refused: Response) -> None:
        self.refused = refused
        self.redeemed: list[tuple[str, str]] = []
        self.clock = FakeClock()
        self.keeper = Keeper()
        self.transport = FakeTransport(self.answer)
        settings = Settings(authority_url=AUTHORITY)
        self.tokens = TenantTokens(
            GIVEN, settings, self.transport, keeper=self.keeper, clock=self.clock, sleep=self.clock.sleep
        )

    def answer(self, request: Request) -> Response:
        tenant = urlsplit(request.url).path.split("/")[1]
        place = f"{AUTHORITY}/{tenant}"
        if request.method == "GET":
            found = self.refused.get(f"discovery {tenant}")
            endpoints = {"token_endpoint": f"{place}/oauth2/v2.0/token", "authorization_endpoint": f"{place}/authorize"}
            return found or answer({**endpoints, "issuer": f"{place}/v2.0"})
        form = parse_qs((request.body or b"").decode())
        assert "https://graph.microsoft.com/.default" in form["scope"][0].split()
        if tenant in self.refused:
            return self.refused[tenant]
        self.redeemed.append((tenant, form["refresh_token"][0]))
        return token(jwt(tid=tenant), refresh_token=f"refresh-{len(self.redeemed)}")

    def error(self, tenant: str) -> CredentialError:
        error = raised(lambda: self.tokens.of(tenant).token())
        assert isinstance(error, CredentialError)
        return error


def test_each_tenant_has_a_token_of_its_own_and_the_newest_refresh_token_is_used() -> None:
    tenants = Tenants()
    found = [tenants.tokens.of(tenant).token() for tenant in (ONE, TWO, ONE)]
    assert [token.tenant_id for token in found] == [ONE, TWO, ONE]
    assert tenants.redeemed == [(ONE, "refresh-0"), (TWO, "refresh-1")]


def test_one_refresh_token_is_saved_in_a_run_however_many_customers_there_are() -> None:
    tenants = Tenants()
    for tenant in (ONE, TWO, TENANT):
        tenants.tokens.of(tenant).token()
    assert tenants.keeper.saved == ["refresh-1"]


def test_a_process_that_goes_on_saves_a_newer_one_later() -> None:
    tenants = Tenants()
    tenants.tokens.of(ONE).token()
    tenants.clock.advance(4000)
    tenants.tokens.of(ONE).token()
    assert tenants.keeper.saved == ["refresh-1", "refresh-2"]


def test_tokens_of_different_tenants_are_redeemed_side_by_side() -> None:
    tenants = Tenants()
    numbers = iter(range(8))
    names = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(8)]
    found = run_in_threads(8, lambda: tenants.tokens.of(names[next(numbers)]).token().tenant_id)
    assert sorted(found) == names and len(tenants.keeper.saved) == 1


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (65001, "consent"),
        (50020, "GDAP"),
        (50177, "GDAP"),
        (53003, "conditional access"),
        (53000, "compliant device"),
        (50076, "multi-factor"),
        (50079, "multi-factor"),
        (5000224, "not available any more"),
        (900023, "no such tenant"),
        (90002, "no such tenant"),
        (650051, "Enterprise applications"),
        (700016, "multi-tenant"),
        (123456, "login.microsoftonline.com/error?code=123456"),
    ],
)
def test_a_refusal_of_one_tenant_concerns_that_one_only_and_says_what_to_do(number: int, words: str) -> None:
    tenants = Tenants(**{ONE: refusal(number)})
    error = tenants.error(ONE)
    assert not error.concerns_all and error.codes == (number,)
    assert f"AADSTS{number}" in str(error) and words in str(error) and "customer" in str(error)
    assert tenants.tokens.of(TWO).token().tenant_id == TWO


@pytest.mark.parametrize("number", [50173, 700082, 7000215, 7000222, 700027, 50057, 50194])
def test_a_dead_refresh_token_and_a_wrong_client_concern_all(number: int) -> None:
    assert Tenants(**{ONE: refusal(number)}).error(ONE).concerns_all


def test_a_tenant_without_discovery_is_told_by_its_number() -> None:
    error = Tenants(**{f"discovery {ONE}": refusal(90002, error="invalid_tenant")}).error(ONE)
    assert error.codes == (90002,) and not error.concerns_all


def test_an_authority_that_cannot_be_reached_concerns_all() -> None:
    tenants = Tenants()

    def lost(_request: Request) -> Response:
        raise failure(Failure.NAME)

    tenants.transport._script = [lost]
    assert tenants.error(ONE).concerns_all


def test_a_service_that_ends_older_refresh_tokens_is_asked_with_the_newest() -> None:
    """Microsoft does not; another thread may have the newer one already."""
    tenants = Tenants()
    tenants.tokens.of(ONE).token()
    good = tenants.answer

    def strict(request: Request) -> Response:
        if b"refresh_token=refresh-1" in (request.body or b""):
            tenants.tokens._newest = Secret("refresh-2")
            return refusal(50173)
        return good(request)

    tenants.transport._script = [strict]
    assert tenants.tokens.of(TWO).token().tenant_id == TWO
    assert tenants.redeemed[-1] == (TWO, "refresh-2")


def test_a_dead_refresh_token_is_replaced_by_the_other_one_of_its_keeper() -> None:
    tenants = Tenants()
    good = tenants.answer

    def dead(request: Request) -> Response:
        return refusal(50173) if b"refresh_token=refresh-0" in (request.body or b"") else good(request)

    tenants.transport._script = [dead]
    assert tenants.error(ONE).concerns_all
    tenants.keeper.other = Secret("given")
    assert tenants.tokens.of(TWO).token().tenant_id == TWO
    assert tenants.redeemed == [(TWO, "given")]


@pytest.mark.parametrize("before", [[], [ONE]])
def test_the_account_is_that_of_any_token(before: list[str]) -> None:
    """One for the partner's own tenant is made only where there is none."""
    tenants = Tenants()
    for tenant in before:
        tenants.tokens.of(tenant).token()
    assert tenants.tokens.account().object_id == ACCOUNT
    assert [tenant for tenant, _token in tenants.redeemed] == (before or [TENANT])

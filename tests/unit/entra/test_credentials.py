# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The given credentials: each bad input gives one sentence with the option's name, before any request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.credentials import Credentials
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CANARY, raised
from ansible_collections.csp.partnercenter.tests.unit.support.entra import CLIENT, TENANT

COMPLETE: dict[str, Any] = {
    "tenant_id": TENANT,
    "client_id": CLIENT,
    "client_secret": Secret(CANARY),
    "refresh_token": Secret("refresh-1"),
}


def given(**changes: Any) -> dict[str, Any]:
    """The complete options with these changes; None takes one away."""
    return {name: value for name, value in {**COMPLETE, **changes}.items() if value is not None}


def refused(place: str, options: dict[str, Any]) -> str:
    error = raised(lambda: Credentials(**options))
    assert isinstance(error, InputError)
    assert error.place == place
    assert "\n" not in str(error)
    assert "ry-7" not in str(error)
    return str(error)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "file"
    path.write_text("content\n")
    return str(path)


def test_a_secret_with_a_refresh_token_is_complete() -> None:
    assert Credentials(**given()).client_id == CLIENT


@pytest.mark.parametrize("application", ["client_secret", "certificate_path", "client_assertion_file"])
@pytest.mark.parametrize("refresh", ["refresh_token", "refresh_token_file"])
def test_one_of_each_kind_is_complete(file: str, application: str, refresh: str) -> None:
    options = given(client_secret=None, refresh_token=None)
    for name in (application, refresh):
        options[name] = file if name.endswith(("_path", "_file")) else Secret("x")
    Credentials(**options)


def test_an_access_token_is_complete_alone_and_with_the_ids() -> None:
    Credentials(access_token=Secret("a"))
    Credentials(access_token=Secret("a"), tenant_id=TENANT, client_id=CLIENT)


@pytest.mark.parametrize("tenant", [TENANT, TENANT.upper(), "partner.onmicrosoft.com"])
def test_the_tenant_is_a_guid_or_a_domain(tenant: str) -> None:
    Credentials(**given(tenant_id=tenant))


def test_nothing_given_lists_the_ways() -> None:
    message = refused("credentials", {})
    for name in ("tenant_id", "client_secret", "certificate_path", "refresh_token", "access_token", "PARTNERCENTER_"):
        assert name in message


@pytest.mark.parametrize("other", ["client_secret", "refresh_token"])
def test_an_access_token_stands_alone(other: str) -> None:
    assert other in refused("access_token", {"access_token": Secret("a"), other: Secret("b")})


def test_several_proofs_of_the_application_contradict_each_other(file: str) -> None:
    message = refused("client_secret", given(certificate_path=file))
    assert "client_secret and certificate_path were given" in message
    for name in ("client_assertion_file", "client_assertion_source"):
        assert name in message


def test_a_refresh_token_needs_a_proof_of_the_application() -> None:
    assert "none was given" in refused("client_secret", given(client_secret=None))


def test_a_proof_of_the_application_needs_one_refresh_token(file: str) -> None:
    assert "none was given" in refused("refresh_token", given(refresh_token=None))
    message = refused("refresh_token", given(refresh_token_file=file))
    assert "refresh_token and refresh_token_file were given" in message


@pytest.mark.parametrize("seed", ["refresh_token", "refresh_token_file"])
def test_a_refresh_token_may_be_the_seed_of_a_store(file: str, seed: str) -> None:
    value = {"refresh_token": Secret("r"), "refresh_token_file": file}[seed]
    Credentials(**given(refresh_token=None) | {seed: value, "refresh_token_store": Secret("{}")})
    options = given(refresh_token_file=file, refresh_token_store=Secret("{}"))
    assert "refresh_token and refresh_token_file were given" in refused("refresh_token", options)


def test_who_is_about_to_sign_in_needs_no_refresh_token(tmp_path: Path) -> None:
    Credentials(**given(refresh_token=None, interactive=True))
    Credentials(**given(refresh_token=None, refresh_token_file=str(tmp_path / "later"), interactive=True))
    refused("refresh_token", given(refresh_token_file="x", interactive=True))


@pytest.mark.parametrize("place", ["tenant_id", "client_id"])
def test_both_ids_are_needed(place: str) -> None:
    refused(place, given(**{place: None}))


@pytest.mark.parametrize("value", ["x", "common", TENANT[:-1], "../evil", f"{TENANT}/x", "a b", "https://x.example"])
def test_ids_are_checked(value: str) -> None:
    refused("tenant_id", given(tenant_id=value))
    refused("client_id", given(client_id=value))


@pytest.mark.parametrize("value", [f"{CANARY} x", f"{CANARY}\n", f"{CANARY}\u00e9", f"\t{CANARY}", f"{CANARY}\x00"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_quoted(value: str) -> None:
    refused("refresh_token", given(refresh_token=Secret(value)))
    refused("access_token", {"access_token": Secret(value)})


def test_a_passphrase_needs_a_certificate() -> None:
    refused("certificate_passphrase", given(certificate_passphrase=Secret(CANARY)))


@pytest.mark.parametrize(
    ("place", "instead_of"),
    [
        ("certificate_path", "client_secret"),
        ("client_assertion_file", "client_secret"),
        ("refresh_token_file", "refresh_token"),
    ],
)
def test_a_file_must_be_readable_and_hold_something(tmp_path: Path, place: str, instead_of: str) -> None:
    def refused_file(path: Path) -> str:
        return refused(place, given(**{instead_of: None, place: str(path)}))

    assert "No such file" in refused_file(tmp_path / "missing")
    assert "directory" in refused_file(tmp_path)
    empty = tmp_path / "empty"
    empty.write_text(" \r\n")
    assert "empty" in refused_file(empty)
    assert "not a path" in refused_file(tmp_path / "a\0b")


def test_an_assertion_is_not_encrypted(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    vault.write_text("$ANSIBLE_VAULT;1.1;AES256\n6162\n")
    message = refused("client_assertion_file", given(client_secret=None, client_assertion_file=str(vault)))
    assert "ansible-vault" in message


def test_they_do_not_show_themselves() -> None:
    assert "ry-7" not in repr(Credentials(**given()))
    assert "refresh-1" not in repr(Credentials(**given()))


@pytest.mark.parametrize("place", ["access_token", "refresh_token"])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Bearer cAnAry-7", "the word Bearer"),
        ('"cAnAry-7"', "quotes or braces"),
        ('{"refresh_token":"cAnAry-7"}', "quotes or braces"),
        ("cAnAry-7 cAnAry-7", "such as a blank"),
    ],
)
def test_what_holds_more_than_a_token_is_refused_with_the_reason(place: str, text: str, reason: str) -> None:
    alone = {"access_token": None, "client_secret": None, "refresh_token": None}
    options = given(**{**(alone if place == "access_token" else {}), place: Secret(text)})
    assert reason in refused(place, options)


@pytest.mark.parametrize("tenant", ["common", "{11111111-1111-4111-8111-111111111111}", "11111111-1111-4111-8111-1111"])
def test_a_tenant_is_a_guid_or_a_domain(tenant: str) -> None:
    assert "is neither a GUID nor a domain" in refused("tenant_id", given(tenant_id=tenant))


@pytest.mark.parametrize("place", ["tenant_id", "client_id"])
@pytest.mark.parametrize("interactive", [True, False])
def test_what_is_missing_is_named_as_the_variable_that_was_typed(place: str, interactive: bool) -> None:
    message = refused(place, given(**{place: None}, interactive=interactive))
    assert f"here or as PARTNERCENTER_{place.upper()}" in message
    assert ("to sign in" in message) is interactive

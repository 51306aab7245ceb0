# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GUIDs, domains and principal names. A value in the wrong option is refused with the right one's name."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._base import identifiers
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import (
    derived_id,
    domain,
    folded,
    guid,
    is_named,
    is_own_id,
    known_guid,
    named_id,
    principal_name,
    random_id,
)
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised
from ansible_collections.csp.partnercenter.tests.unit.support.partner import guid as numbered

NAME, DOMAIN = "Ada@Contoso.example", "Contoso.example"
GUID = "11111111-aaaa-4bbb-8ccc-222222222222"
CYRILLIC_A = "\u0430"
KELVIN = "\u212a"  # its lower case is the letter k


def refused(check: Callable[[str, str], str], value: str) -> None:
    error = raised(lambda: check(value, "users[3].some_option"))
    assert isinstance(error, InputError)
    assert error.place == "users[3].some_option"
    assert str(error).startswith("users[3].some_option: ")
    assert len(value) < 6 or value not in str(error)


@pytest.mark.parametrize("value", [GUID, GUID.upper(), f" {GUID}\n"])
def test_a_guid_is_given_in_lower_case(value: str) -> None:
    assert guid(value, "x") == GUID
    assert known_guid(value) == GUID


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        GUID[:-1],
        GUID + "0",
        GUID.replace("-", ""),
        f"{{{GUID}}}",
        f"{GUID}\n{GUID}",
        GUID.replace("1", "\u0661"),
        GUID.replace("a", "\uff41"),
        f"{GUID}/x",
    ],
)
def test_what_is_no_guid_is_refused(value: str) -> None:
    refused(guid, value)
    assert known_guid(value) is None


def test_nothing_is_no_known_guid() -> None:
    assert known_guid(None) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Contoso.OnMicrosoft.com", "contoso.onmicrosoft.com"),
        (" a.b.c.example. ", "a.b.c.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("1-2.example", "1-2.example"),
        ("example.xn--p1ai", "example.xn--p1ai"),
    ],
)
def test_a_domain_is_given_in_lower_case(value: str, expected: str) -> None:
    assert domain(value, "x") == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "localhost",
        ".example",
        "a..example",
        "-a.example",
        "a-.example",
        "a_b.example",
        "a.example/x",
        "a b.c",
        "a@b.example",
        "1.2.3.4",
        "a" * 64 + ".example",
        ".".join(["a" * 60] * 5) + ".example",
        "b\u00fccher.example",
        f"{CYRILLIC_A}.example",
        f"{KELVIN}.example",
        "a.example\nb.example",
        "a.example\\",
        '"a".example',
    ],
)
def test_what_is_no_domain_is_refused(value: str) -> None:
    refused(domain, value)


@pytest.mark.parametrize(
    "value",
    [
        "ada@contoso.example",
        "Ada.O'Hara_x-1!#^~@Contoso.Example",
        "a_b.example#EXT#@contoso.example",
        "a" * 64 + "@a.example",
    ],
)
def test_a_principal_name_keeps_its_case(value: str) -> None:
    assert principal_name(f" {value} ", "x") == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "ada",
        "@contoso.example",
        "ada@",
        "ada@contoso",
        "a@b@contoso.example",
        "a b@contoso.example",
        "ada/../x@contoso.example",
        "a%2f@contoso.example",
        "a" * 65 + "@a.example",
        f"{CYRILLIC_A}da@contoso.example",
        f"ada@{CYRILLIC_A}.example",
        f"ada@mi{KELVIN}e.example",
        "{{ x }}@contoso.example",
        "ada@contoso.example\nx",
    ],
)
def test_what_is_no_principal_name_is_refused(value: str) -> None:
    refused(principal_name, value)


@given(st.text())
def test_any_text_is_an_identifier_or_bad_input(value: str) -> None:
    for check in (guid, domain, principal_name):
        try:
            found = check(value, "x")
        except InputError:
            continue
        assert found.isascii()
        assert not set(found) & set('/\\ \n\r\t?&%"{}')


def test_only_latin_capitals_are_folded() -> None:
    assert folded("AZaz09@Contoso.EXAMPLE") == "azaz09@contoso.example"
    for sign in ("\u212a", "\u0130", "\u212b", "\u00c4", "\u00df", "\uff2b", "\u017f"):
        assert folded(sign) == sign


def test_a_derived_id_is_the_same_everywhere() -> None:
    assert derived_id("a", "b") == derived_id("a", "b")
    assert derived_id("a", "b") != derived_id("b", "a")
    assert uuid.UUID(derived_id("a")).version == 5


def test_a_random_id_is_new_each_time() -> None:
    assert len({random_id() for _unused in range(100)}) == 100
    assert guid(random_id(), "x")


def test_an_id_of_our_own_is_known_for_one_by_everybody() -> None:
    made = [named_id("a", "b"), named_id("a", "b"), named_id("a", "c"), named_id("a", "b", nonce="n")]
    assert len(set(made)) == 4 and named_id("a", "b", nonce="n") == made[3]
    for one in made:
        assert is_own_id(one) and is_own_id(one.upper()) and known_guid(one) == one
        assert (uuid.UUID(one).version, uuid.UUID(one).variant) == (8, uuid.RFC_4122)
    assert [is_named(one, "a", "b") for one in made] == [True, True, False, True]


@given(st.uuids())
def test_any_other_id_is_not(value: uuid.UUID) -> None:
    assert not is_own_id(str(value)) and not is_named(str(value), "a")


@given(st.text())
def test_nor_is_any_other_text(value: str) -> None:
    assert not is_own_id(value) and not is_named(value, "a")


def test_what_fits_is_taken() -> None:
    assert identifiers.customer_id(f" {numbered(1).upper()} ", "customer_id") == numbered(1)
    assert identifiers.customer_domain(DOMAIN, "customer_domain") == "contoso.example"
    assert identifiers.user_id(numbered(2), "user_id") == numbered(2)
    assert identifiers.user_principal_name(NAME, "user_principal_name") == NAME


@pytest.mark.parametrize(
    ("check", "place", "value", "sentence"),
    [
        (identifiers.customer_id, "customer_id", DOMAIN, "is a domain name, and not a GUID: use customer_domain"),
        (
            identifiers.customer_id,
            "users[1].customer_id",
            DOMAIN,
            "is a domain name, and not a GUID: use customer_domain",
        ),
        (identifiers.customer_id, "customer_ids[0]", DOMAIN, "is a domain name, and not a GUID: use customer_domains"),
        (
            identifiers.customer_domain,
            "customer_domain",
            numbered(1),
            "is a GUID, and not a domain name: use customer_id",
        ),
        (
            identifiers.customer_domain,
            "customer_domains[2]",
            numbered(1),
            "is a GUID, and not a domain name: use customer_ids",
        ),
        (identifiers.user_id, "user_id", NAME, "is not a GUID, and holds an @: use user_principal_name"),
        (
            identifiers.user_principal_name,
            "user_principal_name",
            numbered(2),
            "is a GUID, and not a user principal name: use",
        ),
        (identifiers.customer_id, "customer_id", "Contoso", "is not a GUID (expected"),
        (identifiers.user_id, "user_id", "Ada", "is not a GUID (expected"),
        (identifiers.customer_domain, "customer_domain", "Contoso", "is not a domain name (expected"),
        (identifiers.user_principal_name, "user_principal_name", "Ada", "is not a user principal name (expected"),
    ],
)
def test_what_does_not_fit_is_sent_where_it_belongs(
    check: Callable[[str, str], str], place: str, value: str, sentence: str
) -> None:
    assert str(raised(lambda: check(value, place))).startswith(f"{place}: {sentence}")

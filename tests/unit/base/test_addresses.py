# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that name a customer or a user. A value in the wrong option is refused with the right one's name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import addresses
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised
from ansible_collections.csp.partnercenter.tests.unit.support.partner import guid

NAME, DOMAIN = "Ada@Contoso.example", "Contoso.example"


def test_what_fits_is_taken() -> None:
    assert addresses.customer_id(f" {guid(1).upper()} ", "customer_id") == guid(1)
    assert addresses.customer_domain(DOMAIN, "customer_domain") == "contoso.example"
    assert addresses.user_id(guid(2), "user_id") == guid(2)
    assert addresses.user_principal_name(NAME, "user_principal_name") == NAME


@pytest.mark.parametrize(
    ("check", "place", "value", "sentence"),
    [
        (addresses.customer_id, "customer_id", DOMAIN, "is a domain name, and not a GUID: use customer_domain"),
        (
            addresses.customer_id,
            "users[1].customer_id",
            DOMAIN,
            "is a domain name, and not a GUID: use customer_domain",
        ),
        (addresses.customer_id, "customer_ids[0]", DOMAIN, "is a domain name, and not a GUID: use customer_domains"),
        (addresses.customer_domain, "customer_domain", guid(1), "is a GUID, and not a domain name: use customer_id"),
        (
            addresses.customer_domain,
            "customer_domains[2]",
            guid(1),
            "is a GUID, and not a domain name: use customer_ids",
        ),
        (addresses.user_id, "user_id", NAME, "is not a GUID, and holds an @: use user_principal_name"),
        (
            addresses.user_principal_name,
            "user_principal_name",
            guid(2),
            "is a GUID, and not a user principal name: use",
        ),
        (addresses.customer_id, "customer_id", "Contoso", "is not a GUID (expected"),
        (addresses.user_id, "user_id", "Ada", "is not a GUID (expected"),
        (addresses.customer_domain, "customer_domain", "Contoso", "is not a domain name (expected"),
        (addresses.user_principal_name, "user_principal_name", "Ada", "is not a user principal name (expected"),
    ],
)
def test_what_does_not_fit_is_sent_where_it_belongs(
    check: Callable[[str, str], str], place: str, value: str, sentence: str
) -> None:
    assert str(raised(lambda: check(value, place))).startswith(f"{place}: {sentence}")

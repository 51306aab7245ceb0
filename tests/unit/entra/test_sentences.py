# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Entra ID's numbers mean where the tenant of a customer says them (Graph contract, token)."""

from __future__ import annotations

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._entra.sentences import concerns_all, of_refusal

_EXEMPT = "exempt service providers, or this account"


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (65001, "grant the consent"),
        (65004, "grant the consent"),
        (90094, "grant the consent"),
        (650051, "grant the consent again"),
        (650052, "grant the consent"),
        (700016, "must have consented"),
        (50020, "GDAP relationship with a role"),
        (50177, "GDAP relationship with a role"),
        (50105, "Assignment required"),
        (7000112, "the customer must enable it"),
        *(
            (number, _EXEMPT)
            for number in (53000, 53001, 53003, 53004, 50072, 50074, 50076, 50078, 50079, 50131, 50158)
        ),
        (90002, "look at the customer's id"),
        (900023, "look at the customer's id"),
        (5000224, "look at the customer in Partner Center"),
    ],
)
def test_a_customers_refusal_concerns_it_alone_and_says_what_helps(number: int, remedy: str) -> None:
    sentence = of_refusal((number,), "invalid_grant", "", customer=True)
    assert f"(AADSTS{number})" in sentence and remedy in sentence
    assert sentence.startswith("Entra ID refused the sign-in to the customer's tenant")
    assert not concerns_all((number,))


@pytest.mark.parametrize("number", [50173, 700082, 70008, 7000215, 7000222, 700027])
def test_the_refresh_token_and_the_application_concern_all(number: int) -> None:
    assert concerns_all((number,))


def test_the_number_counts_and_neither_word_of_the_answer() -> None:
    assert of_refusal((65001,), "invalid_client", "bad_token", customer=True) == of_refusal(
        (65001,), "", "", customer=True
    )

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entra ID's refusals, by number, through MSAL and the emulator's token faults; and those of conditional access."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

#: The numbers that matter most, and a word of what to do.
NUMBERS = {
    50034: "tenant_id",
    50053: "locked",
    50057: "disabled",
    50076: "multi-factor",
    50078: "multi-factor",
    50079: "register",
    50126: "name or password",
    50173: "revoked",
    50194: "single tenant",
    53003: "conditional access",
    65001: "consent",
    65004: "declined",
    70000: "client_id",
    70008: "expired",
    70011: "user_impersonation",
    70043: "sign-in frequency",
    90002: "tenant_id",
    500011: "tenant_id",
    700003: "device",
    700016: "client_id",
    700021: "client_id",
    700023: "audience",
    700024: "clock",
    700027: "certificate",
    700082: "90 days",
    700084: "platform Web",
    700211: "issuer",
    700212: "audience",
    700213: "subject",
    900144: "lacks a field",
    7000112: "disabled",
    7000215: "not its id",
    7000218: "prove itself",
    7000222: "new one",
    9002313: "malformed",
}


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=1, users=1) as emulator:
        yield emulator


@pytest.fixture
def refused(emulator: Any) -> Callable[..., Any]:
    """The engine's error when it redeems a refresh token."""
    from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CredentialError
    from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
    from ansible_collections.csp.partnercenter.plugins.module_utils._entra.credentials import Credentials
    from ansible_collections.csp.partnercenter.plugins.module_utils._entra.token_source import RefreshedToken
    from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import make_settings
    from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import RequestsTransport

    settings = make_settings(api_url=emulator.api_url, authority_url=emulator.authority_url, ca_path=emulator.ca_path)
    credentials = Credentials(
        tenant_id=emulator.tenant_id,
        client_id=emulator.client_id,
        client_secret=Secret(emulator.client_secret),
        refresh_token=Secret(emulator.refresh_token),
    )

    def redeem() -> CredentialError:
        with pytest.raises(CredentialError) as caught:
            RefreshedToken(credentials, settings, RequestsTransport(settings)).token()
        return caught.value

    return redeem


@pytest.mark.parametrize("number", NUMBERS)
def test_by_number(emulator: Any, refused: Callable[..., Any], number: int) -> None:
    emulator.knobs(token_error=number)
    error = refused()
    assert f"AADSTS{number}" in str(error)
    assert NUMBERS[number] in str(error)
    assert error.details()["code"] == number
    assert error.details()["correlation_id"]
    assert "Trace ID" not in str(error)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"error": "invalid_grant", "error_codes": [12345], "suberror": "bad_token"},
            "(AADSTS12345): the refresh token has",
        ),
        ({"error": "invalid_grant", "error_codes": [12345], "suberror": "basic_action"}, "multi-factor"),
        ({"error": "invalid_grant", "error_codes": [12345], "suberror": "new_word"}, "look it up at"),
        ({"error": "consent_required"}, "(consent_required): consent is missing"),
        ({"error": "Kanarie <b>", "error_description": "AADSTS50076: Kanarie"}, "without a reason"),
        (
            {"error": "new_error", "error_codes": [987654]},
            "(AADSTS987654): look it up at https://login.microsoftonline.com/error?code=987654",
        ),
    ],
)
def test_without_a_known_number_by_fixed_words(
    emulator: Any, refused: Callable[..., Any], body: dict[str, Any], words: str
) -> None:
    import json

    emulator.fault("status", target="token", path="*/token", method="POST", status=400, body=json.dumps(body))
    error = refused()
    assert words in str(error)
    assert "Kanarie" not in str(error)

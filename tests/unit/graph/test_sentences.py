# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Microsoft Graph's errors mean: by status first, then by code (Graph contract, errors)."""

from __future__ import annotations

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._graph.sentences import KNOWN_CODES, of_fault


@pytest.mark.parametrize(
    ("status", "code", "named"),
    [
        (403, "Authorization_RequestDenied", ["User-PasswordProfile.ReadWrite.All", "User.RevokeSessions.All", "GDAP"]),
        (403, "Authorization_IdentityNotFound", ["GDAP", "consent"]),
        (401, "Authorization_IdentityNotFound", ["consent"]),
        (401, "InvalidAuthenticationToken", ["sign in again"]),
        (403, "Anything", ["GDAP", "consent"]),
        (403, None, ["GDAP", "consent"]),
        (400, "Request_BadRequest", ["password that breaks its rules", "federated or synced"]),
        (404, "Request_ResourceNotFound", ["user id"]),
        (429, "TooManyRequests", ["throttled"]),
    ],
)
def test_a_sentence_names_the_permission_the_role_or_the_consent(
    status: int, code: str | None, named: list[str]
) -> None:
    sentence = of_fault(status, code)
    assert all(word in sentence for word in named), sentence


def test_a_code_of_another_status_says_nothing() -> None:
    assert of_fault(500, "Authorization_RequestDenied") == of_fault(500, None)
    assert "Authorization_RequestDenied" in KNOWN_CODES

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of an error: our own sentence, plain values, ids."""

from __future__ import annotations

import json
import sys

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CallError,
    CredentialError,
    EvidenceError,
    InputError,
    MissingLibraryError,
    PartnerCenterError,
    StoreError,
    Trace,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center import sentences


def test_bad_input_names_its_place() -> None:
    error = InputError("users[3].password", "is too short")
    assert error.details() == {"message": "users[3].password: is too short"}


def test_a_missing_library_says_how_to_install_it() -> None:
    error = MissingLibraryError("msal", "to sign in")
    assert f"'{sys.executable} -m pip install msal'" in str(error)
    assert error.library == "msal"


def test_a_call_shows_what_it_has() -> None:
    assert CallError("x").details() == {"message": "x"}
    full = CallError("x", status=0, code=0, trace=Trace("a", "b"))
    assert full.details() == {"message": "x", "status": 0, "code": 0, "request_id": "a", "correlation_id": "b"}


def test_a_refused_sign_in_shows_the_first_number() -> None:
    error = CredentialError("x", codes=(1, 2), trace=Trace(correlation_id="b"))
    assert error.details() == {"message": "x", "code": 1, "correlation_id": "b"}
    assert CredentialError("x").details() == {"message": "x"}


@pytest.mark.parametrize("kind", [EvidenceError, StoreError, CredentialError, CallError])
def test_every_error_can_be_shown(kind: type[PartnerCenterError]) -> None:
    assert json.loads(json.dumps(kind("a sentence").details()))["message"] == "a sentence"


DOCUMENTED = [
    *((400, code) for code in (2000, 3000, 800002, 900118)),
    *((401, code) for code in (400, 800001, 900420, 900421)),
    *((403, code) for code in (900308, 900150, 20002, 900309, 900329, 2032)),
    *((404, code) for code in (60002, 60003, 1000)),
]


@pytest.mark.parametrize(("status", "code"), DOCUMENTED)
def test_each_documented_code_has_a_sentence_of_its_own(status: int, code: int) -> None:
    assert sentences.of_fault(status, code) != sentences.of_fault(status, None)


@pytest.mark.parametrize(
    ("status", "code", "word"),
    [
        (403, 900308, "Privileged Authentication Administrator"),
        (403, 20002, "relationship"),
        (403, 900150, "AdminAgents"),
        (403, 900329, "App+User"),
        (404, 60002, "user id"),
        (404, 60003, "customer id"),
        (400, 900118, "customer id"),
    ],
)
def test_it_says_which_role_consent_or_id_to_look_at(status: int, code: int, word: str) -> None:
    assert word in sentences.of_fault(status, code)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 409, 412, 429, 500, 501, 502, 503, 504])
def test_each_documented_status_has_a_sentence(status: int) -> None:
    assert str(status) not in sentences.of_fault(status, None)

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that the engine makes or gets, and the masking of ansible-core, on versions with it and without it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.credentials import Credentials
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.token_source import RefreshedToken
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.generator import make_generator
from ansible_collections.csp.partnercenter.plugins.plugin_utils import _controller
from ansible_collections.csp.partnercenter.tests.unit.support.entra import AUTHORITY, CLIENT, TENANT, FakeEntra, token
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Kit, new_subject, passwords, rotated


@pytest.fixture
def masked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What ansible-core 2.22 is told."""
    told: list[str] = []
    monkeypatch.setattr(_controller, "register_secret", told.append)
    return told


def generated() -> str:
    return make_generator().generate("svc@contoso.example").reveal()


def granted() -> list[str]:
    given = Credentials(
        tenant_id=TENANT, client_id=CLIENT, client_secret=Secret("a-secret"), refresh_token=Secret("refresh-1")
    )
    fake = FakeEntra(token("access-token-1", refresh_token="refresh-token-2"))
    RefreshedToken(given, Settings(authority_url=AUTHORITY), fake).token()
    return ["refresh-1", "access-token-1", "refresh-token-2"]


def test_generated_passwords_and_tokens_are_masked(masked: list[str]) -> None:
    assert generated() in masked
    assert set(granted()) <= set(masked)


def test_a_password_that_is_read_from_a_store_is_masked(kit: Kit, masked: list[str]) -> None:
    subject = new_subject()
    rotated(kit.make(), subject, "2026-11", Secret('Kan"arie\\1'))
    masked.clear()
    passwords(kit.make(), subject)
    assert 'Kan"arie\\1' in masked


def test_a_short_secret_would_hide_harmless_words(masked: list[str]) -> None:
    Secret("seven-7")
    assert masked == []


@pytest.mark.parametrize("make", [generated, granted])
def test_an_older_ansible_core_masks_nothing_by_itself(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[], object]
) -> None:
    monkeypatch.setattr(_controller, "register_secret", None)
    make()


def test_ansible_core_is_told_where_it_can_mask() -> None:
    can = importlib.util.find_spec("ansible.module_utils.secrets") is not None
    assert (_controller.register_secret is not None) == can

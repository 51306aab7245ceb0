# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A refresh token in every kind of store."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import random_id
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.token_store import TokenInStore, subject_of
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Stored
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Subject
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Killed, Kit

LONG = "0.A" + "x" * 1500


def subject() -> Subject:
    return subject_of(random_id(), random_id())


def test_the_newest_one_is_found_by_the_next_run(kit: Kit) -> None:
    whose = subject()
    for number in range(4):
        keeper = TokenInStore(kit.make(), whose)
        with keeper.held():
            if number:
                assert keeper.load() == Secret(f"{LONG}-{number - 1}")
            keeper.save(Secret(f"{LONG}-{number}"))
            assert keeper.load() == Secret(f"{LONG}-{number}")
    assert TokenInStore(kit.make(), whose).load() == Secret(f"{LONG}-3")


def test_there_is_none_at_first(kit: Kit) -> None:
    keeper = TokenInStore(kit.make(), subject())
    assert keeper.saved_at() is None
    with pytest.raises(InputError, match="sign in first"):
        keeper.load()


def test_when_it_was_saved(kit: Kit) -> None:
    keeper = TokenInStore(kit.make(), subject())
    keeper.save(Secret(LONG))
    saved_at = keeper.saved_at()
    assert saved_at is not None
    assert abs(datetime.now(UTC) - saved_at) < timedelta(seconds=60)


def test_killed_at_any_call_it_holds_the_old_one_or_the_new_one(network_kit: Kit) -> None:
    """The new one, once saving has returned; and the next run saves another one in any case."""
    for call in itertools.count(1):
        whose = subject()
        TokenInStore(network_kit.make(), whose).save(Secret("old"))
        saved = False
        try:
            TokenInStore(network_kit.killed_at(call), whose).save(Secret("new"))
            saved = True
        except Killed:
            pass
        found = TokenInStore(network_kit.make(), whose).load().reveal()
        assert found in (("new",) if saved else ("old", "new")), call
        TokenInStore(network_kit.make(), whose).save(Secret("newest"))
        assert TokenInStore(network_kit.make(), whose).load().reveal() == "newest"
        if saved:
            assert call > 3
            return


@pytest.mark.parametrize("write", [1, 2, 3])
def test_another_machine_that_begins_meanwhile_does_no_harm(
    network_kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: int
) -> None:
    """It does not wait for the lock of this one, and makes what it finds staged the current token."""
    whose, elsewhere = subject(), replace(network_kit, home=tmp_path / "elsewhere")
    TokenInStore(network_kit.make(), whose).save(Secret("old"))
    ours = TokenInStore(network_kit.make(), whose)
    compare_and_set, writes = ours.store.compare_and_set, itertools.count(1)
    found = []

    def interrupted(*arguments: Any, **named: Any) -> Stored:
        written = compare_and_set(*arguments, **named)
        if next(writes) == write:
            other = TokenInStore(elsewhere.make(), whose)
            with other.held():
                found.append(other.load().reveal())
        return written

    monkeypatch.setattr(ours.store, "compare_and_set", interrupted)
    with ours.held():
        assert ours.load() == Secret("old")
        ours.save(Secret("new"))
    assert found == ["new"] * (write < 3)
    assert TokenInStore(network_kit.make(), whose).load() == Secret("new")


@pytest.mark.parametrize("tenant", [None, "contoso.onmicrosoft.com"])
def test_the_place_needs_the_tenants_guid(tenant: str | None) -> None:
    with pytest.raises(InputError, match="tenant_id: must be the tenant's GUID"):
        subject_of(tenant, random_id())

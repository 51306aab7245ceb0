# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A given refresh token beside a store: which of both is used, and what the store holds afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CredentialError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.credentials import Credentials
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.token_source import (
    RefreshedToken,
    RememberedToken,
    TokenKeeper,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._http.settings import Settings
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.seeded_store import SeededStore
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.token_file import TokenFile
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.token_store import TokenInStore, subject_of
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised
from ansible_collections.csp.partnercenter.tests.unit.support.entra import (
    AUTHORITY,
    CLIENT,
    TENANT,
    FakeEntra,
    refusal,
    token,
)
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Kit

SETTINGS = Settings(authority_url=AUTHORITY)
GIVEN = Credentials(
    tenant_id=TENANT, client_id=CLIENT, client_secret=Secret("s3cr+t"), refresh_token_store=Secret("{}")
)


@pytest.fixture
def store(kit: Kit) -> TokenInStore:
    return TokenInStore(kit.make(), subject_of(TENANT, CLIENT))


@pytest.fixture(autouse=True)
def _silence() -> None:
    notices.take()


def run(keeper: TokenKeeper, *answers: Any) -> list[str]:
    """One job. Returns the refresh tokens that were redeemed."""
    entra = FakeEntra(*answers)
    RefreshedToken(GIVEN, SETTINGS, entra, keeper=keeper).token()
    return [form["refresh_token"] for form in entra.redemptions]


def seeded(store: TokenInStore, seed: str) -> SeededStore:
    return SeededStore(store, RememberedToken(Secret(seed)))


def stored(store: TokenInStore) -> str | None:
    newest = store.newest()
    return newest.reveal() if newest else None


def test_an_empty_store_begins_with_the_seed(store: TokenInStore) -> None:
    assert run(seeded(store, "seed"), token(refresh_token="second")) == ["seed"]
    assert stored(store) == "second"
    assert run(seeded(store, "seed"), token(refresh_token="third")) == ["second"]
    assert stored(store) == "third"
    assert notices.take() == []


@pytest.mark.parametrize("seed", ["the stale seed of last year", "a new sign-in"])
def test_a_stored_token_that_works_is_never_replaced_by_a_seed(store: TokenInStore, seed: str) -> None:
    """How old a seed is cannot be known."""
    store.save(Secret("newer"))
    assert run(seeded(store, seed), token(refresh_token="newest")) == ["newer"]
    assert stored(store) == "newest"


@pytest.mark.parametrize("code", [50173, 700082, 70043, 50076, 70000])
def test_a_new_sign_in_replaces_a_stored_token_that_is_dead(store: TokenInStore, code: int) -> None:
    store.save(Secret("dead"))
    assert run(seeded(store, "new"), refusal(code), token(refresh_token="newest")) == ["dead", "new"]
    assert stored(store) == "newest"
    (notice,) = notices.take()
    assert notice.startswith("refresh_token_store: Entra ID does not accept the refresh token in ")


@pytest.mark.parametrize(
    "answer",
    [refusal(7000215, error="invalid_client"), refusal(53003), refusal(90002), refusal(50053), refusal(90033)],
    ids=["client secret", "conditional access", "tenant", "locked account", "passing fault"],
)
def test_what_another_sign_in_does_not_mend_leaves_the_seed_alone(store: TokenInStore, answer: Any) -> None:
    store.save(Secret("newer"))
    error = raised(lambda: run(seeded(store, "seed"), answer, token(refresh_token="x")))
    assert isinstance(error, CredentialError)
    assert stored(store) == "newer"


def test_both_are_dead(store: TokenInStore) -> None:
    store.save(Secret("dead"))
    error = raised(lambda: run(seeded(store, "dead as well"), refusal(50173), refusal(700082)))
    assert isinstance(error, CredentialError) and error.codes == (50173,)
    assert "sign in again (playbook csp.partnercenter.sign_in)" in str(error)
    assert str(error).endswith("The refresh token that is given besides the store is not accepted either")
    assert stored(store) == "dead"


@pytest.mark.parametrize("kept", [None, "seed"])
def test_the_same_token_is_not_tried_twice(store: TokenInStore, kept: str | None) -> None:
    if kept:
        store.save(Secret(kept))
    error = raised(lambda: run(seeded(store, "seed"), refusal(700082)))
    assert isinstance(error, CredentialError) and "not accepted either" not in str(error)


def test_the_file_of_a_seed_is_not_written(store: TokenInStore, tmp_path: Path) -> None:
    file = tmp_path / "seed"
    file.write_text("seed\n")
    file.chmod(0o400)
    keeper = SeededStore(store, TokenFile(str(file), thrown_away_with="a job of AWX"))
    assert run(keeper, token(refresh_token="second")) == ["seed"]
    assert file.read_text() == "seed\n" and stored(store) == "second"
    assert notices.take() == []


def test_a_sign_in_by_hand_is_stored(store: TokenInStore) -> None:
    """The newest sign-in of all: it replaces whatever is there."""
    store.save(Secret("works"))
    keeper = seeded(store, "seed")
    keeper.check()
    with keeper.held():
        keeper.save(Secret("by hand"))
    assert keeper.load() == Secret("by hand")
    assert keeper.describe() == store.describe() and keeper.saved_at() == store.saved_at()

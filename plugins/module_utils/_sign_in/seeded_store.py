# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A refresh token from a place that does not last, and the store that keeps what comes after it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from .._base import notices
from .._base.errors import CredentialError
from .._base.secret import Secret
from .._entra.token_source import TokenKeeper
from .token_store import TokenInStore


@dataclass(frozen=True)
class SeededStore:
    """A store that begins with a given refresh token, the seed. Only the store is ever written.

    The stored token is used as long as Entra ID accepts it. It is usually a successor of the seed, and nothing tells
    how old a seed is: one that was given months ago must not replace it. If Entra ID does not accept the stored token
    any more, the seed is tried, because somebody may have signed in again and have given a new one.
    """

    store: TokenInStore
    seed: TokenKeeper

    def describe(self) -> str:
        return self.store.describe()

    def check(self, *, write: bool = True) -> None:
        self.store.check(write=write)

    def held(self) -> AbstractContextManager[None]:
        return self.store.held()

    def load(self) -> Secret:
        return self.store.newest() or self.seed.load()

    def instead(self, refusal: CredentialError) -> Secret:
        seed = self.seed.load()
        if self.store.newest() in (None, seed):
            raise refusal
        notices.add(
            f"refresh_token_store: Entra ID does not accept the refresh token in {self.describe()} any more, so "
            f"{self.seed.describe()} is used, and what comes after it is stored"
        )
        return seed

    def save(self, token: Secret) -> None:
        self.store.save(token)

    def saved_at(self) -> datetime | None:
        return self.store.saved_at()

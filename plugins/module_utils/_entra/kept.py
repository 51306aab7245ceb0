# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a refresh token is kept between runs. Entra ID gives a new one at each redemption."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from .._base import notices
from .._base.secret import Secret

#: How long Entra ID takes a refresh token that nobody redeems.
LIFETIME = timedelta(days=90)


class TokenKeeper(Protocol):
    """Raises :class:`PartnerCenterError`. Used by one thread at a time."""

    def describe(self) -> str:
        """The place in words."""

    def check(self, *, write: bool = True) -> None:
        """Raises where a token could not be kept; with ``write``, its place may be made."""

    def held(self) -> AbstractContextManager[None]:
        """From loading to saving: other runs wait meanwhile, and then find the newer token."""

    def load(self) -> Secret:
        """The newest refresh token."""

    def save(self, token: Secret) -> None:
        """Returns when the token is kept durably; its access token is not used before."""

    def saved_at(self) -> datetime | None:
        """When the newest one was saved, as far as that is known."""


class RememberedToken:
    """A refresh token of an option: newer ones are kept for this process only, with a notice."""

    def __init__(self, token: Secret, place: str) -> None:
        self._token = token
        self._place = place

    def describe(self) -> str:
        return f"the option {self._place}"

    def check(self, *, write: bool = True) -> None:
        """The memory of this process is always there."""

    @contextmanager
    def held(self) -> Iterator[None]:
        yield

    def load(self) -> Secret:
        return self._token

    def save(self, token: Secret) -> None:
        self._token = token
        notices.add(
            f"{self._place}: Entra ID gave a new refresh token, and there is no place to save it. The old one ends "
            "90 days after its own sign-in: use a refresh_token_file that can be written, or a refresh_token_store"
        )

    def saved_at(self) -> datetime | None:
        return None

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sources of access tokens: a given one, or a refresh token that is redeemed (the secure application model).

One access token serves a whole task: it is renewed shortly before it expires, and once when the service answers 401, by
whichever worker notices first while the others wait. Entra ID gives a new refresh token at each redemption: a
:class:`TokenKeeper` keeps it between runs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from .._base import notices
from .._base.errors import CredentialError, InputError, PartnerCenterError
from .._base.secret import Secret
from .._http.settings import Settings
from .._http.transport import Transport
from .access_token import AccessToken, TokenSource, described
from .credentials import Credentials
from .entra import Entra, Granted
from .sentences import asks_to_sign_in_again

#: How long Entra ID takes a refresh token that nobody redeems.
LIFETIME = timedelta(days=90)


#: Entra ID's numbers for a refresh token that has expired.
_EXPIRED = frozenset({70008, 700082})
#: What to do where nothing keeps the successors of a refresh token.
_KEEP_THEM = "set refresh_token_store, in which every run keeps the newest one"


def only_seed(until: str = "at most 90 days after it was made") -> str:
    """Return the end of a warning: until when runs can sign in with a refresh token whose successors are lost."""
    return f"The given one ends {until}, and then no run can sign in: {_KEEP_THEM}"


def ended_seed(refusal: CredentialError) -> CredentialError:
    """Return the refusal of such a token; if it has expired, with what to do so that it does not happen again."""
    if not _EXPIRED.intersection(refusal.codes):
        return refusal
    message = (
        f"{refusal}. The given refresh token lives for 90 days at most, and nothing kept its successors: {_KEEP_THEM}"
    )
    return CredentialError(message, codes=refusal.codes, trace=refusal.trace)


class TokenKeeper(Protocol):
    """The place of a refresh token. Raises :class:`PartnerCenterError`. Used by one thread at a time."""

    def describe(self) -> str:
        """Return the place in words."""

    def check(self, *, write: bool = True) -> None:
        """Raise an error where a token could not be kept; with ``write``, its place may be made."""

    def held(self) -> AbstractContextManager[None]:
        """Hold the token from loading to saving: other runs wait meanwhile, and then find the newer one."""

    def load(self) -> Secret:
        """Return the newest refresh token."""

    def instead(self, refusal: CredentialError) -> Secret:
        """Return another refresh token after Entra ID refused the newest, or raise the refusal where there is none."""

    def save(self, token: Secret) -> None:
        """Keep the token durably; the access token that came with it is not used before."""

    def saved_at(self) -> datetime | None:
        """Return when the newest one was saved, as far as that is known."""


class RememberedToken:
    """A refresh token of an option; newer ones are kept for this process only, with a notice."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def describe(self) -> str:
        return "the option refresh_token"

    def check(self, *, write: bool = True) -> None:
        """Accept: the memory of this process is always there."""

    @contextmanager
    def held(self) -> Iterator[None]:
        yield

    def load(self) -> Secret:
        return self._token

    def instead(self, refusal: CredentialError) -> Secret:
        raise ended_seed(refusal)

    def save(self, token: Secret) -> None:
        self._token = token
        notices.add(
            f"refresh_token: Entra ID gave a new refresh token, and there is no place to save it. {only_seed()}"
        )

    def saved_at(self) -> datetime | None:
        return None


class GivenToken:
    """A token that somebody else made: used as long as it is good, never renewed."""

    renewable = False

    def __init__(self, value: Secret, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._token = described(value, lifetime=None, now=clock())

    def token(self) -> AccessToken:
        if self._token.is_due(self._clock()):
            raise CredentialError("the given access_token has expired: make a new one, or give a refresh token instead")
        return self._token

    def renew(self, stale: AccessToken) -> AccessToken:
        raise CredentialError("the service refused the given access_token, and it cannot be renewed")


class RenewedToken:
    """Tokens that ``redeem`` gives: one at a time, whoever asks, and a new one before it is due."""

    renewable = True

    def __init__(self, redeem: Callable[[], AccessToken], clock: Callable[[], float]) -> None:
        self._redeem = redeem
        self._clock = clock
        self._lock = threading.Lock()
        self._current: AccessToken | None = None
        self._redemptions = 0
        self._refusal: CredentialError | None = None

    def token(self) -> AccessToken:
        current = self._current
        if current is not None and not current.is_due(self._clock()):
            return current
        return self.renew(current)

    def renew(self, stale: AccessToken | None) -> AccessToken:
        seen = self._redemptions
        with self._lock:
            if self._current is not None and self._current is not stale:
                return self._current
            if self._refusal is not None and self._redemptions != seen:
                raise self._refusal  # what another worker was told while this one waited
            self._refusal = None
            try:
                self._current = self._redeem()
            except CredentialError as refusal:
                self._refusal = refusal
                raise
            finally:
                self._redemptions += 1
            return self._current


@dataclass(eq=False, repr=False)
class Redeeming:
    """The refresh token of one account, and its redemption. Without a ``keeper``, this process keeps it."""

    credentials: Credentials
    settings: Settings
    transport: Transport
    keeper: TokenKeeper | None = field(default=None, kw_only=True)
    clock: Callable[[], float] = field(default=time.time, kw_only=True)
    sleep: Callable[[float], None] = field(default=time.sleep, kw_only=True)

    def __post_init__(self) -> None:
        self._keeper = self.keeper or remembered(self.credentials)

    def _entra_of(self, customer_id: str | None) -> Entra:
        """Return the authority: of a customer's tenant for Microsoft Graph, or the partner's own for Partner Center."""
        given = self.credentials, self.settings, self.transport
        return Entra(*given, customer_id=customer_id, clock=self.clock, sleep=self.sleep)


class RefreshedToken(Redeeming, RenewedToken):
    """Tokens that are redeemed with the refresh token of ``keeper``, which saves its successor before it is used."""

    def __post_init__(self) -> None:
        RenewedToken.__init__(self, self._renewed, self.clock)
        super().__post_init__()
        self._entra = self._entra_of(None)

    def _renewed(self) -> AccessToken:
        with self._keeper.held():
            refresh_token, granted = self._redeemed()
            if granted.refresh_token and granted.refresh_token != refresh_token:
                save(self._keeper, granted.refresh_token)
        return granted.access_token

    def _redeemed(self) -> tuple[Secret, Granted]:
        """Return the refresh token that was redeemed, and what came of it. Another one if the newest is dead."""
        newest = self._keeper.load()
        try:
            return newest, self._entra.redeem(newest)
        except CredentialError as error:
            if not asks_to_sign_in_again(str(error)):
                raise
            refusal = error
        other = self._keeper.instead(refusal)
        try:
            return other, self._entra.redeem(other)
        except CredentialError as error:
            if not asks_to_sign_in_again(str(error)):
                raise
        message = f"{refusal}. The refresh token that is given besides the store is not accepted either"
        raise CredentialError(message, codes=refusal.codes, trace=refusal.trace)


def make_token_source(
    credentials: Credentials,
    settings: Settings,
    transport: Transport,
    *,
    keeper: TokenKeeper | None = None,
) -> TokenSource:
    """Return the source for the kind of credentials that were given.

    ``keeper`` holds the refresh token between runs; without it, a new one is kept for this process only.
    """
    if credentials.access_token:
        return GivenToken(credentials.access_token)
    return RefreshedToken(credentials, settings, transport, keeper=keeper)


def save(keeper: TokenKeeper, refresh_token: Secret) -> None:
    """Save a new refresh token; raises :class:`PartnerCenterError`."""
    try:
        keeper.save(refresh_token)
    except PartnerCenterError:
        raise
    except Exception:
        raise CredentialError("Entra ID replaced the refresh token, and the new one could not be saved") from None


def remembered(credentials: Credentials) -> TokenKeeper:
    """Return what keeps the value of an option; a file or a store comes with a keeper of its own."""
    if credentials.refresh_token is None:
        raise InputError("refresh_token", "is needed, because nothing else keeps a refresh token")
    return RememberedToken(credentials.refresh_token)

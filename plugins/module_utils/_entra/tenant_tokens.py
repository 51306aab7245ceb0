# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access tokens for Microsoft Graph: one for each customer's tenant, all from the one refresh token (Graph contract).

Tokens of different tenants are redeemed side by side. Each redemption gives a new refresh token, and older ones stay
good. So the newest is used, and one of them is saved in a run: not one for each customer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from .._base.errors import CredentialError
from .._base.secret import Secret
from .access_token import AccessToken, TokenSource
from .entra import Entra
from .sentences import asks_to_sign_in_again
from .token_source import Redeeming, RenewedToken, save

#: After this time a process that goes on saves the newest refresh token once more.
_SECONDS_BETWEEN_SAVES = 3600.0


class TenantTokens(Redeeming):
    """The tokens of one account. Safe under threads. Sources raise :class:`CredentialError`.

    It has ``concerns_all`` set unless only the one tenant refuses the account.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self._sources: dict[str, RenewedToken] = {}
        self._newest: Secret | None = None
        self._saved_at: float | None = None
        self._account: AccessToken | None = None
        self._lock = threading.Lock()

    def of(self, tenant_id: str) -> TokenSource:
        """Return the source of tokens for a customer's tenant. Nothing is sent yet."""
        with self._lock:
            source = self._sources.get(tenant_id)
            if source is None:
                source = RenewedToken(self._redemption(tenant_id), self.clock)
                self._sources[tenant_id] = source
            return source

    def account(self) -> AccessToken:
        """Return any token that names the account: one that was made already, or one for the partner's own tenant."""
        return self._account or self.of((self.credentials.tenant_id or "").strip()).token()

    def _redemption(self, tenant_id: str) -> Callable[[], AccessToken]:
        made: list[Entra] = []

        def redeem() -> AccessToken:
            if not made:
                made.append(self._entra_of(tenant_id))
            return self._redeem(made[0])

        return redeem

    def _redeem(self, entra: Entra) -> AccessToken:
        used = self._refresh_token()
        while True:
            try:
                granted = entra.redeem(used)
                break
            except CredentialError as refusal:
                if not refusal.concerns_all:
                    raise
                used = self._other(used, refusal)
        if granted.refresh_token and granted.refresh_token != used:
            self._replace(granted.refresh_token)
        self._account = granted.access_token
        return granted.access_token

    def _refresh_token(self) -> Secret:
        with self._lock:
            if self._newest is None:
                with self._keeper.held():
                    self._newest = self._keeper.load()
            return self._newest

    def _other(self, used: Secret, refusal: CredentialError) -> Secret:
        """Return the one that another thread has got meanwhile, or else another one of the keeper's."""
        with self._lock:
            if self._newest is not None and self._newest != used:
                return self._newest
            if not asks_to_sign_in_again(str(refusal)):
                raise refusal
            with self._keeper.held():
                self._newest = self._keeper.instead(refusal)
            if self._newest == used:
                raise refusal
            return self._newest

    def _replace(self, refresh_token: Secret) -> None:
        """Take the new one. The first one of a run is saved before its access token is used."""
        with self._lock:
            self._newest = refresh_token
            now = self.clock()
            if self._saved_at is None or now - self._saved_at > _SECONDS_BETWEEN_SAVES:
                with self._keeper.held():
                    save(self._keeper, refresh_token)
                self._saved_at = now

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens redeemed from a refresh token (contract section 4: the secure application model).

One token serves a whole task: it is renewed shortly before it expires, and once when the service answers 401, by
whichever worker notices first while the others wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .._base.errors import CredentialError, PartnerCenterError
from .._base.secret import Secret
from .._base.secret_files import read_text
from .._http.settings import Settings
from .._http.transport import Transport
from .access_token import AccessToken
from .credentials import Credentials
from .entra import Entra
from .kept import RememberedToken, TokenKeeper


class RefreshedToken:
    """Redeems the refresh token that ``keeper`` holds, and has it save the one that replaces it before going on."""

    renewable = True

    def __init__(
        self,
        credentials: Credentials,
        settings: Settings,
        transport: Transport,
        *,
        keeper: TokenKeeper | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._entra = Entra(credentials, settings, transport, clock=clock, sleep=sleep)
        self._keeper = keeper or _remembered(credentials)
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

    def _redeem(self) -> AccessToken:
        with self._keeper.held():
            refresh_token = self._keeper.load()
            granted = self._entra.redeem(refresh_token)
            if granted.refresh_token and granted.refresh_token != refresh_token:
                self._save(granted.refresh_token)
        return granted.access_token

    def _save(self, refresh_token: Secret) -> None:
        try:
            self._keeper.save(refresh_token)
        except PartnerCenterError:
            raise
        except Exception:
            raise CredentialError("Entra ID replaced the refresh token, and the new one could not be saved") from None


def _remembered(credentials: Credentials) -> TokenKeeper:
    place = "refresh_token" if credentials.refresh_token else "refresh_token_file"
    token = credentials.refresh_token or Secret(read_text(credentials.refresh_token_file or "", place))
    return RememberedToken(token, place)

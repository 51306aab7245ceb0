# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token source for the kind of credentials that were given."""

from __future__ import annotations

from .._http.settings import Settings
from .._http.transport import Transport
from .access_token import TokenSource
from .credentials import Credentials
from .given import GivenToken
from .kept import TokenKeeper
from .refreshed import RefreshedToken


def make_token_source(
    credentials: Credentials,
    settings: Settings,
    transport: Transport,
    *,
    keeper: TokenKeeper | None = None,
) -> TokenSource:
    """``keeper`` holds the refresh token between runs; without it, a new one is kept for this process only."""
    if credentials.access_token:
        return GivenToken(credentials.access_token)
    return RefreshedToken(credentials, settings, transport, keeper=keeper)

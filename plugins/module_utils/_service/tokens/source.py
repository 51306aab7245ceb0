# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token source for the kind of credentials that were given."""

from __future__ import annotations

from collections.abc import Callable

from ..credentials import Credentials
from ..secret import Secret
from ..settings import Settings
from ..transport import Transport
from .access_token import TokenSource
from .given import GivenToken
from .refreshed import RefreshedToken


def make_token_source(
    credentials: Credentials,
    settings: Settings,
    transport: Transport,
    *,
    save: Callable[[Secret], None] | None = None,
) -> TokenSource:
    """``save`` gets a refresh token that Entra ID replaced, before its access token is used."""
    if credentials.access_token:
        return GivenToken(credentials.access_token)
    return RefreshedToken(credentials, settings, transport, save=save)

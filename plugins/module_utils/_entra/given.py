# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A token that somebody else made."""

from __future__ import annotations

import time
from collections.abc import Callable

from .._base.errors import CredentialError
from .._base.secret import Secret
from .access_token import AccessToken, described


class GivenToken:
    """Used as long as it is good. It cannot be renewed."""

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

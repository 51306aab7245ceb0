# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ending a user's sessions: a reset alone does not end those that go on (Graph contract, revoke)."""

from __future__ import annotations

from .._base.errors import UnavailableError
from .._http.conversation import Call
from .client import Client


class Sessions:
    """Raises :class:`CallError`, or :class:`CredentialError` where that concerns all customers."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def end(self, customer_id: str, user_id: str) -> None:
        """Revoke all refresh tokens and browser sessions of the user. Sent again where an answer is lost."""
        answer = self._client.call(customer_id, Call("POST", f"/v1.0/users/{user_id}/revokeSignInSessions"))
        if answer.content.get("value") is False:
            raise UnavailableError("the service says that it has not ended the sessions: run again", trace=answer.trace)

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Setting the password of a user who is synced from on-premises, by password writeback (Graph contract, set).

The service takes the password and works on it. How that ended is asked until it is known. It always makes the user
choose another password at the next sign-in.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from .._base.errors import CallError, PartnerCenterError, RefusedError, UnavailableError
from .._directory.records import Delivery, Fate, PasswordChange
from .._http.conversation import Answer, Call
from .._http.json_content import text
from . import paging
from .client import Client

#: The method "password" has this id for every user.
_PASSWORD = "28c10230-6103-485e-b985-444c60001490"
_LONGEST_WAIT = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0
_ONLY_ON_PREMISES = "onpremisessuccesscloudfailure"


class Writeback:
    """``sleep`` waits between two questions."""

    def __init__(
        self,
        client: Client,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._clock = clock
        self._sleep = sleep

    def set_password(self, change: PasswordChange) -> Delivery:
        """Make the request, and ask until it has ended. Raises :class:`CallError`."""
        path = f"/v1.0/users/{change.user_id}/authentication/methods/{_PASSWORD}/resetPassword"
        body = {"newPassword": change.password.reveal()}
        # An answer may hold a password that the service has made.
        call = Call("POST", path, body=body, trace=change.trace, wants_content=False)
        answer = self._client.call(change.customer_id, call)
        try:
            self._wait(change.customer_id, answer)
        except PartnerCenterError as error:
            failed = isinstance(error, _Failed)
            kind = RefusedError if failed else UnavailableError
            raise kind(str(error), trace=answer.trace, attempts=answer.attempts, ambiguous=not failed) from None
        return Delivery(Fate.ACCEPTED, answer.trace, answer.attempts)

    def _wait(self, customer_id: str, answer: Answer) -> None:
        """Return when the password is set, on-premises and in the cloud."""
        operation = Call("GET", paging.path_of(answer.location, self._client.graph_url))
        deadline, pause = self._clock() + _LONGEST_WAIT, _FIRST_PAUSE
        while True:
            content = self._client.call(customer_id, operation).content
            status, detail = text(content, "status").lower(), text(content, "statusDetail").lower()
            if _ONLY_ON_PREMISES in detail:
                raise CallError(_HALF)
            if status == "succeeded":
                return
            if status == "failed":
                raise _Failed(_FAILED)
            left = deadline - self._clock()
            if left <= 0:
                raise CallError(_LATE)
            self._sleep(min(pause, left))
            pause = min(pause * 2, _LONGEST_PAUSE)


class _Failed(CallError):
    """The service itself says that nothing was set."""


_HALF = (
    "password writeback has set the password on-premises, and not in the cloud: the one that was sent is live "
    "on-premises; look at Microsoft Entra Connect"
)
_FAILED = (
    "password writeback failed: the password may break a rule of the on-premises domain, or writeback is not set up "
    "for this tenant; look at Microsoft Entra Connect"
)
_LATE = "password writeback did not end within two minutes"

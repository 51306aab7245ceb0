# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors of the engine. All of them may be shown.

Each text is a sentence of this collection, with codes and ids. It never quotes a body or another exception.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Trace:
    """The two ids of one call at the service, for results and for support tickets."""

    request_id: str | None = None
    correlation_id: str | None = None


NO_TRACE = Trace()


class PartnerCenterError(Exception):
    """Base of all errors that the engine raises on purpose. ``concerns_all``: every other user would fail as well."""

    concerns_all = False

    def details(self) -> dict[str, str | int]:
        """Return what a result shows under ``error``: plain values, nothing secret."""
        return {"message": str(self)}


class InputError(PartnerCenterError):
    """An option is missing, malformed or contradictory. Found before the first request.

    ``place`` names the option as the user wrote it, such as ``users[3].password``.
    """

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place


class MissingLibraryError(PartnerCenterError):
    """A Python library that the engine needs cannot be imported."""

    def __init__(self, library: str, purpose: str) -> None:
        super().__init__(
            f"the Python library {library} is needed {purpose}, and the Python that runs this task does not have it: "
            f"install it with '{sys.executable} -m pip install {library}'"
        )
        self.library = library


class CredentialError(PartnerCenterError):
    """Entra ID or the service does not accept the credentials. Trying again will not help.

    ``codes`` are the AADSTS numbers of Entra ID's answer, most specific first. ``concerns_all`` is false where one
    customer's tenant refuses it.
    """

    concerns_all = True

    def __init__(
        self, message: str, *, codes: tuple[int, ...] = (), trace: Trace | None = None, concerns_all: bool = True
    ) -> None:
        super().__init__(message)
        self.codes = codes
        self.trace = trace or Trace()
        self.concerns_all = concerns_all

    def details(self) -> dict[str, str | int]:
        shown: dict[str, str | int] = {"message": str(self)}
        if self.codes:
            shown["code"] = self.codes[0]
        return shown | _ids(self.trace)


#: The HTTP status of an access token that is not accepted.
TOKEN_REFUSED = 401


class CallError(PartnerCenterError):
    """A call to the service ended without the expected answer.

    * ``status``: the HTTP status of the last answer; None where there was no answer.
    * ``code``: the service's code of the fault, a number or a word.
    * ``attempts``: the number of requests that were made.
    * ``ambiguous``: one of them may have taken effect although no answer said so: a time-out, a lost connection, an
      answer of the 5xx class, or an answer that is not the service's own.
    * ``signed``: the last answer is the service's own, and not one of a gateway or proxy.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: int | str | None = None,
        trace: Trace | None = None,
        attempts: int = 1,
        ambiguous: bool = False,
        signed: bool = True,
        concerns_all: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.trace = trace or Trace()
        self.attempts = attempts
        self.ambiguous = ambiguous
        self.signed = signed
        self.concerns_all = concerns_all or self.concerns_all

    def details(self) -> dict[str, str | int]:
        shown: dict[str, str | int] = {"message": str(self)}
        if self.status is not None:
            shown["status"] = self.status
        if self.code is not None:
            shown["code"] = self.code
        return shown | _ids(self.trace)


class RefusedError(CallError):
    """The request is not acceptable (a 4xx other than 408 and 429): definitively, where the service itself says so."""


class NotFoundError(RefusedError):
    """The service itself says that there is no such record, or a list that should hold it does not."""


class NoSuchUserError(NotFoundError):
    """The customer is there, and has no such user."""


class UnavailableError(CallError):
    """No usable answer after all retries: unreachable, timed out, throttled, or failing."""


class SignInLostError(UnavailableError):
    """The sign-in ended in the middle of a write: no try of it was definitively answered."""

    concerns_all = True


class EvidenceError(PartnerCenterError):
    """The records of earlier resets cannot be read, trusted or added to. The text says what follows from it."""

    concerns_all = True


class UnclearEvidenceError(EvidenceError):
    """The records of one user do not tell whether a reset took effect. Other users are not concerned."""


class StoreError(PartnerCenterError):
    """A password store cannot be read or written, or holds something that this collection did not write.

    If this happens before a reset, nothing is sent. After a reset, the password is in the store already.
    """


class DamagedSecretError(StoreError):
    """The data of one user in a store is damaged, gone, or was changed by hand. Other users are not concerned."""


def _ids(trace: Trace) -> dict[str, str | int]:
    shown: dict[str, str | int] = {}
    if trace.request_id:
        shown["request_id"] = trace.request_id
    if trace.correlation_id:
        shown["correlation_id"] = trace.correlation_id
    return shown

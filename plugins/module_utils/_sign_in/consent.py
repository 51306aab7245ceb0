# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The consent of customers to the application for Microsoft Graph, given by the partner on their behalf.

Whether it is there is told by a token for the customer's tenant. Only where that is refused for want of consent is it
granted, so that a second run changes nothing (Graph contract, consent).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .._base.errors import CallError, CredentialError, PartnerCenterError
from .._entra.access_token import AccessToken, TokenSource
from .._entra.sentences import lacks_consent

#: What resets need: to set passwords, to read users, and to read who holds a role.
PERMISSIONS = ("User-PasswordProfile.ReadWrite.All", "User.Read.All", "RoleManagement.Read.Directory")

_HINTS = {
    400: "if the customer has consented to fewer permissions before, remove that consent first",
    403: "to grant consent, the account must be in the partner's AdminAgents group and hold the GDAP role Cloud "
    "Application Administrator or Application Administrator",
    409: "if the customer has consented to fewer permissions before, remove that consent first",
}


class Grants(Protocol):
    """A service that grants consent. Raises :class:`CallError`."""

    def grant_consent(self, customer_id: str, application_id: str, permissions: Sequence[str]) -> None:
        """Consent to these delegated permissions of the application, in the name of the customer."""


class ConsentState(StrEnum):
    """The state of one customer's consent after the check."""

    PRESENT = "present"
    GRANTED = "granted"
    WOULD_GRANT = "would_grant"
    FAILED = "failed"


@dataclass(frozen=True)
class Consent:
    """The consent of one customer. ``missing``: permissions that a consent which was there before does not name."""

    customer_id: str
    state: ConsentState
    missing: tuple[str, ...] = ()
    error: PartnerCenterError | None = None
    message: str = ""


class Consents:
    """Consent to one application. ``tokens`` returns the tokens of a customer's tenant."""

    def __init__(
        self,
        grants: Grants,
        tokens: Callable[[str], TokenSource],
        application_id: str,
        permissions: Sequence[str],
        *,
        check_mode: bool,
    ) -> None:
        self._grants = grants
        self._tokens = tokens
        self._application_id = application_id
        self._permissions = permissions
        self._check_mode = check_mode

    def ensure(self, customer_id: str) -> Consent:
        """Grant the consent unless it is there. Raises :class:`CredentialError` where no customer can be asked."""
        try:
            token = self._token(customer_id)
        except CredentialError as refusal:
            if refusal.concerns_all:
                raise
            return Consent(customer_id, ConsentState.FAILED, error=refusal, message=str(refusal))
        if token is not None:
            return Consent(customer_id, ConsentState.PRESENT, self._missing(token))
        if self._check_mode:
            return Consent(customer_id, ConsentState.WOULD_GRANT)
        try:
            self._grants.grant_consent(customer_id, self._application_id, self._permissions)
        except CallError as error:
            return self._after(customer_id, error)
        return Consent(customer_id, ConsentState.GRANTED)

    def _after(self, customer_id: str, error: CallError) -> Consent:
        """Return what an error left behind: after a lost answer the consent may be there."""
        if error.ambiguous:
            with contextlib.suppress(CredentialError):
                if self._token(customer_id) is not None:
                    return Consent(customer_id, ConsentState.GRANTED)
        hint = _HINTS.get(error.status or 0)
        message = f"{error}; {hint} (guide to Microsoft Graph)" if hint else str(error)
        return Consent(customer_id, ConsentState.FAILED, error=error, message=message)

    def _token(self, customer_id: str) -> AccessToken | None:
        """Return a token for the customer's tenant; None where it is refused for want of consent."""
        try:
            return self._tokens(customer_id).token()
        except CredentialError as refusal:
            if refusal.concerns_all or not lacks_consent(refusal.codes):
                raise
            return None

    def _missing(self, token: AccessToken) -> tuple[str, ...]:
        """Return the permissions that the token does not name, if it names any."""
        return tuple(name for name in self._permissions if token.scopes and name not in token.scopes)

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The meaning of Microsoft Graph's errors and what to do: two tables, nothing else.

Status first, code second (Graph contract, errors). The service's own message is never quoted: it may repeat what was
sent.
"""

from __future__ import annotations

from .._http.fault_sentences import FaultSentences

_CONSENT = "the customer's consent to the application (guide to Microsoft Graph)"
_PERMISSIONS = (
    "the permission for it (User-PasswordProfile.ReadWrite.All to set passwords, User.Read.All to read users, "
    "User.ReadWrite.All to change users themselves, User.RevokeSessions.All to end sessions, "
    "UserAuthenticationMethod.ReadWrite.All for password writeback)"
)
_ROLE = (
    "a GDAP relationship with this customer that grants User Administrator, or Privileged Authentication Administrator "
    "if the user is an administrator"
)

_BY_STATUS_AND_CODE: dict[tuple[int, int | str], str] = {
    (
        400,
        "Request_BadRequest",
    ): "the service does not accept the request: for a password reset, a password that breaks "
    "its rules or is banned, or a user whose password is not in the cloud (federated or synced)",
    (400, "Request_UnsupportedQuery"): "the service does not accept the query",
    (401, "InvalidAuthenticationToken"): "the access token is not accepted: if this goes on, sign in again (playbook "
    "csp.partnercenter.sign_in)",
    (401, "Authorization_IdentityNotFound"): f"no user is behind the access token, or {_CONSENT} is missing",
    (403, "Authorization_RequestDenied"): f"the account may not do this: it needs {_PERMISSIONS}, by {_CONSENT}, and "
    f"{_ROLE}",
    (
        403,
        "Authorization_IdentityNotFound",
    ): f"the account is not known to the customer's tenant: it needs {_ROLE}, and {_CONSENT}",
    (403, "Directory_ConcurrencyViolation"): "the record was changed by somebody else at the same moment: run again",
    (404, "Request_ResourceNotFound"): "no such record: look at the customer id and the user id",
    (404, "ResourceNotFound"): "no such record: look at the customer id and the user id",
}

_BY_STATUS: dict[int, str] = {
    400: "the service does not accept the request: look at the ids and, for a reset, at the password",
    401: "the access token is not accepted: if this goes on, sign in again (playbook csp.partnercenter.sign_in)",
    403: f"the account may not do this: it needs {_ROLE}, and {_CONSENT}",
    404: "not found: look at the customer id and the user id",
    405: "this call does not exist at the service: look at graph_url",
    423: "the record is locked at the service: run again later",
    501: "this call does not exist at the service: look at graph_url",
}

#: The codes that may be shown. Any other text of an answer may repeat what was sent.
KNOWN_CODES = frozenset(code for _status, code in _BY_STATUS_AND_CODE) | {
    "BadRequest",
    "InternalServerError",
    "ServiceUnavailable",
    "TooManyRequests",
    "UnknownError",
    "generalException",
}

_SENTENCES = FaultSentences("Microsoft Graph", _BY_STATUS, _BY_STATUS_AND_CODE)
of_fault, of_unsigned = _SENTENCES.of_fault, _SENTENCES.of_unsigned

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of Partner Center: JSON with or without BOM, faults, ids (contract sections 5 and 6). Pure.

No body leaves this file: only parsed content that was asked for, numbers and ids.
"""

from __future__ import annotations

from .._base.errors import (
    TOKEN_REFUSED,
    CallError,
    NoSuchUserError,
    NotFoundError,
    RefusedError,
    Trace,
    UnavailableError,
)
from .._base.identifiers import known_guid
from .._http import retry
from .._http.json_content import JsonObject, content, is_page, record_id
from .._http.transport import Response
from . import sentences

#: A 401 with one of these codes cannot be solved by a new token: wrong audience, no MFA.
_HOPELESS_CODES = frozenset({900420, 900421})
#: A 404 with this code means that the user is missing, not the customer.
_NO_SUCH_USER = 60002


class RouteMissingError(RefusedError):
    """The service may not have this call: 405, 501, or a 404 that is no fault of Partner Center (contract 1.4).

    ``doubted``: an earlier try of the same call may have taken effect, so the call does exist.
    """

    doubted = False


def check_is(asked: str, record: JsonObject) -> None:
    """Raise :class:`UnavailableError` where the record is another one than the one that was asked for."""
    if record_id(record) != asked.lower():
        raise UnavailableError("the service answered with another record than the one that was asked for")


def fault_code(response: Response) -> int | None:
    """Return the ``code`` of a fault (documented as text, seen as number); None where the body is no fault."""
    fault = {str(key).lower(): value for key, value in (content(response) or {}).items()}
    code = fault.get("code")
    if isinstance(code, bool) or not isinstance(code, (int, str)):
        return None
    return int(code) if str(code).isascii() and str(code).isdigit() and len(str(code)) < 10 else None


def is_signed(response: Response) -> bool:
    """Return whether an error is the service's own: a fault with code and description, or its throttle (section 6).

    An empty body, a page, or JSON of another form may come from a gateway or a proxy.
    """
    if is_page(response):
        return False
    members = {str(key).lower(): value for key, value in (content(response) or {}).items()}
    if response.status == retry.THROTTLED and members.get("statuscode") == retry.THROTTLED:
        return isinstance(members.get("message"), str)
    return fault_code(response) is not None and isinstance(members.get("description"), str)


def lacks_mfa(response: Response | None) -> bool:
    """Return whether a new token cannot solve a 401. The older form has only a reason phrase, no body (section 4)."""
    if response is None or response.status != 401:
        return False
    return "mfa required" in response.reason.lower() or fault_code(response) in _HOPELESS_CODES


def trace(response: Response, sent: Trace) -> Trace:
    """Return the ids that the service gives the call; where it names none, or no GUIDs, the ids that were sent."""
    return Trace(
        known_guid(response.headers.get("ms-requestid")) or sent.request_id,
        known_guid(response.headers.get("ms-correlationid")) or sent.correlation_id,
    )


def error(response: Response, sent: Trace, *, attempts: int, ambiguous: bool, fresh: bool) -> CallError:
    """Return the error for an answer outside of 2xx. ``fresh``: the token had just been renewed."""
    status, code, signed = response.status, fault_code(response), is_signed(response)
    return _kind(status, code, signed)(
        _sentence(response, signed, fresh),
        status=status,
        code=code,
        trace=trace(response, sent),
        attempts=attempts,
        ambiguous=ambiguous,
        signed=signed,
        concerns_all=status == TOKEN_REFUSED,
    )


def _kind(status: int, code: int | None, signed: bool) -> type[CallError]:
    if status < 400 or retry.is_unavailable(status):
        return UnavailableError
    if status in retry.NO_SUCH_CALL or (status == 404 and not signed):
        return RouteMissingError
    if status != 404:
        return RefusedError
    return NoSuchUserError if code == _NO_SUCH_USER else NotFoundError


def _sentence(response: Response, signed: bool, fresh: bool) -> str:
    status, code = response.status, fault_code(response)
    if status == 401 and code is None and ("mfa required" in response.reason.lower() or fresh):
        return sentences.of_missing_mfa()
    return sentences.of_fault(status, code) if signed or status == 401 else sentences.of_unsigned(status)

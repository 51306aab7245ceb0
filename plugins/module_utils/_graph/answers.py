# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading Microsoft Graph's answers: records, errors, ids (Graph contract, errors). Pure.

Bodies end here: only parsed content that was asked for, known codes and ids go further up.
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
from .._base.identifiers import folded, known_guid
from .._http import json_content, retry
from .._http.conversation import Tries
from .._http.json_content import JsonObject, is_page, record_id, text
from .._http.transport import Response
from . import sentences

_NOT_FOUND = frozenset({"Request_ResourceNotFound", "ResourceNotFound"})


def check_is(asked: str, record: JsonObject) -> None:
    """Raise an error where the answer is about another user than the one asked for, by id or by principal name."""
    if folded(asked) not in (record_id(record), folded(text(record, "userPrincipalName"))):
        raise UnavailableError("the service answered with another record than the one that was asked for")


def content(response: Response) -> JsonObject | None:
    """Return the JSON object of an answer; None where it holds none, as a page does not."""
    return None if is_page(response) else json_content.content(response)


def is_signed(response: Response) -> bool:
    """Return whether an error is the service's own: an object with a code and a message.

    An empty body, a page, or JSON of another form may come from anything on the way.
    """
    error = _error_of(response)
    return isinstance(error.get("code"), str) and isinstance(error.get("message"), str)


def lacks_mfa(response: Response) -> bool:
    """Return whether a 401 would stay one with a new token: Graph has no such code."""
    return False


def trace(response: Response, sent: Trace) -> Trace:
    """Return the service's id of the request, and the id that was sent with it, which Graph repeats."""
    return Trace(known_guid(response.headers.get("request-id")) or sent.request_id, sent.correlation_id)


def error(response: Response, sent: Trace, tries: Tries) -> CallError:
    """Return the typed error for an answer that is none of the 2xx."""
    status, signed = response.status, is_signed(response)
    code = text(_error_of(response), "code")
    known = code if code in sentences.KNOWN_CODES else None
    sentence = sentences.of_fault(status, known) if signed or status == TOKEN_REFUSED else None
    return _kind(status, code, signed)(
        sentence or sentences.of_unsigned(status),
        status=status,
        code=known,
        trace=trace(response, sent),
        attempts=tries.attempts,
        ambiguous=tries.ambiguous,
        signed=signed,
        # A customer's tenant that refuses its token says nothing about other customers.
        concerns_all=False,
    )


def _kind(status: int, code: str, signed: bool) -> type[CallError]:
    if status < 400 or retry.is_unavailable(status):
        return UnavailableError
    if status == 404 and signed:
        return NoSuchUserError if code in _NOT_FOUND else NotFoundError
    return RefusedError


def _error_of(response: Response) -> JsonObject:
    found = (content(response) or {}).get("error")
    return found if isinstance(found, dict) else {}

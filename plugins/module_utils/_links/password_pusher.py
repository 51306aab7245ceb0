# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links of Password Pusher, by version 2 of its API (https://docs.pwpush.com).

An instance takes what it knows of a request and replaces the rest by its defaults, without a word. So each answer is
compared with what was asked for, and a link that would live longer is ended again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .._base import hosts
from .._base.errors import InputError
from .._base.secret import Secret
from .._http import json_content
from .._http.settings import make_settings
from .._http.transport import Request, RequestsTransport, Response, Transport, TransportFailure
from .link import Link, LinkError, LinkService
from .options import LinkOptions

_LONGEST_DAYS, _MOST_VIEWS = 90, 100
_SECONDS = 30.0
_HANDLE = re.compile(r"[A-Za-z0-9_-]{6,200}")
#: The numbers that stand for days in the hosted edition, which knows no others.
_DURATIONS = {1: 6, 2: 7, 3: 8, 4: 9, 5: 10, 6: 11, 7: 12, 14: 13, 21: 14, 30: 15, 60: 16, 90: 17}
_PUSHES = "/api/v2/pushes"
_MADE, _OK, _MISSING, _ENDED = 201, 200, 404, 422
_REFUSALS = {
    401: "it does not accept the token: check link.token",
    403: "it does not allow this account to make links, or has throttled it",
    404: "it has no version 2 of the API: check link.url, and update the instance",
    422: "it does not accept the link: check days, views and passphrase with the limits of the instance",
    429: "it has throttled the request: run again later",
}


def make(options: LinkOptions) -> LinkService:
    url = options.needed_url()
    token = options.secret("token", "PARTNERCENTER_LINK_TOKEN")
    if token is None:
        why = "is missing: without the token of an account, a link could not be ended"
        raise InputError(options.place("token"), why)
    wanted = Wanted(
        days=options.number("days", 1, _LONGEST_DAYS),
        views=options.number("views", 1, _MOST_VIEWS),
        passphrase=options.secret("passphrase"),
        retrieval_step=options.flag("retrieval_step", default=True),
    )
    ca_path = options.ca_path("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    settings = make_settings(ca_path=ca_path, timeout=_SECONDS, environment=options.environment)
    return PasswordPusher(url, options.url("public_url") or url, token, wanted, RequestsTransport(settings))


@dataclass(frozen=True)
class Wanted:
    """The wanted properties of a link."""

    days: int
    views: int
    passphrase: Secret | None
    retrieval_step: bool


class PasswordPusher(LinkService):
    """One instance. ``public_url``: the address that its links begin with."""

    def __init__(self, url: str, public_url: str, token: Secret, wanted: Wanted, transport: Transport) -> None:
        self._url = url
        self._public_url = public_url
        self._token = token
        self._wanted = wanted
        self._transport = transport

    def describe(self) -> str:
        return f"Password Pusher {self._url}"

    def make(self, password: Secret, note: str) -> Link:
        wanted, asked_at = self._wanted, datetime.now(UTC)
        push = {
            "payload": password.reveal(),
            "kind": "text",
            "note": note,
            "expire_after_days": wanted.days,
            "expire_after_views": wanted.views,
            "deletable_by_viewer": True,
            "retrieval_step": wanted.retrieval_step,
        }
        if wanted.days in _DURATIONS:
            push["expire_after_duration"] = _DURATIONS[wanted.days]
        if wanted.passphrase:
            push["passphrase"] = wanted.passphrase.reveal()
        answer = self._ask("POST", _PUSHES, {"push": push})
        if answer.status != _MADE:
            raise self._problem(_REFUSALS.get(answer.status, _odd(f"it answered {answer.status}")))
        made = json_content.content(answer) or {}
        handle = made.get("url_token")
        if not isinstance(handle, str) or not _HANDLE.fullmatch(handle):
            raise self._problem(_odd("its answer names no link"))
        try:
            self._check(made)
            return Link(self._address(handle), None, handle, asked_at + timedelta(days=wanted.days), wanted.views)
        except LinkError:
            with suppress(LinkError):  # it ends by its life time
                self.expire(handle)
            raise

    def expire(self, handle: str) -> None:
        answer = self._ask("DELETE", f"{_PUSHES}/{handle}")
        if answer.status not in (_OK, _MISSING, _ENDED):
            raise self._problem(_REFUSALS.get(answer.status, _odd(f"it answered {answer.status}")))

    def _check(self, made: Mapping[str, Any]) -> None:
        """Raise :class:`LinkError` where the link is not as it was asked for."""
        wanted = self._wanted
        days, views = _number(made.get("expire_after_days")), _number(made.get("expire_after_views"))
        if made.get("expired"):
            raise self._problem(_odd("the link has ended before it was used"))
        if not 0 < days <= wanted.days and not self._ends_in_time(made.get("expires_at")):
            raise self._problem(
                f"the link does not end after {wanted.days} days: the limits of the instance must allow link.days"
            )
        if not 0 < (views or _number(made.get("views_total"))) <= wanted.views:
            raise self._problem(
                f"the link can be opened more than {wanted.views} times: the limits of the instance must allow "
                "link.views"
            )

    def _ends_in_time(self, told: object) -> bool:
        try:
            ends = datetime.fromisoformat(told if isinstance(told, str) else "")
        except ValueError:
            return False
        latest = datetime.now(UTC) + timedelta(days=self._wanted.days, minutes=15)
        return ends.tzinfo is not None and ends <= latest

    def _address(self, handle: str) -> str:
        """Return the URL for the caller, as the instance itself writes it."""
        answer = self._ask("GET", f"{_PUSHES}/{handle}/preview")
        url = (json_content.content(answer) or {}).get("url") if answer.status == _OK else None
        if not isinstance(url, str) or f"/{handle}" not in url:
            raise self._problem(_odd("it does not tell the address of the link"))
        if hosts.origin_of(url) != hosts.origin_of(self._public_url):
            raise self._problem(
                "its links lead to another address: name that one as link.public_url, or mend the settings of the "
                "instance"
            )
        return url

    def _ask(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Response:
        headers = {"Authorization": f"Bearer {self._token.reveal()}", "Accept": "application/json"}
        body = None
        if content is not None:
            headers["Content-Type"], body = "application/json", json.dumps(content).encode()
        try:
            return self._transport.send(Request(method, f"{self._url}{path}", headers, body))
        except TransportFailure as failure:
            raise LinkError(failure.sentence(self.describe(), "link.url")) from None

    def _problem(self, why: str) -> LinkError:
        return LinkError(f"{self.describe()}: {why}")


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _odd(what: str) -> str:
    return f"{what}, as no Password Pusher does: check link.url, and that nothing is in between"

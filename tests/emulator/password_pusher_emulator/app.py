# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side, and the pushes."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from local_server import served
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

#: The API token of the only account.
TOKEN = "Emulated-token-of-Password-Pusher-1"
_DAYS, _VIEWS = (1, 90, 7), (1, 100, 5)  # least, most, default


@dataclass
class Push:
    """One push. ``payload`` is None once it has expired."""

    url_token: str
    payload: str | None
    passphrase: str
    note: str
    days: int
    views: int
    retrieval_step: bool
    deletable_by_viewer: bool
    owned: bool
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    expired_on: datetime | None = None
    #: What was done with it, and when: ``view``, ``failed_view`` or ``expire``.
    log: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def views_left(self) -> int:
        return max(0, self.views - sum(kind != "expire" for kind, _at in self.log))

    def expire(self) -> None:
        self.payload, self.passphrase, self.expired_on = None, "", datetime.now(UTC)

    def check_limits(self) -> None:
        over = datetime.now(UTC) >= self.created + timedelta(days=self.days)
        if self.payload is not None and (over or not self.views_left):
            self.expire()

    def content(self) -> dict[str, Any]:
        """The push as answers show it, without payload, passphrase and note."""
        created = self.created.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "url_token": self.url_token,
            "expire_after_days": self.days,
            "expire_after_views": self.views,
            "expired": self.payload is None,
            "expired_on": self.expired_on.isoformat() if self.expired_on else None,
            "created_at": created,
            "updated_at": created,
            "deletable_by_viewer": self.deletable_by_viewer,
            "retrieval_step": self.retrieval_step,
            "days_remaining": max(0, self.days - (datetime.now(UTC) - self.created).days),
            "views_remaining": self.views_left,
            "deleted": any(kind == "expire" for kind, _at in self.log),
        }


class PasswordPusher:
    """One instance at ``url``.

    ``fault`` is what goes wrong with the next requests: ``down`` (503), ``page`` (HTML instead of JSON, although a push
    was made), ``defaults`` (limits are ignored), ``elsewhere`` (links lead to another host), ``stuck`` (nothing can be
    expired).
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.pushes: dict[str, Push] = {}
        self.fault: str | None = None
        #: Called when a push was made, before that is answered.
        self.watch: Callable[[], object] = lambda: None

    def app(self) -> Starlette:
        """The application; ``app.state.emulator`` is this object."""
        pushes, one = "/api/v2/pushes", "/api/v2/pushes/{token}"
        application = Starlette(
            routes=[
                Route("/api/v2/version", self.version),
                Route(pushes, self.create, methods=["POST"]),
                Route(f"{pushes}/active", self.active),
                Route(f"{pushes}/expired", self.expired),
                Route(one, self.show),
                Route(one, self.destroy, methods=["DELETE"]),
                Route(f"{one}/preview", self.preview),
                Route(f"{one}/audit", self.audit),
                Route("/p/{token}", self.page),
                Route("/p/{token}/r", self.step),
            ]
        )
        application.state.emulator = self
        return application

    async def version(self, request: Request) -> Response:
        return JSONResponse({"application_version": "2.0.0", "api_version": "2.0", "edition": "oss"})

    async def create(self, request: Request) -> Response:
        if self.fault == "down":
            return Response("upstream", 503)
        owned = _owned(request)
        if owned is None:
            return Response(status_code=401)
        body = json.loads(await request.body() or b"{}")
        given = body.get("push")
        if not isinstance(given, dict):
            return JSONResponse({"error": "param is missing or the value is empty: push"}, 400)
        payload = given.get("payload")
        if not isinstance(payload, str) or not payload:
            return JSONResponse({"payload": ["Payload is required."]}, 422)
        wanted = {} if self.fault == "defaults" else given
        push = Push(
            url_token=secrets.token_urlsafe(12).lower(),
            payload=payload,
            passphrase=str(given.get("passphrase") or ""),
            note=str(given.get("note") or ""),
            days=_limited(wanted.get("expire_after_days"), *_DAYS),
            views=_limited(wanted.get("expire_after_views"), *_VIEWS),
            retrieval_step=bool(given.get("retrieval_step")),
            deletable_by_viewer=bool(given.get("deletable_by_viewer")),
            owned=owned,
        )
        self.pushes[push.url_token] = push
        self.watch()
        if self.fault == "page":
            return HTMLResponse("<html>Sign in to the proxy</html>", 201)
        return JSONResponse(push.content(), 201)

    async def show(self, request: Request) -> Response:
        """The push with its payload, which counts as a view."""
        push = self._push(request)
        if push is None:
            return _not_found()
        push.check_limits()
        if push.payload is not None and request.query_params.get("passphrase", "") != push.passphrase:
            return JSONResponse({"error": "That passphrase is incorrect."})
        answer = push.content() | {"payload": push.payload}
        self._view(push)
        return JSONResponse(answer)

    async def preview(self, request: Request) -> Response:
        push = self._push(request)
        if push is None:
            return _not_found()
        host = "https://elsewhere.example" if self.fault == "elsewhere" else self.url
        return JSONResponse({"url": f"{host}/p/{push.url_token}{'/r' if push.retrieval_step else ''}"})

    async def destroy(self, request: Request) -> Response:
        if self.fault in ("down", "stuck"):
            return Response("upstream", 503)
        push, owned = self._push(request), _owned(request)
        if owned is None:
            return Response(status_code=401)
        if push is None:
            return _not_found()
        if not (push.deletable_by_viewer or (push.owned and owned)):
            return JSONResponse({"error": "That push is not deletable by viewers or you are not the owner."}, 422)
        push.check_limits()
        if push.payload is None:
            return JSONResponse({"error": "That push is already expired."}, 422)
        push.log.append(("expire", datetime.now(UTC)))
        push.expire()
        return JSONResponse(push.content())

    async def active(self, request: Request) -> Response:
        return self._list(request, expired=False)

    async def expired(self, request: Request) -> Response:
        return self._list(request, expired=True)

    async def audit(self, request: Request) -> Response:
        push = self._push(request)
        if not _owned(request):
            return Response(status_code=401)
        if push is None:
            return _not_found()
        views = [
            {"ip": "127.0.0.1", "user_agent": "", "referrer": "", "kind": int(kind == "expire")}
            | {"successful": kind != "failed_view", "created_at": at.isoformat(), "updated_at": at.isoformat()}
            for kind, at in push.log
        ]
        return JSONResponse({"views": views})

    async def page(self, request: Request) -> Response:
        """The page on which a person reads the payload."""
        push = self._push(request)
        if push is not None:
            push.check_limits()
        if push is None or push.payload is None:
            return HTMLResponse("<p>This secret link has expired.</p>", 404)
        payload = push.payload
        self._view(push)
        return HTMLResponse(f"<pre>{payload}</pre>")

    async def step(self, request: Request) -> Response:
        """The page with a button, which is no view."""
        return HTMLResponse(f'<a href="/p/{request.path_params["token"]}">Click here to proceed</a>')

    def _push(self, request: Request) -> Push | None:
        return self.pushes.get(request.path_params["token"])

    def _view(self, push: Push) -> None:
        push.log.append(("view" if push.payload is not None else "failed_view", datetime.now(UTC)))
        push.check_limits()

    def _list(self, request: Request, *, expired: bool) -> Response:
        if not _owned(request):
            return Response(status_code=401)
        for push in self.pushes.values():
            push.check_limits()
        found = [push for push in self.pushes.values() if push.owned and (push.payload is None) == expired]
        return JSONResponse([push.content() | {"note": push.note, "name": ""} for push in reversed(found)])


def make_password_pusher(url: str) -> Starlette:
    """Serves links as Password Pusher does."""
    return PasswordPusher(url).app()


@contextmanager
def serving() -> Iterator[PasswordPusher]:
    """Serves one instance until the block ends."""
    with served(make_password_pusher, tls=False) as (_address, app):
        yield app.state.emulator


def opened(link: str) -> str | None:
    """What a person reads who clicks through the first page; None once the link has ended."""
    try:
        with urllib.request.urlopen(link.removesuffix("/r")) as page:
            text: str = page.read().decode()
    except urllib.error.HTTPError:
        return None
    return text.removeprefix("<pre>").removesuffix("</pre>")


def _owned(request: Request) -> bool | None:
    """Whether the request is one of the account; None where its token is wrong."""
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not bearer:
        return False
    return True if secrets.compare_digest(bearer, TOKEN) else None


def _limited(value: object, least: int, most: int, default: int) -> int:
    return value if isinstance(value, int) and least <= value <= most else default


def _not_found() -> Response:
    return JSONResponse({"error": "not-found"}, 404)

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint: what tests may know and do, on plain loopback http, without a token."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import times
from .audit import audit_document
from .control_changes import change_routes
from .control_graph import graph_routes
from .control_identity import identity_routes
from .faults import FaultError
from .journal import Counters
from .knob_kinds import KnobError
from .knobs import as_dictionary

if TYPE_CHECKING:
    from .app import Emulator

NOT_WAITABLE = {"token_connections", "in_flight", "max_in_flight"}
WAITABLE = {item.name for item in fields(Counters)} - NOT_WAITABLE


async def failed(request: Request, error: Exception) -> Response:
    """One clear sentence."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    detail = error.detail if isinstance(error, HTTPException) else str(error)
    return JSONResponse({"error": detail}, status_code=status)


def control_application(emulator: Emulator) -> Starlette:
    """The routes of the control endpoint."""
    control = Control(emulator)
    routes = [
        Route("/", control.description),
        Route("/journal", control.journal),
        Route("/token_journal", control.token_journal),
        Route("/passwords", control.passwords),
        Route("/issued", control.issued),
        Route("/counters", control.counters),
        Route("/wait", control.wait),
        Route("/audit", control.audit),
        Route("/state", control.state),
        Route("/faults", control.list_faults),
        Route("/knobs", control.knobs),
        *change_routes(emulator),
        *identity_routes(emulator),
        *graph_routes(emulator),
    ]
    handlers: dict[Any, Any] = {HTTPException: failed, KnobError: failed, FaultError: failed}
    return Starlette(routes=routes, exception_handlers=handlers)


class Control:
    """Handlers that look into one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.service = emulator.service

    async def description(self, request: Request) -> Response:
        """Return the description that the command printed at its start, with a new access token."""
        self.emulator.access_token = self.service.tokens.for_account()
        return JSONResponse(self.emulator.description())

    async def journal(self, request: Request) -> Response:
        """Requests of the API; ``?since=`` a sequence number."""
        return JSONResponse(self.service.journal.as_list(int(request.query_params.get("since", "0"))))

    async def token_journal(self, request: Request) -> Response:
        """Token requests, without what was in them."""
        return JSONResponse([asdict(entry) for entry in self.service.journal.token_entries])

    async def passwords(self, request: Request) -> Response:
        """Every password ever set, in order, the initial one first; ``?customer_id=`` for one customer only."""
        wanted = request.query_params.get("customer_id", "").lower()
        return JSONResponse(
            {
                user.id: {"current": user.password, "history": user.password_history}
                for customer in self.service.state.customers.values()
                if wanted in ("", customer.id)
                for user in customer.users.values()
            }
        )

    async def issued(self, request: Request) -> Response:
        """Tokens, codes and assertions that were ever handed out or shown, by kind."""
        return JSONResponse(self.emulator.issued.as_lists())

    async def counters(self, request: Request) -> Response:
        """The sums."""
        return JSONResponse(asdict(self.service.journal.counters))

    async def wait(self, request: Request) -> Response:
        """Answer as soon as each named counter has reached its goal, or after ``timeout`` seconds (10)."""
        query = dict(request.query_params)
        timeout = float(query.pop("timeout", "10"))
        unknown = set(query) - WAITABLE
        if unknown or not query:
            raise HTTPException(400, f"wait for one of {', '.join(sorted(WAITABLE))}")
        reached = await self.service.journal.wait({name: int(value) for name, value in query.items()}, timeout)
        return JSONResponse({"reached": reached, **asdict(self.service.journal.counters)})

    async def audit(self, request: Request) -> Response:
        """All audit records, also those that the API does not show yet."""
        knobs = self.service.knobs
        return JSONResponse(
            [
                {
                    **audit_document(item, knobs),
                    "correlationId": item.correlation_id,
                    "visibleFrom": times.iso(item.visible_from),
                }
                for item in self.service.audit.records
            ]
        )

    async def state(self, request: Request) -> Response:
        """Users with the members that no answer of the API shows."""
        return JSONResponse(
            {
                user.id: {
                    "customer_id": customer.id,
                    "user_principal_name": user.user_principal_name,
                    "force_change_password": user.force_change_password,
                    "passwords_set": len(user.password_history) - 1,
                    "user_domain_type": user.user_domain_type,
                    "synced": user.last_directory_sync_time is not None,
                    "deleted": user.soft_deletion_time is not None,
                    "roles": customer.roles_of(user),
                    "groups": [group.display_name for group in customer.groups_of(user)],
                    "account_enabled": user.account_enabled,
                    "password_changed_at": times.iso(user.password_changed_at or self.service.state.founded),
                    "sessions_revoked": user.sessions_revoked,
                }
                for customer in self.service.state.customers.values()
                for user in customer.users.values()
            }
        )

    async def list_faults(self, request: Request) -> Response:
        """Orders that are still open."""
        return JSONResponse([asdict(order) for order in self.service.faults.orders])

    async def knobs(self, request: Request) -> Response:
        """Every knob with its value."""
        return JSONResponse(as_dictionary(self.service.knobs))

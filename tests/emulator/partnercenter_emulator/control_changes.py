# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The half of the control endpoint that changes something: knobs, faults, users, customers, audit log."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import times
from .audit import audit_document
from .knob_kinds import KnobError
from .knobs import as_dictionary, change
from .service import Service
from .state import KINDS, Customer

if TYPE_CHECKING:
    from .app import Emulator


async def document_of(request: Request) -> dict[str, Any]:
    """The JSON object of a control request; an empty body is an empty object."""
    try:
        document = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise HTTPException(400, "the body is not JSON") from error
    if not isinstance(document, dict):
        raise HTTPException(400, "the body is not an object")
    return document


def texts_of(document: dict[str, Any], name: str) -> list[str]:
    """A list of texts in a control request; left out, it is empty."""
    texts = document.get(name) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise HTTPException(400, f"{name} is a list of texts")
    return texts


def customer_of(service: Service, document: dict[str, Any]) -> Customer:
    """The customer that a control request names."""
    identifier = str(document.get("customer_id", document.get("id", ""))).lower()
    customer = service.state.customers.get(identifier)
    if customer is None:
        raise HTTPException(400, "customer_id names no customer")
    return customer


def change_routes(emulator: Emulator) -> list[Route]:
    """The routes that change something."""
    changes = Changes(emulator)
    return [
        Route("/clock", changes.advance_clock, methods=["POST"]),
        Route("/audit", changes.add_audit, methods=["POST"]),
        Route("/faults", changes.add_fault, methods=["POST"]),
        Route("/faults", changes.clear_faults, methods=["DELETE"]),
        Route("/knobs", changes.set_knobs, methods=["POST"]),
        Route("/reset", changes.reset, methods=["POST"]),
        Route("/users", changes.add_users, methods=["POST"]),
    ]


class Changes:
    """Handlers that change one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.service = emulator.service

    async def add_audit(self, request: Request) -> Response:
        """Put a record of the past into the audit log."""
        document = await document_of(request)
        customer, state = customer_of(self.service, document), self.service.state
        date = document.get("operation_date")
        record = self.service.audit.add(
            str(document.get("operation_type", "reset_customer_user_password")),
            partner_id=state.partner_id,
            customer_id=customer.id,
            customer_name=customer.company_name,
            user_principal_name=str(document.get("user_principal_name", self.service.tokens.account()[1])),
            application_id=state.client_id,
            correlation_id=str(document.get("correlation_id", state.new_id())),
            user_id=str(document.get("user_id", "")),
            operation_status=str(document.get("operation_status", "succeeded")),
            operation_date=times.parse(str(date)) if date else None,
        )
        return JSONResponse(audit_document(record, self.service.knobs))

    async def add_fault(self, request: Request) -> Response:
        """Order a fault for the next requests that match."""
        return JSONResponse(asdict(self.service.faults.add(await document_of(request))))

    async def clear_faults(self, request: Request) -> Response:
        """Drop all orders."""
        self.service.faults.orders.clear()
        return JSONResponse([])

    async def set_knobs(self, request: Request) -> Response:
        """Change knobs; all or none."""
        document = await document_of(request)
        account = str(document.get("signed_in_user", ""))
        if account not in ("", "first") and self.service.state.find_user(account.lower()) is None:
            raise KnobError("knob signed_in_user: no customer has a user with this id")
        change(self.service.knobs, document)
        self.service.throttle.buckets.clear()
        self.service.graph_throttle.buckets.clear()
        return JSONResponse(as_dictionary(self.service.knobs))

    async def advance_clock(self, request: Request) -> Response:
        """Stop the clock, and move it on by ``{advance: seconds}``; a reset lets it run again."""
        document = await document_of(request)
        self.service.clock.advance(float(document.get("advance", 0.0)))
        return JSONResponse({"now": times.iso(self.service.clock.now())})

    async def reset(self, request: Request) -> Response:
        """Back to the start."""
        await document_of(request)  # closing a connection with an unread body resets it, and cuts off a long answer
        self.emulator.reset()
        return JSONResponse(self.emulator.description())

    async def add_users(self, request: Request) -> Response:
        """Make users of a kind: ``{customer_id, kind, count, user_principal_name, display_name}``."""
        document = await document_of(request)
        kind = str(document.get("kind", "ordinary"))
        if kind not in KINDS:
            raise HTTPException(400, f"kind is one of {', '.join(KINDS)}")
        customer = customer_of(self.service, document)
        count = int(document.get("count", 1))
        name = str(document.get("user_principal_name", ""))
        made = [self.emulator.add_user(customer, kind, name) for number in range(count)]
        for user in made:
            user.display_name = str(document.get("display_name", user.display_name))
            user.force_change_password = bool(document.get("force_change_password", False))
        return JSONResponse([{"id": user.id, "user_principal_name": user.user_principal_name} for user in made])

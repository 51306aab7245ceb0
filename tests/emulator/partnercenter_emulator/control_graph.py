# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control of customers' tenants: standing, consents, groups, passwords set by others, audit logs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import times
from .control_changes import customer_of, document_of, texts_of
from .graph.audit_log import RESET, Initiator, record_document
from .graph.roles import ROLE_NAMES
from .graph.sign_in import ROLE_IDS, consents_of, roles_at, words
from .state import Customer, User

if TYPE_CHECKING:
    from .app import Emulator

SWITCHES = ("relationship", "gdap_role", "conditional_access", "relationship_extends")
#: Who changes passwords beside the partner: an administrator of the customer.
LOCAL_ADMINISTRATOR = "11111111-2222-4333-8444-555555555555"


def graph_routes(emulator: Emulator) -> list[Route]:
    """The routes of this part."""
    control = Tenants(emulator)
    return [
        Route("/customers", control.customers),
        Route("/customers", control.change_customer, methods=["POST"]),
        Route("/groups", control.add_group, methods=["POST"]),
        Route("/passwords", control.set_password, methods=["POST"]),
        Route("/directory_audits", control.audits),
        Route("/directory_audits", control.add_audit, methods=["POST"]),
    ]


def _moment(text: object) -> datetime | None:
    """A moment of a control request; empty is none."""
    if not text:
        return None
    try:
        return times.parse(str(text))
    except ValueError:
        raise HTTPException(400, "a moment cannot be read") from None


class Tenants:
    """Handlers that look into customers' tenants and change them."""

    def __init__(self, emulator: Emulator) -> None:
        self.service = emulator.service

    def _shown(self, customer: Customer) -> dict[str, Any]:
        return {
            "id": customer.id,
            **{name: getattr(customer, name) for name in SWITCHES},
            "gdap_roles": sorted(roles_at(self.service, customer)),
            "relationship_end": times.iso(customer.relationship_end) if customer.relationship_end else None,
            "relationship_status": customer.relationship_status,
            "consents": {name: list(scopes) for name, scopes in consents_of(self.service, customer).items()},
            "sign_in_error": customer.sign_in_error,
        }

    def _user(self, document: dict[str, Any]) -> User:
        user = self.service.state.find_user(str(document.get("user_id", "")).lower())
        if user is None:
            raise HTTPException(400, "user_id names no user")
        return user

    async def customers(self, request: Request) -> Response:
        """The partner's standing at each customer."""
        return JSONResponse([self._shown(customer) for customer in self.service.state.customers.values()])

    async def change_customer(self, request: Request) -> Response:
        """Change the partner's standing at a customer, or its name.

        ``relationship``, ``gdap_role``, ``conditional_access``, ``relationship_extends``: true or false;
        ``gdap_roles``: names; ``consent``: true, false or permissions; ``relationship_end``: a moment;
        ``sign_in_error``: a number; ``company_name``, ``relationship_status``: texts.
        """
        document = await document_of(request)
        customer = customer_of(self.service, document)
        switches = {name: document[name] for name in SWITCHES if name in document}
        if wrong := [name for name, value in switches.items() if not isinstance(value, bool)]:
            raise HTTPException(400, f"{wrong[0]} is true or false")
        roles, consent = texts_of(document, "gdap_roles"), document.get("consent")
        if set(roles) - set(ROLE_IDS):
            raise HTTPException(400, f"gdap_roles are some of {', '.join(ROLE_IDS)}")
        scopes = words(self.service.knobs.graph_scopes) if consent is True else tuple(texts_of(document, "consent"))
        end = _moment(document.get("relationship_end"))
        number = document.get("sign_in_error", customer.sign_in_error)
        if isinstance(number, bool) or not isinstance(number, int):
            raise HTTPException(400, "sign_in_error is a number")
        for name, value in switches.items():
            setattr(customer, name, value)
        customer.sign_in_error = number
        if "gdap_roles" in document:
            customer.gdap_roles = tuple(roles)
        if consent is not None:
            customer.consents = {self.service.state.client_id: scopes} if scopes else {}
        if "relationship_end" in document:
            customer.relationship_end = end
        for name in ("company_name", "relationship_status"):
            if name in document:
                setattr(customer, name, str(document[name]))
        return JSONResponse(self._shown(customer))

    async def add_group(self, request: Request) -> Response:
        """Make a group that carries a directory role: ``{customer_id, display_name, role, user_ids}``."""
        document = await document_of(request)
        customer = customer_of(self.service, document)
        role = ROLE_IDS.get(str(document.get("role", "Helpdesk Administrator")))
        members = [customer.users.get(user_id.lower()) for user_id in texts_of(document, "user_ids")]
        if role not in ROLE_NAMES or None in members:
            raise HTTPException(400, f"role is one of {', '.join(ROLE_NAMES.values())}; user_ids are of this customer")
        group = self.service.state.new_group(customer, str(document.get("display_name", "Staff")), role)
        group.members.update({user.id: user for user in members if user is not None})
        return JSONResponse({"id": group.id, "display_name": group.display_name, "role": group.role})

    async def set_password(self, request: Request) -> Response:
        """Somebody else changes a password, or its date only: ``{user_id, password, force, changed_at, initiator}``."""
        document = await document_of(request)
        user, moment = self._user(document), _moment(document.get("changed_at"))
        present, password = self.service.clock.now(), document.get("password")
        if password:
            user.set_password(str(password), bool(document.get("force", False)), present)
            name = str(document.get("initiator", f"admin@{user.user_principal_name.rpartition('@')[2]}"))
            self.service.directory_audits.add(RESET, user, Initiator(LOCAL_ADMINISTRATOR, name), moment=moment)
        if moment is not None or not password:
            user.show_password_state(moment or present, moment or present)
        shown = times.iso(user.password_changed_at or self.service.state.founded)
        return JSONResponse({"user_id": user.id, "password_changed_at": shown})

    async def audits(self, request: Request) -> Response:
        """All records of the directories, also those that Graph does not show yet."""
        log, knobs = self.service.directory_audits, self.service.knobs
        return JSONResponse(
            [
                {
                    **record_document(record, knobs),
                    "customerId": record.customer_id,
                    "clientRequestId": record.client_request_id,
                    "visibleFrom": times.iso(record.visible_from),
                }
                for records in log.records.values()
                for record in records
            ]
        )

    async def add_audit(self, request: Request) -> Response:
        """Add a record: ``{user_id, activity, at, result, reason, initiator_id, initiator}``."""
        document = await document_of(request)
        user = self._user(document)
        account_id, account_name = self.service.tokens.account()
        initiator_id = str(document.get("initiator_id", account_id))
        self.service.directory_audits.add(
            (str(document.get("activity", RESET[0])),),
            user,
            Initiator(initiator_id, str(document.get("initiator", account_name))),
            result=str(document.get("result", "success")),
            reason=str(document.get("reason", "")),
            moment=_moment(document.get("at")),
        )
        log = self.service.directory_audits.records[user.customer_id]
        return JSONResponse(record_document(log[-1], self.service.knobs))

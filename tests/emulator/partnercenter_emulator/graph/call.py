# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request of Microsoft Graph, and what it may do where."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..answers import Answer
from ..service import Service, is_guid
from ..state import Customer, User
from ..tokens import Caller
from .answers import GraphFault, bad_request, denied, missing
from .sign_in import PRIVILEGED_MANAGERS, USER_MANAGERS, WIDER, roles_at


@dataclass(slots=True)
class GraphCall:
    """One authenticated request. ``segments`` follow the version, as sent."""

    service: Service
    method: str
    version: str
    segments: list[str]
    query: dict[str, str]
    headers: dict[bytes, bytes]
    body: bytes
    caller: Caller
    base_url: str
    client_request_id: str
    #: Work that outlives the request; a reset of the emulator ends it.
    background: set[asyncio.Task[Any]] = field(default_factory=set)
    applied: bool = False

    def document(self, *known: str) -> dict[str, Any]:
        """The JSON body; with ``known`` names, another one is refused, as the directory refuses undeclared ones."""
        if b"json" not in self.headers.get(b"content-type", b"").lower():
            raise bad_request("A Content-Type of application/json is required.")
        try:
            document = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            raise bad_request("Unable to read JSON request payload.", "BadRequest") from None
        if not isinstance(document, dict):
            raise bad_request("Unable to read JSON request payload.", "BadRequest")
        check_names(document, known)
        return document

    @property
    def eventual(self) -> bool:
        """Does the client accept the index of advanced queries, as some of them ask for?"""
        return self.headers.get(b"consistencylevel", b"").lower() == b"eventual"

    def may(self, scope: str) -> bool:
        """Does the token carry this permission, or a wider one?"""
        return scope in self.caller.scopes or bool(self.caller.scopes.intersection(WIDER.get(scope, ())))

    def need(self, scope: str) -> None:
        """Refuse a token without this permission."""
        if not self.may(scope):
            raise denied()

    def customer(self) -> Customer:
        """The customer whose tenant the token is for."""
        customer = self.service.state.customers.get(self.caller.tenant_id)
        if customer is None:
            raise denied()
        return customer

    def user(self, text: str) -> User:
        """A user by id or by principal name; who is soft-deleted is not there."""
        customer = self.customer()
        identifier = text.lower() if is_guid(text.lower()) else customer.names.get(text.lower(), "")
        user = customer.users.get(identifier)
        if user is None or user.soft_deletion_time is not None:
            raise missing(text)
        return user

    def sees(self, user: User) -> bool:
        """Does the replica that answers a read know of this user already?"""
        return user.visible_from is None or user.visible_from <= self.service.clock.now()

    def made_password(self, password: str) -> str:
        """A password that the service made up, remembered as a secret that was handed out."""
        return self.service.tokens.issued.add("generated_password", password)

    def outranks(self, user: User) -> bool:
        """Refuse where the account's GDAP roles manage no users; True where they manage holders of roles as well."""
        roles = roles_at(self.service, self.customer())
        if not roles & USER_MANAGERS:
            raise denied()
        return bool(roles & PRIVILEGED_MANAGERS)


Handler = Callable[[GraphCall], Answer]


def check_names(document: dict[str, Any], known: tuple[str, ...]) -> None:
    """Refuse a member that a type does not declare; annotations may be there."""
    for name in document:
        if known and name not in known and not name.startswith("@"):
            raise GraphFault(
                400,
                "Request_BadRequest",
                f"Property '{name}' does not exist as a declared property or extension property.",
            )

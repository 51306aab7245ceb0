# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of one emulator, tied together, and what one request of the API looks like to its handlers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .answers import Answer, BareAnswer, PartnerFault, html_answer, json_answer
from .audit import AuditLog
from .clock import Clock
from .faults import Faults
from .graph.audit_log import DirectoryAudits
from .graph.throttle import GraphThrottle
from .journal import Journal
from .knobs import Knobs
from .state import Customer, State, User
from .throttle import Throttle
from .tokens import AccessTokens, Caller


@dataclass(slots=True)
class Service:
    """The state that all handlers share."""

    state: State
    knobs: Knobs
    clock: Clock
    journal: Journal
    faults: Faults
    throttle: Throttle
    tokens: AccessTokens
    audit: AuditLog
    directory_audits: DirectoryAudits
    graph_throttle: GraphThrottle


@dataclass(slots=True)
class Call:
    """One authenticated request of the API."""

    method: str
    segments: list[str]
    query: dict[str, str]
    headers: dict[bytes, bytes]
    body: bytes
    caller: Caller
    correlation_id: str
    request_id: str
    applied: bool = False

    def document(self) -> dict[str, Any]:
        """The JSON body with member names in lower case: any casing is accepted, of repeated names the last wins."""
        kind = self.headers.get(b"content-type", b"application/json").lower()
        if b"json" not in kind:
            raise BareAnswer(html_answer(415, "Unsupported Media Type"))
        try:
            document = json.loads(self.body.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise PartnerFault(400, 2000, "The request body is not valid JSON.") from error
        if not isinstance(document, dict):
            raise PartnerFault(400, 2000, "The request body is missing or is not an object.")
        return lower_names(document)


Handler = Callable[[Service, Call], Answer]


def lower_names(document: dict[str, Any]) -> dict[str, Any]:
    """Lower the names of an object and of the objects inside."""
    return {name.lower(): lower_names(value) if isinstance(value, dict) else value for name, value in document.items()}


def is_guid(text: str) -> bool:
    """The 8-4-4-4-12 form; faster than uuid.UUID, and stricter."""
    if len(text) != 36 or text[8] != "-" or text[13] != "-" or text[18] != "-" or text[23] != "-":
        return False
    try:
        int(text.replace("-", ""), 16)
    except ValueError:
        return False
    return text.count("-") == 4


def set_password(service: Service, user: User, password: str, force: bool) -> None:
    """Set a password, whichever service was asked to; both see the same directory."""
    dated = service.knobs.last_password_change_on_admin_reset
    user.set_password(password, force, service.clock.now(), dated=dated)
    service.journal.counters.passwords_set += 1
    service.journal.changed()


def customer_of(service: Service, text: str) -> Customer:
    """The customer of a path, where the partner has a relationship with it."""
    if not is_guid(text):
        raise PartnerFault(400, 2000, "The customer id is not a GUID.")
    customer = service.state.customers.get(text)
    if customer is None:
        status, code = service.knobs.unknown_customer_answer.split("/")
        raise PartnerFault(int(status), int(code), "The customer was not found.", source="PartnerFD")
    if not customer.relationship:
        raise PartnerFault(403, 20002, "The partner has no relationship with this customer.", source="PartnerFD")
    return customer


def permitted_customer(service: Service, call: Call, text: str) -> Customer:
    """A customer whose users this caller may handle: App+User only, with the GDAP role."""
    if call.caller.app_only:
        raise app_only_refusal(service.knobs)
    customer = customer_of(service, text)
    if customer.conditional_access:
        raise PartnerFault(403, 900309, "Access was blocked by a conditional access policy of the customer.")
    ended = customer.relationship_ended(service.clock.now())
    if ended or not customer.gdap_role or service.knobs.gdap_role == "missing":
        raise PartnerFault(403, 900308, "The account lacks the GDAP role that this operation needs.")
    return customer


def app_only_refusal(knobs: Knobs) -> Exception:
    """The refusal of app-only tokens by user calls (contract, section 4)."""
    if knobs.app_only_answer == "sentence":
        return BareAnswer(json_answer(knobs, "Application only access is not allowed for this resource.", 403))
    return PartnerFault(403, int(knobs.app_only_answer), "App-only tokens are not accepted here.")


def user_of(customer: Customer, text: str) -> User:
    """The user of a path, by GUID; by principal name is undocumented, so it is a malformed GUID here."""
    if not is_guid(text):
        raise PartnerFault(400, 2000, "The user id is not a GUID.")
    user = customer.users.get(text)
    if user is None:
        raise PartnerFault(404, 60002, "The user was not found.", source="PartnerFD")
    return user

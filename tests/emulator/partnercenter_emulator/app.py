# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator: its parts, its servers, and the line that says where they are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from .api import PartnerCenterApi
from .assertions import ClientKeys
from .audit import AuditLog
from .authority import Authority
from .clock import Clock
from .control import control_application
from .faults import Faults
from .grants import Grants
from .graph.api import GraphApi
from .graph.audit_log import DirectoryAudits
from .graph.throttle import GraphThrottle
from .issued import Issued
from .journal import Journal
from .knobs import Knobs, as_dictionary, change
from .server import LOOPBACK, Certificates, Server, listen, server
from .service import Service
from .state import Customer, User, populate
from .throttle import Throttle
from .token_requests import TokenRequests
from .tokens import AccessTokens

SPECIAL_KINDS = ("federated", "synced", "deleted", "privileged")


@dataclass(frozen=True, slots=True)
class Order:
    """The options of the command line."""

    seed: int
    customers: int
    users: int
    special_users: bool = False
    http: bool = False
    port: int = 0
    authority_port: int = 0
    control_port: int = 0
    graph_port: int = 0
    http_port: int = 0
    knobs: Mapping[str, object] = field(default_factory=dict)


class Emulator:
    """The emulator of one process."""

    def __init__(self, order: Order) -> None:
        self.order = order
        knobs = Knobs()
        change(knobs, dict(order.knobs))
        state = populate(order.seed, order.customers, order.users)
        self.issued = Issued()
        clock = Clock()
        self.service = Service(
            state=state,
            knobs=knobs,
            clock=clock,
            journal=Journal(knobs),
            faults=Faults(),
            throttle=Throttle(knobs, clock),
            tokens=AccessTokens(state, knobs, clock, issued=self.issued),
            audit=AuditLog(knobs, clock),
            directory_audits=DirectoryAudits(knobs, clock),
            graph_throttle=GraphThrottle(knobs, clock),
        )
        self.grants = Grants(knobs, clock, self.issued)
        self.keys = ClientKeys(issued=self.issued)
        self.api = PartnerCenterApi(self.service)
        self.graph = GraphApi(self.service)
        self.authority = Authority(TokenRequests(self.service, self.grants, self.keys))
        self.urls: dict[str, str] = {}
        self.refresh_token = self.grants.new_refresh_token(confidential=True, mfa=True)
        self._furnish()

    def _furnish(self) -> None:
        """Special users, the age of passwords, and an access token for the account as the knobs make it."""
        state = self.service.state
        state.founded = self.service.clock.now() - timedelta(days=self.service.knobs.password_age)
        if self.order.special_users:
            for customer in state.customers.values():
                for kind in SPECIAL_KINDS:
                    self.add_user(customer, kind, kind)
        self.access_token = self.service.tokens.for_account()

    def add_user(self, customer: Customer, kind: str, name: str = "") -> User:
        """A user of any kind, last synced or deleted a day ago."""
        return self.service.state.new_user(customer, kind, name, self.service.clock.now() - timedelta(days=1))

    def reset(self) -> None:
        """Back to the start: population, knobs, tokens, audit log, counters. Ids and secrets stay the same.

        Certificates and issuers that tests registered stay as well: they belong to the application, not to the data.
        """
        service, order = self.service, self.order
        change(service.knobs, {**_defaults(), **order.knobs})
        service.state = service.tokens.state = populate(order.seed, order.customers, order.users)
        service.clock.run()
        service.audit.clear()
        service.directory_audits.clear()
        service.journal.clear()
        service.faults.orders.clear()
        service.throttle.buckets.clear()
        service.graph_throttle.buckets.clear()
        self.api.forget()
        self.graph.forget()
        self.grants.clear()
        self.issued.clear()
        self.grants.new_refresh_token(confidential=True, mfa=True, token=self.refresh_token)
        self._furnish()

    def description(self) -> dict[str, Any]:
        """The line that the command prints when it is ready."""
        state = self.service.state
        return {
            **self.urls,
            "tenant_id": state.partner_id,
            "client_id": state.client_id,
            "client_secret": state.client_secret,
            "refresh_token": self.refresh_token,
            "access_token": self.access_token,
            "account": dict(zip(("id", "user_principal_name"), self.service.tokens.account(), strict=True)),
            "seed": state.seed,
            "customers": [self._customer(customer) for customer in state.customers.values()],
        }

    def _customer(self, customer: Customer) -> dict[str, Any]:
        users = [{"id": user.id, "user_principal_name": user.user_principal_name} for user in customer.users.values()]
        shown: dict[str, Any] = {"id": customer.id, "domain": customer.domain, "name": customer.company_name}
        count = self.order.users
        shown["users"] = users[:count]
        if self.order.special_users:
            shown["special_users"] = dict(zip(SPECIAL_KINDS, users[count : count + len(SPECIAL_KINDS)], strict=False))
        return shown

    def servers(self, certificates: Certificates) -> list[tuple[Server, Any]]:
        """Servers with their sockets, which are bound already, so that the addresses are known."""
        counters = self.service.journal

        def api_connected() -> None:
            counters.counters.connections += 1
            counters.changed()

        def token_connected() -> None:
            counters.counters.token_connections += 1

        api = self.api
        token_application = self.authority.guarded()
        api_socket, authority_socket = listen(self.order.port), listen(self.order.authority_port)
        graph_socket, control_socket = listen(self.order.graph_port), listen(self.order.control_port)
        self.urls["api_url"] = url_of("https", api_socket.getsockname()[1])
        self.urls["graph_url"] = url_of("https", graph_socket.getsockname()[1])
        self.urls["authority_url"] = url_of("https", authority_socket.getsockname()[1])
        self.urls["control_url"] = url_of("http", control_socket.getsockname()[1])
        self.urls["ca_path"] = str(certificates.ca_path)
        self.authority.base = self.urls["authority_url"]
        pairs = [
            (server(api, api_connected, certificates.api_path), api_socket),
            (server(self.graph, api_connected, certificates.api_path), graph_socket),
            (server(token_application, token_connected, certificates.server_path), authority_socket),
            (server(control_application(self), lambda: None, None), control_socket),
        ]
        if self.order.http:
            http_socket = listen(self.order.http_port)
            self.urls["http_api_url"] = url_of("http", http_socket.getsockname()[1])
            pairs.append((server(api, api_connected, None), http_socket))
        return pairs


def url_of(scheme: str, port: int) -> str:
    """The address of a server. A default port is not printed: clients compare addresses as text."""
    return f"{scheme}://{LOOPBACK}" + ("" if port == {"https": 443, "http": 80}[scheme] else f":{port}")


def _defaults() -> dict[str, object]:
    return as_dictionary(Knobs())


async def serve(emulator: Emulator, certificates: Certificates, stop: asyncio.Event, ready: Any) -> None:
    """Run all servers until ``stop`` is set; ``ready`` is called once all accept connections."""
    pairs = emulator.servers(certificates)
    tasks = [asyncio.create_task(item.serve(sockets=[bound])) for item, bound in pairs]
    servers = [pair[0] for pair in pairs]
    while not all(item.started for item in servers):
        await asyncio.sleep(0.005)
        for task in tasks:
            if task.done():
                task.result()
                raise SystemExit("a server ended before it was ready")
    ready(emulator.description())
    await stop.wait()
    for item in servers:
        item.should_exit = True
    # Kept-alive connections and silent faults would hold the servers up: leave without them.
    late = (await asyncio.wait(tasks, timeout=0.3))[1]
    for item in servers:
        item.force_exit = True
    if late:
        await asyncio.wait(late, timeout=1.0)

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts transport, tokens, gate, pace and client together from settings and credentials."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from .._base.errors import InputError
from .._directory.directory import Customers
from .._directory.records import Caller
from .._entra.credentials import Credentials
from .._entra.tenant_tokens import TenantTokens
from .._entra.token_source import TokenKeeper
from .._http.gate import Gate, Patience
from .._http.gates import Gates
from .._http.pace import Pace
from .._http.settings import Settings
from .._http.traffic import PerProcess, Traffic
from .._http.transport import RequestsTransport, Transport
from .accounts import Accounts
from .client import Client
from .roles import Roles
from .users import Users
from .witness import MEMORY, Witness
from .writeback import Writeback


@dataclass(frozen=True)
class Connection(Traffic):
    """The gateways of one partner account, and what they share.

    ``customers`` come from elsewhere: Graph knows the users of a customer, and not the customers of a partner.
    """

    tokens: TenantTokens
    pace: Pace
    client: Client
    customers: Customers
    users: Users
    roles: Roles
    accounts: Accounts
    memory = MEMORY

    def is_open(self, customer_id: str) -> bool:
        return super().is_open(customer_id) and self.pace.is_open(customer_id)

    def account(self) -> Caller:
        token = self.tokens.account()
        return Caller(token.object_id, token.user_principal_name)

    def witness(self, sleep: Callable[[float], None] = time.sleep) -> Witness:
        """Return the directory as a witness that waits by ``sleep``."""
        return Witness(self.client, self.users, sleep=sleep)


def connect(
    settings: Settings,
    credentials: Credentials,
    customers: Customers,
    *,
    writeback: bool = False,
    transport: Transport | None = None,
    keeper: TokenKeeper | None = None,
) -> Connection:
    """Return a new connection; nothing is sent yet. Raises :class:`InputError`."""
    if credentials.access_token:
        raise InputError(
            "access_token",
            "is for one tenant, and Microsoft Graph needs a token for each customer: give a refresh token instead",
        )
    transport = transport or RequestsTransport(settings)
    tokens = TenantTokens(credentials, settings, transport, keeper=keeper)
    patience = Patience(settings.retry_budget)
    gates = Gates(lambda: Gate(concurrency=settings.concurrency, budget=patience))
    pace = Pace(settings.graph_limits)
    client = Client(graph_url=settings.graph_url, transport=transport, tokens=tokens.of, gates=gates, pace=pace)
    users = Users(client, Writeback(client) if writeback else None)
    roles = Roles(client, users, concurrency=settings.concurrency)
    return Connection(settings, gates, tokens, pace, client, customers, users, roles, Accounts(client))


_shared: PerProcess[Connection] = PerProcess()


def shared_connection(
    settings: Settings,
    credentials: Credentials,
    customers: Customers,
    *,
    writeback: bool = False,
    keeper: TokenKeeper | None = None,
) -> Connection:
    """Return this process's connection for these settings: loop items share tokens, sockets and the pace."""
    key = settings, credentials, writeback
    return _shared.get(key, lambda: connect(settings, credentials, customers, writeback=writeback, keeper=keeper))

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts transport, tokens, gate, pace and client together from settings and credentials."""

from __future__ import annotations

import os
import threading
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
from .._http.transport import RequestsTransport, Transport
from .accounts import Accounts
from .client import Client
from .roles import Roles
from .sessions import Sessions
from .users import Users
from .witness import MEMORY, Witness
from .writeback import Writeback


@dataclass(frozen=True)
class Connection:
    """The gateways of one partner account, and what they share.

    ``customers`` come from elsewhere: Graph knows the users of a customer, and not the customers of a partner.
    """

    settings: Settings
    tokens: TenantTokens
    gates: Gates
    pace: Pace
    client: Client
    customers: Customers
    users: Users
    roles: Roles
    sessions: Sessions
    accounts: Accounts
    memory = MEMORY

    @property
    def concurrency(self) -> int:
        return self.settings.concurrency

    @property
    def throttled(self) -> int:
        return self.gates.throttled

    def is_open(self, customer_id: str) -> bool:
        return self.gates.is_open(customer_id) and self.pace.is_open(customer_id)

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
    pace = Pace(each=settings.writes_per_customer, in_all=settings.writes_in_all)
    client = Client(graph_url=settings.graph_url, transport=transport, tokens=tokens.of, gates=gates, pace=pace)
    users = Users(client, Writeback(client) if writeback else None)
    roles = Roles(client, users, concurrency=settings.concurrency)
    return Connection(
        settings, tokens, gates, pace, client, customers, users, roles, Sessions(client), Accounts(client)
    )


_shared: dict[tuple[int, Settings, Credentials, bool], Connection] = {}
_shared_lock = threading.Lock()


def shared_connection(
    settings: Settings,
    credentials: Credentials,
    customers: Customers,
    *,
    writeback: bool = False,
    keeper: TokenKeeper | None = None,
) -> Connection:
    """Return the connection of this process for these settings: loop items share tokens, sockets and the pace.

    A forked process makes its own: sockets and locks must not be shared with the parent.
    """
    key = (os.getpid(), settings, credentials, writeback)
    with _shared_lock:
        if key not in _shared:
            _shared[key] = connect(settings, credentials, customers, writeback=writeback, keeper=keeper)
        return _shared[key]

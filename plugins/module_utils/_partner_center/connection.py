# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection: transport, tokens, gates and client, made from settings and credentials."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from .._directory.records import Caller
from .._entra.access_token import TokenSource
from .._entra.credentials import Credentials
from .._entra.token_source import TokenKeeper, make_token_source
from .._http.gate import Gate, Patience
from .._http.gates import Gates
from .._http.settings import Settings
from .._http.traffic import PerProcess, Traffic
from .._http.transport import RequestsTransport, Transport
from .accounts import Accounts
from .audit import Audit
from .client import Client
from .customers import Customers
from .roles import Roles
from .users import Endpoint, Users
from .witness import MEMORY, Witness


@dataclass(frozen=True)
class Connection(Traffic):
    """The way to Partner Center for one account: customers, users, roles, audit log, and what they share."""

    tokens: TokenSource
    customers: Customers
    users: Users
    roles: Roles
    audit: Audit
    accounts: Accounts
    memory = MEMORY

    def account(self) -> Caller:
        token = self.tokens.token()
        return Caller(token.object_id, token.user_principal_name)

    def witness(self, sleep: Callable[[float], None] = time.sleep) -> Witness:
        """Return a witness that reads the audit log and waits by ``sleep``."""
        return Witness(self.audit, lambda: self.account().user_principal_name, sleep=sleep)


def connect(
    settings: Settings,
    credentials: Credentials,
    *,
    endpoint: Endpoint = Endpoint.AUTO,
    transport: Transport | None = None,
    keeper: TokenKeeper | None = None,
) -> Connection:
    """Return a new connection; nothing is sent yet."""
    transport = transport or RequestsTransport(settings)
    tokens = make_token_source(credentials, settings, transport, keeper=keeper)
    patience = Patience(settings.retry_budget)
    gates = Gates(lambda: Gate(concurrency=settings.concurrency, budget=patience))
    client = Client(api_url=settings.api_url, transport=transport, tokens=tokens, gates=gates)
    users, roles = Users(client, endpoint=endpoint), Roles(client, concurrency=settings.concurrency)
    return Connection(settings, gates, tokens, Customers(client), users, roles, Audit(client), Accounts(client))


_shared: PerProcess[Connection] = PerProcess()


def shared_connection(
    settings: Settings,
    credentials: Credentials,
    *,
    endpoint: Endpoint = Endpoint.AUTO,
    keeper: TokenKeeper | None = None,
) -> Connection:
    """Return this process's connection for these settings.

    ``keeper`` keeps the refresh token of these credentials between runs.
    """
    key = settings, credentials, endpoint
    return _shared.get(key, lambda: connect(settings, credentials, endpoint=endpoint, keeper=keeper))

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection that parameters describe: its settings, the credentials, and the keeper of the refresh token.

With ``gateway: graph``, users are read and set through Microsoft Graph. Partner Center is asked all the same for a
customer who is named by a domain, because Graph does not know the customers of a partner.

The only place that knows which services there are: everybody else gets a :class:`Directory`. What is about Partner
Center alone (its audit log, the sign-in to it) asks for that service by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .._base.errors import InputError
from .._base.secret import Secret, one_line
from .._directory.directory import Customers, Directory, Sessions, Witness
from .._directory.standing import Relationships, Standing
from .._directory.two_witnesses import TwoWitnesses
from .._entra.access_token import TokenSource
from .._entra.assertions import check_endpoints, make_assertion_source
from .._entra.credentials import Credentials
from .._entra.token_source import RememberedToken, TokenKeeper
from .._graph import connection as graph
from .._graph import relationships as graph_relationships
from .._graph import standing as graph_standing
from .._http.settings import Settings, graph_place, make_settings, places
from .._partner_center import standing as partner_center_standing
from .._partner_center.connection import Connection, shared_connection
from .._partner_center.users import Endpoint
from .._sign_in.passing_places import thrown_away_with
from .._sign_in.seeded_store import SeededStore
from .._sign_in.token_file import TokenFile
from .._sign_in.token_store import PLACE, subject_of
from .arguments import connection
from .arguments import store as store_options
from .environment import variable, with_environment
from .paths import with_absolute_paths
from .progress import WitnessWait
from .task_context import TaskContext

#: The services that can be chosen; the first one is the default.
GATEWAYS = ("partner_center", "graph")
#: Values of options that only Microsoft Graph can serve, and only for users who were read.
_ONLY_GRAPH = {"on_drift": "reset", "password_writeback": True}


def open_connection(params: Mapping[str, Any], context: TaskContext) -> Directory:
    """Return the way to users for a task's parameters. Nothing is sent yet. Raises :class:`InputError`."""
    gateway = params.get("gateway") or GATEWAYS[0]
    if gateway not in GATEWAYS:
        raise InputError("gateway", f"must be one of {', '.join(GATEWAYS)}")
    partner_center = open_partner_center(params, context)
    if gateway != "graph":
        for name in (name for name, value in _ONLY_GRAPH.items() if params.get(name) == value):
            raise InputError(name, "needs gateway: graph, because Partner Center does not tell or do that")
        return partner_center
    _check_graph(params)
    return _open_graph(params, context, partner_center.customers)


def open_sessions(params: Mapping[str, Any], context: TaskContext) -> Sessions | None:
    """Return what ends sessions, if that is asked for: Microsoft Graph with either gateway."""
    if not params["revoke_sessions"]:
        return None
    return _open_graph(params, context, open_partner_center(params, context).customers).users


def open_standing(params: Mapping[str, Any], context: TaskContext) -> Standing:
    """Return what tells the account's standing at customers, for runs through the gateway of the task."""
    partner_center = open_partner_center(params, context)
    if params["gateway"] != "graph":
        return partner_center_standing.Standing(partner_center)
    return graph_standing.Standing(_open_graph(params, context, partner_center.customers))


def open_relationships(params: Mapping[str, Any], context: TaskContext) -> Relationships | None:
    """Return the partner's relationships: Microsoft Graph with either gateway. None with an ``access_token``."""
    if params["access_token"]:
        return None
    connection = _open_graph(params, context, open_partner_center(params, context).customers)
    return graph_relationships.Relationships(connection.client, (params["tenant_id"] or "").strip())


def _check_graph(params: Mapping[str, Any]) -> None:
    """Refuse what Microsoft Graph cannot do, before the first request."""
    if params.get("endpoint") not in (None, Endpoint.AUTO.value):
        raise InputError("endpoint", "names a call of Partner Center: leave it out with gateway: graph")
    if params.get("allow_synced"):
        hint = "set password_writeback instead" if "password_writeback" in params else "leave them out of the list"
        raise InputError("allow_synced", f"cannot be used with gateway: graph, which keeps no password of them: {hint}")
    for name in (name for name, value in _ONLY_GRAPH.items() if params.get(name) == value):
        if not params["check_user"]:
            raise InputError(name, "needs check_user: true, because each user must be read first")


def _open_graph(params: Mapping[str, Any], context: TaskContext, customers: Customers) -> graph.Connection:
    settings, credentials = settings_of(params, context), credentials_of(params, context)
    keeper = keeper_of(params, credentials, context)
    writeback = bool(params.get("password_writeback"))
    return graph.shared_connection(settings, credentials, customers, writeback=writeback, keeper=keeper)


def open_tenants(params: Mapping[str, Any], context: TaskContext) -> Callable[[str], TokenSource]:
    """Return the sources of tokens for Microsoft Graph, by the id of a customer's tenant."""
    return _open_graph(params, context, open_partner_center(params, context).customers).tokens.of


def open_partner_center(params: Mapping[str, Any], context: TaskContext) -> Connection:
    """Return the connection to Partner Center. Nothing is sent yet. Raises :class:`InputError`."""
    endpoint = Endpoint(params.get("endpoint") or Endpoint.AUTO)
    settings, credentials = settings_of(params, context), credentials_of(params, context)
    keeper = keeper_of(params, credentials, context)
    return shared_connection(settings, credentials, endpoint=endpoint, keeper=keeper)


def open_witness(connection: Directory, params: Mapping[str, Any], context: TaskContext) -> Witness:
    """Return the witness that settles lost answers. It tells on the screen that it waits.

    Where the task uses both services, the other one may contradict it: Partner Center always stands beside Graph, and
    Graph beside Partner Center where sessions are to be ended.
    """
    name = connection.memory.name
    wait = WitnessWait(context, params["audit_timeout"], name)
    witness, other = connection.witness(wait), _other_way(params, context)
    return TwoWitnesses(witness, name, other.witness(wait), sleep=wait) if other else witness


def _other_way(params: Mapping[str, Any], context: TaskContext) -> Directory | None:
    partner_center = open_partner_center(params, context)
    if params.get("gateway") == "graph":
        return partner_center
    return _open_graph(params, context, partner_center.customers) if params.get("revoke_sessions") else None


def settings_of(params: Mapping[str, Any], context: TaskContext) -> Settings:
    """Return the checked settings of the connection; raises :class:`InputError`."""
    options = ["graph_url", *connection()]
    given = {name: params[name] for name in options if params.get(name) not in (None, "")}
    try:
        given |= {"timeout": float(given["timeout"])} if "timeout" in given else {}
    except ValueError:
        raise InputError("timeout", "is not a number of seconds") from None
    return make_settings(
        **given,
        graph_limits=params.get("graph_limits"),
        concurrency=params.get("concurrency", 8),
        environment=context.environment,
    )


def check_places(params: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Refuse a module on another machine that would send secrets to a host which is not allowed here."""
    filled = with_environment(params, environment)
    places(filled["api_url"], filled["authority_url"])
    graph_place(filled.get("graph_url"))
    check_endpoints(environment)


def credentials_of(params: Mapping[str, Any], context: TaskContext, *, interactive: bool = False) -> Credentials:
    """Return the checked credentials; raises :class:`InputError`."""
    platform, store = params.get("client_assertion_source"), _store_of(params)
    assertion = platform and make_assertion_source(
        platform,
        context.environment,
        variable=params["client_assertion_variable"],
        service_connection=params["client_assertion_service_connection"],
    )
    return Credentials(
        tenant_id=params["tenant_id"],
        client_id=params["client_id"],
        client_secret=one_line(params["client_secret"], "client_secret"),
        certificate_path=params["certificate_path"],
        certificate_passphrase=one_line(params["certificate_passphrase"], "certificate_passphrase", blanks=True),
        client_assertion_file=params["client_assertion_file"],
        client_assertion=assertion or None,
        refresh_token=one_line(params["refresh_token"], "refresh_token"),
        refresh_token_file=params["refresh_token_file"],
        refresh_token_store=Secret(json.dumps(store, sort_keys=True, default=str)) if store else None,
        access_token=one_line(params["access_token"], "access_token"),
        interactive=interactive,
    )


def keeper_of(params: Mapping[str, Any], credentials: Credentials, context: TaskContext) -> TokenKeeper | None:
    """Return what keeps the refresh token. None if it is an option's value, without a store for its successors."""
    seed: TokenKeeper | None = None
    if path := credentials.refresh_token_file:
        seed = TokenFile(path, context.cipher, thrown_away_with(path, context.environment))
    elif credentials.refresh_token:
        seed = RememberedToken(credentials.refresh_token)
    if not credentials.refresh_token_store:
        return seed if credentials.refresh_token_file else None
    if context.token_store is None:
        raise InputError(PLACE, "needs a task in the controller's process (connection: local, no become)")
    store = context.token_store(_store_of(params), context, subject_of(credentials.tenant_id, credentials.client_id))
    return SeededStore(store, seed) if seed else store


def _store_of(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options of the store of refresh tokens: empty if there is none, and JSON in the environment."""
    given = params.get(PLACE) or {}
    if not isinstance(given, str):
        return dict(given)
    try:
        options = json.loads(given)
    except (ValueError, RecursionError):
        options = None
    if not isinstance(options, dict):
        example = '{"type": "azure_keyvault", "vault_url": "https://example.vault.azure.net"}'
        raise InputError(variable(PLACE), f"must hold the options of the store as JSON, such as {example}")
    return with_absolute_paths(options, store_options()["store"]["options"], base=None, place=PLACE)

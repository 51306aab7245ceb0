# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a task's refresh token comes from, and where its successors go; which witnesses are asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import (
    customer_check,
    password,
    rotation,
    sign_in,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.connecting import (
    credentials_of,
    keeper_of,
    open_connection,
    open_relationships,
    open_sessions,
    open_standing,
    open_tenants,
    open_witness,
    settings_of,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.environment import with_environment
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.two_witnesses import TwoWitnesses
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.token_source import RememberedToken
from ansible_collections.csp.partnercenter.plugins.module_utils._graph import standing as graph_standing
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.connection import Connection as Graph
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.relationships import Relationships
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.users import Users as GraphUsers
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center import (
    standing as partner_center_standing,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.connection import (
    Connection as PartnerCenter,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.customers import Customers
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.seeded_store import SeededStore
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.token_file import TokenFile
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.token_store import TokenInStore
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import CipherError
from ansible_collections.csp.partnercenter.plugins.plugin_utils import _controller
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised
from ansible_collections.csp.partnercenter.tests.unit.support.entra import CLIENT, TENANT
from ansible_collections.csp.partnercenter.tests.unit.support.kits import PlainCipher

STORE = "PARTNERCENTER_REFRESH_TOKEN_STORE"


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "token"
    path.write_text("refresh-1\n")
    path.chmod(0o600)
    return str(path)


def keeper(home: Path, environment: Mapping[str, str] | None = None, **given: Any) -> Any:
    options = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": "x", **given}
    context = TaskContext(
        {"ANSIBLE_HOME": str(home), **(environment or {})},
        cipher=lambda _vault_id: PlainCipher(),
        token_store=_controller.token_store,
    )
    params = with_environment(validated(options, sign_in.specification()), context.environment)
    return keeper_of(params, credentials_of(params, context), context)


def test_alone_each_place_keeps_its_own(tmp_path: Path, file: str) -> None:
    assert keeper(tmp_path, refresh_token="r") is None
    assert isinstance(keeper(tmp_path, refresh_token_file=file), TokenFile)
    assert isinstance(keeper(tmp_path, refresh_token_store={"type": "file"}), TokenInStore)


def test_beside_a_store_a_refresh_token_is_its_seed(tmp_path: Path, file: str) -> None:
    store = {"type": "file", "path": str(tmp_path / "tokens")}
    by_value = keeper(tmp_path, refresh_token="r", refresh_token_store=store)
    by_file = keeper(tmp_path, {"PARTNERCENTER_REFRESH_TOKEN_FILE": file}, refresh_token_store=store)
    assert isinstance(by_value, SeededStore) and isinstance(by_value.seed, RememberedToken)
    assert isinstance(by_file, SeededStore) and isinstance(by_file.seed, TokenFile)
    assert by_value.load().reveal() == "r" and by_file.load().reveal() == "refresh-1"
    assert by_value.describe() == by_file.describe() and str(tmp_path / "tokens") in by_file.describe()


def test_the_environment_has_the_options_of_a_store_as_json(tmp_path: Path, file: str) -> None:
    """As a credential of AWX does, for modules, inventory and playbooks alike."""
    options = {"type": "file", "path": str(tmp_path / "tokens")}
    found = keeper(tmp_path, {STORE: json.dumps(options), "PARTNERCENTER_REFRESH_TOKEN_FILE": file})
    assert isinstance(found, SeededStore)
    assert found.describe() == keeper(tmp_path, refresh_token_store=options).describe()


@pytest.mark.parametrize("text", ["a folder", "[]", '"text"', "{", "null", "[" * 100_000])
def test_what_is_no_json_object_is_refused_without_a_quote(tmp_path: Path, text: str) -> None:
    error = raised(lambda: keeper(tmp_path, {STORE: text}))
    assert isinstance(error, InputError)
    assert str(error) == (
        f"{STORE}: must hold the options of the store as JSON, such as "
        '{"type": "azure_keyvault", "vault_url": "https://example.vault.azure.net"}'
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"type": "file", "path": "tokens"}, "refresh_token_store.path: is a relative path"),
        ({"type": "drawer"}, "refresh_token_store.type: must be one of"),
        ({"type": "file", "vault_url": "x"}, "refresh_token_store.vault_url: is not an option of this store"),
        ({"type": "file", "path": 7}, "refresh_token_store.path: must be a text"),
    ],
)
def test_options_in_the_environment_are_checked_as_those_of_a_task(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    assert str(raised(lambda: keeper(tmp_path, {STORE: json.dumps(options)}))).startswith(message)


def test_a_file_in_the_folder_of_a_job_is_known_to_be_thrown_away(tmp_path: Path, file: str) -> None:
    assert keeper(tmp_path, refresh_token_file=file).thrown_away_with is None
    assert keeper(tmp_path, {"RUNNER_TEMP": str(tmp_path)}, refresh_token_file=file).thrown_away_with


@pytest.mark.parametrize(
    ("options", "both"),
    [({}, False), ({"revoke_sessions": True}, True), ({"gateway": "graph"}, True)],
    ids=["Partner Center alone", "Graph ends sessions", "Partner Center beside Graph"],
)
def test_both_services_are_witnesses_where_the_task_uses_both(options: dict[str, Any], both: bool) -> None:
    given = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": "x", "refresh_token": "r"}
    params, context = validated({**given, **options}, password.specification()), TaskContext({})
    witness = open_witness(open_connection(params, context), params, context)
    assert isinstance(witness, TwoWitnesses) is both


def task(entrance: Any = password, **options: Any) -> dict[str, Any]:
    who = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": "x", "refresh_token": "r"}
    return validated({**who, **options}, entrance.specification())


def test_the_gateway_is_the_service_that_reads_and_sets_users() -> None:
    """The customers of a partner are known to Partner Center only."""
    by_partner_center = open_connection(task(), TaskContext({}))
    by_graph = open_connection(task(gateway="graph"), TaskContext({}))
    assert isinstance(by_partner_center, PartnerCenter) and isinstance(by_graph, Graph)
    assert isinstance(by_graph.customers, Customers)


@pytest.mark.parametrize("gateway", ["partner_center", "graph"])
def test_sessions_are_ended_by_graph_with_either_gateway_if_that_is_wanted(gateway: str) -> None:
    assert open_sessions(task(gateway=gateway), TaskContext({})) is None
    assert isinstance(open_sessions(task(gateway=gateway, revoke_sessions=True), TaskContext({})), GraphUsers)


@pytest.mark.parametrize(
    ("gateway", "standing"),
    [("partner_center", partner_center_standing.Standing), ("graph", graph_standing.Standing)],
)
def test_customers_are_checked_through_the_gateway_of_the_runs(gateway: str, standing: type) -> None:
    assert isinstance(open_standing(task(customer_check, gateway=gateway), TaskContext({})), standing)


def test_relationships_are_told_by_graph_unless_the_token_is_for_another_service() -> None:
    assert isinstance(open_relationships(task(customer_check), TaskContext({})), Relationships)
    params = validated({"access_token": "token"}, customer_check.specification())
    assert open_relationships(params, TaskContext({})) is None


def test_consent_is_told_by_the_tokens_of_the_tenant_of_each_customer() -> None:
    tokens = open_tenants(task(sign_in), TaskContext({}))
    one, other = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
    assert tokens(one) is tokens(one) and tokens(one) is not tokens(other)


@pytest.mark.parametrize(
    ("entrance", "options", "message"),
    [
        (password, {"on_drift": "reset"}, "on_drift: needs gateway: graph"),
        (password, {"password_writeback": True}, "password_writeback: needs gateway: graph"),
        (password, {"gateway": "graph", "endpoint": "update"}, "endpoint: names a call of Partner Center"),
        (password, {"gateway": "graph", "allow_synced": True}, "allow_synced: cannot be used with gateway: graph"),
        (
            rotation,
            {"gateway": "graph", "allow_synced": True, "rotation_id": "r1", "store": {"type": "file"}},
            "allow_synced: cannot be used with gateway: graph, which keeps no password of them: leave them out",
        ),
        (
            password,
            {"gateway": "graph", "on_drift": "reset", "check_user": False},
            "on_drift: needs check_user: true, because each user must be read first",
        ),
        (
            password,
            {"gateway": "graph", "password_writeback": True, "check_user": False},
            "password_writeback: needs check_user: true",
        ),
    ],
)
def test_what_the_gateway_cannot_do_is_refused_before_the_first_request(
    entrance: Any, options: dict[str, Any], message: str
) -> None:
    error = raised(lambda: open_connection(task(entrance, **options), TaskContext({})))
    assert isinstance(error, InputError) and str(error).startswith(message), error


def test_a_gateway_that_only_the_environment_names_is_checked_as_well() -> None:
    context = TaskContext({"PARTNERCENTER_GATEWAY": "carrier pigeon"})
    error = raised(lambda: open_connection(with_environment(task(), context.environment), context))
    assert isinstance(error, InputError) and "must be one of partner_center, graph" in str(error)


def test_a_time_out_that_is_no_number_is_refused() -> None:
    """As the environment may give it: an option of a task is a number already."""
    error = raised(lambda: settings_of({**task(), "timeout": "soon"}, TaskContext({})))
    assert isinstance(error, InputError) and str(error) == "timeout: is not a number of seconds"


def test_without_a_controller_nothing_can_be_encrypted() -> None:
    with pytest.raises(CipherError):
        TaskContext({}).for_stores().cipher(None)


def test_one_access_token_is_not_enough_for_graph() -> None:
    params = validated({"access_token": "token", "gateway": "graph"}, password.specification())
    error = raised(lambda: open_connection(params, TaskContext({})))
    assert isinstance(error, InputError) and str(error).startswith("access_token: is for one tenant")

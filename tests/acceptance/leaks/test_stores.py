# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network stores, with the real SDKs: neither passwords nor what opens the store show, also where it quotes them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from driver import ids, password
from leaking import Trial
from quoting import Forwarding, Quoting
from rotating import ROTATION, Vaulted, looked_up
from signing import sign_in

KINDS = ("azure_keyvault", "hashi_vault", "aws_secretsmanager")


@dataclass
class Place:
    """A store, and what opens it. ``quoting`` stands before it, or in the place of AWS at ``elsewhere``."""

    options: dict[str, Any]
    secret_option: str
    secret: str
    quoting: Quoting
    elsewhere: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def key_vault() -> Iterator[Place]:
    from key_vault_emulator.app import CLIENT_SECRET, TENANT, make_key_vault
    from local_server import served

    with served(lambda url: Quoting(make_key_vault(url)), tls=True) as (address, app):
        options = {"vault_url": address.url, "ca_path": address.ca_path, "authority_url": address.url}
        options |= {"tenant_id": TENANT, "client_id": TENANT}
        yield Place(options, "client_secret", CLIENT_SECRET, app)


@contextmanager
def vault() -> Iterator[Place]:
    from local_server import served

    from ansible_collections.csp.partnercenter.tests.unit.support.openbao import LEAST_RIGHTS, openbao

    with openbao() as server:
        _name, role = server.app_role(*LEAST_RIGHTS)
        with served(lambda _url: Quoting(Forwarding(server.url)), tls=False) as (address, app):
            yield Place({"url": address.url, "role_id": role["role_id"]}, "secret_id", role["secret_id"], app)


@contextmanager
def secrets_manager() -> Iterator[Place]:
    from local_server import served

    from ansible_collections.csp.partnercenter.tests.unit.support.kits import moto_server

    key = "Wellensittich+of/the/account+7"
    with moto_server() as url, served(lambda _url: Quoting(), tls=False) as (address, app):
        options = {"region": "eu-central-1", "access_key_id": "AKIAOFTHETESTS", "endpoint_url": url}
        elsewhere = {"endpoint_url": address.url}
        yield Place(options, "secret_access_key", key, app, elsewhere)


@pytest.fixture(scope="module", params=KINDS)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    makers = dict(zip(KINDS, (key_vault, vault, secrets_manager), strict=True))
    with makers[request.param]() as made:
        made.options["type"] = request.param
        yield made


@pytest.mark.leaks
@pytest.mark.parametrize("programs", ["installed"], indirect=True)
def test_network_stores(emulator: Any, trial: Trial, place: Place) -> None:
    """A whole life of a password, and a refresh token; then wrong credentials, then a store that quotes."""
    emulator.knobs(device_code_approval="automatic", device_code_interval=1)
    trial.secrets["what opens the store"] = place.secret
    options = {**place.options, "prefix": f"t{time.monotonic_ns()}", place.secret_option: "{{ opener }}"}
    variables = {"opener": place.secret}
    vaulted = Vaulted(trial.play, options)
    one, other = ids(emulator, 1), ids(emulator, 2)
    rest = {"timeout": 2, "audit_timeout": 0}
    good = [
        vaulted.task("first", [one, other], **rest, rotation_id="r1") | {"register": "shown"},
        {"name": "show", "ansible.builtin.debug": {"var": "shown"}},
        vaulted.task("second", [one], **rest, rotation_id="r2"),
        vaulted.task("back", [one], **rest, rotation_id="b1", operation="rollback"),
        vaulted.task("verify", [other], **rest, rotation_id="r1", operation="verify"),
        *(looked_up(version, one, options, version=version) for version in ("current", "previous")),
        sign_in("signed in", refresh_token_store=options),
        {"name": "token", "csp.partnercenter.partnercenter_customer_info": {"refresh_token_store": options}},
    ]
    wrong = vaulted.task("wrong", [other], **rest, rotation_id="r3")
    wrong[ROTATION]["store"][place.secret_option] = password("of the store")
    # moto lets everybody in
    refused = [] if options["type"] == "aws_secretsmanager" else [wrong]
    run = trial(*good, *refused, variables=variables)
    expected = {"wrong"} if refused else set()
    assert {line["task"] for line in run.results if line["status"] == "failed"} == expected, run.screen[-3000:]
    assert emulator.counters()["passwords_set"] == 4

    place.quoting.on, before = True, place.quoting.quoted
    vaulted.options = options | place.elsewhere
    spoilt = [
        vaulted.task("quoted", [one, ids(emulator, 3)], **rest, rotation_id="r4"),
        sign_in("not saved", refresh_token_store=dict(vaulted.options)),
    ]
    try:
        run = trial(*spoilt, variables=variables)
    finally:
        place.quoting.on = not place.quoting.app
    assert {line["status"] for line in run.results} == {"failed"} and place.quoting.quoted > before + 1
    assert emulator.counters()["passwords_set"] == 4

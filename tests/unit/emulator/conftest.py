# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator for each module of tests, reset before each test."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REQUIRED = ("starlette", "uvicorn", "httptools", "trustme", "jwt", "msal", "requests")
# Where the requirements of the emulator are not installed (ansible-test), there is nothing to test here.
if any(importlib.util.find_spec(name) is None for name in REQUIRED):
    collect_ignore_glob = ["test_*.py"]

EMULATOR = Path(__file__).resolve().parents[2] / "emulator"
sys.path.insert(0, str(EMULATOR))

PASSWORD = "Lantern-7-harbour"


@dataclass
class Client:
    """The least client that can be: one kept-alive session, and a token."""

    emulator: Any
    session: Any

    def send(self, method: str, path: str, body: object = None, token: str | None = None, **options: Any) -> Any:
        """One request below /v1."""
        headers = options.pop("headers", {})
        used = self.emulator.access_token if token is None else token
        if used:
            headers = {"Authorization": f"Bearer {used}", **headers}
        url = f"{self.emulator.api_url}{path if path.startswith('/v1') else '/v1' + path}"
        return self.session.request(
            method, url, json=body, headers=headers, timeout=options.pop("timeout", 10), **options
        )

    def document(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        """The JSON of an answer."""
        return parsed(self.send(method, path, body, **options))

    def refused(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, int]:
        """Status and code of a refusal."""
        answer = self.send(method, path, body, **options)
        return answer.status_code, int(parsed(answer)["code"])

    def user_path(self, customer: int = 0, user: int = 0) -> str:
        """The path of an ordinary user."""
        chosen = self.emulator.customers[customer]
        return f"/customers/{chosen['id']}/users/{chosen['users'][user]['id']}"

    def user_id(self, customer: int = 0, user: int = 0) -> str:
        """The id of an ordinary user."""
        return str(self.emulator.customers[customer]["users"][user]["id"])

    def special_path(self, kind: str) -> str:
        """The path of a special user of the first customer."""
        chosen = self.emulator.customers[0]
        return f"/customers/{chosen['id']}/users/{chosen['special_users'][kind]['id']}"

    def reset(self, path: str | None = None, password: str = PASSWORD, **options: Any) -> Any:
        """Reset a password by the documented call."""
        profile = {"password": password, "forceChangePassword": True}
        body = {"passwordProfile": profile, "attributes": {"objectType": "CustomerUser"}}
        return self.send("PATCH", f"{path or self.user_path()}/resetpassword", body, **options)

    def current(self, user_id: str | None = None) -> str:
        """The true password of a user."""
        return str(self.emulator.passwords()[user_id or self.user_id()]["current"])


@dataclass
class GraphClient:
    """The least client of Microsoft Graph: a token for each customer's tenant."""

    emulator: Any
    session: Any

    def send(self, method: str, path: str, body: object = None, token: str = "", **options: Any) -> Any:
        """One request below /v1.0, to the tenant of the customer of that position."""
        token = token or self.emulator.graph_token(self.emulator.customers[options.pop("customer", 0)]["id"])
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        url = path if path.startswith("https:") else f"{self.emulator.graph_url}{options.pop('version', '/v1.0')}{path}"
        timeout = options.pop("timeout", 10)
        return self.session.request(method, url, json=body, headers=headers, timeout=timeout, **options)

    def document(self, path: str, **options: Any) -> Any:
        """The JSON of an answer to GET."""
        answer = self.send("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def values(self, path: str, **options: Any) -> list[Any]:
        """All items of a list, over its pages."""
        page = self.document(path, **options)
        items = list(page["value"])
        while "@odata.nextLink" in page:
            page = self.document(page["@odata.nextLink"], **options)
            items += page["value"]
        return items

    def refused(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = self.send(method, path, body, **options)
        return answer.status_code, str(answer.json()["error"]["code"])

    def user(self, position: int = 0, customer: int = 0) -> str:
        """The id of an ordinary user."""
        return str(self.emulator.customers[customer]["users"][position]["id"])

    def special(self, kind: str) -> str:
        """The id of a special user of the first customer."""
        return str(self.emulator.customers[0]["special_users"][kind]["id"])

    def reset(self, user: str = "", password: str = PASSWORD, **options: Any) -> Any:
        """Set a password by the documented call."""
        profile = {"password": password, "forceChangePasswordNextSignIn": True}
        return self.send("PATCH", f"/users/{user or self.user()}", {"passwordProfile": profile}, **options)

    def current(self, user: str = "") -> str:
        """The true password of a user."""
        return str(self.emulator.passwords()[user or self.user()]["current"])

    def redeem(self, tenant: str, scope: str = "https://graph.microsoft.com/.default", **form: str) -> Any:
        """Redeem the partner's refresh token at the authority of a tenant."""
        emulator = self.emulator
        secrets = {"client_id": emulator.client_id, "client_secret": emulator.client_secret}
        grant = {"grant_type": "refresh_token", "refresh_token": emulator.refresh_token, "scope": scope}
        url = f"{emulator.authority_url}/{tenant}/oauth2/v2.0/token"
        return self.session.post(url, data={**secrets, **grant, **form}, timeout=10)


def parsed(answer: Any) -> Any:
    """Read an answer that may begin with a byte order mark."""
    return json.loads(answer.content.decode("utf-8-sig"))


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=3, users=25, special_users=True, http=True) as emulator:
        yield emulator


@pytest.fixture
def emulator(running: Any) -> Any:
    """An emulator as if just started."""
    running.reset()
    return running


@pytest.fixture(scope="module")
def session(running: Any) -> Iterator[Any]:
    """A session that trusts the emulator's CA, and nothing from the environment."""
    import requests

    with requests.Session() as opened:
        opened.trust_env = False
        opened.verify = running.ca_path
        yield opened


@pytest.fixture
def client(emulator: Any, session: Any) -> Client:
    """A client of the API."""
    return Client(emulator, session)


@pytest.fixture
def graph(emulator: Any, session: Any) -> GraphClient:
    """A client of Microsoft Graph."""
    return GraphClient(emulator, session)

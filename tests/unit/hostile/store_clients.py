# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stores behind a network with their real SDKs, whose connections end in a function of the test's own."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.awsrequest
import botocore.httpsession
import pytest
import requests
import urllib3

from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Response
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Context, Store
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.registry import make_store
from ansible_collections.csp.partnercenter.tests.unit.support.clock import never_wait

PREFIX = "p"
OPTIONS: dict[str, dict[str, str]] = {
    "hashi_vault": {"url": "https://vault.example", "token": "token"},
    "azure_keyvault": {"vault_url": "https://contoso.vault.azure.net", "access_token": "token"},
    "aws_secretsmanager": {"region": "eu-central-1", "access_key_id": "id", "secret_access_key": "key"},
}


@dataclass
class Wire:
    """Gives ``answer`` to every request of every SDK; ``seen`` are URL, header values and body of each."""

    answer: Response = field(default_factory=lambda: Response(500, "", {}, b""))
    seen: list[tuple[str, Mapping[str, Any], bytes]] = field(default_factory=list)
    follow: Callable[[str], Response] | None = None

    def of(self, url: str, headers: Mapping[str, Any], body: Any) -> Response:
        self.seen.append((url, dict(headers), body if isinstance(body, bytes) else str(body or "").encode()))
        return self.follow(url) if self.follow else self.answer

    def put_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def by_requests(adapter: Any, request: Any, **_options: Any) -> Any:
            return adapter.build_response(request, _raw(self.of(request.url, request.headers, request.body)))

        def by_botocore(_session: Any, request: Any) -> Any:
            found = self.of(request.url, request.headers, request.body)
            headers = botocore.awsrequest.HeadersDict(found.headers)
            return botocore.awsrequest.AWSResponse(request.url, found.status, headers, _raw(found))

        monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", by_requests)
        monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", by_botocore)
        never_wait(monkeypatch)


def _raw(found: Response) -> Any:
    headers = {name: value for name, value in found.headers.items() if name != "retry-after"}
    return urllib3.HTTPResponse(io.BytesIO(found.body), headers, found.status, preload_content=False)


def store_of(kind: str, home: Path, **more: str | None) -> Store:
    return make_store({"type": kind, "prefix": PREFIX, **OPTIONS[kind], **more}, Context({}, str(home), _no_cipher))


def _no_cipher(_vault_id: str | None) -> Any:
    raise AssertionError("no store behind a network encrypts anything")


def in_json(content: Any, status: int = 200, **headers: str) -> Response:
    return Response(status, "", {"content-type": "application/json", **headers}, json.dumps(content).encode())

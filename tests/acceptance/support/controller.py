# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of the API of AWX as the modules of awx.awx need to make objects: tables, associations, surveys.

It stores what it is given. Whether AWX itself would take a credential type is up to the schema in ``test_awx.py``.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Item = dict[str, Any]

SINGULAR = {"inventories": "inventory"}
RELATED = ("survey_spec", "credentials", "labels", "instance_groups", "success_nodes", "failure_nodes", "always_nodes")
RELATED += tuple(f"notification_templates_{event}" for event in ("started", "success", "error", "approvals"))
TEMPLATES = ("job_templates", "workflow_job_templates", "projects", "inventory_sources")


class Controller:
    """``tables`` holds all objects, ``linked`` what belongs to them by URL."""

    def __init__(self) -> None:
        self.tables: dict[str, list[Item]] = {"organizations": []}
        self.linked: dict[str, Any] = {}
        self.tokens: set[str] = set()
        self._last = 0
        self.create("organizations", {"name": "Default"})

    def named(self, table: str, name: str) -> Item:
        (found,) = [item for item in self.tables[table] if item.get("name", item.get("identifier")) == name]
        return found

    def survey(self, table: str, name: str) -> Any:
        return self.linked.get(f"{self.named(table, name)['url']}survey_spec/")

    def links(self, item: Item, kind: str) -> list[int]:
        return list(self.linked.get(f"{item['url']}{kind}/", []))

    def create(self, table: str, content: Item) -> Item:
        self._last += 1
        url = f"/api/v2/{table}/{self._last}/"
        related = {name: f"{url}{name}/" for name in RELATED}
        kind = SINGULAR.get(table, table.removesuffix("s"))
        own = {"id": self._last, "url": url, "type": kind, "related": related, "summary_fields": {}}
        item = {"scm_revision": "", **content, **own}
        self.tables.setdefault(table, []).append(item)
        return item

    def answer(self, method: str, path: str, query: Item, content: Item) -> tuple[int, Any]:
        parts = path.strip("/").split("/")[2:]
        if len(parts) == 1:
            return self._table(method, parts[0], query, content)
        item = next((item for item in self._rows(parts[0]) if str(item["id"]) == parts[1]), None)
        if item is None:
            return 404, {"detail": "Not found."}
        if len(parts) == 2:
            item.update(content)
            return 200, item
        if parts[2] == "create_approval_template":
            approval = self.create("workflow_approval_templates", content)
            item["related"]["unified_job_template"] = approval["url"]
            return 201, approval
        return self._link(method, path, content)

    def _table(self, method: str, table: str, query: Item, content: Item) -> tuple[int, Any]:
        if method == "POST":
            return 201, self.create(table, content)
        rows = [row for row in self._rows(table) if all(str(row.get(key)) == query[key] for key in query)]
        return 200, {"count": len(rows), "next": None, "results": rows}

    def _rows(self, table: str) -> list[Item]:
        if table == "unified_job_templates":
            return [row for name in TEMPLATES for row in self.tables.get(name, [])]
        return self.tables.get(table, [])

    def _link(self, method: str, path: str, content: Item) -> tuple[int, Any]:
        if path.endswith("/survey_spec/"):
            if method != "GET":
                self.linked[path] = content
            return 200, self.linked.get(path, {})
        ids = self.linked.setdefault(path, [])
        if method == "POST":
            if content.get("disassociate"):
                ids.remove(content["id"])
            else:
                ids.append(content["id"])
            return 204, {}
        return 200, {"count": len(ids), "next": None, "results": [{"id": one} for one in ids]}


@contextlib.contextmanager
def running_controller() -> Iterator[tuple[str, Controller]]:
    """Its URL, and the state."""
    state = Controller()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            content = json.loads(self.rfile.read(length) or b"{}")
            state.tokens.add(self.headers.get("Authorization", ""))
            status, answer = state.answer(self.command, url.path, dict(parse_qsl(url.query)), content)
            body = b"" if status == 204 else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PATCH = do_DELETE = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", state
    finally:
        server.shutdown()
        server.server_close()

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of the API of AWX as awx.awx and ansible-rulebook need: tables, associations, surveys, launches.

It stores what it is given. Whether AWX itself would take a credential type is up to the schema in ``test_awx.py``. Both
prefixes are answered: that of AWX, and that of the gateway of Automation Platform 2.5 and newer.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Item = dict[str, Any]
#: Runs the job of a template with these variables, and says whether it succeeded.
Launcher = Callable[[Item, Item], bool]

VERSION = "24.6.1"
PREFIXES = ("/api/controller/v2/", "/api/v2/")

SINGULAR = {"inventories": "inventory"}
RELATED = (
    "launch",
    "survey_spec",
    "credentials",
    "labels",
    "instance_groups",
    "success_nodes",
    "failure_nodes",
    "always_nodes",
)
RELATED += tuple(f"notification_templates_{event}" for event in ("started", "success", "error", "approvals"))
TEMPLATES = ("job_templates", "workflow_job_templates", "projects", "inventory_sources")


class Controller:
    """``tables`` holds all objects, ``linked`` what belongs to them by URL."""

    def __init__(self) -> None:
        self.tables: dict[str, list[Item]] = {"organizations": []}
        self.linked: dict[str, Any] = {}
        self.tokens: set[str] = set()
        self.prefixes: set[str] = set()
        self.launcher: Launcher = lambda _template, _variables: True
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
        asks = {f"ask_{what}_on_launch": False for what in ("limit", "labels", "inventory", "variables")}
        item = {"scm_revision": "", **asks, **content, **own}
        self.tables.setdefault(table, []).append(item)
        return item

    def answer(self, method: str, path: str, query: Item, content: Item) -> tuple[int, Any]:
        prefix = next((prefix for prefix in PREFIXES if path.startswith(prefix)), "")
        if not prefix:
            return 404, {"detail": "Not found."}
        self.prefixes.add(prefix)
        parts = path.removeprefix(prefix).strip("/").split("/")
        path = f"/api/v2/{'/'.join(parts)}/"
        if parts == ["config"]:
            return 200, {"version": VERSION}
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
        if parts[2] == "launch":
            return self._launch(item, content.get("extra_vars", {}))
        return self._link(method, path, content)

    def _launch(self, template: Item, given: Item) -> tuple[int, Any]:
        """As AWX: answers of the survey are checked, and variables that nobody asks for are left out."""
        questions = self.survey("job_templates", template["name"]).get("spec", [])
        variables = {question["variable"]: question["default"] for question in questions if question["default"]}
        for question in questions:
            name, answer = question["variable"], given.get(question["variable"])
            if answer is None and question["required"]:
                return 400, {"variables_needed_to_start": [f"'{name}' value missing"]}
            if answer is not None and not (
                isinstance(answer, str) and question["min"] <= len(answer) <= question["max"]
            ):
                return 400, {
                    "variables_needed_to_start": [f"'{name}' value is no text of the length that is asked for"]
                }
            variables |= {name: answer} if answer is not None else {}
        job = self.create("jobs", {"name": template["name"], "status": "running", "extra_vars": variables})
        own = json.loads(template["extra_vars"])
        job["status"] = "successful" if self.launcher(template, {**own, **variables}) else "failed"
        job["created"] = "2026-11-28T00:00:00Z"
        return 201, job

    def _table(self, method: str, table: str, query: Item, content: Item) -> tuple[int, Any]:
        if method == "POST":
            return 201, self.create(table, content)
        wanted = {key: value for key, value in query.items() if key != "page_size"}
        among = wanted.pop("id__in", "").split(",")
        rows = [row for row in self._rows(table) if all(str(row.get(key)) == wanted[key] for key in wanted)]
        rows = [row for row in rows if among == [""] or str(row["id"]) in among]
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
            gateway = url.path.startswith(PREFIXES[0])
            text = json.dumps(answer).replace(PREFIXES[1], PREFIXES[0] if gateway else PREFIXES[1])
            body = b"" if status == 204 else text.encode()
            self.send_response(status)
            self.send_header("X-API-Product-Name", "Red Hat Ansible Automation Platform" if gateway else "AWX")
            self.send_header("X-API-Product-Version", VERSION)
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

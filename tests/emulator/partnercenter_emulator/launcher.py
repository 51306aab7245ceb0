# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start an emulator from a test, and talk to its control endpoint. Standard library only.

.. code-block:: python

    with running_emulator(customers=2, users=10, knobs={"audit_delay": 2}) as emulator:
        emulator.fault("timeout_after", method="PATCH", seconds=1)
        ...
        assert emulator.counters()["patches"] == 2
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parent.parent


class ControlError(RuntimeError):
    """The control endpoint refused; its sentence is the message."""


@dataclass(slots=True)
class Emulator:
    """A running emulator."""

    process: subprocess.Popen[str] | None
    description: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        """api_url, authority_url, control_url, ca_path, tenant_id, client_id, … as printed by the command."""
        try:
            return self.description[name]
        except KeyError:
            raise AttributeError(name) from None

    def control(self, method: str, path: str, document: object = None, timeout: float = 30.0) -> Any:
        """One request to the control endpoint, past any proxy."""
        content = None if document is None else json.dumps(document).encode()
        url = f"{self.description['control_url']}{path}"
        request = urllib.request.Request(url, data=content, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            raise ControlError(f"{method} {path}: {error.code} {text}") from None

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """Requests of the API, in the order of their arrival."""
        found: list[dict[str, Any]] = self.control("GET", f"/journal?since={since}")
        return found

    def token_journal(self) -> list[dict[str, Any]]:
        """Token requests."""
        found: list[dict[str, Any]] = self.control("GET", "/token_journal")
        return found

    def passwords(self) -> dict[str, dict[str, Any]]:
        """``{user_id: {current, history}}``."""
        found: dict[str, dict[str, Any]] = self.control("GET", "/passwords", timeout=120.0)
        return found

    def issued(self) -> dict[str, list[str]]:
        """``{kind: [secret]}``: access_token, refresh_token, authorization_code, device_code, assertion."""
        found: dict[str, list[str]] = self.control("GET", "/issued")
        return found

    def counters(self) -> dict[str, int]:
        """requests, token_requests, connections, max_in_flight, patches, throttled, …"""
        found: dict[str, int] = self.control("GET", "/counters")
        return found

    def state(self) -> dict[str, dict[str, Any]]:
        """Users with the members that no answer shows."""
        found: dict[str, dict[str, Any]] = self.control("GET", "/state", timeout=120.0)
        return found

    def audit(self) -> list[dict[str, Any]]:
        """All audit records, the delayed ones included."""
        found: list[dict[str, Any]] = self.control("GET", "/audit")
        return found

    def add_audit(self, **members: object) -> dict[str, Any]:
        """Put a record of the past into the audit log."""
        found: dict[str, Any] = self.control("POST", "/audit", members)
        return found

    def fault(self, name: str, **members: object) -> dict[str, Any]:
        """Order a fault: count, method, path, status, seconds, applied, …"""
        found: dict[str, Any] = self.control("POST", "/faults", {"name": name, **members})
        return found

    def clear_faults(self) -> None:
        """Drop the faults that are still open."""
        self.control("DELETE", "/faults")

    def knobs(self, **values: object) -> dict[str, Any]:
        """Set knobs, and read all of them."""
        found: dict[str, Any] = self.control("POST", "/knobs", values) if values else self.control("GET", "/knobs")
        return found

    def add_users(self, customer_id: str, kind: str = "ordinary", count: int = 1, name: str = "") -> list[Any]:
        """Make users: ordinary, managed, federated, synced, deleted, privileged."""
        document = {"customer_id": customer_id, "kind": kind, "count": count, "user_principal_name": name}
        found: list[Any] = self.control("POST", "/users", document)
        return found

    def customer(self, customer_id: str, **members: object) -> dict[str, Any]:
        """Change a customer: relationship, gdap_role, gdap_roles, consent, relationship_end, sign_in_error, …"""
        found: dict[str, Any] = self.control("POST", "/customers", {"customer_id": customer_id, **members})
        return found

    def standing(self, customer_id: str) -> dict[str, Any]:
        """Consents, GDAP roles and the end of the relationship of one customer."""
        standings: list[dict[str, Any]] = self.control("GET", "/customers")
        return next(item for item in standings if item["id"] == customer_id)

    def set_password(self, user_id: str, **members: object) -> dict[str, Any]:
        """Let somebody else set a password: password, force, initiator; or move its date only: changed_at."""
        changed: dict[str, Any] = self.control("POST", "/passwords", {"user_id": user_id, **members})
        return changed

    def directory_audits(self) -> list[dict[str, Any]]:
        """All records of the customers' directories, the delayed ones included."""
        records: list[dict[str, Any]] = self.control("GET", "/directory_audits")
        return records

    def add_directory_audit(self, user_id: str, **members: object) -> dict[str, Any]:
        """Add a record of the past: activity, at, result, reason, initiator_id, initiator."""
        record: dict[str, Any] = self.control("POST", "/directory_audits", {"user_id": user_id, **members})
        return record

    def add_group(self, customer_id: str, role: str, user_ids: Sequence[str], name: str = "Staff") -> dict[str, Any]:
        """Make a group that carries a directory role."""
        document = {"customer_id": customer_id, "role": role, "user_ids": list(user_ids), "display_name": name}
        group: dict[str, Any] = self.control("POST", "/groups", document)
        return group

    def graph_token(self, customer_id: str, **members: object) -> str:
        """A fresh access token for Graph in a customer's tenant; ``scopes=[…]`` for other permissions than usual."""
        return str(self.control("POST", "/access_tokens", {"customer_id": customer_id, **members})["access_token"])

    def advance(self, seconds: float = 0.0) -> None:
        """Stop the clock of latencies, throttling, tokens and audit log, and move it on; a reset lets it run again."""
        self.control("POST", "/clock", {"advance": seconds})

    def reset(self) -> None:
        """Back to the start, with the same ids."""
        self.description = self.control("POST", "/reset", {}, timeout=120.0)

    def wait(self, timeout: float = 10.0, **goals: int) -> bool:
        """Wait until counters have reached goals, for example ``wait(patches=3)``: counted as they arrive."""
        query = urllib.parse.urlencode({**goals, "timeout": timeout})
        return bool(self.control("GET", f"/wait?{query}", timeout=timeout + 10.0)["reached"])

    def token(self, **members: object) -> str:
        """A fresh access token; ``app_only=True``, ``mfa=False`` or ``audience=`` for others than the usual."""
        return str(self.control("POST", "/access_tokens", members)["access_token"])

    def new_refresh_token(self, **members: object) -> str:
        """A fresh refresh token; ``mfa=False``, ``confidential=False``, ``revoke_all=True``."""
        return str(self.control("POST", "/refresh_tokens", members)["refresh_token"])

    def new_certificate(self, days: float = 365) -> dict[str, str]:
        """A registered certificate with its key: certificate_pem, private_key_pem, thumbprint."""
        found: dict[str, str] = self.control("POST", "/certificates", {"days": days})
        return found

    def register_certificate(self, pem: str) -> dict[str, str]:
        """Register the certificate of a test; returns its thumbprints."""
        found: dict[str, str] = self.control("POST", "/certificates", {"pem": pem})
        return found

    def federated_assertion(self, lifetime: float = 300, **members: object) -> str:
        """An assertion of a trusted issuer, for workload identity federation."""
        return str(self.control("POST", "/federated_assertions", {"lifetime": lifetime, **members})["assertion"])

    def stop(self) -> None:
        """End the process."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def start(
    *,
    customers: int = 2,
    users: int = 10,
    knobs: Mapping[str, object] | None = None,
    special_users: bool = False,
    http: bool = False,
    latency: float = 0.0,
    seed: int | None = 1,
    python: str = sys.executable,
    extra: Sequence[str] = (),
    timeout: float = 60.0,
) -> Emulator:
    """Start an emulator and wait until it is ready. ``python`` must have the requirements installed."""
    command = [python, "-m", "partnercenter_emulator", "--port", "0", "--parent-pid", str(os.getpid())]
    command += ["--customers", str(customers), "--users", str(users), "--latency", str(latency)]
    command += ["--seed", str(seed)] if seed is not None else []
    command += ["--special-users"] if special_users else []
    command += ["--http"] if http else []
    for name, value in (knobs or {}).items():
        command += ["--knob", f"{name}={value}"]
    environment = {**os.environ, "PYTHONPATH": str(HOME)}
    process = subprocess.Popen(
        [*command, *extra], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    guard = threading.Timer(timeout, process.kill)
    guard.start()
    line = process.stdout.readline()
    guard.cancel()
    if not line:
        process.wait()
        raise RuntimeError(f"the emulator ended with status {process.returncode} before it was ready")
    return Emulator(process, json.loads(line))


@contextlib.contextmanager
def running_emulator(**options: Any) -> Iterator[Emulator]:
    """Start an emulator, and end it; options are those of :func:`start`."""
    emulator = start(**options)
    try:
        yield emulator
    finally:
        emulator.stop()

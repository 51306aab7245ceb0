# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any value in the options of a task gives one sentence that names the option, or usable options."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import (
    audit_info,
    connecting,
    customer_check,
    customer_info,
    handover,
    password,
    rotation,
    user_info,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import sign_in as sign_in_module
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import user as user_module
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.boundary import guarded
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CredentialError
from ansible_collections.csp.partnercenter.tests.unit.hostile.answers import CANARY, near
from ansible_collections.csp.partnercenter.tests.unit.hostile.conftest import Hammer

GUID = "0a1b2c3d-0000-4000-8000-000000000001"
OTHER = "0a1b2c3d-0000-4000-8000-000000000002"
NAME = "ada@contoso.example"
REACHED = "the network would be reached"
CREDENTIALS = {"tenant_id": GUID, "client_id": OTHER, "client_secret": "word", "refresh_token": "token"}
CONNECTION = {"api_url": "https://api.example", "timeout": "60", "cloud": "public"}
WINDOW = {"days": ["mon"], "from": "22:00", "to": "04:00", "time_zone": "Europe/Berlin"}
TRIGGER = {"rotation_id": "2026-11", "window": WINDOW}
USERS = [
    {"user_id": GUID, "password": "Kanarie-71", **TRIGGER},
    {"user_principal_name": NAME, "not_before": "2026-11-01T00:00:00Z"},
]
LISTS = {
    "concurrency": 8,
    "on_error": "stop",
    "max_resets": 0,
    "max_resets_per_customer": 0,
    "pilot": 0,
    "allow_synced": "yes",
    "audit_timeout": 3.5,
}
STORE = {"type": "file", "path": "/nowhere/passwords", "vault_id": "default"}
#: Where whoever runs the tests may make a file.
NEW_TOKEN = f"{tempfile.gettempdir()}/nowhere/token"

#: For each module: its spec, what it does, and good options.
MODULES: dict[str, tuple[Callable[[], Any], Callable[[Mapping[str, Any], TaskContext], Any], list[dict[str, Any]]]] = {
    "user_password": (
        password.specification,
        password.set_passwords,
        [
            {"customer_id": GUID, "user_id": OTHER, "password": "Kanarie-71", **TRIGGER, **CREDENTIALS, **CONNECTION},
            {
                "customer_domain": "contoso.example",
                "users": USERS,
                "password": "Kanarie-71",
                "ledger": "/nowhere/ledger",
            }
            | {"ledger_key": "00" * 32, "evidence": "ledger", "access_token": "token"}
            | LISTS,
            {"customer_id": GUID, "user_id": OTHER, "password": "Kanarie-71", "max_age": "30d", "evidence": "audit_log"}
            | {"access_token": "token"},
        ],
    ),
    "user_password_rotation": (
        rotation.specification,
        rotation.rotate_passwords,
        [
            {"customer_id": GUID, "user_id": OTHER, "store": STORE, **TRIGGER, **CREDENTIALS, **CONNECTION},
            {"customer_domain": "contoso.example", "users": [{"user_id": GUID}], "rotation_id": "r", "store": STORE}
            | {"generator": {"length": 20}, "operation": "rollback", "orphan_after": 3, "access_token": "token"}
            | LISTS,
        ],
    ),
    "user_password_handover": (
        handover.specification,
        handover.hand_over,
        [
            {"customer_id": GUID, "user_id": OTHER, "rotation_id": "INC-1", "requested_by": "desk", "reason": "why"}
            | {"link": {"type": "password_pusher", "url": "https://links.example", "token": "token", "days": 1}}
            | {"store": STORE, "generator": {"length": 20}, "access_token": "token"}
            | CONNECTION,
            {"customer_id": GUID, "user_id": OTHER, "rotation_id": "INC-1", "requested_by": "desk", "reason": "why"}
            | {"link": {"type": "hashi_vault", "url": "https://vault.example", "token": "token", "minutes": 5}}
            | {"store": STORE, "access_token": "token"},
        ],
    ),
    "user": (
        user_module.specification,
        user_module.change_users,
        [
            {"customer_id": GUID, "user_principal_name": NAME, "display_name": "Ada", "usage_location": "GB"}
            | {
                "password": "Kanarie-71",
                "new_user_principal_name": "ada.l@contoso.example",
                **CREDENTIALS,
                **CONNECTION,
            },
            {"customer_domain": "contoso.example", "users": [{"user_id": GUID, "state": "absent"}], "store": STORE}
            | {"generator": {"words": 6}, "max_changes": 3, "lookup_timeout": 1.5, "access_token": "token"},
        ],
    ),
    "audit_info": (
        audit_info.specification,
        audit_info.read_audit,
        [
            {"start": "2026-11-01T00:00:00Z", "end": "2026-11-30T00:00:00+14:00", "customer_id": GUID, "user_id": OTHER}
            | {"operations": ["reset"], "company_name": "Contoso", "access_token": "token"}
            | CONNECTION
        ],
    ),
    "customer_check": (
        customer_check.specification,
        customer_check.check_customers,
        [
            {"customers": [{"customer_id": GUID, "name": "C"}, {"customer_domain": "a.example"}], **CREDENTIALS},
            {"customer_id": GUID, "days_left": 5, "gateway": "graph", **CREDENTIALS},
        ],
    ),
    "customer_info": (
        customer_info.specification,
        customer_info.read_customers,
        [{"customer_domain": "contoso.example", **CREDENTIALS}, {"name_prefix": "C", "access_token": "token"}],
    ),
    "user_info": (
        user_info.specification,
        user_info.read_users,
        [{"customer_id": GUID, "user_principal_name": NAME, "deleted": "no", "roles": True, "access_token": "token"}],
    ),
    "sign_in": (
        sign_in_module.specification,
        sign_in_module.sign_in,
        [CREDENTIALS | CONNECTION | {"refresh_token": None, "refresh_token_file": NEW_TOKEN, "flow": "device_code"}],
    ),
}


def _no_cipher(_vault_id: str | None) -> Any:
    return None


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def reached(*_arguments: Any, **_named: Any) -> NoReturn:
        raise CredentialError(REACHED)

    monkeypatch.setattr(connecting, "shared_connection", reached)
    monkeypatch.setattr(sign_in_module, "Entra", reached)


@pytest.mark.parametrize("module", MODULES)
def test_any_options(module: str, hammer: Hammer, tmp_path: Path) -> None:
    spec, work, good = MODULES[module]

    def run(options: Any) -> dict[str, Any]:
        cancelled = threading.Event()
        context = TaskContext({"ANSIBLE_HOME": str(tmp_path)}, check_mode=True, cancelled=cancelled, cipher=_no_cipher)
        result = guarded(lambda: work(validated(options, spec()), context))
        assert result["failed"] and not result["changed"]
        assert "internal error" not in result["msg"], result["msg"]
        assert CANARY not in repr(result)
        if REACHED in result["msg"]:
            return result
        raise CredentialError(result["msg"])  # counts as refused

    inputs = st.one_of([near(options).filter(lambda found: isinstance(found, dict)) for options in good])
    hammer(f"options of {module}", inputs, run)


@pytest.mark.parametrize("module", MODULES)
def test_good_options_come_to_the_network(module: str, tmp_path: Path) -> None:
    """This shows that nearly good options are tested beyond the first check."""
    spec, work, good = MODULES[module]
    context = TaskContext({"ANSIBLE_HOME": str(tmp_path)}, check_mode=True, cipher=_no_cipher)
    for options in good:
        result = guarded(lambda options=options: work(validated(options, spec()), context))
        assert REACHED in result["msg"]

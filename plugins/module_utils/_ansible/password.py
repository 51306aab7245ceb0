# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entrance ``partnercenter_user_password``: sets passwords that the caller brings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .._base.errors import InputError
from .._base.secret import Secret
from .._directory.directory import Directory, Witness
from .._password.apply import Application
from .._password.evidence import Evidence
from .._password.ledger.evidence import LedgerEvidence, default_folder, default_key_path
from .._password.ledger.fingerprint import LedgerKey, key_from_file, parse_key
from .._password.witness_evidence import WitnessEvidence, check_evidence, check_trigger
from . import results
from .arguments import (
    Spec,
    account,
    connection,
    credentials,
    force_change_password,
    gateway,
    list_of,
    many_users,
    sessions,
    trigger,
)
from .boundary import guarded
from .connecting import open_connection, open_sessions, open_witness
from .environment import ansible_home, with_environment
from .intents import make_intents, make_options
from .progress import progress_of
from .task_context import TaskContext


def specification() -> Spec:
    """All options of the module."""
    user = account() | {"password": {"type": "str", "no_log": True}} | force_change_password() | trigger()
    policies = ["when_changed", "when_rotated", "when_older", "always"]
    return (
        user
        | list_of(user)
        | {
            # A policy. Ansible would take it for a secret because of its name.
            "update_password": {"type": "str", "choices": policies, "no_log": False},
            "evidence": {"type": "str", "choices": ["ledger", "audit_log", "directory"], "default": "ledger"},
            "audit_timeout": {"type": "float", "default": 120.0},
            "ledger": {"type": "path"},
            "ledger_key": {"type": "str", "no_log": True},
        }
        | many_users()
        | {"password_writeback": {"type": "bool", "default": False, "no_log": False}}
        | sessions()
        | gateway()
        | credentials()
        | connection()
    )


def set_passwords(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Run the whole task: validated parameters in, a result without secrets out. Never raises."""
    return guarded(lambda: _set_passwords(with_environment(params, context.environment), context))


def _set_passwords(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    now = datetime.now(UTC)
    intents = make_intents(params)
    service = open_connection(params, context)
    if params["evidence"] != "ledger":
        check_evidence(params["evidence"], service.memory)
        for intent in intents:
            check_trigger(intent.account, intent.trigger, service.memory, now)
    witness = open_witness(service, params, context)
    application = Application(
        service,
        _evidence(params, context, service, witness),
        witness,
        make_options(params, context),
        progress=progress_of(intents, context),
        cancelled=context.cancelled,
        sessions=open_sessions(params, context),
    )
    report = application.run(intents)
    result = results.of_report(report, single=params.get("users") is None, diff=context.diff)
    return result | {"plan": report.plan}


def _evidence(params: Mapping[str, Any], context: TaskContext, service: Directory, witness: Witness) -> Evidence:
    if params["evidence"] != "ledger":
        return WitnessEvidence(witness, service.memory)
    home = ansible_home(context.environment)
    given = params["ledger_key"]
    key = parse_key(Secret(given)) if given else None

    folder, key_path = os.path.expanduser(params["ledger"] or default_folder(home)), default_key_path(home)
    if key is None and os.path.realpath(key_path).startswith(os.path.join(os.path.realpath(folder), "")):
        raise InputError("ledger", f"must not hold the key, which is at {key_path}: name another folder")

    def need_key() -> LedgerKey:
        return key or key_from_file(key_path, make=not context.check_mode)

    return LedgerEvidence(folder, need_key, read_only=context.check_mode)

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the engine: parameters to settings and intents, reports and errors to plain results.

Whatever goes wrong, what comes back is one of our own sentences: no exception crosses this line.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .._password.apply import Application, Options, Progress
from .._password.audit_evidence import AuditEvidence, check_trigger
from .._password.evidence import Evidence
from .._password.ledger.evidence import LedgerEvidence, default_folder, default_key_path
from .._password.ledger.fingerprint import LedgerKey, key_from_file, parse_key
from .._password.trail import Trail
from .._service.connection import Connection, shared_connection
from .._service.credentials import Credentials
from .._service.errors import InputError, PartnerCenterError
from .._service.secret import Secret
from .._service.settings import Settings, make_settings
from .._service.users import Endpoint
from . import results
from .environment import ansible_home, with_environment
from .intents import make_intents

_SECRET_CREDENTIALS = ("client_secret", "certificate_passphrase", "refresh_token", "access_token")


@dataclass(frozen=True)
class Surroundings:
    """What a task is run in. ``environment`` holds ``ANSIBLE_HOME``, or the user's home is used."""

    environment: Mapping[str, str] = field(repr=False)
    check_mode: bool = False
    diff: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)
    progress: Callable[[Progress], None] = lambda _progress: None


def set_passwords(params: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    """The whole task: validated parameters in, a result without secrets out. Never raises."""
    return guarded(lambda: _set_passwords(with_environment(params, around.environment), around))


def guarded(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``work`` returns, or a failed result with a sentence of our own."""
    try:
        return work()
    except PartnerCenterError as error:
        return {"changed": False, "failed": True, "msg": str(error), "error": error.details()}
    except Exception as error:
        # The text of an exception that nobody foresaw may hold anything, a password as well.
        kind = type(error).__name__
        return {
            "changed": False,
            "failed": True,
            "msg": f"an internal error of the collection ({kind}); please report it",
        }


def _set_passwords(params: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    now = datetime.now(UTC)
    intents = make_intents(params)
    if params["evidence"] == "audit_log":
        for intent in intents:
            check_trigger(intent.account, intent.trigger, now)
    connection = shared_connection(settings(params, around), credentials(params), endpoint=Endpoint(params["endpoint"]))
    trail = Trail(connection.audit, lambda: account_of(connection))
    evidence = _evidence(params, around, trail)
    application = Application(
        connection, evidence, trail, options(params, around), progress=around.progress, cancelled=around.cancelled
    )
    report = application.run(intents)
    return results.of_report(report, single=params.get("users") is None, diff=around.diff)


def settings(params: Mapping[str, Any], around: Surroundings) -> Settings:
    """Checked settings of the connection; raises :class:`InputError`."""
    try:
        timeout = float(params["timeout"] or 60.0)
    except ValueError:
        raise InputError("timeout", "is not a number of seconds") from None
    return make_settings(
        cloud=params["cloud"] or "public",
        api_url=params["api_url"],
        authority_url=params["authority_url"],
        ca_path=params["ca_path"],
        timeout=timeout,
        concurrency=params.get("concurrency", 8),
        environment=around.environment,
    )


def credentials(params: Mapping[str, Any]) -> Credentials:
    """Checked credentials; raises :class:`InputError`."""
    secret = {name: Secret(params[name]) if params[name] else None for name in _SECRET_CREDENTIALS}
    return Credentials(
        tenant_id=params["tenant_id"],
        client_id=params["client_id"],
        client_secret=secret["client_secret"],
        certificate_path=params["certificate_path"],
        certificate_passphrase=secret["certificate_passphrase"],
        client_assertion_file=params["client_assertion_file"],
        refresh_token=secret["refresh_token"],
        refresh_token_file=params["refresh_token_file"],
        access_token=secret["access_token"],
    )


def options(params: Mapping[str, Any], around: Surroundings) -> Options:
    """Checked options of a task for many users; raises :class:`InputError`."""
    for name in ("max_resets", "audit_timeout"):
        if params[name] < 0:
            raise InputError(name, "must not be negative")
    return Options(
        check_user=params["check_user"],
        allow_synced=params["allow_synced"],
        allow_privileged=params["allow_privileged"],
        stop_on_error=params["on_error"] == "stop",
        max_resets=params["max_resets"],
        audit_timeout=params["audit_timeout"],
        witness=params["evidence"] == "audit_log",
        check_mode=around.check_mode,
    )


def _evidence(params: Mapping[str, Any], around: Surroundings, trail: Trail) -> Evidence:
    if params["evidence"] == "audit_log":
        return AuditEvidence(trail)
    home = ansible_home(around.environment)
    given = params["ledger_key"]
    key = parse_key(Secret(given)) if given else None

    def need_key() -> LedgerKey:
        return key or key_from_file(default_key_path(home))

    return LedgerEvidence(params["ledger"] or default_folder(home), need_key, read_only=around.check_mode)


def account_of(connection: Connection) -> str | None:
    """The principal name of the account that runs the job."""
    return connection.tokens.token().user_principal_name

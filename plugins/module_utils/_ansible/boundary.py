# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the engine: parameters to settings and intents, reports and errors to plain results.

Whatever goes wrong, what comes back is one of our own sentences: no exception crosses this line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from .._base import notices
from .._base.errors import InputError, PartnerCenterError
from .._base.secret import Secret
from .._password.apply import Application
from .._password.batch import Options
from .._password.ledger.evidence import LedgerEvidence, default_folder, default_key_path
from .._password.ledger.fingerprint import LedgerKey, key_from_file, parse_key
from .._password.witness_evidence import WitnessEvidence, check_trigger
from . import results
from .connecting import open_connection
from .environment import ansible_home, with_environment
from .intents import make_intents
from .library_output import library_output_taken_in
from .showing import WitnessWait, progress_of
from .surroundings import Surroundings
from .telling import one_line


def set_passwords(params: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    """The whole task: validated parameters in, a result without secrets out. Never raises."""
    return guarded(lambda: _set_passwords(with_environment(params, around.environment), around))


def guarded(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``work`` returns, or a failed result with a sentence of our own; with notices as warnings."""
    result = _caught(work)
    if "msg" in result:
        result["msg"] = one_line(result["msg"])
    if warnings := [*result.get("warnings", []), *notices.take()]:
        result["warnings"] = [one_line(warning) for warning in warnings]
    return result


def _caught(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        with library_output_taken_in():
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
    connection = open_connection(params, around)
    if params["evidence"] != "ledger":
        for intent in intents:
            check_trigger(intent.account, intent.trigger, connection.memory, now)
    witness = connection.witness(WitnessWait(around, params["audit_timeout"], connection.memory.name))
    evidence = (
        _ledger(params, around) if params["evidence"] == "ledger" else WitnessEvidence(witness, connection.memory)
    )
    application = Application(
        connection,
        evidence,
        witness,
        options(params, around),
        progress=progress_of(intents, around),
        cancelled=around.cancelled,
    )
    report = application.run(intents)
    return results.of_report(report, single=params.get("users") is None, diff=around.diff)


def options(params: Mapping[str, Any], around: Surroundings) -> Options:
    """Checked options of a task for many users; raises :class:`InputError`."""
    for name in ("max_resets", "max_resets_per_customer", "pilot", "audit_timeout"):
        if not 0 <= params[name] < float("inf"):
            raise InputError(name, "must be a number that is not negative")
    return Options(
        check_user=params["check_user"],
        allow_synced=params["allow_synced"],
        allow_privileged=params["allow_privileged"],
        skip_refused=params["on_refused"] == "skip",
        stop_on_error=params["on_error"] == "stop",
        max_resets=params["max_resets"],
        max_resets_per_customer=params["max_resets_per_customer"],
        pilot=params["pilot"],
        audit_timeout=params["audit_timeout"],
        witness=params["evidence"] not in ("ledger", "store"),
        check_mode=around.check_mode,
    )


def _ledger(params: Mapping[str, Any], around: Surroundings) -> LedgerEvidence:
    home = ansible_home(around.environment)
    given = params["ledger_key"]
    key = parse_key(Secret(given)) if given else None

    folder, key_path = os.path.expanduser(params["ledger"] or default_folder(home)), default_key_path(home)
    if key is None and os.path.realpath(key_path).startswith(os.path.join(os.path.realpath(folder), "")):
        raise InputError("ledger", f"must not hold the key, which is at {key_path}: name another folder")

    def need_key() -> LedgerKey:
        return key or key_from_file(key_path, make=not around.check_mode)

    return LedgerEvidence(folder, need_key, read_only=around.check_mode)

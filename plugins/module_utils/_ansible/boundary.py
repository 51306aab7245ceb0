# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guard between Ansible and the engine: no exception and no text of a library crosses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._base import notices
from .._base.errors import PartnerCenterError
from .library_output import library_output_taken_in
from .telling import one_line


def guarded(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the result of ``work``, or a failed result with a sentence of the collection. Notices become warnings."""
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
        # The text of an unforeseen exception may hold anything, even a password. So only its type is told.
        message = f"an internal error of the collection ({type(error).__name__}); please report it"
        return {"changed": False, "failed": True, "msg": message}

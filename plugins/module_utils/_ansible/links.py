# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links to passwords, for the entrances that make them: where they are kept, who asks for them, and who reads them."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping, Sequence
from typing import Any

from .._base import durable, safe_folders
from .._base.errors import InputError
from .._stores.base import Store
from .task_context import TaskContext

#: Keeps links apart from passwords in a store that is not a folder.
_PREFIX = "partnercenter-handover"
_LONGEST_TEXT = 200


def store_of_links(params: Mapping[str, Any], context: TaskContext) -> Store:
    """Return the store of the links. Unless a place is named, it is another one than that of passwords."""
    # Imported here: many tasks need none of the stores.
    from .._stores.registry import make_store

    given = {name: value for name, value in (params["store"] or {}).items() if value is not None}
    if given.get("type", "file") == "file":
        given = {"path": os.path.join(context.home, "handovers")} | given
    else:
        given = {"prefix": _PREFIX} | given
    return make_store(given, context.for_stores())


def requester(params: Mapping[str, Any]) -> str:
    """Return who asks for a link, for the event log: the account that runs Ansible, unless it is given."""
    return told("requested_by", _account() if params["requested_by"] is None else params["requested_by"])


def told(name: str, given: str) -> str:
    """Return a text for the event log."""
    text = given.strip()
    if not text or len(text) > _LONGEST_TEXT or not text.isprintable():
        raise InputError(name, f"must be a text of 1 to {_LONGEST_TEXT} characters in one line")
    return text


def check_file(path: str | None) -> None:
    """Refuse a place for links that cannot be used, before anything is sent."""
    try:
        if path is not None:
            safe_folders.check(os.path.dirname(path), create=True)
    except (OSError, safe_folders.Unsafe) as problem:
        raise InputError("link_file", f"cannot be written: {_reason(problem)}") from None


def written(path: str | None, lines: Sequence[str], result: Mapping[str, Any], again: str) -> dict[str, Any]:
    """Write links to the file, if there is one, and return what the result says of it. ``again``: what to do then."""
    if path is None or not lines:
        return {}
    try:
        with safe_folders.opened(os.path.dirname(path)) as folder:
            durable.replace(folder, os.path.basename(path), "".join(f"{line}\n" for line in lines).encode())
    except (OSError, safe_folders.Unsafe) as problem:
        what = "link" if len(lines) == 1 else "links"
        lost = f"the {what} could not be written to {path} ({_reason(problem)}): mend it, and {again}"
        return {"failed": True, "msg": f"{result['msg']}; {lost}"}
    return {"link_file": path}


def _account() -> str:
    """Return the account that runs Ansible; its number where it has no name, as in some containers."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _reason(problem: Exception) -> str:
    return os.strerror(problem.errno or 0) if isinstance(problem, OSError) else str(problem)

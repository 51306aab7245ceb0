# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Absolute paths for relative ones in options. The current folder does not count: it depends on who starts the job.

``base`` is the folder at which they start. It is None on another machine, and in a job that has neither an inventory
file nor a playbook of its own. Then relative paths are refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .._base.errors import InputError
from .arguments import Spec, connection, credentials
from .environment import variable

_OPTIONS = (*(name for name, rules in (credentials() | connection()).items() if rules["type"] == "path"), "ledger")
_VARIABLES = (*map(variable, _OPTIONS), "PARTNERCENTER_STORE_PATH", "ANSIBLE_HOME")


def with_absolute_paths(params: Mapping[str, Any], spec: Spec, base: str | None, place: str = "") -> dict[str, Any]:
    """Return the parameters with every option of the type ``path`` made absolute; raises :class:`InputError`."""
    made = dict(params)
    for name, rules in spec.items():
        value = params.get(name)
        here = f"{place}.{name}" if place else name
        if isinstance(value, str) and rules["type"] == "path":
            made[name] = absolute(value, base, here)
        elif isinstance(value, Mapping) and rules.get("options"):
            made[name] = with_absolute_paths(value, rules["options"], base, here)
    return made


def environment_with_absolute_paths(environment: Mapping[str, str], base: str | None) -> dict[str, str]:
    """Return the environment with the variables that stand for such options made absolute."""
    paths = {name: environment[name] for name in _VARIABLES if environment.get(name)}
    return {**environment, **{name: absolute(value, base, name) for name, value in paths.items()}}


def absolute(path: str, base: str | None, place: str) -> str:
    """Return the absolute path; raises an :class:`InputError` that names ``place``."""
    expanded = os.path.expanduser(os.path.expandvars(path.strip()))
    if not expanded or os.path.isabs(expanded):
        return expanded
    if expanded.startswith(("$", "~")):
        raise InputError(place, "begins with a variable that is not set, or a user who is not known")
    if base is None:
        raise InputError(
            place,
            "is a relative path, and nothing says where it begins: no inventory file, no playbook of your own, or "
            "another machine. Write an absolute path",
        )
    path_from_root = os.path.normpath(os.path.join(base, expanded))
    if not os.path.lexists(path_from_root) and os.path.lexists(expanded):
        raise InputError(
            place,
            f"is a relative path, which begins in {base}, and is not there. The current folder, where release 0.1.0 "
            f"looked, has it: move it, or write {os.path.abspath(expanded)}",
        )
    return path_from_root

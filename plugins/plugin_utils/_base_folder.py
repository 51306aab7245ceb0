# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder in which relative paths of options begin, the same for everything that a job runs on the controller."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible import context

#: Playbooks of collections are started from anywhere, and their folder is gone with the next update.
_COLLECTIONS = f"{os.sep}ansible_collections{os.sep}"


def base_folder(variables: Mapping[str, Any]) -> str | None:
    """That of the inventory file of the host; else of the first inventory; else of the playbook; else None.

    ``variables`` are those of a task, a look-up or a template.
    """
    own = _of_inventory(variables.get("inventory_dir"))
    found = own or _of_first_inventory() or _own_playbook(variables.get("playbook_dir"))
    return os.path.abspath(found) if found else None


def _of_inventory(folder: Any) -> str | None:
    """For a list of hosts, such as ``-i contoso,``, Ansible says ``None``, as a text."""
    return str(folder) if folder and os.path.isabs(str(folder)) else None


def _own_playbook(folder: Any) -> str | None:
    return str(folder) if folder and _COLLECTIONS not in os.path.join(str(folder), "") else None


def _of_first_inventory() -> str | None:
    """For ``localhost``, and for hosts that a task has added: these are in no inventory file."""
    sources = context.CLIARGS.get("inventory") or ()
    for source in [sources] if isinstance(sources, str) else sources:
        if os.path.isdir(source):
            return str(source)
        if os.path.isfile(source):
            return os.path.dirname(os.path.abspath(source))
    return None

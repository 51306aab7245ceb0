# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder at which relative paths of options start, the same for everything that a job runs on the controller."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible import context

#: Playbooks of collections are started from anywhere, and their folder is gone with the next update.
_COLLECTIONS = f"{os.sep}ansible_collections{os.sep}"


def base_folder(variables: Mapping[str, Any]) -> str | None:
    """Return the folder of the host's inventory file, of the first inventory, of the playbook, or None, in this order.

    ``variables`` are those of a task, a lookup or a template.
    """
    own = _of_inventory(variables.get("inventory_dir"))
    folder = own or _of_first_inventory() or _own_playbook(variables.get("playbook_dir"))
    return os.path.abspath(folder) if folder else None


def _of_inventory(folder: Any) -> str | None:
    """Return the folder. Ansible gives the text ``None`` for a list of hosts, such as ``-i contoso,``."""
    return str(folder) if folder and os.path.isabs(str(folder)) else None


def _own_playbook(folder: Any) -> str | None:
    return str(folder) if folder and _COLLECTIONS not in os.path.join(str(folder), "") else None


def _of_first_inventory() -> str | None:
    """Return the folder for hosts in no inventory file: ``localhost``, and hosts that a task has added."""
    sources = context.CLIARGS.get("inventory") or ()
    for source in [sources] if isinstance(sources, str) else sources:
        if os.path.isdir(source):
            return str(source)
        if os.path.isfile(source):
            return os.path.dirname(os.path.abspath(source))
    return None

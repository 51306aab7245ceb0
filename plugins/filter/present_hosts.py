# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``present_hosts``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible import context as command_line
from ansible.errors import AnsibleFilterError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from jinja2 import pass_context
from jinja2.runtime import Context

DOCUMENTATION = r"""
name: present_hosts
short_description: Fails if a pattern of hosts fits no host of the inventory
version_added: 1.0.0
description:
  - For C(hosts) of a play. Ansible passes over a play without hosts and ends with status 0. So a misspelt customer, or
    an inventory that cannot be read, would look like a run in which nothing was due.
options:
  _input:
    description: A pattern of hosts.
    type: str
    required: true
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
"""

EXAMPLES = r"""
- name: Rotate the passwords of some customers
  hosts: "{{ customers | csp.partnercenter.present_hosts }}"
  roles:
    - csp.partnercenter.user_password_rotation
"""

RETURN = r"""
_value:
  description: The same pattern.
  type: str
"""

_SHOWN = 5


@pass_context
def present_hosts(context: Context, pattern: Any) -> Any:
    groups = context.resolve("groups")
    if command_line.CLIARGS.get("syntax"):
        return pattern  # nobody is meant yet
    if not groups.get("all"):
        raise AnsibleFilterError(
            "the inventory holds no host. It is missing (-i), empty, or could not be read: look at the warnings above. "
            "Nothing was done"
        )
    inventory = _inventory(groups)
    found = inventory.get_hosts(pattern)
    limit = context.get("ansible_limit")
    if not found:
        raise AnsibleFilterError(f"no host of the inventory fits {pattern!r}{_there(groups['all'])}. Nothing was done")
    if limit and "@" not in limit and not set(found) & set(inventory.get_hosts(limit)):
        raise AnsibleFilterError(f"no host fits both {pattern!r} and --limit {limit!r}. Nothing was done")
    return pattern


def _inventory(groups: Mapping[str, Sequence[str]]) -> InventoryManager:
    inventory = InventoryManager(DataLoader(), parse=False)
    for group, hosts in groups.items():
        inventory.add_group(group)
        for host in hosts:
            inventory.add_host(host, group=group)
    return inventory


def _there(hosts: Sequence[str]) -> str:
    more = f" and {len(hosts) - _SHOWN} more" if len(hosts) > _SHOWN else ""
    return f". It holds {', '.join(map(str, hosts[:_SHOWN]))}{more}"


class FilterModule:
    """The filters of this file, as Ansible loads them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"present_hosts": present_hosts}

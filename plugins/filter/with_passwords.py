# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``with_passwords``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.csp.partnercenter.plugins.module_utils._service.identifiers import folded

DOCUMENTATION = r"""
name: with_passwords
short_description: Joins declared users with passwords that are kept elsewhere
version_added: 0.1.0
description:
  - Adds to each user of a list its password out of a mapping. The result is a secret; use it in tasks with C(no_log).
positional: passwords
options:
  _input:
    description: Users with C(user_principal_name) or C(user_id).
    type: list
    elements: dict
    required: true
  passwords:
    description: Passwords by principal name or id. Upper and lower case are the same.
    type: dict
    required: true
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
"""

EXAMPLES = r"""
- name: Set passwords that are kept in an encrypted file of variables
  csp.partnercenter.partnercenter_user_password:
    customer_domain: customer-001.example.com
    users: "{{ declared_users | csp.partnercenter.with_passwords(vault_passwords) }}"
  no_log: true
"""

RETURN = r"""
_value:
  description: The same users, each with its C(password).
  type: list
  elements: dict
"""


def with_passwords(users: Sequence[Mapping[str, Any]], passwords: Mapping[str, Any]) -> list[dict[str, Any]]:
    known = {folded(str(name)): password for name, password in passwords.items()}
    if len(known) < len(passwords):
        raise AnsibleFilterError("a user has two passwords, under names that differ in upper and lower case only")
    joined = []
    for user in users:
        name = str(user.get("user_principal_name") or user.get("user_id"))
        if folded(name) not in known:
            raise AnsibleFilterError(f"there is no password for {name}")
        joined.append({**user, "password": known[folded(name)]})
    return joined


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"with_passwords": with_passwords}

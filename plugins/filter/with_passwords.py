# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``with_passwords``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.csp.partnercenter.plugins.plugin_utils._asked_users import folded

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


_LOOKS_LIKE_A_NAME = re.compile(r"[A-Za-z0-9'.\-_!#^~]{1,64}@[A-Za-z0-9.-]{1,253}|[0-9A-Fa-f-]{36}")


def with_passwords(users: Sequence[Mapping[str, Any]], passwords: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not isinstance(passwords, Mapping):
        raise AnsibleFilterError("the passwords are not a dictionary with principal names or ids as keys")
    known = {folded(name): password for name, password in passwords.items()}
    joined = []
    for position, user in enumerate(users):
        if not isinstance(user, Mapping):
            raise AnsibleFilterError(f"user {position + 1} of the list is not a dictionary")
        name = str(user.get("user_principal_name") or user.get("user_id"))
        if folded(name) not in known:
            # A password in the wrong place must not be quoted.
            shown = name if _LOOKS_LIKE_A_NAME.fullmatch(name) else f"user {position + 1} of the list"
            raise AnsibleFilterError(f"there is no password for {shown}")
        joined.append({**user, "password": known[folded(name)]})
    return joined


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"with_passwords": with_passwords}

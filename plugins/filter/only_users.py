# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``only_users``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import folded
from ansible_collections.csp.partnercenter.plugins.plugin_utils._asked_users import asked_for, names_of

DOCUMENTATION = r"""
name: only_users
short_description: Takes the users who are asked for by name out of a list of declared users
version_added: 0.2.0
description:
  - Names are compared as the service does, upper and lower case of ASCII letters are the same.
  - A name that nobody has is passed over here. Find those with P(csp.partnercenter.asked_users#filter).
  - The result holds what the list holds. If that is passwords, use it in tasks with C(no_log).
positional: wanted
options:
  _input:
    description: Users with C(user_principal_name) or C(user_id).
    type: list
    elements: dict
    required: true
  wanted:
    description:
      - Principal names or object ids, as a list, or as text with blanks, commas, semicolons or ends of lines between
        them. Empty text stands for all users.
    type: raw
    required: true
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
"""

EXAMPLES = r"""
- name: Rotate the passwords of those who were asked for
  csp.partnercenter.partnercenter_user_password_rotation:
    customer_domain: customer-001.example.com
    users: "{{ declared_users | csp.partnercenter.only_users(asked_for) }}"
    rotation_id: 2026-11
"""

RETURN = r"""
_value:
  description: Those users of the list who were asked for.
  type: list
  elements: dict
"""


def only_users(users: Any, wanted: Any) -> Any:
    names = asked_for(wanted).names
    if names is None or not isinstance(users, list):
        return users
    asked = {folded(name) for name in names}
    return [user for user in users if asked & names_of(user)]


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"only_users": only_users}

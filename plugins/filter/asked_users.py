# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``asked_users``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import folded
from ansible_collections.csp.partnercenter.plugins.plugin_utils._asked_users import asked_for, names_of
from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import untrusted

DOCUMENTATION = r"""
name: asked_users
short_description: Counts the declared users who are asked for, and names those who are not declared
version_added: 0.2.0
description:
  - The companion of P(csp.partnercenter.only_users#filter). Its result holds names only, whatever the list holds.
positional: wanted
options:
  _input:
    description: Users with C(user_principal_name) or C(user_id).
    type: list
    elements: dict
    required: true
  wanted:
    description: As for P(csp.partnercenter.only_users#filter).
    type: raw
    required: true
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
"""

EXAMPLES = r"""
- name: Fail if a name is misspelt
  ansible.builtin.assert:
    that: not (declared_users | csp.partnercenter.asked_users(wanted)).missing
"""

RETURN = r"""
_value:
  description:
    - C(declared) and C(chosen) are numbers of users, C(asked) is the list of names, C(missing) of those that nobody
      has, and C(problem) is a sentence where the names cannot be understood.
  type: dict
"""


def asked_users(users: Any, wanted: Any) -> dict[str, Any]:
    try:
        _read(users)
    except Exception:
        # Ansible would quote the lines around the template that fails, in spite of no_log.
        raise AnsibleFilterError("a template in the users fails") from None
    asked = asked_for(wanted)
    # What is no list is left to the module, which says what is wrong with it; nothing at all is nobody.
    declared = list(users) if isinstance(users, list) else [users] if users is not None else []
    found = [names_of(user) for user in declared]
    if asked.names is None:
        return {"declared": len(declared), "chosen": len(declared), "asked": [], "missing": [], "problem": ""}
    wanted_names = {folded(name) for name in asked.names}
    known = set().union(*found)
    return {
        "declared": len(declared),
        "chosen": sum(bool(names & wanted_names) for names in found),
        "asked": untrusted(list(asked.names)),
        "missing": untrusted([name for name in asked.names if folded(name) not in known]),
        "problem": asked.problem,
    }


def _read(value: Any) -> None:
    """Renders what is not rendered yet: since ansible-core 2.19 that is done when a value is touched."""
    if isinstance(value, Mapping):
        for member in value.values():
            _read(member)
    elif isinstance(value, list):
        for member in value:
            _read(member)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"asked_users": asked_users}

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``unknown_variables``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from typing import Any

DOCUMENTATION = r"""
name: unknown_variables
short_description: Finds misspelt variables of the roles of this collection
version_added: 0.2.0
description:
  - A misspelt variable would be no variable of the role, and a limit in it no limit.
positional: known, prefix
options:
  _input:
    description: Names of variables.
    type: list
    elements: str
    required: true
  known:
    description: The names that the role knows.
    type: list
    elements: str
    required: true
  prefix:
    description: How the names of the role begin. Whatever else begins so is unknown.
    type: str
    required: true
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
"""

EXAMPLES = r"""
- name: Fail for a misspelt variable
  ansible.builtin.assert:
    that: names | csp.partnercenter.unknown_variables(known, prefix='user_password_reset_') == []
  vars:
    names: "{{ query('ansible.builtin.varnames', '^user_pass') }}"
"""

RETURN = r"""
_value:
  description: A sentence for each of them, with the name that is meant, as far as that can be guessed.
  type: list
  elements: str
"""

_ROLES = ("user_password_reset_", "user_password_rotation_")


def unknown_variables(names: Iterable[str], known: Collection[str], prefix: str) -> list[str]:
    sentences = []
    for name in sorted(set(names) - set(known)):
        ours = name.startswith(prefix)
        if not ours and name.startswith(_ROLES):
            continue  # the other role's
        near = get_close_matches(name.lower(), known, n=1, cutoff=0.6 if ours else 0.9)
        if ours or near:
            meant = f"; is {near[0]} meant?" if near else ""
            sentences.append(f"{name} is no variable of the role{meant}")
    return sentences


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"unknown_variables": unknown_variables}

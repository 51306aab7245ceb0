# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``asked_in_vain``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import untrusted

DOCUMENTATION = r"""
name: asked_in_vain
short_description: Says which users were asked for and are declared for no customer of a play
version_added: 0.2.0
description:
  - Takes the results of P(csp.partnercenter.asked_users#filter) for all customers of a play.
positional: looped
options:
  _input:
    description: One result for each customer.
    type: list
    elements: dict
    required: true
  looped:
    description: Whether the customers come one after another on one host, so that the others are not known.
    type: bool
    default: false
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
"""

EXAMPLES = r"""
- name: Show who was asked for in vain
  ansible.builtin.debug:
    msg: "{{ answers | csp.partnercenter.asked_in_vain }}"
"""

RETURN = r"""
_value:
  description: A sentence, or empty text where all is well.
  type: str
"""

_VARIABLE = "partnercenter_only_users"


def asked_in_vain(answers: Sequence[Mapping[str, Any]], looped: bool = False) -> str:
    problems = [answer["problem"] for answer in answers if answer["problem"]]
    if problems:
        return f"{_VARIABLE}: {problems[0]}"
    asked = [answer for answer in answers if answer["asked"]]
    if asked and looped:
        return f"{_VARIABLE}: cannot be used where the role runs in a loop; give partnercenter_users just these users"
    missing = _missing(asked)
    if missing:
        who = f"{missing[0]} is" if len(missing) == 1 else f"{', '.join(missing)} are"
        return str(untrusted(f"{_VARIABLE}: {who} declared for no customer of this play; nothing was sent"))
    if looped or any(answer["declared"] for answer in answers):
        return ""
    return f"nobody is declared: partnercenter_users is empty for {_customers(len(answers))}" if answers else ""


def _missing(asked: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names that none of the customers has for whom they were asked."""
    found = {name for answer in asked for name in answer["asked"] if name not in answer["missing"]}
    return [name for name in dict.fromkeys(name for answer in asked for name in answer["missing"]) if name not in found]


def _customers(number: int) -> str:
    return "the only customer of this play" if number == 1 else f"all {number} customers of this play"


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"asked_in_vain": asked_in_vain}

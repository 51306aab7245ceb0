# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``outcome_lines``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import untrusted

DOCUMENTATION = r"""
name: outcome_lines
short_description: Says what became of the users of several batches
version_added: 0.1.0
description:
  - Takes the results of a loop over batches of users, and returns the message of each batch, which names who failed,
    and a line for each user who was changed, would be, or is deferred.
  - No secret is in the results of the modules, so none is in the lines.
positional: most
options:
  _input:
    description: Results of the modules that set or rotate passwords, as C(register) keeps them for a loop.
    type: list
    elements: dict
    required: true
  most:
    description: How many users to name at most.
    type: int
    default: 50
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
"""

EXAMPLES = r"""
- name: Show the outcome
  ansible.builtin.debug:
    msg: "{{ batches.results | csp.partnercenter.outcome_lines }}"
"""

RETURN = r"""
_value:
  description: Sentences.
  type: list
  elements: str
"""

_TOLD_BY_THE_MESSAGE = ("unchanged", "rejected", "unknown")


def outcome_lines(results: Sequence[Mapping[str, Any]], most: int = 50) -> list[str]:
    messages = [str(batch.get("msg", "failed")) for batch in results]
    told = [
        f"{user.get('user_principal_name') or user.get('user_id')}: {user['outcome']}"
        for batch in results
        if len(batch.get("users", ())) > 1  # else the message is about the only one
        for user in batch["users"]
        if user.get("outcome") not in _TOLD_BY_THE_MESSAGE
    ]
    lines = messages + told[:most]
    if len(told) > most:
        lines.append(f"and {len(told) - most} more")
    return untrusted(lines)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"outcome_lines": outcome_lines}

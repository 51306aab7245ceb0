# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``outcome_lines``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import telling
from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import untrusted

DOCUMENTATION = r"""
name: outcome_lines
short_description: Says what became of many users, the worst first
version_added: 0.1.0
description:
  - Takes results of the modules that set or rotate passwords, and returns the message of each.
  - For a list of users, a line for each cause of a failure follows, the worst first, then one for each other outcome.
  - With C(--diff), the metadata of each change before and after. Warnings come last.
  - No secret is in the results of the modules, so none is in the lines.
positional: most
options:
  _input:
    description: Results of the modules that set or rotate passwords, as C(register) keeps them for a loop.
    type: list
    elements: dict
    required: true
  most:
    description: How many users a line names at most, and how many causes and differences are told.
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


def outcome_lines(results: Sequence[Mapping[str, Any]], most: int = 50) -> list[str]:
    return untrusted([telling.one_line(line) for result in results for line in _lines(result, most)])


def _lines(result: Mapping[str, Any], most: int) -> list[str]:
    rows = result.get("users", ())
    warnings = [f"warning: {warning}" for warning in result.get("warnings", ())]
    differences = list(telling.changes(result.get("diff", ()), most=most))
    headline = [_headline(result, rows)]
    if len(rows) < 2:  # the message is about the only one
        return headline + differences + warnings
    causes = telling.failures(rows, most=most, names=most)
    told = _once(headline + causes + telling.others(rows, names=most), f"{len(rows)} users ")
    return told + differences + warnings


def _once(lines: list[str], number: str) -> list[str]:
    """Where one sentence is true of all, the line that names them says all there is to say."""
    repeats = len(lines) == 2 and f"{number}{lines[1]}".startswith(f"{lines[0]}: ")
    return [f"{number}{lines[1]}"] if repeats else lines


def _headline(result: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """Numbers where the causes follow in lines of their own."""
    failed = sum(bool(row.get("failed")) for row in rows)
    if len(rows) < 2 or not failed:
        return str(result.get("msg", "failed"))
    done = sum(row.get("outcome") in ("applied", "resumed") for row in rows)
    would = sum(row.get("outcome") in ("would_reset", "would_resume") for row in rows)
    rest = f"{telling.counted(would, 'password')} would be set" if would else f"{telling.counted(done, 'password')} set"
    failures = f"{failed} of {telling.counted(len(rows), 'user')} failed"
    return failures if failed == len(rows) else f"{failures}, {rest}"


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"outcome_lines": outcome_lines}

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How deep a YAML text nests: libyaml recurses in C, and a file of 100 kB of brackets would crash the process."""

from __future__ import annotations

from typing import Any

DEEPEST = 50


def nests_too_deep(yaml: Any, text: str, loader: Any) -> bool:
    """Read event by event, which needs no stack; raises what the library raises for a text that is no YAML."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return True
    return False

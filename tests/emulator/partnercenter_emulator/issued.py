# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every secret that was handed out or shown to the authority: a test that looks for leaks must know them all."""

from __future__ import annotations

from dataclasses import dataclass, field

LIMIT = 10_000


@dataclass(slots=True)
class Issued:
    """Secrets by kind, in order, each once; the oldest are forgotten beyond the limit."""

    secrets: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, kind: str, secret: str) -> str:
        """Remember it, and hand it on."""
        kept = self.secrets.setdefault(kind, {})
        kept[secret] = None
        if len(kept) > LIMIT:
            del kept[next(iter(kept))]
        return secret

    def clear(self) -> None:
        """Forget everything."""
        self.secrets.clear()

    def as_lists(self) -> dict[str, list[str]]:
        """``{kind: [secret]}``"""
        return {kind: list(kept) for kind, kept in self.secrets.items()}

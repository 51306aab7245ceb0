# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Intents with the user they are about, found at the service."""

from __future__ import annotations

from dataclasses import dataclass

from .._base.secret import Secret
from .._directory.records import User
from .intent import Intent


@dataclass(frozen=True)
class Target:
    """``user`` holds only the id where nobody looked (``check_user: false`` and an id given)."""

    intent: Intent
    customer_id: str
    user: User

    @property
    def key(self) -> tuple[str, str]:
        return self.customer_id, self.user.id

    @property
    def password(self) -> Secret:
        """The password that was given."""
        if self.intent.password is None:
            raise ValueError("no password was given for this user")
        return self.intent.password

    @property
    def user_principal_name(self) -> str | None:
        return self.user.user_principal_name or self.intent.account.user_principal_name

    @property
    def name(self) -> str:
        return self.user_principal_name or self.user.id

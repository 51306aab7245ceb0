# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GitLab: the job's ``id_tokens`` become environment variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .._base.errors import InputError
from .._base.secret import Secret
from .._http.transport import Transport
from .assertions import AUDIENCE, checked, needed

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
DEFAULT_VARIABLE = "PARTNERCENTER_ID_TOKEN"


@dataclass(frozen=True)
class GitLabAssertion:
    """One token for the whole job: it lives as long as the job may run."""

    variable: str
    token: Secret

    @classmethod
    def found_in(cls, environment: Mapping[str, str], variable: str | None) -> GitLabAssertion:
        """Raises :class:`InputError` where the job declares no such token."""
        hint = f"declare it in the job under id_tokens, with aud: {AUDIENCE}"
        if variable and not (_NAME.fullmatch(variable) and environment.get(variable, "").strip()):
            # What is no variable of the job may be the token itself.
            raise InputError("client_assertion_variable", f"names no environment variable that is set: {hint}")
        variable = variable or DEFAULT_VARIABLE
        return cls(variable, Secret(needed(environment, variable, hint)))

    def assertion(self, transport: Transport) -> str:
        return checked(self.token.reveal(), f"the environment variable {self.variable}")

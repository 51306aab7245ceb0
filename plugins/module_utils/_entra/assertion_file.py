# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A federated token in a file that the platform keeps fresh, as Kubernetes does."""

from __future__ import annotations

from dataclasses import dataclass

from .._base.secret_files import read_text
from .._http.transport import Transport
from .assertions import checked

_PLACE = "client_assertion_file"


@dataclass(frozen=True)
class AssertionFile:
    """Read anew at each use."""

    path: str

    def assertion(self, transport: Transport) -> str:
        return checked(read_text(self.path, _PLACE), _PLACE)

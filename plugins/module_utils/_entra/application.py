# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the application proves itself to Entra ID: secret, certificate or federated assertion."""

from __future__ import annotations

from typing import Any

from .._http.transport import Transport
from . import certificate
from .assertion_file import AssertionFile
from .credentials import Credentials


def client_credential(credentials: Credentials, transport: Transport) -> Any:
    """What MSAL calls the client credential; None where the application does not prove itself. Offline."""
    if credentials.client_secret:
        return credentials.client_secret.reveal()
    if credentials.certificate_path:
        return certificate.load(credentials.certificate_path, credentials.certificate_passphrase)
    source = credentials.client_assertion
    if credentials.client_assertion_file:
        source = AssertionFile(credentials.client_assertion_file)
    if source is None:
        return None
    return {"client_assertion": lambda: source.assertion(transport)}

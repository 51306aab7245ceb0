# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the application proves itself to Entra ID: secret, certificate or federated assertion."""

from __future__ import annotations

import os
from typing import Any

from ..credentials import Credentials, read_text
from ..errors import InputError


def client_credential(credentials: Credentials) -> Any:
    """What MSAL calls the client credential."""
    if credentials.client_secret:
        return credentials.client_secret.reveal()
    if credentials.client_assertion_file:
        path = credentials.client_assertion_file
        return {"client_assertion": lambda: read_text(path, "client_assertion_file")}
    path = credentials.certificate_path or ""
    passphrase = credentials.certificate_passphrase.reveal() if credentials.certificate_passphrase else None
    if path.lower().endswith((".pfx", ".p12")):
        return {"private_key_pfx_path": os.path.expanduser(path), "passphrase": passphrase, "public_certificate": True}
    pem = read_text(path, "certificate_path")
    if "PRIVATE KEY" not in pem or "BEGIN CERTIFICATE" not in pem:
        raise InputError(
            "certificate_path", "must hold the private key and the certificate, both in PEM form, or be a .pfx file"
        )
    return {"private_key": pem, "passphrase": passphrase, "public_certificate": pem}

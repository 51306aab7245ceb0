# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: ``python -m key_vault_emulator``."""

from __future__ import annotations

from local_server import command

from .app import CLIENT_SECRET, TENANT, TOKEN, make_key_vault

if __name__ == "__main__":
    extras = {"access_token": TOKEN, "tenant_id": TENANT, "client_secret": CLIENT_SECRET}
    command("key_vault_emulator", make_key_vault, tls=True, more=extras)

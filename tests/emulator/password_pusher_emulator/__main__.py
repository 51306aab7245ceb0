# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: ``python -m password_pusher_emulator``."""

from __future__ import annotations

from local_server import command

from .app import TOKEN, make_password_pusher

if __name__ == "__main__":
    command("password_pusher_emulator", make_password_pusher, tls=True, more={"token": TOKEN})

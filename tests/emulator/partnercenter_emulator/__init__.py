# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local emulator of the Partner Center REST API and of the Entra ID token endpoints that guard it."""

from __future__ import annotations

__version__ = "1.0.0"

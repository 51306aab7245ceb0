# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument spec of the module that signs in."""

from __future__ import annotations

from .arguments import Spec, connection, credentials


def sign_in() -> Spec:
    """All options of ``partnercenter_sign_in``."""
    own: Spec = {
        "operation": {"type": "str", "choices": ["sign_in", "check"], "default": "sign_in"},
        "flow": {"type": "str", "choices": ["device_code", "authorization_code"], "default": "device_code"},
        "redirect_port": {"type": "int", "default": 8400},
        "patience": {"type": "int", "default": 900},
        "encrypt": {"type": "bool", "default": True},
        "vault_id": {"type": "str"},
        "customer_id": {"type": "str"},
        "customer_domain": {"type": "str"},
    }
    return own | credentials() | connection()

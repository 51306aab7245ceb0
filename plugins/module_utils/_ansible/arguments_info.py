# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specs of the modules that only read."""

from __future__ import annotations

from .arguments import Spec, account, connection, credentials, lists


def audit_info() -> Spec:
    """All options of ``partnercenter_audit_info``."""
    return (
        {
            "start": {"type": "str"},
            "end": {"type": "str"},
            "customer_id": {"type": "str"},
            "company_name": {"type": "str"},
            "resource_type": {"type": "str"},
            "user_id": {"type": "str"},
            "operations": {"type": "list", "elements": "str"},
        }
        | credentials()
        | connection()
    )


def customer_info() -> Spec:
    """All options of ``partnercenter_customer_info``."""
    return (
        {"customer_id": {"type": "str"}, "customer_domain": {"type": "str"}, "name_prefix": {"type": "str"}}
        | credentials()
        | connection()
    )


def user_info() -> Spec:
    """All options of ``partnercenter_user_info``."""
    return (
        account()
        | {"deleted": {"type": "bool", "default": False}, "roles": {"type": "bool", "default": False}}
        | {"concurrency": lists()["concurrency"]}
        | credentials()
        | connection()
    )

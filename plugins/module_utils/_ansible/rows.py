# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown of a customer and of a user: an allow-list, for the info modules and the inventory."""

from __future__ import annotations

from typing import Any

from .._directory.records import Customer, User


def customer_row(customer: Customer) -> dict[str, Any]:
    return {
        "customer_id": customer.id,
        "customer_domain": customer.domain,
        "company_name": customer.company_name,
    }


def user_row(customer_id: str, user: User) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "user_id": user.id,
        "user_principal_name": user.user_principal_name,
        "display_name": user.display_name,
        "federated": user.federated,
        "synced": user.synced,
        "deleted": user.deleted,
    }

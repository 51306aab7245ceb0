# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of everything that is about one user of a customer."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of one account."""

    DOCUMENTATION = r"""
options:
  customer_id:
    description:
      - The customer's tenant id, a GUID.
      - Exactly one of O(customer_id) and O(customer_domain) is needed for each user.
    type: str
  customer_domain:
    description:
      - One of the customer's domains. The customer is looked up by it.
    type: str
  user_id:
    description:
      - The user's object id, a GUID.
      - Exactly one of O(user_id) and O(user_principal_name) is needed for each user.
    type: str
  user_principal_name:
    description:
      - The user's principal name. The user is looked up in the list of the customer's users.
    type: str
"""

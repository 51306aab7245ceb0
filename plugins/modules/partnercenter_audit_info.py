#!/usr/bin/python

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: partnercenter_audit_info
short_description: Reads the partner's audit log in Partner Center
version_added: 0.1.0
description:
  - Lists what was done to customers' users, by whom and when, for up to 90 days.
  - An application can make this call without a user (app-only).
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
extends_documentation_fragment:
  - csp.partnercenter.attributes
  - csp.partnercenter.attributes.read_only
  - csp.partnercenter.credentials
  - csp.partnercenter.connection
options:
  start:
    description:
      - A time in ISO 8601 with a time zone, at most 90 days ago. The default is 30 days ago.
    type: str
  end:
    description:
      - A time in ISO 8601 with a time zone. The default is now.
    type: str
  customer_id:
    description:
      - Only records of this customer tenant, a GUID.
    type: str
  company_name:
    description:
      - Only records of customers whose company name contains this text. It is not used if O(customer_id) is given.
    type: str
  resource_type:
    description:
      - Only records about this kind of resource, such as V(customer_user).
      - It is not used if O(customer_id) or O(company_name) is given.
    type: str
  user_id:
    description:
      - Only records about this user, a GUID. The module reads all records for this, because the service cannot filter
        by user.
    type: str
  operations:
    description:
      - Only these operations, such as V(reset_customer_user_password). The module reads all records for this, because
        the service cannot filter by operation.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Read which passwords of a customer were reset in the last 30 days
  csp.partnercenter.partnercenter_audit_info:
    customer_id: "{{ partnercenter_customer_id }}"
    operations: [reset_customer_user_password]
  register: resets
"""

RETURN = r"""
records:
  description: The records, oldest first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The record's id.
      type: str
      returned: always
    customer_id:
      description: The customer's tenant id.
      type: str
      returned: always
    user_id:
      description: The user whom the operation was about, if the record tells.
      type: str
      returned: always
    caller:
      description: The principal name of the account that made the call.
      type: str
      returned: always
    operation:
      description: The operation.
      type: str
      returned: always
      sample: reset_customer_user_password
    status:
      description: V(succeeded), V(failed), or V(progress).
      type: str
      returned: always
    at:
      description: The time of the operation, in UTC.
      type: str
      returned: always
    correlation_id:
      description: The correlation id of the operation, if the record has it.
      type: str
      returned: always
msg:
  description: How many records there are, or what went wrong.
  returned: always
  type: str
  sample: 12 records
error:
  description: What went wrong and what to do, with C(status), C(code), C(request_id), and C(correlation_id).
  returned: failure
  type: dict
"""

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.audit_info import read_audit, specification
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.run_module import run_module


def main() -> None:
    run_module(specification(), read_audit)


if __name__ == "__main__":
    main()

#!/usr/bin/python

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: partnercenter_customer_info
short_description: Reads the customers of a partner from Partner Center
version_added: 0.1.0
description:
  - Lists all customers of the partner, or only those that you select.
  - If there is no such customer, the list is empty. This is not an error.
  - An application can make these calls without a user (app-only).
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
extends_documentation_fragment:
  - csp.partnercenter.attributes
  - csp.partnercenter.attributes.read_only
  - csp.partnercenter.credentials
  - csp.partnercenter.connection
options:
  customer_id:
    description:
      - Only the customer with this tenant id, a GUID.
      - At most one of O(customer_id), O(customer_domain), and O(name_prefix) can be given.
    type: str
  customer_domain:
    description:
      - Only the customer with this domain, the default one or any other.
      - The service finds customers only by their default domain. For any other domain the module has to read every
        customer.
    type: str
  name_prefix:
    description:
      - Only customers whose company name begins with this text, not case-sensitive.
    type: str
seealso:
  - module: csp.partnercenter.partnercenter_user_info
  - plugin: csp.partnercenter.partnercenter
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Read all customers
  csp.partnercenter.partnercenter_customer_info:
  register: all_customers

- name: Read the customers whose company name begins with Contoso
  csp.partnercenter.partnercenter_customer_info:
    name_prefix: Contoso
  register: contoso

- name: Find a customer by one of its domains
  csp.partnercenter.partnercenter_customer_info:
    customer_domain: contoso.onmicrosoft.com
  register: found

- name: Stop where there is no such customer
  ansible.builtin.assert:
    that: found.customers | length == 1
    fail_msg: Nobody has this domain
"""

RETURN = r"""
customers:
  description: The customers, sorted by domain.
  returned: success
  type: list
  elements: dict
  contains:
    customer_id:
      description: The customer's tenant id.
      type: str
      returned: always
    customer_domain:
      description: The customer's default domain.
      type: str
      returned: always
      sample: contoso.onmicrosoft.com
    company_name:
      description: The name of the company.
      type: str
      returned: always
      sample: Contoso Ltd.
msg:
  description: How many customers there are, or what went wrong.
  returned: always
  type: str
  sample: 12 customers
error:
  description: What went wrong and what to do, with C(status), C(code), C(request_id), and C(correlation_id).
  returned: failure
  type: dict
"""

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.customer_info import (
    read_customers,
    specification,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.run_module import run_module


def main() -> None:
    run_module(specification(), read_customers)


if __name__ == "__main__":
    main()

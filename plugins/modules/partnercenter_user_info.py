#!/usr/bin/python

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: partnercenter_user_info
short_description: Reads the users of a customer from Partner Center
version_added: 0.1.0
description:
  - Lists all users of a customer, one of them, or those who were deleted in the last 30 days.
  - If there is no such user, the list is empty. If there is no such customer, the module fails.
  - Never reads or returns a password. The service does not tell passwords.
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
extends_documentation_fragment:
  - csp.partnercenter.attributes
  - csp.partnercenter.attributes.read_only
  - csp.partnercenter.credentials
  - csp.partnercenter.connection
  - csp.partnercenter.gateway
options:
  customer_id:
    description:
      - The customer's tenant id, a GUID.
      - Exactly one of O(customer_id) and O(customer_domain) is needed.
    type: str
  customer_domain:
    description:
      - One of the customer's domains. The customer is looked up by it.
    type: str
  user_id:
    description:
      - Only the user with this object id, a GUID. Deleted users are returned, too.
      - At most one of O(user_id) and O(user_principal_name) can be given.
    type: str
  user_principal_name:
    description:
      - Only the user with this principal name, not case-sensitive. The module reads the list of users for this.
    type: str
  deleted:
    description:
      - Whether to read only the users who were soft-deleted in the last 30 days.
      - It is not used if O(user_id) is given.
    type: bool
    default: false
  roles:
    description:
      - Whether to read the names of the directory roles that each user holds in the customer's tenant.
      - This takes one request for each user, or one for each role in use and one more, whichever is fewer. Up to
        four users are always asked for one by one.
    type: bool
    default: false
  concurrency:
    description:
      - The number of requests at the same time, V(1) to V(64).
    type: int
    default: 8
seealso:
  - module: csp.partnercenter.partnercenter_customer_info
  - module: csp.partnercenter.partnercenter_user_password
  - plugin: csp.partnercenter.partnercenter
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Read all users of a customer with their directory roles
  csp.partnercenter.partnercenter_user_info:
    customer_domain: contoso.onmicrosoft.com
    roles: true
  register: all_users

- name: Show who is an administrator
  ansible.builtin.debug:
    msg: "{{ all_users.users | selectattr('roles') | map(attribute='user_principal_name') | list }}"

- name: Read one user
  csp.partnercenter.partnercenter_user_info:
    customer_domain: contoso.onmicrosoft.com
    user_principal_name: ada@contoso.onmicrosoft.com
  register: ada

- name: Read who was deleted in the last 30 days
  csp.partnercenter.partnercenter_user_info:
    customer_domain: contoso.onmicrosoft.com
    deleted: true
  register: gone
"""

RETURN = r"""
users:
  description: The users, sorted by principal name.
  returned: success
  type: list
  elements: dict
  contains:
    customer_id:
      description: The customer's tenant id.
      type: str
      returned: always
    user_id:
      description: The user's object id.
      type: str
      returned: always
    user_principal_name:
      description: The user's principal name.
      type: str
      returned: always
      sample: ada@contoso.onmicrosoft.com
    display_name:
      description: The name that others see.
      type: str
      returned: always
      sample: Ada Lovelace
    federated:
      description: Whether the user signs in at an identity provider of the customer. Such a password cannot be reset.
        With O(gateway=graph) it is always false, because Microsoft Graph does not tell.
      type: bool
      returned: always
    synced:
      description: Whether the user comes from on-premises Active Directory, which overwrites a password that is reset.
      type: bool
      returned: always
    deleted:
      description: Whether the user is soft-deleted.
      type: bool
      returned: always
    roles:
      description: The names of the directory roles that the user holds, sorted.
      type: list
      elements: str
      returned: if O(roles) is set
      sample: [Helpdesk Administrator]
msg:
  description: How many users there are, or what went wrong.
  returned: always
  type: str
  sample: 12 users
error:
  description: What went wrong and what to do, with C(status), C(code), C(request_id), and C(correlation_id).
  returned: failure
  type: dict
"""

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.run_module import run_module
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.user_info import read_users, specification


def main() -> None:
    run_module(specification(), read_users)


if __name__ == "__main__":
    main()

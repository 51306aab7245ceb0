#!/usr/bin/python

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: partnercenter_customer_check
short_description: Checks whether customers are ready for unattended runs
version_added: 1.0.0
description:
  - Asks for each customer whether there is a relationship that is not about to end, which roles the account holds
    there, whether the customer has consented to the application (O(gateway=graph)), whether the sign-in was made with
    multi-factor authentication, whether users can be read, and whether the audit log can be read. For each problem it
    says what to do, and where.
  - Only reads. The task fails if a customer is not ready, after all customers have been looked at.
  - The end of relationships and the roles of the account are read from Microsoft Graph with either gateway, by a token
    for the tenant of the partner. The application needs the delegated permissions
    C(DelegatedAdminRelationship.Read.All) and C(User.Read) for this. Without them, both are not known, and a warning
    says what to do.
  - Nothing is guessed. What could not be asked is listed in C(not_known) of the customer. A customer is ready if
    nothing is wrong, and if the questions have been answered without which nobody can say that a run will work. With
    O(gateway=partner_center) these are the relationship, users, and the audit log. With O(gateway=graph) these are the
    consent and users. If one of them has no answer, for example because the service throttles or is down, the customer
    is not ready. Roles, the end of the relationship, and multi-factor authentication may be not known, and the
    customer is ready all the same. The message says so.
  - Reading users does not prove that the account may reset passwords. Only the roles tell.
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
extends_documentation_fragment:
  - csp.partnercenter.attributes
  - csp.partnercenter.attributes.read_only
  - csp.partnercenter.gateway
  - csp.partnercenter.credentials
  - csp.partnercenter.connection
options:
  customer_id:
    description:
      - The tenant id of the only customer to check, a GUID.
      - If neither this, O(customer_domain), O(customers), nor O(hosts_of_play) is given, all customers of the partner
        are checked.
    type: str
  customer_domain:
    description: A domain of the only customer to check.
    type: str
  customers:
    description:
      - The customers to check. The rows of the result have the same order.
      - It cannot be empty, because a filter that found nothing returns an empty list.
    type: list
    elements: dict
    suboptions:
      customer_id:
        description: The customer's tenant id, a GUID. Exactly one of this and O(customers[].customer_domain) is needed.
        type: str
      customer_domain:
        description: A domain of the customer.
        type: str
      name:
        description: The name of the customer in messages. If not set, it is the name of the company.
        type: str
  hosts_of_play:
    description:
      - Check the customers of all hosts of the play in one task, with one sign-in. Use it with C(run_once). Without
        C(run_once), each host checks its own customer.
      - Each host has C(partnercenter_customer_id) or C(partnercenter_customer_domain), as with the roles.
        C(module_defaults) and C(environment) of the play count for each host.
      - The playbook C(csp.partnercenter.check_customers) does this, and lets each host tell its own answer.
    type: bool
    default: false
  days_left:
    description:
      - A customer whose relationship ends in fewer days is not ready. With V(0), only relationships that have ended
        count. A relationship that extends itself never does.
    type: int
    default: 30
  report_folder:
    description:
      - A folder for the pages C(customers.html) and C(customers.csv), for example that of the report of rotations. It
        holds the newest answer for each customer of the last 30 days, so that parts of a run come together.
      - It needs a task in the controller's process.
    type: path
  concurrency:
    description: The number of calls at the same time, from 1 to 64.
    type: int
    default: 8
seealso:
  - module: csp.partnercenter.partnercenter_sign_in
  - module: csp.partnercenter.partnercenter_customer_info
"""

EXAMPLES = r"""
- name: Check one customer
  csp.partnercenter.partnercenter_customer_check:
    customer_domain: contoso.onmicrosoft.com

- name: Check all customers of the partner, and warn two months before a relationship ends
  csp.partnercenter.partnercenter_customer_check:
    days_left: 60
    report_folder: reports
  register: check
  failed_when: false

- name: Show what is wrong
  ansible.builtin.debug:
    msg: "{{ check.customers | rejectattr('ready') | map(attribute='problems') | flatten }}"

- name: Check some customers for runs through Microsoft Graph
  csp.partnercenter.partnercenter_customer_check:
    gateway: graph
    customers:
      - customer_id: 11111111-2222-4333-8444-555555555555
        name: Contoso
      - customer_domain: fabrikam.onmicrosoft.com

- name: Check the customers of all hosts of the play
  csp.partnercenter.partnercenter_customer_check:
    hosts_of_play: true
  run_once: true
"""

RETURN = r"""
customers:
  description: A row for each customer, in the order in which they were given. Not with O(hosts_of_play).
  returned: if the customers could be looked at
  type: list
  elements: dict
  contains:
    customer_id:
      description: The customer's tenant id. Null if no customer has the domain.
      type: str
      returned: always
    customer_domain:
      description: The domain by which the customer was named.
      type: str
      returned: always
    name:
      description: The name of the customer. Empty if nobody told it.
      type: str
      returned: always
      sample: Contoso Ltd.
    ready:
      description: Whether unattended runs will work at this customer, as far as that can be known by reading.
      type: bool
      returned: always
    relationship:
      description:
        - V(active); V(waiting) if the customer has not accepted it; V(ended); V(none) if there is none. Null if it is
          not known.
      type: str
      returned: always
    relationship_ends:
      description:
        - The end of the GDAP relationship that gives the account a role for runs, the last one if there are several.
          Null if it is not known.
      type: str
      returned: always
      sample: '2027-11-28T10:00:00+00:00'
    relationship_extends:
      description: Whether the relationship extends itself at its end. Null if it is not known.
      type: bool
      returned: always
    roles:
      description: The roles that the account holds at the customer by its security groups. Null if they are not known.
      type: list
      elements: str
      returned: always
      sample: [Directory Readers, User Administrator]
    consented:
      description:
        - Whether the customer has consented to the application, with all permissions that runs need. Null if it is not
          known, and with O(gateway=partner_center), which needs no consent.
      type: bool
      returned: always
    multi_factor:
      description: Whether the sign-in was made with multi-factor authentication. Null if the token does not tell.
      type: bool
      returned: always
    reads_users:
      description:
        - Whether users can be read. Null if there was no answer, or if the customer does not let the account in.
      type: bool
      returned: always
    reads_audit_log:
      description:
        - Whether the audit log can be read, that of Partner Center or, with O(gateway=graph), that of the directory.
          Runs with O(gateway=graph) do not need it.
      type: bool
      returned: always
    newest_record:
      description: The time of the newest record about this customer. Null if there is none of the last 30 days.
      type: str
      returned: always
      sample: '2026-11-28T10:00:00+00:00'
    throttled:
      description: How often the service throttled calls about this customer. They were repeated.
      type: int
      returned: always
    problems:
      description: What is wrong. Each has C(check), C(message), C(to_do), and C(error) if a service refused something.
      type: list
      elements: dict
      returned: always
      sample:
        - check: relationship_end
          message: the GDAP relationship ends on 2026-12-05, in 6 days
          to_do: >-
            In Partner Center, Customers, the customer, Admin relationships: let it extend itself, or request a new one,
            which the customer must accept
    not_known:
      description:
        - The questions without an answer. Each has C(check), C(message), C(to_do), C(error) if a service gave an
          answer, and C(needed), which says that the customer is not ready because of it.
      type: list
      elements: dict
      returned: always
hosts:
  description:
    - With O(hosts_of_play), the row of each host by the name of the host. It is limited in size. Customers that are not
      ready come first.
  returned: with O(hosts_of_play)
  type: dict
left_out:
  description: How many hosts are missing in RV(hosts), because it would be too large.
  returned: with O(hosts_of_play)
  type: int
outcomes:
  description: The folder where each host finds its sentence during this run.
  returned: with O(hosts_of_play)
  type: str
lines:
  description: How many customers are ready, and a line for each cause why others are not.
  returned: if the customers could be looked at
  type: list
  elements: str
summary:
  description: The counts.
  returned: if the customers could be looked at
  type: dict
  contains:
    total:
      description: All customers.
      type: int
      returned: always
    ready:
      description: Customers that are ready.
      type: int
      returned: always
    not_ready:
      description: The others.
      type: int
      returned: always
    throttled:
      description: How often a service throttled a call.
      type: int
      returned: always
report:
  description: The path of the page.
  returned: with O(report_folder)
  type: str
msg:
  description: The same as RV(lines) in one sentence, or what went wrong.
  returned: always
  type: str
  sample: '2 of 3 customers are ready: fabrikam: there is no GDAP relationship with this customer'
error:
  description: What went wrong if no customer could be looked at, such as a sign-in that is not accepted.
  returned: failure
  type: dict
"""

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.customer_check import (
    check_customers,
    specification,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.run_module import run_module


def main() -> None:
    run_module(specification(), check_customers)


if __name__ == "__main__":
    main()

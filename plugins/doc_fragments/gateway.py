# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of everything that works on users: which service is asked."""

from __future__ import annotations


class ModuleDocFragment:
    """The service that is asked, and its address."""

    DOCUMENTATION = r"""
options:
  gateway:
    description:
      - The service that is asked for the users of a customer, and that sets their passwords. It is never changed
        without being told to.
      - V(partner_center) is the API of Partner Center. It needs nothing from the customer but the relationship.
      - V(graph) is Microsoft Graph. The application must be registered for multiple tenants, each customer must have
        consented to it, and the account needs a GDAP role at each customer. One token is made for each customer from
        the one refresh token, so that O(access_token) cannot be used. A customer that does not let the account in is
        V(rejected) with the reason, and the others are worked on. The guide to Microsoft Graph explains what to set up,
        and when to choose which.
      - With V(graph), Partner Center is asked as well if a customer is named by O(customer_domain), and about an answer
        that was lost, if the directory shows a change.
      - If not set, the environment variable E(PARTNERCENTER_GATEWAY) is used, and V(partner_center) after that.
    type: str
    version_added: 1.0.0
    choices: [partner_center, graph]
  graph_url:
    description:
      - Scheme, host, and port of Microsoft Graph. It must begin with C(https://). Only a loopback address may begin
        with C(http://).
      - A host that is not Microsoft's must be allowed by E(PARTNERCENTER_ALLOWED_HOSTS) or E(PARTNERCENTER_GRAPH_URL)
        in the environment of the Ansible process. The environment of a play or task does not count.
      - If not set, the environment variable E(PARTNERCENTER_GRAPH_URL) is used, and U(https://graph.microsoft.com)
        after that.
    type: str
    version_added: 1.0.0
  graph_limits:
    description:
      - How many requests a second are made to Microsoft Graph at most, if not those that Microsoft publishes. The task
        keeps below them by itself, whatever C(concurrency) is.
      - Microsoft counts all jobs that use the same application at the same time. For several such jobs, divide the
        figures by their number.
    type: dict
    version_added: 1.0.0
    suboptions:
      writes_per_customer:
        description: Changes a second in one tenant. The default is C(20).
        type: float
      writes:
        description: Changes a second in all tenants together. The default is C(233).
        type: float
      units_per_customer:
        description: Resource units a second in one tenant. Almost all requests cost one. The default is C(350), the
          limit of tenants with fewer than 50 users.
        type: float
      units:
        description: Resource units a second in all tenants together. The default is C(7500).
        type: float
"""

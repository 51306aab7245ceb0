#!/usr/bin/python

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: partnercenter_user_password
short_description: Sets passwords of customers' users through Partner Center, idempotently
version_added: 0.1.0
description:
  - Sets a given password for one user of a customer, or for a list of users of one or many customers, by one call
    each.
  - The service never tells what a password is. So the task converges on what is declared - a rotation id, an age, or
    the password itself - with evidence of what was applied, and a second run of the same declaration changes nothing.
  - Changed, unchanged, rejected, and unknown are four different outcomes. V(unknown) is reported as changed and as
    failed; the next run settles it first.
  - Where the target is the controller itself, the work is done in the controller's process, by an action plugin of
    the same name.
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
extends_documentation_fragment:
  - csp.partnercenter.attributes
  - csp.partnercenter.credentials
  - csp.partnercenter.connection
  - csp.partnercenter.account
  - csp.partnercenter.trigger
  - csp.partnercenter.endpoint
  - csp.partnercenter.many_users
  - csp.partnercenter.evidence
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and predict changes. Only reads.
  diff_mode:
    support: full
    description: Shows metadata of the reset before and after, such as time and rotation id, never a password.
  idempotent:
    support: partial
    description: Whether a second run of the same task changes nothing.
    details:
      - Yes, unless O(update_password=always), with lasting evidence - a ledger that is kept, or the audit log.
      - No entry in the ledger means that a reset is due, as at a first run.
  async:
    support: partial
    description: Supports C(async).
    details:
      - Not where the target is the controller itself. Use O(users) with O(concurrency) there.
options:
  password:
    description:
      - The new password. It must follow the rules of Entra ID and not contain the name before the C(@) of
        O(user_principal_name).
      - It must be a text. In variables, encrypt it or use C(!unsafe), since Ansible takes other braces for a template.
    type: str
  force_change_password:
    description:
      - Whether the user must choose another password at the next sign-in. The default is V(true).
      - A user who obeys is not reset again for it.
    type: bool
  users:
    description:
      - The list of users. It excludes O(user_id) and O(user_principal_name) of the task.
      - The task's other options are the defaults for what an element leaves out.
    type: list
    elements: dict
    suboptions:
      customer_id:
        description: As O(customer_id).
        type: str
      customer_domain:
        description: As O(customer_domain).
        type: str
      user_id:
        description: As O(user_id).
        type: str
      user_principal_name:
        description: As O(user_principal_name).
        type: str
      password:
        description: As O(password).
        type: str
      force_change_password:
        description: As O(force_change_password).
        type: bool
      rotation_id:
        description: As O(rotation_id).
        type: str
      not_before:
        description: As O(not_before).
        type: str
      max_age:
        description: As O(max_age).
        type: str
      window:
        description: As O(window).
        type: dict
        suboptions:
          days:
            description: As O(window.days).
            type: list
            elements: str
          from:
            description: As O(window.from).
            type: str
          to:
            description: As O(window.to).
            type: str
          time_zone:
            description: As O(window.time_zone).
            type: str
seealso:
  - name: Reset a user password, in the documentation of Partner Center
    description: The call that this module makes.
    link: https://learn.microsoft.com/partner-center/developer/reset-user-password-for-a-customer
"""

EXAMPLES = r"""
# No password is in the results; only a loop over passwords needs no_log.
- name: Set one password; a second run with the same password changes nothing
  csp.partnercenter.partnercenter_user_password:
    customer_domain: customer-001.example.com
    user_principal_name: user-001@customer-001.example.com
    password: "{{ new_password }}"

- name: Set the passwords of a list of users once for each rotation id, sixteen at a time
  csp.partnercenter.partnercenter_user_password:
    customer_id: "{{ partnercenter_customer_id }}"
    users: "{{ partnercenter_users }}"
    rotation_id: "2026-11"
    concurrency: 16
    max_resets: 500

- name: Begin with 10 users, and go on only if all of them were set; no customer has more than 50 due
  csp.partnercenter.partnercenter_user_password:
    users: "{{ users_of_all_customers }}"
    rotation_id: "2026-11"
    max_resets: 500
    max_resets_per_customer: 50
    pilot: 10

- name: Reset what was not reset for 80 days, at night, with no local state
  csp.partnercenter.partnercenter_user_password:
    customer_id: "{{ partnercenter_customer_id }}"
    users: "{{ partnercenter_users }}"
    max_age: 80d
    evidence: audit_log
    window:
      days: [mon, tue, wed, thu]
      from: "22:00"
      to: "05:00"
      time_zone: Europe/Berlin
"""

RETURN = r"""
msg:
  description: What happened. Of many users that failed, the worst first, and equal causes once.
  returned: always
  type: str
  sample: 20 of 20 passwords set
users:
  description: One row for each user, in the order of the list. In the single form, the same keys stand at the top.
  returned: with O(users)
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
      description: The user's principal name, if it is known.
      type: str
      returned: always
    outcome:
      description:
        - V(applied), V(unchanged), V(deferred), V(resumed), V(rejected), V(unknown), or V(excluded), for which see
          O(on_refused). In check mode also V(would_reset) and V(would_resume).
      type: str
      returned: always
    changed:
      description: Whether the password was changed, or may have been (V(unknown)).
      type: bool
      returned: always
    failed:
      description: Whether it is V(rejected) or V(unknown).
      type: bool
      returned: always
    reason:
      description: Why a reset was due, such as V(no_ledger), V(rotation_id), V(fingerprint), V(age), or V(resumed).
      type: str
      returned: always
    certainty:
      description: How the outcome is known - V(exact), V(ledger), V(audit), or V(assumed).
      type: str
      returned: always
    attempts:
      description: How many requests were made to set the password.
      type: int
      returned: always
    request_id:
      description: The service's id of the request.
      type: str
      returned: always
    correlation_id:
      description: The service's id of the operation.
      type: str
      returned: always
    set_at:
      description: When the password was set last, as far as that is known.
      type: str
      returned: always
    message:
      description: Why the user is deferred or left out, or what to do where the outcome is not known.
      type: str
      returned: if the outcome is V(deferred), V(excluded), or V(unknown)
    error:
      description: What went wrong and what to do, with C(status), C(code), C(request_id), and C(correlation_id).
      type: dict
      returned: if the user failed
summary:
  description: Counts of users, and of answers that were throttled.
  returned: when the task got as far as the users
  type: dict
  contains:
    total:
      description: All users.
      type: int
      returned: always
    changed:
      description: Users whose password was changed, or may have been.
      type: int
      returned: always
    unchanged:
      description: Users for whom nothing was due, or not yet.
      type: int
      returned: always
    failed:
      description: Users that were rejected, or whose outcome is unknown.
      type: int
      returned: always
    unknown:
      description: Users whose outcome is unknown.
      type: int
      returned: always
    excluded:
      description: Users whom policy leaves out.
      type: int
      returned: always
    throttled:
      description: Answers of the service that asked to wait.
      type: int
      returned: always
error:
  description: What went wrong for the whole task.
  returned: if it failed before the first user
  type: dict
  sample:
    message: "max_resets: is 10, and 20 resets are due; nothing was sent. Raise it if that is meant"
"""

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import user_password
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.boundary import set_passwords
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.run_module import run_module


def main() -> None:
    run_module(user_password(), set_passwords)


if __name__ == "__main__":
    main()

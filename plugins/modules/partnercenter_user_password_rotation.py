#!/usr/bin/python

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work: it runs on the controller, where Ansible's vault secrets are.

from __future__ import annotations

DOCUMENTATION = r"""
module: partnercenter_user_password_rotation
short_description: Rotates passwords of customers' users through Partner Center without ever losing one
version_added: 0.1.0
description:
  - Generates a password, stages it in a store, sets it, and promotes it, each step durable before the next. Killed
    at any instant, the live password is in the store as C(current), C(pending), or C(previous), and the next run
    goes on with it.
  - What was planned, guarded, and counted is what is done. If another run changes what is stored of a user in between,
    nothing is done for this user.
  - The password never enters an Ansible variable. Whoever uses it reads it with the lookup
    P(csp.partnercenter.partnercenter_password#lookup).
  - Runs on the controller only, whatever the target of the task is.
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
extends_documentation_fragment:
  - csp.partnercenter.attributes
  - csp.partnercenter.credentials
  - csp.partnercenter.connection
  - csp.partnercenter.account
  - csp.partnercenter.trigger
  - csp.partnercenter.many_users
  - csp.partnercenter.store
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and predict changes. Only reads.
  diff_mode:
    support: full
    description: Shows metadata of the rotation before and after, such as time and rotation id, never a password.
  idempotent:
    support: full
    description: Whether a second run of the same task changes nothing. The store's document of each user is the
      evidence.
  async:
    support: none
    description: Supports C(async).
options:
  force_change_password:
    description:
      - Whether the user must choose another password at the next sign-in. The default is V(false), for accounts whose
        password is used by machines.
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
  operation:
    description:
      - V(rotate) rotates what is due by O(rotation_id), O(not_before), or O(max_age), one of which is needed. A
        password that is pending from an earlier run comes first, and is never replaced. What is due for that user
        beside it is left to the next run, and the user's message says so.
      - V(resume) finishes what is pending and rotates nothing else. It also sends a quarantined password again, and
        releases an orphaned user.
      - V(verify) sends nothing, and fails for each user for whom what is declared is not applied, or something is
        pending. It looks at the store only, and names its absolute place. The service is not asked.
      - V(rollback) sets the previous password again. Afterwards the user is held. Runs that declare the same
        O(rotation_id) as before the rollback change nothing until another one is declared. An age counts from the
        rollback. Here O(rotation_id) names the rollback, such as V(back-2026-11), which happens once for each name. The
        id of the rotation that is applied is refused.
    type: str
    choices: [rotate, resume, verify, rollback]
    default: rotate
  generator:
    description:
      - How passwords are made.
    type: dict
    suboptions:
      length:
        description:
          - How many characters, up to V(256). The default is V(24).
          - A length that gives fewer than 70 bits of entropy is refused. With all four classes, V(12) is the smallest.
        type: int
      symbols:
        description: Which symbols. Quotes, backslash, blank, braces, and C(% & < >) are not allowed.
        type: str
      classes:
        description: At least three of V(lower), V(upper), V(digits), and V(symbols). The default is all four.
        type: list
        elements: str
  orphan_after:
    description:
      - After this many failed cycles in a row the user is orphaned. Automation leaves it alone until
        O(operation=resume), and says since when the user fails and why. A failure of the sign-in counts for nobody.
    type: int
    default: 5
  evidence:
    description:
      - V(audit_log) waits until the service's audit log shows the reset before the password is promoted, for at most
        O(audit_timeout).
      - Only a record that cannot be of another request counts. It is of this user, made by the account that runs the
        job, under the ids of the request.
    type: str
    choices: [store, audit_log]
    default: store
  audit_timeout:
    description:
      - Seconds to wait for the audit log to show whether a reset took effect whose answer was lost. V(0) does not
        ask it.
    type: float
    default: 120.0
  event_log:
    description:
      - A file that gets one line of JSON for each password that was set, without secrets. The default is
        C($ANSIBLE_HOME/partnercenter/events.jsonl).
      - A relative path begins in the folder of the inventory file, or, where there is none, of the playbook.
    type: path
notes:
  - If the store says that the last rotation lies ahead of this machine's clock by more than 15 minutes, its age cannot
    be told, and with O(max_age) the user is rejected.
seealso:
  - plugin: csp.partnercenter.partnercenter_password
    plugin_type: lookup
  - module: csp.partnercenter.partnercenter_user_password
"""

EXAMPLES = r"""
- name: Rotate the passwords of a customer's service accounts once for each rotation id
  csp.partnercenter.partnercenter_user_password_rotation:
    customer_id: "{{ partnercenter_customer_id }}"
    users:
      - user_principal_name: user-001@customer-001.example.com
      - user_principal_name: user-002@customer-001.example.com
    rotation_id: 2026-11
    store:
      type: file
      path: passwords

- name: See that nothing is due and nothing is pending
  csp.partnercenter.partnercenter_user_password_rotation:
    customer_id: "{{ partnercenter_customer_id }}"
    user_principal_name: user-001@customer-001.example.com
    rotation_id: 2026-11
    operation: verify
    store:
      type: file
      path: passwords

- name: Go back to the previous password
  csp.partnercenter.partnercenter_user_password_rotation:
    customer_id: "{{ partnercenter_customer_id }}"
    user_principal_name: user-001@customer-001.example.com
    operation: rollback
    rotation_id: back-2026-11
    store:
      type: file
      path: passwords
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
      description: Whether the password was changed, or may have been (V(unknown)), by this run or an earlier one.
      type: bool
      returned: always
    failed:
      description: Whether it is V(rejected) or V(unknown).
      type: bool
      returned: always
    reason:
      description: Why a reset was due, such as V(no_ledger), V(rotation_id), V(age), V(resumed), or V(rollback).
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
    next_due:
      description: When the password will be older than O(max_age).
      type: str
      returned: if O(max_age) is given and a password was set
    left:
      description:
        - V(pending) if the next run resumes the rotation, V(quarantined) or V(orphaned) if a human has to say
          O(operation=resume).
      type: str
      returned: if something is left to do
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

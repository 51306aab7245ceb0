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
  - Generates a password, puts it into a store as C(pending), sets it, and makes it C(current). Each step is saved
    before the next one begins. If the run is killed at any moment, the valid password is still in the store as
    C(current), C(pending), or C(previous), and the next run continues from there.
  - The task plans all rotations first. If another run changes what is stored for a user in the meantime, the task does
    nothing for this user.
  - The password is never in an Ansible variable. To use it, read it with the lookup
    P(csp.partnercenter.partnercenter_password#lookup).
  - Always runs on the controller, whatever the target of the task is.
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
extends_documentation_fragment:
  - csp.partnercenter.attributes
  - csp.partnercenter.credentials
  - csp.partnercenter.connection
  - csp.partnercenter.gateway
  - csp.partnercenter.sessions
  - csp.partnercenter.account
  - csp.partnercenter.trigger
  - csp.partnercenter.many_users
  - csp.partnercenter.generator
  - csp.partnercenter.store
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and predict changes. Only reads.
  diff_mode:
    support: full
    description: Shows metadata before and after the rotation, such as time and rotation id, and never a password.
  idempotent:
    support: full
    description: Whether a second run of the same task changes nothing. The store remembers the last rotation of each
      user.
  async:
    support: none
    description: Supports C(async).
options:
  force_change_password:
    description:
      - Whether the user must choose another password at the next sign-in. The default is V(false), because machines use
        these passwords.
    type: bool
  users:
    description:
      - The list of users. It cannot be combined with O(user_id) and O(user_principal_name).
      - The options of the task are the defaults for users without a value of their own.
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
      - V(rotate) rotates the passwords that are due by O(rotation_id), O(not_before), or O(max_age). One of these is
        needed. If a password of a user is pending from an earlier run, this rotation is finished first. If another
        rotation of that user is due, the next run does it, and the user's message says so.
      - V(resume) finishes pending rotations and begins no others. It also sends a quarantined password again, and
        releases an orphaned user.
      - V(verify) sends nothing. It fails for each user whose declared rotation is not applied, or whose rotation is
        pending. It reads only the store, and tells its absolute path. The service is not asked.
      - V(rollback) sets the previous password again. Here O(rotation_id) names the rollback, such as V(back-2026-11).
        It happens once for each name, and the name must not be that of the applied rotation. Afterwards, runs with the
        same O(rotation_id) as before the rollback change nothing, until you declare another one. The age of the
        password counts from the rollback.
    type: str
    choices: [rotate, resume, verify, rollback]
    default: rotate
  orphan_after:
    description:
      - The number of failed rotations in a row after which a user is orphaned. Further runs leave an orphaned user
        alone, and tell since when and why the user fails, until you run O(operation=resume). Failures of the sign-in do
        not count.
    type: int
    default: 5
  evidence:
    description:
      - With V(audit_log), a password becomes C(current) only after the service's audit log shows the reset. The task
        waits for the log for at most O(audit_timeout).
      - A record counts only if it has this user, the account that runs the job, and the ids of the request.
      - V(directory) is the same with O(gateway=graph). The directory must show that the password was changed after the
        request was sent.
      - Each of V(audit_log) and V(directory) is there with one O(gateway) only. Another one is refused before the first
        request.
    type: str
    choices: [store, audit_log, directory]
    default: store
  audit_timeout:
    description:
      - If the answer to a reset is lost, the number of seconds to wait until the audit log shows whether the reset took
        effect. With V(0), the log is not asked.
      - With O(gateway=graph), the directory is asked instead. A change of the password after the request was sent shows
        that it took effect.
    type: float
    default: 120.0
  event_log:
    description:
      - A file that gets one line of JSON for each password that was set, without secrets. The default is
        C($ANSIBLE_HOME/partnercenter/events.jsonl).
      - A relative path starts at the folder of the inventory file, or of the playbook if there is no inventory file.
    type: path
notes:
  - If the time of the last rotation is more than 15 minutes ahead of this machine's clock, its age is not known. With
    O(max_age), the user is rejected then.
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
  description: What happened. If users failed, the most urgent causes come first, each with its users.
  returned: always
  type: str
  sample: 20 of 20 passwords set
users:
  description: One row for each user, in the order of the list. Without O(users), the result itself has these keys.
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
        - V(applied), V(unchanged), V(deferred), V(resumed), V(rejected), V(unknown), or V(excluded) (see
          O(on_refused)). In check mode also V(would_reset) and V(would_resume).
      type: str
      returned: always
    changed:
      description: Whether the password was changed, or may have been (V(unknown)), by this run or an earlier one.
      type: bool
      returned: always
    failed:
      description: Whether the outcome is V(rejected) or V(unknown).
      type: bool
      returned: always
    reason:
      description: Why a reset was due, such as V(no_ledger), V(rotation_id), V(age), V(resumed), or V(rollback).
      type: str
      returned: always
    certainty:
      description: How the outcome is known. V(exact) is the service's answer, V(ledger) is the evidence of an earlier
        run, V(audit) is the audit log, V(directory) is the time of the last change in the directory, and V(assumed) is
        an indication without proof.
      type: str
      returned: always
    attempts:
      description: How many requests were made to set the password.
      type: int
      returned: always
    request_id:
      description: The id that the service gave to the request.
      type: str
      returned: always
    correlation_id:
      description: The id that the service gave to the operation.
      type: str
      returned: always
    sessions_revoked:
      description: Whether the user's sessions were ended. If not, a warning tells why.
      type: bool
      version_added: 1.0.0
      returned: with O(revoke_sessions), if the reset took effect
    set_at:
      description: The time of the last reset, if it is known.
      type: str
      returned: always
    next_due:
      description: The time when the password becomes older than O(max_age).
      type: str
      returned: if O(max_age) is given and a password was set
    left:
      description:
        - V(pending) if the next run resumes the rotation. V(quarantined) or V(orphaned) if a person has to run
          O(operation=resume).
      type: str
      returned: if something is left to do
    message:
      description: Why the user is deferred or excluded, or what to do if the outcome is unknown.
      type: str
      version_added: 1.0.0
      returned: if the outcome is V(deferred), V(excluded), or V(unknown)
    error:
      description: What went wrong and what to do, with C(status), C(code), C(request_id), and C(correlation_id).
      type: dict
      returned: if the user failed
plan:
  description: The resets that were due, as a short text for O(approved_plan). It stays the same as long as the same
    resets are due.
  returned: when the task got as far as the users
  type: str
  version_added: 1.0.0
  sample: 5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
summary:
  description: Counts of users, and of throttled requests.
  returned: when the task got as far as the users
  type: dict
  contains:
    total:
      description: The number of users.
      type: int
      returned: always
    changed:
      description: Users whose password was changed, or may have been.
      type: int
      returned: always
    unchanged:
      description: Users for whom no reset was due, or none was allowed yet.
      type: int
      returned: always
    failed:
      description: Users who were rejected, or whose outcome is unknown.
      type: int
      returned: always
    unknown:
      description: Users whose outcome is unknown.
      type: int
      returned: always
    excluded:
      description: Users who are left out by O(on_refused).
      type: int
      version_added: 1.0.0
      returned: always
    throttled:
      description: Answers of the service that asked the task to wait.
      type: int
      returned: always
entropy:
  description: The bits of entropy of a generated password, by O(generator).
  returned: when the task got as far as the users
  type: int
  sample: 149
  version_added: 1.0.0
error:
  description: What went wrong with the whole task.
  returned: if it failed before the first user
  type: dict
  sample:
    message: "max_resets: is 10, and 20 resets are due; nothing was sent. Raise it if that is meant"
"""

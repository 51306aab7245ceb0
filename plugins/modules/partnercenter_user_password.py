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
  - Sets a given password for one user of a customer, or for a list of users of one or many customers. Each reset is one
    call.
  - The service never tells what a password is. So the module remembers what it set, in a ledger, or asks the audit log.
    It compares this evidence with the declared rotation id, age, or password. A second run of the same task changes
    nothing.
  - Changed, unchanged, rejected, and unknown are four different outcomes. V(unknown) means that nobody can tell whether
    the password was set. It is reported as changed and as failed, and the next run finds out first.
  - If the target is the controller itself, an action plugin of the same name does the work in the controller's process.
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
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and predict changes. Only reads.
  diff_mode:
    support: full
    description: Shows metadata before and after the reset, such as time and rotation id, and never a password.
  idempotent:
    support: partial
    description: Whether a second run of the same task changes nothing.
    details:
      - This needs evidence that lasts until the next run, which is a ledger that is kept, or the audit log. With
        O(update_password=always) each run sets the password.
      - If the ledger has no entry for a user, a reset is due, as in a first run.
  async:
    support: partial
    description: Supports C(async).
    details:
      - It is not supported if the target is the controller itself. Use O(users) with O(concurrency) there.
options:
  password:
    description:
      - The new password. It must follow the rules of Entra ID and not contain the name before the C(@) of
        O(user_principal_name).
      - It must be a text. In variables, encrypt it or mark it with C(!unsafe), because Ansible may read braces as a
        template.
    type: str
  force_change_password:
    description:
      - Whether the user must choose another password at the next sign-in. The default is V(true).
      - A user who has chosen another password is not reset again because of that.
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
  update_password:
    description:
      - The rule that decides whether a reset is due. Except with V(always), a second run of the same task sends no
        password and reports no change.
      - V(when_changed) resets if O(password) or O(force_change_password) differs from what was applied last, or if
        nothing is known about the user. The ledger holds a keyed fingerprint of the password for this comparison.
      - V(when_rotated) resets if O(rotation_id) differs from the one that was applied last.
      - V(when_older) resets if the last reset is older than O(max_age), or before O(not_before).
      - V(always) resets at every run.
      - The default is V(when_rotated) if O(rotation_id) is given, V(when_older) if O(not_before) or O(max_age) is
        given, and V(when_changed) otherwise.
    type: str
    choices: [when_changed, when_rotated, when_older, always]
  evidence:
    description:
      - Where the module looks up the last reset of a user.
      - V(ledger) is a folder of files that hold only metadata. If it has no entry for a user, a reset is due.
      - V(audit_log) is the service's audit log, which keeps 90 days. It needs no local files. It works with
        V(when_older), if O(max_age) or O(not_before) is within these 90 days, and with V(when_rotated). After a reset
        the task waits up to O(audit_timeout) until the log shows it.
      - V(directory) is the time of the last change of a password, as Microsoft Graph tells it (O(gateway=graph)). It
        needs no local files, and has no limit of days. It works with V(when_older) only, because a time does not tell
        which rotation it was. A password that anybody else has set counts as well. After a reset the task waits up to
        O(audit_timeout) until the directory shows it.
      - Each of V(audit_log) and V(directory) is there with one O(gateway) only. Another one is refused before the first
        request.
    type: str
    choices: [ledger, audit_log, directory]
    default: ledger
  audit_timeout:
    description:
      - If the answer to a reset is lost, the number of seconds to wait until the audit log shows whether the reset took
        effect. Microsoft does not publish the delay of the log. With V(0), the log is not asked.
      - With O(gateway=graph), the directory is asked instead. A change of the password after the request was sent shows
        that it took effect.
    type: float
    default: 120.0
  password_writeback:
    description:
      - With O(gateway=graph), whether users who are synced from on-premises are reset by password writeback, which
        their tenant must have. The password is set on-premises as well, and the module waits until that has ended, for
        at most two minutes.
      - The service always makes such a user choose another password at the next sign-in. With
        O(force_change_password=false) synced users are refused. Rotations into a store have no such option, because the
        stored password would not last.
      - Without it, synced users are never reset with O(gateway=graph), and O(allow_synced) is refused.
      - It needs the permission C(UserAuthenticationMethod.ReadWrite.All), and O(check_user=true).
    type: bool
    version_added: 1.0.0
    default: false
  ledger:
    description:
      - The folder of the ledger. It holds one file for each customer, without passwords, and can be kept in git.
      - If not set, the environment variable E(PARTNERCENTER_LEDGER) is used, and
        C($ANSIBLE_HOME/partnercenter/ledger) after that.
      - A relative path starts at the folder of the inventory file, or of the playbook if there is no inventory file. If
        the module runs on another machine, the path must be absolute. A warning tells when a new ledger is created.
      - A folder that everybody can write to is refused. Tasks that run at the same time lock their customers. A task
        with more than 100 customers locks the whole ledger.
    type: path
  ledger_key:
    description:
      - The key of the fingerprints, 32 bytes as 64 hexadecimal digits or in base64. Without the key, nobody can guess
        passwords from the ledger.
      - If not set, the environment variable E(PARTNERCENTER_LEDGER_KEY) is used, and after that the file
        C($ANSIBLE_HOME/partnercenter/ledger.key), which is created at the first use.
    type: str
seealso:
  - name: Reset a user password, in the documentation of Partner Center
    description: The call of the service that this module makes.
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
      description: Whether the password was changed, or may have been (V(unknown)).
      type: bool
      returned: always
    failed:
      description: Whether the outcome is V(rejected) or V(unknown).
      type: bool
      returned: always
    reason:
      description: Why a reset was due, such as V(no_ledger), V(rotation_id), V(fingerprint), V(age), V(resumed), or
        V(drift).
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
error:
  description: What went wrong with the whole task.
  returned: if it failed before the first user
  type: dict
  sample:
    message: "max_resets: is 10, and 20 resets are due; nothing was sent. Raise it if that is meant"
"""

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.password import set_passwords, specification
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.run_module import run_module


def main() -> None:
    run_module(specification(), set_passwords)


if __name__ == "__main__":
    main()

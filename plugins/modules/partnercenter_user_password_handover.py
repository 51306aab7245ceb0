#!/usr/bin/python

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work: it runs on the controller, where Ansible's vault secrets are.

from __future__ import annotations

DOCUMENTATION = r"""
module: partnercenter_user_password_handover
short_description: Hands over a temporary password to a person by a one-time link
version_added: 1.0.0
description:
  - Generates a temporary password, puts it behind a one-time link, sets it so that the user must choose another one at
    the next sign-in, and only then returns the link. The password itself is never shown and never stored. It is behind
    the link only.
  - If the link service cannot be reached, or does not answer as it should, nothing is sent. If the password is refused,
    the link is ended again.
  - O(rotation_id) is the ticket. Under one ticket, one password is set. The same ticket again returns the same link,
    and sends nothing.
  - The link is kept in O(store) until a later handover to the same user. If a run is killed at any moment, the next run
    with the same ticket tells what is known, and returns the link if its password is live or may be.
  - Always runs on the controller, whatever the target of the task is.
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
extends_documentation_fragment:
  - csp.partnercenter.attributes
  - csp.partnercenter.credentials
  - csp.partnercenter.connection
  - csp.partnercenter.gateway
  - csp.partnercenter.account
  - csp.partnercenter.generator
  - csp.partnercenter.link
  - csp.partnercenter.store
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and predict changes. Only reads, makes no link, and returns none.
  diff_mode:
    support: full
    description: Shows metadata before and after, such as time and ticket, and neither password nor link.
  idempotent:
    support: full
    description: Whether a second run of the same task changes nothing. The store remembers the last two tickets of each
      user.
  async:
    support: none
    description: Supports C(async).
options:
  rotation_id:
    description:
      - The ticket, such as V(INC-4711), at most 128 characters. It is no secret, and also the note of the link.
      - For another password under the same ticket, put a number behind it, such as V(INC-4711/2).
    type: str
    required: true
  requested_by:
    description: Who asks for the password, for the event log. In AWX this is C({{ awx_user_name }}). If not set, it is
      the account that runs Ansible.
    type: str
  reason:
    description: Why the password is needed, for the event log.
    type: str
    required: true
  link_file:
    description:
      - A file that gets the link, with access for its owner only. The result then holds no link.
      - A relative path starts at the folder of the inventory file, or of the playbook if there is no inventory file.
    type: path
  store:
    description:
      - Where the link is kept until the next handover. It holds no password. Unless O(store.path) or O(store.prefix)
        says otherwise, the place is another one than that of rotated passwords,
        C($ANSIBLE_HOME/partnercenter/handovers) or the prefix V(partnercenter-handover).
      - A job of AWX needs a store that lasts, because its own folders are thrown away.
  endpoint:
    description:
      - The call of the service that sets the password.
      - V(auto) uses V(resetpassword). If the service answers twice that this call does not exist, V(update) is used.
      - V(update) is the older call, whose answer alone is no proof. The module waits up to O(audit_timeout) for the
        audit log to show the reset. If the log does not show it, the outcome is V(unknown).
    type: str
    choices: [resetpassword, update, auto]
    default: auto
  allow_synced:
    description: Whether users who are synced from on-premises may be reset. This works only in tenants with password
      writeback. It cannot be used with O(gateway=graph), see O(password_writeback).
    type: bool
    default: false
  password_writeback:
    description:
      - With O(gateway=graph), whether users who are synced from on-premises are reset by password writeback, which
        their tenant must have.
      - It needs the permission C(UserAuthenticationMethod.ReadWrite.All).
    type: bool
    default: false
  allow_privileged:
    description:
      - Whether users who hold a directory role in the customer's tenant may be reset. A help desk leaves it V(false).
      - Partner Center lists only roles that are active and assigned to the user directly. With O(gateway=graph), a role
        that comes from a group counts as well.
      - The account that runs the job is always refused.
    type: bool
    default: false
  allowed_roles:
    description:
      - Names of directory roles, such as V(Directory Readers), upper and lower case alike. A user who holds no other
        roles than these may be reset, although O(allow_privileged=false).
    type: list
    elements: str
    default: []
  revoke_sessions:
    description:
      - Whether to end the user's sessions after the reset. It is done only after a reset that is known to have taken
        effect. If it fails, a warning tells why.
      - It works with either O(gateway), and always needs what O(gateway=graph) needs, with the permission
        C(User.RevokeSessions.All) besides.
    type: bool
    default: false
  audit_timeout:
    description:
      - If the answer to the reset is lost, the number of seconds to wait until the audit log shows whether the reset
        took effect. With V(0), the log is not asked.
      - With O(gateway=graph), the directory is asked instead.
    type: float
    default: 120.0
  event_log:
    description:
      - A file that gets one line of JSON for each password that was set, with user, ticket, O(requested_by) and
        O(reason), and without secrets. The default is C($ANSIBLE_HOME/partnercenter/events.jsonl).
      - A relative path starts at the folder of the inventory file, or of the playbook if there is no inventory file.
    type: path
notes:
  - Who has the link can read the password. So set C(no_log) on the task, and show the link in one place only. The
    playbook C(csp.partnercenter.hand_over_password) does so.
seealso:
  - module: csp.partnercenter.partnercenter_user_password
  - module: csp.partnercenter.partnercenter_user_password_rotation
"""

EXAMPLES = r"""
- name: Set a temporary password, and put it behind a link of Password Pusher
  csp.partnercenter.partnercenter_user_password_handover:
    customer_domain: customer-001.example.com
    user_principal_name: user-001@customer-001.example.com
    rotation_id: INC-4711
    requested_by: "{{ awx_user_name }}"
    reason: Forgot the password, called back by phone
    link:
      type: password_pusher
      url: https://links.example.com
      days: 1
  no_log: true
  register: handover

- name: The same with a wrapping token of Vault, whose place is told in a file
  csp.partnercenter.partnercenter_user_password_handover:
    customer_domain: customer-001.example.com
    user_principal_name: user-001@customer-001.example.com
    rotation_id: INC-4711
    requested_by: the help desk
    reason: New phone
    link:
      type: hashi_vault
      url: https://vault.example.com
      minutes: 30
    link_file: /run/user/1000/link
"""

RETURN = r"""
msg:
  description: What happened, and what to do if it failed. It holds no link.
  returned: always
  type: str
  sample: "user-001@customer-001.example.com: a temporary password is set, and the link leads to it"
link:
  description: The link, or with O(link.type=hashi_vault) the token. It is a secret. With O(link_file) it is V(null).
  returned: if its password is live or may be, and its life time has not ended
  type: str
link_page:
  description: The page into which the token is typed. V(null) if RV(link) is an address itself.
  returned: with RV(link)
  type: str
link_expires_at:
  description: When the link ends at the latest.
  returned: with RV(link)
  type: str
  sample: "2026-11-02T12:00:00+00:00"
link_views:
  description: How often the link can be opened.
  returned: with RV(link)
  type: int
link_file:
  description: The file that holds the link.
  returned: with RV(link), if O(link_file) is given
  type: str
customer_id:
  description: The customer's tenant id.
  returned: when the task got as far as the user
  type: str
user_id:
  description: The user's object id.
  returned: when the task got as far as the user
  type: str
user_principal_name:
  description: The user's principal name, if it is known.
  returned: when the task got as far as the user
  type: str
outcome:
  description:
    - V(applied) if the password is set. V(unchanged) if it was set under this ticket before. V(resumed) if that of a
      run that was killed took effect. V(rejected) if it was refused. V(deferred) if another run works on the user.
    - V(unknown) if nothing tells whether the password took effect. The link may or may not hold the live password.
    - In check mode also V(would_reset) and V(would_resume).
  returned: when the task got as far as the user
  type: str
reason:
  description: Why a password was due, such as V(no_ledger), V(rotation_id), or V(resumed).
  returned: when the task got as far as the user
  type: str
certainty:
  description: How the outcome is known, V(exact), V(ledger), V(audit), V(directory), or V(assumed).
  returned: when the task got as far as the user
  type: str
attempts:
  description: How many requests were made to set the password.
  returned: when the task got as far as the user
  type: int
request_id:
  description: The id that the service gave to the request.
  returned: when the task got as far as the user
  type: str
correlation_id:
  description: The id that the service gave to the operation.
  returned: when the task got as far as the user
  type: str
set_at:
  description: The time of the last handover, if it is known.
  returned: when the task got as far as the user
  type: str
sessions_revoked:
  description: Whether the user's sessions were ended. If not, a warning tells why.
  returned: with O(revoke_sessions), if the reset took effect
  type: bool
message:
  description: The same as RV(msg), without the name of the user.
  returned: if the outcome is not V(rejected)
  type: str
error:
  description: What went wrong and what to do, with C(status), C(code), C(request_id), and C(correlation_id).
  returned: if it failed
  type: dict
summary:
  description: Counts of users, as of the other modules; here it is one user.
  returned: when the task got as far as the user
  type: dict
"""

#!/usr/bin/python

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work: it runs on the controller, where Ansible's vault secrets are.

from __future__ import annotations

DOCUMENTATION = r"""
module: partnercenter_user
short_description: Creates, changes, deletes, and restores users of customers
version_added: 1.0.0
description:
  - Compares what is declared with what the service says of a user, and changes only what differs. A second run of the
    same task changes nothing.
  - Details that are not declared are left alone. The password of a user who is there is never changed. For that, use
    M(csp.partnercenter.partnercenter_user_password) or M(csp.partnercenter.partnercenter_user_password_rotation).
  - A user who was soft-deleted in the last 30 days is restored with the old password, and is not created anew.
  - If the answer to a change is lost, the user is looked up until the change shows.
  - Always runs on the controller, whatever the target of the task is.
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
extends_documentation_fragment:
  - csp.partnercenter.account
  - csp.partnercenter.attributes
  - csp.partnercenter.credentials
  - csp.partnercenter.connection
  - csp.partnercenter.gateway
  - csp.partnercenter.generator
  - csp.partnercenter.link
  - csp.partnercenter.store
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and predict changes. Only reads, makes no link, and returns none.
  diff_mode:
    support: full
    description: Shows the details before and after a change, and neither a password nor a link.
  idempotent:
    support: full
    description: Whether a second run of the same task changes nothing. What the service says of each user is compared.
  async:
    support: none
    description: Supports C(async).
options:
  user_principal_name:
    description:
      - The user's principal name, by which a new user is created as well.
    type: str
  state:
    description:
      - With V(present), which is the default, the user is there afterwards. A soft-deleted user is restored, and a user
        who is not there is created if O(password) or O(store) is given.
      - With V(absent), the user is soft-deleted. The service keeps a soft-deleted user for 30 days.
    type: str
    choices: [present, absent]
  display_name:
    description: The name that is shown. A new user needs one.
    type: str
  first_name:
    description: The first name.
    type: str
  last_name:
    description: The last name.
    type: str
  usage_location:
    description: The country in which the user works, two letters of ISO 3166. Licenses need it. Partner Center creates
      nobody without one.
    type: str
  phone_number:
    description: The phone number. Microsoft Graph calls it the mobile phone.
    type: str
  new_user_principal_name:
    description:
      - The principal name that the user is to have. Name the user by O(user_id) or by the old O(user_principal_name).
        If nobody has the old name, the user is looked for by the new one, so that a second run changes nothing.
      - Its domain must be one of the customer's. A difference only in upper and lower case is none.
    type: str
  password:
    description:
      - The first password of a new user. If the user is there, it is not used.
      - It cannot be combined with O(store) and O(link).
    type: str
  force_change_password:
    description:
      - Whether a new user must choose another password at the first sign-in. The default is V(true) with O(password),
        and V(false) with O(store). With O(link), it is always V(true).
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
      state:
        description: As O(state).
        type: str
        choices: [present, absent]
      display_name:
        description: As O(display_name).
        type: str
      first_name:
        description: As O(first_name).
        type: str
      last_name:
        description: As O(last_name).
        type: str
      usage_location:
        description: As O(usage_location).
        type: str
      phone_number:
        description: As O(phone_number).
        type: str
      new_user_principal_name:
        description: As O(new_user_principal_name).
        type: str
      password:
        description: As O(password).
        type: str
      force_change_password:
        description: As O(force_change_password).
        type: bool
  max_changes:
    description:
      - The largest number of users that one task may change. If more have to be changed, the task fails and sends
        nothing. V(0) means no limit.
    type: int
    default: 0
  max_changes_per_customer:
    description:
      - The largest number of users that one task may change for each customer. If more have to be changed for any
        customer, the task fails and sends nothing to any of them. V(0) means no limit.
    type: int
    default: 0
  lookup_timeout:
    description:
      - If the answer to a change is lost, the number of seconds in which the user is looked up until the change shows.
        If it does not show, the outcome is V(unknown). The next run looks first, and creates no second user.
    type: float
    default: 30.0
  event_log:
    description:
      - A file that gets one line of JSON for each first password in a O(store) or behind a O(link), without secrets.
        The default is C($ANSIBLE_HOME/partnercenter/events.jsonl).
      - A relative path starts at the folder of the inventory file, or of the playbook if there is no inventory file.
    type: path
  concurrency:
    description: The number of users that are worked on at the same time, V(1) to V(64).
    type: int
    default: 8
  on_error:
    description:
      - V(continue) finishes the list of users and fails at the end.
      - V(stop) does not start another user after one has failed. The users that were not started are V(deferred).
    type: str
    choices: [continue, stop]
    default: continue
  allow_privileged:
    description:
      - Whether users who hold a directory role in the customer's tenant may be deleted or given another principal name.
        Partner Center lists only roles that are active and assigned to the user directly.
      - The account that runs the job is never deleted or renamed.
    type: bool
    default: false
  on_refused:
    description:
      - What happens to users who are refused because of what they are. These are synced users, of whom only
        O(usage_location) can be changed here, users with directory roles (see O(allow_privileged)), and the account
        that runs the job.
      - With V(fail), they fail. With V(skip), they are reported as V(excluded) and do not fail.
    type: str
    choices: [fail, skip]
    default: fail
  store:
    description:
      - Where the first password of a new user is generated into, if neither O(password) nor O(link) is given. It is
        saved there as C(pending) before the user is created, and becomes C(current) afterwards. If the run is killed in
        between, the next run continues with the same password.
      - M(csp.partnercenter.partnercenter_user_password_rotation) with the same store continues with this password.
      - With O(link), it is where the link is kept, as with M(csp.partnercenter.partnercenter_user_password_handover).
        It holds no password. Unless O(store.path) or O(store.prefix) says otherwise, the place is
        C($ANSIBLE_HOME/partnercenter/handovers) or the prefix V(partnercenter-handover). A job of AWX needs a store
        that lasts, because its own folders are thrown away.
  link:
    description:
      - The service that puts the first password of a new user behind a one-time link, for a person. The password is
        generated and put behind the link before the user is created, and is stored nowhere else.
      - If the link service cannot be reached, or does not answer as it should, nothing is sent. If the service refuses
        to create the user, the link is ended again.
      - The same task again returns the same link until it ends, or until a handover replaces the password.
    required: false
  link_file:
    description:
      - A file that gets the link, with access for its owner only. With O(users), it has one line for each user, with
        principal name and link. The result then holds no link.
      - A relative path starts at the folder of the inventory file, or of the playbook if there is no inventory file.
    type: path
  requested_by:
    description: Who asks for the O(link), for the event log. In AWX this is C({{ awx_user_name }}). If not set, it is
      the account that runs Ansible.
    type: str
  reason:
    description: Why the user is created, for the event log, if O(link) is given. The default is V(a new user).
    type: str
notes:
  - Who has a link can read the password. So with O(link) set C(no_log) on the task, and show the link in one place
    only. The guide for help desks has an example.
  - With O(gateway=graph), the application also needs the permission C(User.ReadWrite.All).
  - What the service takes as a phone number or as a name is not published. If it changes a value, each run changes it
    again.
seealso:
  - module: csp.partnercenter.partnercenter_user_info
  - module: csp.partnercenter.partnercenter_user_password_handover
  - module: csp.partnercenter.partnercenter_user_password_rotation
"""

EXAMPLES = r"""
- name: Create a user, or bring the details up to date
  csp.partnercenter.partnercenter_user:
    customer_id: "{{ partnercenter_customer_id }}"
    user_principal_name: ada@customer-001.example.com
    display_name: Ada Lovelace
    first_name: Ada
    last_name: Lovelace
    usage_location: GB
    phone_number: "+44 20 7946 0000"
    password: "{{ lookup('ansible.builtin.password', '/dev/null', length=16) }}-Aa1"

- name: Create service accounts, and keep their passwords in a store
  csp.partnercenter.partnercenter_user:
    customer_id: "{{ partnercenter_customer_id }}"
    usage_location: US
    users:
      - user_principal_name: backup@customer-001.example.com
        display_name: Backup
      - user_principal_name: scanner@customer-001.example.com
        display_name: Scanner
    store:
      type: file
      path: passwords
    max_changes: 10

- name: Create a user for a person, and put the first password behind a link
  csp.partnercenter.partnercenter_user:
    customer_id: "{{ partnercenter_customer_id }}"
    user_principal_name: grace@customer-001.example.com
    display_name: Grace Hopper
    usage_location: US
    link:
      type: password_pusher
      url: https://links.example.com
      days: 7
    requested_by: "{{ awx_user_name }}"
    reason: A new colleague, asked for by the manager
  no_log: true
  register: created

- name: Give a user another principal name
  csp.partnercenter.partnercenter_user:
    customer_id: "{{ partnercenter_customer_id }}"
    user_principal_name: ada@customer-001.example.com
    new_user_principal_name: ada.lovelace@customer-001.example.com

- name: Delete a user, who can be restored for 30 days
  csp.partnercenter.partnercenter_user:
    customer_id: "{{ partnercenter_customer_id }}"
    user_principal_name: ada.lovelace@customer-001.example.com
    state: absent
"""

RETURN = r"""
msg:
  description: What happened. If users failed, the most urgent causes come first, each with its users.
  returned: always
  type: str
  sample: "3 users: 2 created, 1 changed"
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
      description: The user's object id, if it is known.
      type: str
      returned: always
    user_principal_name:
      description: The user's principal name, after a change the new one.
      type: str
      returned: always
    outcome:
      description:
        - V(applied), V(unchanged), V(deferred), V(resumed), V(rejected), V(unknown), or V(excluded) (see
          O(on_refused)). In check mode also V(would_change) and V(would_resume).
        - V(resumed) means that an earlier run has created the user, and that this run has recorded the password in the
          store, or that the link leads to it.
        - With O(link), V(unknown) means that the link may or may not lead to the password of the user. It is kept.
      type: str
      returned: always
    changed:
      description: Whether the user was changed, or may have been (V(unknown)).
      type: bool
      returned: always
    failed:
      description: Whether the outcome is V(rejected) or V(unknown).
      type: bool
      returned: always
    actions:
      description: What was done, or in check mode would be, of V(create), V(restore), V(rename), V(update), and
        V(delete). If the user failed, what was done before.
      type: list
      elements: str
      returned: always
    certainty:
      description: How the outcome is known. V(exact) is the service's answer. V(directory) is a look at the user after
        the answer was lost. V(assumed) is the same, and the user has other details than those that were sent.
      type: str
      returned: always
    attempts:
      description: How many requests were made to change the user.
      type: int
      returned: always
    request_id:
      description: The id that the service gave to the last request.
      type: str
      returned: always
    correlation_id:
      description: The id that the service gave to the operation.
      type: str
      returned: always
    link:
      description: The link to the first password, or with O(link.type=hashi_vault) the token. It is a secret. With
        O(link_file) it is V(null).
      type: str
      returned: with O(link), if the first password is live or may be, and the link has not ended
    link_page:
      description: The page into which the token is typed. V(null) if RV(users[].link) is an address itself.
      type: str
      returned: with RV(users[].link)
    link_expires_at:
      description: When the link ends at the latest.
      type: str
      returned: with RV(users[].link)
    link_views:
      description: How often the link can be opened.
      type: int
      returned: with RV(users[].link)
    left:
      description: V(pending) if a user may have been created, and the first password has to be kept until the next run.
      type: str
      returned: if something is left to do
    message:
      description: What was done or would be, why the user is deferred or excluded, or what to do if the outcome is
        unknown.
      type: str
      returned: if there is something to say, and the outcome is not V(rejected)
    error:
      description: What went wrong and what to do, with C(status), C(code), C(request_id), and C(correlation_id).
      type: dict
      returned: if the user failed
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
      description: Users who were changed, or may have been.
      type: int
      returned: always
    unchanged:
      description: Users of whom nothing differs, and those who are deferred.
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
      returned: always
    throttled:
      description: Answers of the service that asked the task to wait.
      type: int
      returned: always
link_file:
  description: The file that holds the links.
  returned: with O(link_file), if there is a link
  type: str
error:
  description: What went wrong with the whole task.
  returned: if it failed before the first user
  type: dict
  sample:
    message: "max_changes: is 10, and 20 changes are due; nothing was sent. Raise it if that is meant"
"""

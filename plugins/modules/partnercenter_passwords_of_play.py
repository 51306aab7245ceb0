#!/usr/bin/python

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work: only in the controller's process are the variables of all hosts.

from __future__ import annotations

DOCUMENTATION = r"""
module: partnercenter_passwords_of_play
short_description: Sets or rotates the passwords of all hosts of a play in one task
version_added: 1.0.0
description:
  - Used by the roles of this collection, and by nobody else. It reads the variables of the role, as each host has them.
  - There is one sign-in, one plan and one result for all hosts of the play that take part. Limits count all of them.
  - Never fails. Each host tells its own outcome in a task of the role that follows.
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
extends_documentation_fragment:
  - csp.partnercenter.attributes
  - csp.partnercenter.credentials
  - csp.partnercenter.connection
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and predict changes. Only reads.
  diff_mode:
    support: full
    description: Shows metadata of each change before and after, never a password.
  idempotent:
    support: partial
    description: As the module that does the work for the role.
  async:
    support: none
    description: Supports C(async).
options:
  role:
    description: The role.
    type: str
    choices: [user_password_reset, user_password_rotation]
    required: true
  step:
    description:
      - V(work) does the work for all hosts.
      - V(look) only says whether a host has tasks that come before the work, and reads no more than that.
    type: str
    choices: [look, work]
    default: work
seealso:
  - module: csp.partnercenter.partnercenter_user_password
  - module: csp.partnercenter.partnercenter_user_password_rotation
"""

EXAMPLES = r"""
- name: Reset the passwords of the users of all hosts of the play
  ansible.builtin.import_role:
    name: csp.partnercenter.user_password_reset
"""

RETURN = r"""
hooks:
  description: Whether a host has tasks that come after the work. With O(step=look), tasks that come before it.
  type: bool
  returned: always
lines:
  description: What became of all users, the worst first.
  type: list
  elements: str
  returned: always
hosts:
  description:
    - What became of the users of each host, by the name of the host. C(outcomes) and C(summary) count, and C(users)
      holds the rows of users who were changed or deferred, failed, or need a human, as the modules return them.
    - It is limited in size. Users who failed come first.
  type: dict
  returned: always
left_out:
  description: How many users are missing in RV(hosts), because it would be too large. The report has all of them.
  type: int
  returned: always
plan:
  description: The resets that were due, as a short text for C(approved_plan) of the role. Empty if that is not known.
  type: str
  returned: always
outcomes:
  description: The folder where each host finds its outcome during this run.
  type: str
  returned: always
"""

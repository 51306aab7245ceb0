#!/usr/bin/python

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work.

from __future__ import annotations

DOCUMENTATION = r"""
module: partnercenter_outcome
short_description: Tells a host what became of its users
version_added: 1.0.0
description:
  - Used by the roles of this collection after M(csp.partnercenter.partnercenter_passwords_of_play), and by the playbook
    C(check_customers) after M(csp.partnercenter.partnercenter_customer_check). It is C(changed), or fails, as that task
    did for the host.
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
attributes:
  platform:
    description: Target OS families that can be operated against.
    support: full
    platforms: posix
  check_mode:
    support: full
    description: Can run in C(check_mode). Only reads.
  diff_mode:
    support: none
    description: Shows no differences.
  idempotent:
    support: full
    description: Changes nothing.
  async:
    support: none
    description: Supports C(async).
options:
  role:
    description: The role, or V(customer_check). The task before has registered this name with C(_turn) at its end.
    type: str
    choices: [user_password_reset, user_password_rotation, customer_check]
    required: true
seealso:
  - module: csp.partnercenter.partnercenter_passwords_of_play
  - module: csp.partnercenter.partnercenter_customer_check
"""

EXAMPLES = r"""
- name: Tell the outcome of each customer
  csp.partnercenter.partnercenter_outcome:
    role: user_password_reset
"""

RETURN = r"""
msg:
  description: A sentence, such as C(2 set, 1 unchanged) or C(ready).
  type: str
  returned: always
"""

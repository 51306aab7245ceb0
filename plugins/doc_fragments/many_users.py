# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of everything that changes users, many at once."""

from __future__ import annotations


class ModuleDocFragment:
    """How many at once, and whom not to touch."""

    DOCUMENTATION = r"""
options:
  concurrency:
    description: How many users of a list are worked on at once, V(1) to V(64).
    type: int
    default: 8
  on_error:
    description:
      - V(continue) finishes the list and then fails.
      - V(stop) begins no further user once one has failed. Those that were not begun are V(deferred).
    type: str
    choices: [continue, stop]
    default: continue
  max_resets:
    description:
      - If more resets than this are due in the whole task, it fails before the first of them. V(0) means no limit.
      - What is counted are the users to whom a password would be sent, in all customers together and before anything is
        sent.
    type: int
    default: 0
  max_resets_per_customer:
    description:
      - If more resets than this are due for any one customer, the task fails before the first of them. Nothing is sent
        to any customer then, and the message names those with too many. V(0) means no limit.
    type: int
    default: 0
    version_added: 0.2.0
  pilot:
    description:
      - So many users are sent a password first, spread over the customers. The others follow only if all of these were
        set, which includes the answer of the audit log where an answer of the service was lost.
      - Otherwise the others are V(deferred), and run again after the cause is mended.
      - V(0), or no fewer than there are users due, means no pilot. In check mode the message of each user who would
        wait says so.
    type: int
    default: 0
    version_added: 0.2.0
  check_user:
    description:
      - Looks at each user first, and refuses those whose password is not the cloud's to set - federated users,
        synced ones (see O(allow_synced)), and soft-deleted ones. With V(false) the service alone decides about them.
      - Costs one request for each user, or one for each page of the customer's list of users, whichever is less.
    type: bool
    default: true
  allow_synced:
    description: Whether users synced from on-premises may be reset, for tenants with password writeback.
    type: bool
    default: false
  allow_privileged:
    description:
      - Whether users who hold a directory role in the customer's tenant may be reset.
      - If V(false), only roles are seen that Partner Center lists for the user, which are those that are assigned to
        the user directly and are active. A role that comes from a group, or for which the user is only eligible
        (Privileged Identity Management), is not seen. Leave such users out of the list.
      - If V(false), this costs one request for each user that is due, or one for each role in use at the customer
        and one for their list, whichever is less.
      - The account that runs the job is always refused. Where the access token does not name it, a warning says that
        it cannot be recognised.
    type: bool
    default: false
  on_refused:
    description:
      - What becomes of users who are refused for what they are. These are federated ones, synced ones, holders of roles
        (see O(allow_synced) and O(allow_privileged)), and the account that runs the job.
      - With V(fail) they fail. With V(skip) they are V(excluded), told, and no failure. Everything else still fails.
    type: str
    choices: [fail, skip]
    default: fail
"""

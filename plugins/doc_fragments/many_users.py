# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of everything that changes users, many at once."""

from __future__ import annotations


class ModuleDocFragment:
    """The number of users at once, and the users who are left alone."""

    DOCUMENTATION = r"""
options:
  endpoint:
    description:
      - The call of the service that sets the password.
      - V(auto) uses V(resetpassword). If the service answers twice that this call does not exist, V(update) is used.
      - V(update) is the older call. The service may answer that it took the password although it did not, so its answer
        alone is no proof. The module therefore waits up to O(audit_timeout) for the audit log to show the reset. If the
        log does not show it, the outcome is V(unknown). With O(audit_timeout=0), a given password counts as applied,
        with the certainty V(assumed), and a rotation keeps its password pending.
    type: str
    choices: [resetpassword, update, auto]
    default: auto
  concurrency:
    description: The number of users that are worked on at the same time, V(1) to V(64). Raising it helps only while the
      task waits for the service.
    type: int
    default: 8
  on_error:
    description:
      - V(continue) finishes the list of users and fails at the end.
      - V(stop) does not start another user after one has failed. The users that were not started are V(deferred).
    type: str
    choices: [continue, stop]
    default: continue
  max_resets:
    description:
      - The largest number of resets that one task may make. If more resets are due, the task fails and sends nothing.
        V(0) means no limit.
    type: int
    default: 0
  max_resets_per_customer:
    description:
      - The largest number of resets that one task may make for each customer. If more are due for any customer, the
        task fails and sends nothing to any of them. The message names the customers. V(0) means no limit.
    type: int
    default: 0
    version_added: 1.0.0
  pilot:
    description:
      - The number of users who are sent a password first, spread over the customers. The other users follow only if all
        of these were set. Otherwise the other users are V(deferred). Mend the cause and run again.
      - With V(0), or if no more users than this are due, there is no pilot.
      - In check mode, the message of each user who would wait for the pilot says so.
    type: int
    default: 0
    version_added: 1.0.0
  approved_plan:
    description:
      - The RV(ignore:plan) that a run in check mode returned, and that somebody approved. If other resets are due when
        the task runs, it fails and sends nothing. Users who are no longer due, or are due for another reason, make
        another plan, too. If nothing is due, the task ends without an error.
      - In check mode it does nothing. A rotation looks at it with C(operation=rotate) only.
    type: str
    default: ""
    version_added: 1.0.0
  check_user:
    description:
      - Whether each user is read first. Users whose password cannot be set in the cloud are refused. These are
        federated users, synced users (see O(allow_synced)), and soft-deleted users. With V(false), only the service
        decides about them.
      - Microsoft Graph does not tell that a user is federated. With O(gateway=graph), federated users are not refused
        here, but by the service when the password is sent.
      - This costs one request for each user, or one for each page of the customer's list of users, whichever is fewer.
    type: bool
    default: true
  allow_synced:
    description: Whether users who are synced from on-premises may be reset. This works only in tenants with password
      writeback. It cannot be used with O(gateway=graph), which never keeps the password of such a user.
    type: bool
    default: false
  allow_privileged:
    description:
      - Whether users who hold a directory role in the customer's tenant may be reset.
      - Partner Center lists only roles that are active and assigned to the user directly. A role that comes from a
        group, or for which the user is only eligible (Privileged Identity Management), is not listed, and such a user
        is not refused. Leave these users out of the list. With O(gateway=graph), a role that comes from a group counts
        as well.
      - With V(false), this costs one request for each user that is due, or one for each role in use at the customer and
        one for their list, whichever is fewer. Up to four users of a customer are always asked for one by one.
      - The account that runs the job is always refused. If the access token does not name the account, a warning says
        that it cannot be recognised.
    type: bool
    default: false
  allowed_roles:
    description:
      - Names of directory roles, such as V(Directory Readers), upper and lower case alike. A user who holds no other
        roles than these may be reset, although O(allow_privileged=false). So some roles can be left to a help desk.
      - A role without a name is never allowed.
    type: list
    elements: str
    default: []
    version_added: 1.0.0
  on_refused:
    description:
      - What happens to users who are refused because of what they are. These are federated users, synced users (see
        O(allow_synced)), users with directory roles (see O(allow_privileged)), and the account that runs the job.
      - With V(fail), they fail. With V(skip), they are reported as V(excluded) and do not fail. All other errors still
        fail.
    type: str
    version_added: 1.0.0
    choices: [fail, skip]
    default: fail
"""

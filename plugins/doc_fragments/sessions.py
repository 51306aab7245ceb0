# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of everything that sets passwords: sessions, and changes by somebody else."""

from __future__ import annotations


class ModuleDocFragment:
    """Sessions and drift, which Microsoft Graph alone ends and tells."""

    DOCUMENTATION = r"""
options:
  revoke_sessions:
    description:
      - Whether to end the user's sessions after a reset. A reset alone does not end sessions that go on, which matters
        after a leak.
      - It is done only after a reset that is known to have taken effect. If it fails, the reset is still reported as
        what it is, C(sessions_revoked) is V(false), and a warning tells why.
      - It works with either O(gateway), and always needs what O(gateway=graph) needs, with the permission
        C(User.RevokeSessions.All) besides. If a run is killed between both, the next run does not end the sessions.
    type: bool
    version_added: 1.0.0
    default: false
  on_drift:
    description:
      - With O(gateway=graph), what happens if nothing is due, and the directory shows that the password was changed
        more than 15 minutes after the last reset that is recorded.
      - With V(report), the user is V(unchanged) with the reason V(drift) and a message with the times. With V(reset),
        the password is reset for the reason V(drift).
      - It is not looked for if the user had to choose another password at the next sign-in, or if O(check_user=false).
    type: str
    version_added: 1.0.0
    choices: [report, reset]
    default: report
"""

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option that says by which call a password is set."""

from __future__ import annotations


class ModuleDocFragment:
    """Reset call or update call."""

    DOCUMENTATION = r"""
options:
  endpoint:
    description:
      - Which call of the service sets the password.
      - V(auto) uses V(resetpassword). Where that seems not to exist, it is tried once more, and V(update) is used only
        after that.
      - V(update) is the older call. A service may answer that it took the password and leave it as it was, so its
        answer alone is no proof. The audit log is asked whether it shows a reset, for O(audit_timeout) at most;
        otherwise the outcome is V(unknown). With O(audit_timeout=0) a given password counts as applied, with the
        certainty V(assumed), and a rotation keeps its password pending.
    type: str
    choices: [resetpassword, update, auto]
    default: auto
"""

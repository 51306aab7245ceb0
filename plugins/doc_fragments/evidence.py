# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that say when a reset is due, and by what that is known."""

from __future__ import annotations


class ModuleDocFragment:
    """Declared intent and evidence."""

    DOCUMENTATION = r"""
options:
  update_password:
    description:
      - When a reset is due. A second run of the same task sends no password and reports no change, but with V(always).
      - V(when_changed) resets when O(password) differs from the one that was applied last, or when nothing is known.
        The password is recognised by a keyed fingerprint in the ledger. A different O(force_change_password) is a
        change, too.
      - V(when_rotated) resets when O(rotation_id) differs from the one that was applied last.
      - V(when_older) resets when the last reset is older than O(max_age), or before O(not_before).
      - V(always) resets at every run.
      - The default is V(when_rotated) if O(rotation_id) is given, V(when_older) if O(not_before) or O(max_age) is
        given, and V(when_changed) otherwise.
    type: str
    choices: [when_changed, when_rotated, when_older, always]
  evidence:
    description:
      - By what it is known when and what was applied last.
      - V(ledger) is a folder of files with metadata only. No entry in it means that a reset is due.
      - V(audit_log) is the service's own audit log of the last 90 days. It needs no local state, and serves
        V(when_older) and V(when_rotated), with O(max_age) or O(not_before) within those 90 days. The task waits until
        the log shows what it did, up to O(audit_timeout).
    type: str
    choices: [ledger, audit_log]
    default: ledger
  audit_timeout:
    description:
      - Seconds to wait for the audit log to show whether a reset took effect whose answer was lost. The delay of the
        log is not published. V(0) does not ask it.
    type: float
    default: 120.0
  ledger:
    description:
      - The folder of the ledger. It holds one file for each customer, without any password, and may be kept in git.
      - If not set, the environment variable E(PARTNERCENTER_LEDGER) is used, and
        C($ANSIBLE_HOME/partnercenter/ledger) after that.
      - A relative path begins in the folder of the inventory file, or, where there is none, of the playbook. On another
        machine it must be absolute. A ledger that is made anew is told.
      - A folder that everybody can write is refused. A task with more than 100 customers locks the whole ledger,
        others lock their customers.
    type: path
  ledger_key:
    description:
      - The key of the fingerprints, 32 bytes as 64 hexadecimal digits or in base64. Whoever has the ledger without
        the key can guess nothing.
      - If not set, the environment variable E(PARTNERCENTER_LEDGER_KEY) is used, and after that the file
        C($ANSIBLE_HOME/partnercenter/ledger.key), which is made at its first use.
    type: str
"""

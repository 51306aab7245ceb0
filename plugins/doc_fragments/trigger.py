# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that say when a reset is due, and when it may happen."""

from __future__ import annotations


class ModuleDocFragment:
    """Declared rotation, greatest age, and window."""

    DOCUMENTATION = r"""
options:
  rotation_id:
    description:
      - Names the rotation that is wanted, such as V(2026-11) or a git commit. It is no secret. Never use one twice.
      - It is a text without the blanks around it. Put it in quotes - YAML makes V(2026.10) the number 2026.1, which is
        refused, and V(010) the number 8.
    type: str
  not_before:
    description:
      - A time in ISO 8601 with a time zone. A last reset before it is too old.
    type: str
  max_age:
    description:
      - The greatest age of the last reset, a number and one of C(s), C(m), C(h), C(d), C(w), such as V(30d).
    type: str
  window:
    description:
      - When resets may happen. Outside of it, a user whose reset is due is V(deferred). What an earlier run has begun
        is finished at any time.
    type: dict
    suboptions:
      days:
        description: Days such as V(mon) or V(monday), and ranges such as V(mon-fri). All days of the week by default.
        type: list
        elements: str
      from:
        description: Time of day at which the window opens, such as V(22:00).
        type: str
      to:
        description: Time of day at which it closes. If it is before O(window.from), it is on the next day.
        type: str
      time_zone:
        description: A name such as V(Europe/Berlin). The default is V(UTC).
        type: str
"""

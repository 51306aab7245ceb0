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
      - A name for the wanted rotation, such as V(2026-11) or a git commit. The password is set once for each name. It
        is not a secret. Do not use a name twice.
      - Put it in quotes. Without them, YAML turns V(2026.10) into the number 2026.1, which is refused, and V(010) into
        the number 8. Blanks before and after it are ignored.
    type: str
  not_before:
    description:
      - A time in ISO 8601 with a time zone. A reset is due if the last one was before this time.
    type: str
  max_age:
    description:
      - The maximum age of the last reset, as a number and one of C(s), C(m), C(h), C(d), C(w), such as V(30d).
    type: str
  window:
    description:
      - The hours in which resets may happen. Outside of them, a user whose reset is due is V(deferred). A reset that an
        earlier run has begun is finished at any time.
    type: dict
    suboptions:
      days:
        description: Days such as V(mon) or V(monday), and ranges such as V(mon-fri). The default is every day.
        type: list
        elements: str
      from:
        description: The time of day at which the window opens, such as V(22:00).
        type: str
      to:
        description: The time of day at which the window closes. If it is before O(window.from), it is on the next day.
        type: str
      time_zone:
        description: The name of a time zone, such as V(Europe/Berlin). The default is V(UTC).
        type: str
"""

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attributes that all modules of this collection share."""

from __future__ import annotations


class ModuleDocFragment:
    """Platform and action group."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/csp.partnercenter.all) in C(module_defaults) to give the credentials once.
    support: full
    membership:
      - csp.partnercenter.all
  platform:
    description: Target OS families that can be operated against.
    support: full
    platforms: posix
"""

    READ_ONLY = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Only reads.
  diff_mode:
    support: none
    description: Changes nothing, so there is no difference to show.
  idempotent:
    support: full
    description: Changes nothing.
"""

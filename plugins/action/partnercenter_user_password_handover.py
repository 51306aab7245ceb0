# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hands over a temporary password in the controller's process: only there are Ansible's vault secrets."""

from __future__ import annotations

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.handover import hand_over, specification
from ansible_collections.csp.partnercenter.plugins.plugin_utils._entrance_action import EntranceAction


class ActionModule(EntranceAction):
    """See the module of the same name for its options."""

    entrance = (specification, hand_over)
    _requires_connection = False

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine under another name: what is not the controller itself runs the module instead of the action plugin."""

from __future__ import annotations

from ansible.plugins.connection import local

DOCUMENTATION = local.DOCUMENTATION.replace("name: local", "name: elsewhere", 1)


class Connection(local.Connection):
    """The connection plugin local, not called local."""

    transport = "elsewhere"

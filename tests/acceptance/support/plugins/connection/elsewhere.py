# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine under another name: what is not the controller itself runs the module instead of the action plugin."""

from __future__ import annotations

from ansible.plugins.connection import local

DOCUMENTATION = """
name: elsewhere
short_description: Execute on this machine, as if it were another one
description: The connection plugin local under another name.
author: The contributors of csp.partnercenter (@csp-partnercenter)
version_added: 0.1.0
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(local.Connection):
    """The connection plugin local, not called local."""

    transport = "elsewhere"

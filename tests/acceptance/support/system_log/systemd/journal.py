# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: a message with fields, as a line of the same file."""

from __future__ import annotations

import os
import syslog


def send(*words, **fields):
    syslog.record("journal", *words, fields)


if os.environ.get("SYSTEM_LOG_KIND") == "journal":
    sendv = send  # by this Ansible knows that the journal is there

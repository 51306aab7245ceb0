# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On PYTHONPATH, takes the place of Python's own module: what would be in the system log is in a file.

``SYSTEM_LOG`` is the file. Nothing here needs a daemon, a socket at /dev/log or the rights of root.
"""

from __future__ import annotations

import os

LOG_PID, LOG_EMERG, LOG_ALERT, LOG_CRIT, LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG = 1, *range(8)
LOG_USER = 8


def openlog(*_arguments, **_options):
    """Nothing is opened."""


def syslog(*words):
    record("syslog", *words)


def record(*words):
    """One write, so that processes do not cut each other's lines."""
    descriptor = os.open(os.environ["SYSTEM_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, (" ".join(map(str, words)) + "\n").encode("utf-8", "surrogateescape"))
    os.close(descriptor)

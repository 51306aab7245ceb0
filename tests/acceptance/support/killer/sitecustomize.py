# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On PYTHONPATH, kills a whole run with SIGKILL just before it writes to the store for the nth time.

``KILL_BEFORE``: n. ``KILL_FOLDER``: a file store, whose writes are renames to a name that ends in .yml.
``KILL_PORT``: a store behind HTTP, whose writes are requests other than GET.
``KILL_PUSH``: a git store, whose writes are pushes of the program git.
``KILL_METHOD``: instead of writes, HTTP requests with this method; only those to ``KILL_PORT`` if that is given.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess

_LEFT = [int(os.environ.get("KILL_BEFORE", "0"))]
_FOLDER, _PORT, _METHOD, _PUSH = (os.environ.get(f"KILL_{name}") for name in ("FOLDER", "PORT", "METHOD", "PUSH"))
_rename, _putrequest, _popen = os.rename, http.client.HTTPConnection.putrequest, subprocess.Popen.__init__


def _count():
    _LEFT[0] -= 1
    if _LEFT[0] == 0:
        os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


def _counted_rename(source, target, **options):
    if str(target).endswith(".yml") and "src_dir_fd" in options:
        _count()
    return _rename(source, target, **options)


def _counted_putrequest(connection, method, url, *arguments, **options):
    there = str(connection.port) == _PORT
    of_store = there and method in ("POST", "PUT", "PATCH") and "/data/" in url
    if (method == _METHOD and (there or not _PORT)) if _METHOD else of_store:
        _count()
    return _putrequest(connection, method, url, *arguments, **options)


def _counted_popen(process, command, *arguments, **options):
    if isinstance(command, list) and command[0] == "git" and "push" in command and "--dry-run" not in command:
        _count()
    return _popen(process, command, *arguments, **options)


if _PUSH:
    subprocess.Popen.__init__ = _counted_popen
if _FOLDER:
    os.rename = _counted_rename
if _PORT or _METHOD:
    http.client.HTTPConnection.putrequest = _counted_putrequest

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On PYTHONPATH, makes disks and libraries fail as the environment says, in every process of a run.

``BROKEN_FOLDER`` and ``BROKEN_BY`` (a name of ``errno``): what is written below the folder fails, with ENOSPC once it
is written to, with another error when it is opened. ``BROKEN_LIBRARY`` cannot be imported.
"""

from __future__ import annotations

import errno
import os
import sys

_FOLDER, _ERROR = os.environ.get("BROKEN_FOLDER"), getattr(errno, os.environ.get("BROKEN_BY", ""), 0)
_descriptors = set()
_open, _write = os.open, os.write


def _fail():
    raise OSError(_ERROR, os.strerror(_ERROR))


def _place_of(path, folder):
    """Where a path leads that may be relative to an open folder."""
    return str(path) if folder is None else os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path)


def _broken_open(path, flags, *arguments, **options):
    place = _place_of(path, options.get("dir_fd"))
    inside = place.startswith(_FOLDER) and flags & (os.O_WRONLY | os.O_RDWR) and "lock" not in place
    if inside and _ERROR != errno.ENOSPC:
        _fail()
    descriptor = _open(path, flags, *arguments, **options)
    (_descriptors.add if inside else _descriptors.discard)(descriptor)
    return descriptor


def _broken_write(descriptor, content):
    if descriptor in _descriptors:
        _write(descriptor, bytes(content)[: len(content) // 2])
        _fail()
    return _write(descriptor, content)


if _FOLDER:
    os.open, os.write = _broken_open, _broken_write
if os.environ.get("BROKEN_LIBRARY"):
    sys.modules[os.environ["BROKEN_LIBRARY"]] = None

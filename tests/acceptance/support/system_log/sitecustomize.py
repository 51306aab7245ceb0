# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the stand-in for ``syslog`` in place where Python has that module built in, as Debian's has, and not in a file.

Python reads one file of this name only, so the next one on the path is read from here.
"""

from __future__ import annotations

import importlib.util
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

if "syslog" in sys.builtin_module_names:
    spec = importlib.util.spec_from_file_location("syslog", os.path.join(HERE, "syslog.py"))
    sys.modules["syslog"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

for folder in sys.path:
    path = os.path.join(folder, "sitecustomize.py")
    if os.path.abspath(folder) != HERE and os.path.isfile(path):
        with open(path, encoding="utf-8") as stream:
            exec(compile(stream.read(), path, "exec"), {"__name__": "sitecustomize", "__file__": path})
        break

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Version 2 of the API of Password Pusher, as far as links to texts need it, in memory.

From the documentation of its API (https://docs.pwpush.com): create, read, preview, audit and expire a push, lists of
pushes, and the page that a person opens. As the open-source edition does, it takes the members that it knows, replaces
limits that are out of range by its defaults without a word, and does not know ``expire_after_duration``.
"""

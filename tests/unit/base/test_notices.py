# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Warnings for a person while the task goes on."""

from __future__ import annotations

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices


def test_a_notice_comes_once_in_a_process() -> None:
    notices.take()
    for text in ("once upon a test", "twice", "once upon a test"):
        notices.add(text)
    assert notices.take() == ["once upon a test", "twice"]
    notices.add("twice")
    assert notices.take() == []

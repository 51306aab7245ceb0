# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guard: errors and notices become plain results."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.boundary import guarded
from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CallError, Trace


def test_an_error_keeps_its_codes_and_ids() -> None:
    def work() -> dict[str, Any]:
        raise CallError("refused", status=403, code=900308, trace=Trace("r", "c"))

    error = {"message": "refused", "status": 403, "code": 900308, "request_id": "r", "correlation_id": "c"}
    assert guarded(work) == {"changed": False, "failed": True, "msg": "refused", "error": error}


def test_notices_become_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "take", lambda: ["the certificate ends soon"])
    shown = guarded(lambda: {"failed": False, "warnings": ["first"]})
    assert shown["warnings"] == ["first", "the certificate ends soon"]

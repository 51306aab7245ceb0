# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's audit log as the only evidence: every local file may be lost between two runs.

With Partner Center only: ``gateway: graph`` refuses ``evidence: audit_log``, and has ``evidence: directory`` instead
(``test_graph.py``).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from driver import MOSTLY_IN_PROCESS, ids, live, password, patches, sent, set_password


def tasks(emulator: Any, tag: str = "first", **options: Any) -> list[dict[str, Any]]:
    """One user by age and one by rotation id; the password need not be the same at the second run."""
    common = {"evidence": "audit_log", "password": password(tag), **options}
    return [
        set_password("age", **ids(emulator, 0), max_age="30d", **common),
        set_password("rotation", **ids(emulator, 1), rotation_id="2026-11", **common),
    ]


def outcomes(run: Any) -> list[tuple[str, str | None]]:
    return [(run[name]["outcome"], run[name]["certainty"]) for name in ("age", "rotation")]


@MOSTLY_IN_PROCESS
def test_no_local_state_at_all(emulator: Any, play: Any, path: str) -> None:
    first = play(*tasks(emulator), path=path)
    assert outcomes(first) == [("applied", "exact"), ("applied", "exact")]
    assert not list(play.home.rglob("*ledger*"))
    play.new_home()
    second = play(*tasks(emulator, "second"), path=path)
    assert outcomes(second) == [("unchanged", "audit"), ("unchanged", "audit")]
    assert second["age"]["set_at"][:16] == first["age"]["set_at"][:16]
    assert len(patches(emulator)) == 2


def test_what_is_old_or_names_another_rotation_is_due(emulator: Any, play: Any) -> None:
    """Also what somebody else did by other means counts for the age."""
    now = datetime.now(UTC)
    old, young, failed = ids(emulator, 0), ids(emulator, 1), ids(emulator, 2)
    emulator.add_audit(**old, operation_date=(now - timedelta(days=40)).isoformat())
    emulator.add_audit(
        **young, operation_date=(now - timedelta(days=20)).isoformat(), user_principal_name="x@y.example"
    )
    emulator.add_audit(**failed, operation_status="failed")
    run = play(
        set_password("old", **old, password=password(), max_age="30d", evidence="audit_log"),
        set_password("young", **young, password=password(), max_age="30d", evidence="audit_log"),
        set_password("failed", **failed, password=password(), max_age="30d", evidence="audit_log"),
        set_password("rotation", **young, password=password(), rotation_id="one", evidence="audit_log"),
        set_password("next", **young, password=password(), rotation_id="two", evidence="audit_log"),
        set_password("again", **young, password=password(), rotation_id="two", evidence="audit_log"),
    )
    found = {name: run[name]["outcome"] for name in ("old", "young", "failed", "rotation", "next", "again")}
    assert found == {**dict.fromkeys(found, "applied"), "young": "unchanged", "again": "unchanged"}


@pytest.mark.parametrize("delay", [3, pytest.param(30, marks=pytest.mark.truth)])
def test_a_log_that_lags(emulator: Any, play: Any, delay: int) -> None:
    """The run waits until the log shows what it did, so that the next one finds it."""
    emulator.knobs(audit_delay=delay)
    first = play(*tasks(emulator))
    assert outcomes(first) == [("applied", "exact"), ("applied", "exact")]
    play.new_home()
    assert outcomes(play(*tasks(emulator))) == [("unchanged", "audit")] * 2
    assert len(patches(emulator)) == 2


@pytest.mark.parametrize("delay", [3, pytest.param(30, marks=pytest.mark.truth)])
def test_a_lost_answer_and_a_log_that_lags(emulator: Any, play: Any, delay: int) -> None:
    emulator.knobs(audit_delay=delay)
    emulator.fault("html", method="PATCH", status=200, applied=True, count=2)
    assert outcomes(play(*tasks(emulator))) == [("applied", "audit")] * 2
    play.new_home()
    assert outcomes(play(*tasks(emulator))) == [("unchanged", "audit")] * 2
    assert len(patches(emulator)) == 2


def test_who_does_not_wait_is_warned(emulator: Any, play: Any) -> None:
    emulator.knobs(audit_delay=600)
    run = play(*tasks(emulator, audit_timeout=1))
    for name in ("age", "rotation"):
        assert any("the audit log does not show 1 of 1 resets after 1 s" in text for text in run[name]["warnings"])


@pytest.mark.parametrize("delay", [0, pytest.param(30, marks=pytest.mark.truth)])
def test_records_without_correlation_id(emulator: Any, play: Any, delay: int) -> None:
    """By age they serve; whether they are this rotation nobody can tell: unknown, and nothing is sent."""
    emulator.knobs(audit_correlation_id="absent", audit_delay=delay)
    first = play(*tasks(emulator))
    assert [outcome for outcome, _unused in outcomes(first)] == ["applied", "applied"]
    play.new_home()
    second = play(*tasks(emulator))
    assert outcomes(second) == [("unchanged", "audit"), ("unknown", None)]
    assert second["rotation"]["failed"] and second["rotation"]["changed"]
    assert "use evidence: ledger, or max_age" in second["rotation"]["msg"]
    assert len(patches(emulator)) == 2


def test_records_without_a_user(emulator: Any, play: Any) -> None:
    """Our own correlation id is enough for a rotation; for an age it is unknown whose reset it was."""
    emulator.knobs(audit_user_key="absent")
    play(*tasks(emulator)[1:])
    play.new_home()
    second = play(*tasks(emulator))
    assert outcomes(second) == [("unknown", None), ("unchanged", "audit")]
    assert "do not say which user" in second["age"]["msg"]
    assert len(patches(emulator)) == 1


def test_a_log_that_cannot_be_read_is_no_evidence(emulator: Any, play: Any) -> None:
    emulator.fault("status", path="/v1/auditrecords", status=403, code=900150, count=9)
    run = play(*tasks(emulator))
    for name in ("age", "rotation"):
        assert run[name]["failed"] and not run[name]["changed"]
        assert run[name]["msg"].startswith("the audit log cannot be read, and it is the evidence: ")
    assert patches(emulator) == []
    assert sent(emulator, ids(emulator, 0)) == []
    assert live(emulator, ids(emulator, 0)) != password("first")

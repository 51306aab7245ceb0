# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that the tests of the lock and the ledger share."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.csp.partnercenter.tests.unit.support.repository import LOCK, Repository

EVENT = '{"event": "one"}\n'


def claimed(repository: Repository, clone: Path, **settings: object) -> str:
    claim = repository.ledger(clone, "claim", **settings)
    assert claim.returncode == 0, claim.stderr
    return claim.stdout.strip()


def refused(repository: Repository, clone: Path, **settings: object) -> str:
    """The sentence; neither the branch nor the lock has changed."""
    before = repository.log()
    claim = repository.ledger(clone, "claim", **settings)
    assert claim.returncode == 1 and claim.stdout == ""
    assert claim.stderr.startswith("nothing was sent: ") and claim.stderr.count("\n") == 1
    assert repository.log() == before and LOCK not in repository.branches()
    return claim.stderr


def written(clone: Path, text: str = EVENT, name: str = "events.jsonl") -> None:
    """Write the files that a run leaves."""
    (clone / "ledger").mkdir(exist_ok=True)
    (clone / "ledger" / name).write_text(text)
    (clone / "ledger" / ".a.lock").write_text("")
    (clone / "ledger" / "a.journal").write_text("")
    (clone / "ledger" / "a.json.new").write_text("")

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole tasks against the fake service, with a real ledger: one call is one run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._password.apply import Application
from ansible_collections.csp.partnercenter.plugins.module_utils._password.batch import Options, Progress
from ansible_collections.csp.partnercenter.plugins.module_utils._password.evidence import Evidence
from ansible_collections.csp.partnercenter.plugins.module_utils._password.intent import Intent
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.evidence import LedgerEvidence
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.fingerprint import LedgerKey
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import UserResult
from ansible_collections.csp.partnercenter.plugins.module_utils._password.report import Report
from ansible_collections.csp.partnercenter.plugins.module_utils._password.witness_evidence import WitnessEvidence
from ansible_collections.csp.partnercenter.tests.unit.password.builders import KEY
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import FakeService


@dataclass
class Playbook:
    """Runs tasks one after the other. ``ledger`` None means that the service is the evidence."""

    service: FakeService
    ledger: Path | None
    key: LedgerKey = KEY
    progress: list[Progress] = field(default_factory=list)
    notify: Callable[[Progress], None] = lambda _progress: None

    def run(self, *intents: Intent, cancelled: threading.Event | None = None, **options: Any) -> Report:
        check_mode = options.get("check_mode", False)
        trail = self.service.trail()
        evidence: Evidence = WitnessEvidence(trail, self.service.connection().memory)
        if self.ledger is not None:
            evidence = LedgerEvidence(str(self.ledger), lambda: self.key, read_only=check_mode)
        application = Application(
            self.service.connection(),
            evidence,
            trail,
            Options(**{"witness": self.ledger is None, **options}),
            progress=self._progress,
            cancelled=cancelled,
            now=lambda: self.service.now,
        )
        return application.run(intents)

    def one(self, *intents: Intent, **options: Any) -> UserResult:
        """The row of the only user."""
        (row,) = self.run(*intents, **options).users
        return row

    def outcomes(self, intents: Sequence[Intent], **options: Any) -> list[str]:
        return [row.outcome.value for row in self.run(*intents, **options).users]

    def _progress(self, progress: Progress) -> None:
        self.progress.append(progress)
        self.notify(progress)

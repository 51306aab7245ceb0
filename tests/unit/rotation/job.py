# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that rotate the users of one customer at a service in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._password.batch import Options, Progress
from ansible_collections.csp.partnercenter.plugins.module_utils._password.report import Report
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.cycle import Tools
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.event_log import EventLog
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.generator import make_generator
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Mode
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.rotation import Rotation
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.file import FileStore
from ansible_collections.csp.partnercenter.tests.unit.password.builders import intent
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import FakeService
from ansible_collections.csp.partnercenter.tests.unit.support.kits import PlainCipher


@dataclass
class Job:
    """Rotates the first users of one customer, task after task."""

    root: Path
    service: FakeService = field(default_factory=lambda: FakeService().with_users(3))
    progress: list[Progress] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def run(
        self,
        rotation_id: str = "r1",
        *,
        users: int = 3,
        max_age: timedelta | None = None,
        notify: Callable[[Progress], None] | None = None,
        mode: Mode = Mode.ROTATE,
        witness: bool = False,
        by_name: bool = False,
        customer_domain: str | None = None,
        numbers: Sequence[int] = (),
        **options: Any,
    ) -> Report:
        """``users`` is how many, from the first on; ``numbers`` names them instead."""
        connection = self.service.connection()
        events = EventLog(str(self.root / "events.jsonl"))
        tools = Tools(
            self.store, connection.users, make_generator(), events, mode, 5, witness, lambda: self.service.now
        )
        task = Rotation(
            connection,
            tools,
            self.service.trail(),
            Options(**options),
            progress=notify or self.progress.append,
            cancelled=self.cancelled,
        )
        when: dict[str, Any] = {"max_age": max_age} if max_age else {"rotation_id": rotation_id}
        asked = numbers or range(1, users + 1)
        when["customer_domain"] = customer_domain
        found = [intent(number, force=False, by_name=by_name, **when) for number in asked]
        return task.run([replace(one, password=None) for one in found])

    @property
    def store(self) -> FileStore:
        return FileStore(str(self.root / "store"), PlainCipher())

    def outcomes(self, **more: Any) -> list[str]:
        return [row.outcome.value for row in self.run(**more).users]

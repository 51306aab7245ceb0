# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_MOST_VERSIONS = 10


class Fault(Exception):
    """An error answer of Vault."""

    def __init__(self, status: int, *errors: str, data: object = None) -> None:
        super().__init__(*errors)
        self.status, self.errors, self.data = status, list(errors), data


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "000Z")


@dataclass
class Version:
    number: int
    fields: dict[str, Any] | None
    created: str = field(default_factory=_now)
    deleted: str = ""
    destroyed: bool = False

    def metadata(self) -> dict[str, Any]:
        return {
            "created_time": self.created,
            "custom_metadata": None,
            "deletion_time": self.deleted,
            "destroyed": self.destroyed,
            "version": self.number,
        }


@dataclass
class Secret:
    versions: dict[int, Version] = field(default_factory=dict)
    current: int = 0
    cas_required: bool = False

    def write(self, fields: Mapping[str, Any], cas: int | None) -> Version:
        """Vault compares ``cas`` with the number of the newest version, deleted or not; 0 where there is none."""
        if cas is None and self.cas_required:
            raise Fault(400, "check-and-set parameter required for this call")
        if cas is not None and cas != self.current:
            raise Fault(400, "check-and-set parameter did not match the current version")
        self.current += 1
        self.versions[self.current] = Version(self.current, dict(fields))
        self.versions.pop(self.current - _MOST_VERSIONS, None)
        return self.versions[self.current]

    def read(self, number: int) -> Version:
        """A deleted version is 404 with its metadata."""
        version = self.versions.get(number or self.current)
        if version is None:
            raise Fault(404)
        if version.deleted or version.destroyed:
            raise Fault(404, data={"data": None, "metadata": version.metadata()})
        return version

    def delete(self, numbers: list[int]) -> None:
        for number in numbers:
            if number in self.versions:
                self.versions[number].deleted = _now()

    def undelete(self, numbers: list[int]) -> None:
        for number in numbers:
            if number in self.versions and not self.versions[number].destroyed:
                self.versions[number].deleted = ""

    def destroy(self, numbers: list[int]) -> None:
        for number in numbers:
            if number in self.versions:
                self.versions[number].fields, self.versions[number].destroyed = None, True


class Engine:
    """Secrets by path."""

    def __init__(self) -> None:
        self.secrets: dict[str, Secret] = {}

    def at(self, path: str) -> Secret:
        if path not in self.secrets:
            raise Fault(404)
        return self.secrets[path]

    def names(self, folder: str) -> list[str]:
        """What lies directly in a folder; folders end with a slash."""
        start = f"{folder.strip('/')}/" if folder.strip("/") else ""
        rests = [path[len(start) :] for path in self.secrets if path.startswith(start)]
        found = sorted({rest.partition("/")[0] + ("/" if "/" in rest else "") for rest in rests})
        if not found:
            raise Fault(404)
        return found

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content of the vault. Times are whole seconds, as the service gives them."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
_MOST_TAGS, _LONGEST_TAG_NAME, _LONGEST_TAG, _LONGEST_VALUE = 15, 512, 256, 25 * 1024


class Fault(Exception):
    """An error answer of the service."""

    def __init__(self, status: int, code: str, message: str, inner: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.inner = status, code, message, inner


@dataclass
class Version:
    id: str
    value: str
    content_type: str | None
    tags: dict[str, str]
    enabled: bool = True
    not_before: int | None = None
    expires: int | None = None
    created: int = field(default_factory=lambda: int(time.time()))
    updated: int = field(default_factory=lambda: int(time.time()))

    def change(self, body: Mapping[str, Any]) -> None:
        """Members that are not there stay; ``tags`` are replaced as a whole."""
        if "tags" in body:
            self.tags = checked_tags(body["tags"])
        if "contentType" in body:
            self.content_type = body["contentType"]
        attributes = body.get("attributes") or {}
        self.enabled = bool(attributes.get("enabled", self.enabled))
        self.not_before, self.expires = attributes.get("nbf", self.not_before), attributes.get("exp", self.expires)
        self.updated = int(time.time())


class Vault:
    """Secrets by name in lower case, each a list of versions, the newest last."""

    def __init__(self) -> None:
        self.secrets: dict[str, list[Version]] = {}
        self.deleted: dict[str, list[Version]] = {}

    def set(self, name: str, body: Mapping[str, Any]) -> Version:
        """A new version."""
        if not _NAME.fullmatch(name):
            raise Fault(400, "BadParameter", "The name of the secret is not valid.")
        if name.lower() in self.deleted:
            message = "Secret is currently in a deleted but recoverable state."
            raise Fault(409, "Conflict", message, "ObjectIsDeletedButRecoverable")
        value = body.get("value")
        if not isinstance(value, str) or len(value) > _LONGEST_VALUE:
            raise Fault(400, "BadParameter", "The property value is missing or too long.")
        enabled = bool((body.get("attributes") or {}).get("enabled", True))
        made = Version(secrets.token_hex(16), value, body.get("contentType"), checked_tags(body.get("tags")), enabled)
        self.secrets.setdefault(name.lower(), []).append(made)
        return made

    def get(self, name: str, version: str = "") -> Version:
        """Return this version, or the newest."""
        versions = self.secrets.get(name.lower(), [])
        found = next((item for item in reversed(versions) if version in ("", item.id)), None)
        if found is None:
            raise Fault(404, "SecretNotFound", "A secret with that name and id was not found in this key vault.")
        return found

    def read(self, name: str, version: str = "") -> Version:
        """Return the version as ``get`` does, for its value."""
        found = self.get(name, version)
        if not found.enabled:
            raise Fault(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled")
        return found

    def delete(self, name: str) -> None:
        """Soft delete: the name stays taken."""
        self.get(name)
        self.deleted[name.lower()] = self.secrets.pop(name.lower())

    def recover(self, name: str) -> None:
        if name.lower() not in self.deleted:
            raise Fault(404, "SecretNotFound", "There is no such deleted secret.")
        self.secrets[name.lower()] = self.deleted.pop(name.lower())

    def purge(self, name: str) -> None:
        if self.deleted.pop(name.lower(), None) is None:
            raise Fault(404, "SecretNotFound", "There is no such deleted secret.")


def checked_tags(tags: object) -> dict[str, str]:
    """The tags, within the limits of the service."""
    if tags is None:
        return {}
    if not isinstance(tags, dict) or len(tags) > _MOST_TAGS:
        raise Fault(400, "BadParameter", "There are too many tags.")
    for name, value in tags.items():
        if not isinstance(value, str) or len(name) > _LONGEST_TAG_NAME or len(value) > _LONGEST_TAG:
            raise Fault(400, "BadParameter", "A tag is too long.")
    return dict(tags)

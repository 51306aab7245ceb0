# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work on one user: what differs between the declaration and what the service says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .._base.identifiers import folded
from .._directory.records import DETAILS, User
from .declaration import Declaration, Presence

NAME = "user_principal_name"


class UserAction(StrEnum):
    """The steps that a user may need, in their order."""

    CREATE = "create"
    RESTORE = "restore"
    RENAME = "rename"
    UPDATE = "update"
    DELETE = "delete"


#: How each action is told: what would be done, and what was done.
WORDS = {
    UserAction.CREATE: ("create", "created"),
    UserAction.RESTORE: ("restore", "restored"),
    UserAction.RENAME: ("rename", "renamed"),
    UserAction.UPDATE: ("change", "changed"),
    UserAction.DELETE: ("delete", "deleted"),
}


@dataclass(frozen=True)
class Work:
    """The actions, and what they change: before and after by the name of each detail."""

    actions: tuple[UserAction, ...] = ()
    changes: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)

    def said(self, *, done: bool) -> str:
        """Return the actions in words. A change of details names them."""
        details = ", ".join(name for name in self.changes if name in DETAILS)
        words = [WORDS[action][done] + (f" {details}" * (action is UserAction.UPDATE)) for action in self.actions]
        return ", ".join(words)


def work_on(declared: Declaration, user: User | None) -> Work:
    """Return the work. ``user`` is None where there is no such user, not even a soft-deleted one."""
    if declared.presence is Presence.ABSENT:
        there = user is not None and not user.deleted
        return Work((UserAction.DELETE,), {"state": ("present", "absent")}) if there else Work()
    if user is None:
        name = declared.account.user_principal_name
        created = {NAME: name, **declared.details}
        return Work((UserAction.CREATE,), {key: (None, value) for key, value in created.items()})
    changes: dict[str, tuple[str | None, str | None]] = {
        name: (getattr(user, name), wanted)
        for name, wanted in declared.details.items()
        if not _same(name, getattr(user, name), wanted)
    }
    actions = (UserAction.UPDATE,) if changes else ()
    if declared.new_name and folded(declared.new_name) != folded(user.user_principal_name):
        actions, changes = (
            (UserAction.RENAME, *actions),
            {NAME: (user.user_principal_name, declared.new_name)} | changes,
        )
    if user.deleted:
        actions, changes = (UserAction.RESTORE, *actions), {"state": ("absent", "present")} | changes
    return Work(actions, changes)


def _same(name: str, actual: str, wanted: str) -> bool:
    return (actual.upper() if name == "usage_location" else actual) == wanted

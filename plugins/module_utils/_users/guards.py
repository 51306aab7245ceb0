# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guards for users who are to be changed: who is mastered elsewhere, who runs the job, who holds a directory role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .._base.errors import CallError
from .._directory.directory import Directory
from .._password.guards import Guards
from .._password.lookup import Target
from .turn import UserDecision
from .work import UserAction

#: Who is deleted or renamed cannot sign in as before.
_DRASTIC = {UserAction.DELETE, UserAction.RENAME}
_OF_THE_DOMAIN = _DRASTIC | {UserAction.UPDATE}
_SYNCED = (
    "the user is synced from on-premises Active Directory, which would overwrite the change: change the user there; "
    "only usage_location can be changed here"
)
_OWN_ACCOUNT = "this is the account that runs the job: deleting or renaming it would end its own sign-in"


class UserGuards(Guards):
    """The guards of a task. ``skip``: refused users are excluded, and do not fail."""

    def __init__(self, connection: Directory, *, allow_privileged: bool, skip: bool) -> None:
        super().__init__(connection, allow_synced=True, allow_privileged=allow_privileged, skip=skip)

    def checked(self, decisions: Sequence[UserDecision]) -> list[UserDecision]:
        """Return the decisions with refusals; raises :class:`CredentialError`. Roles are asked for only if needed."""
        refused: dict[tuple[str, str], str | CallError] = {
            item.target.key: self._by_policy(_SYNCED) for item in decisions if item.sends and _is_of_the_domain(item)
        }
        drastic = [item.target for item in decisions if item.sends and set(item.work.actions) & _DRASTIC]
        refused |= self.refusals([target for target in drastic if target.key not in refused])
        return [replace(item, refusal=item.refusal or refused.get(item.target.key)) for item in decisions]

    def _refusal(self, target: Target) -> str | None:
        return self._by_policy(_OWN_ACCOUNT) if self._runs_the_job(target) else None


def _is_of_the_domain(decision: UserDecision) -> bool:
    """Return whether the on-premises directory decides about what is to be changed."""
    touched = set(decision.work.actions) & _OF_THE_DOMAIN and set(decision.work.changes) - {"usage_location"}
    return decision.target.user.synced and bool(touched)

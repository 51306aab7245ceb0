# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guards: they refuse users without a cloud password, administrators, and the account that runs the job."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from .._base import notices
from .._base.errors import CallError, InputError
from .._base.identifiers import folded
from .._base.workers import for_each
from .._directory.directory import Directory
from .decision import LeftOut
from .intent import check_password
from .lookup import Target


class Guards:
    """The guards of a task.

    ``allowed_roles``: who holds no other directory roles may be reset. ``skip``: refused users are excluded, and do not
    fail.
    """

    def __init__(
        self,
        connection: Directory,
        *,
        allow_synced: bool,
        allow_privileged: bool,
        allowed_roles: Collection[str] = (),
        writes_back: bool = False,
        skip: bool = False,
    ) -> None:
        self._connection = connection
        self._allow_synced = allow_synced
        self._writes_back = writes_back
        self._allow_privileged = allow_privileged
        self._allowed_roles = {folded(role.strip()) for role in allowed_roles} - {""}
        self._by_policy: Callable[[str], str] = LeftOut if skip else str

    def refusals(self, due: Sequence[Target]) -> dict[tuple[str, str], str | CallError]:
        """Return sentences by ``Target.key``, or the error of a look-up; raises :class:`CredentialError`.

        Directory roles are asked for only where nothing else refuses the user.
        """
        refused: dict[tuple[str, str], str | CallError] = {}
        for target in due:
            sentence = self._refusal(target)
            if sentence:
                refused[target.key] = sentence
        if not self._allow_privileged:
            customers: dict[str, list[Target]] = {}
            for target in due:
                if target.key not in refused:
                    customers.setdefault(target.customer_id, []).append(target)
            workers = self._connection.concurrency
            for found in for_each(lambda group: self._privileged(*group), list(customers.items()), workers=workers):
                refused |= found
        return refused

    def _refusal(self, target: Target) -> str | None:
        user = target.user
        if user.federated:
            return self._by_policy(
                "the user is federated: the password lives at the identity provider, not in Entra ID: reset it there"
            )
        if user.deleted:
            return "the user is soft-deleted: restore the user first"
        if user.synced and self._writes_back and not target.intent.force_change_password:
            return "the user is synced, and password writeback always forces a change: set force_change_password: true"
        if user.synced and not self._allow_synced and not self._writes_back:
            return self._by_policy(
                "the user is synced from on-premises Active Directory, which would overwrite the password: "
                "reset it there, or set allow_synced where password writeback is on"
            )
        if self._runs_the_job(target):
            return self._by_policy("this is the account that runs the job: a reset would end its own sign-in")
        if target.intent.password is None:
            return None
        try:
            check_password(target.intent.account, target.intent.password, target.user_principal_name)
        except InputError as error:
            return str(error)
        return None

    def _runs_the_job(self, target: Target) -> bool:
        account = self._connection.account()
        name, own_name = folded(target.user_principal_name or ""), folded(account.user_principal_name or "")
        if not account.object_id and not (name and own_name):
            notices.add(_UNNAMED)
        return account.object_id == target.user.id or bool(name and name == own_name)

    def _privileged(self, customer_id: str, targets: Sequence[Target]) -> dict[tuple[str, str], str | CallError]:
        held = self._connection.roles.held(customer_id, [target.user.id for target in targets])
        refused: dict[tuple[str, str], str | CallError] = {}
        for target in targets:
            found = held[target.user.id]
            if isinstance(found, CallError):
                refused[target.key] = found
            elif others := [role for role in found if folded(role.strip()) not in self._allowed_roles]:
                refused[target.key] = self._by_policy(self._holds(others[0]))
        return refused

    def _holds(self, role: str) -> str:
        name = role or "(without a name)"
        why = "allowed_roles does not name it" if self._allowed_roles else "allow_privileged is not set"
        return f"the user holds the directory role {name} in the customer's tenant, and {why}"


_UNNAMED = (
    "the access token does not name the account that runs the job (it has no oid, and no upn that could be compared), "
    "so this account cannot be recognised among the users: make sure that it is not one of them"
)

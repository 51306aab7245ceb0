# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which directory roles users hold, with as few requests as possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from .._base.errors import CallError
from .._base.workers import for_each
from .._directory.directory import Directory

Held: TypeAlias = "list[str] | CallError"


def roles_held(
    connection: Directory, customer_id: str, user_ids: Sequence[str], *, workers: int | None = None
) -> Mapping[str, Held]:
    """The names of each user's roles, or why they cannot be read; raises :class:`CredentialError`.

    One GET for each user, or one for each role that is in use and one for their list: whichever is fewer. For two
    users the list can save nothing, so it is not asked for. ``workers`` is 1 where the caller is one of many.
    """
    workers = workers or connection.concurrency
    if len(user_ids) > 2:
        try:
            used = list(connection.roles.list(customer_id))
            if len(used) < len(user_ids):
                return _from_members(
                    connection, customer_id, user_ids, [(role.id, role.name) for role in used], workers
                )
        except CallError as error:
            return dict.fromkeys(user_ids, error)

    def of_user(user_id: str) -> Held:
        try:
            return [role.name for role in connection.roles.of_user(customer_id, user_id)]
        except CallError as error:
            return error

    return dict(zip(user_ids, for_each(of_user, user_ids, workers=workers), strict=True))


def _from_members(
    connection: Directory, customer_id: str, user_ids: Sequence[str], used: Sequence[tuple[str, str]], workers: int
) -> Mapping[str, Held]:
    held: dict[str, list[str]] = {user_id: [] for user_id in user_ids}
    members = for_each(lambda role: list(connection.roles.members(customer_id, role[0])), used, workers=workers)
    for (_role_id, name), holders in zip(used, members, strict=True):
        for user_id in holders:
            if user_id in held:
                held[user_id].append(name)
    return held

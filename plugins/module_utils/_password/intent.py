# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration for each account, checked offline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from .._base import identifiers
from .._base.errors import InputError
from .._base.identifiers import folded
from .._base.moments import Window, age, moment
from .._base.secret import Secret
from . import rules


class Policy(StrEnum):
    """The values of ``update_password``: when a reset is due."""

    ALWAYS = "always"
    WHEN_ROTATED = "when_rotated"
    WHEN_CHANGED = "when_changed"
    WHEN_OLDER = "when_older"


@dataclass(frozen=True)
class Account:
    """The account: one of two keys for the customer, and one of two for the user.

    ``place``: the element of the list, such as ``users[3]``; empty in the form for a single user.
    """

    place: str
    customer_id: str | None
    customer_domain: str | None
    user_id: str | None
    user_principal_name: str | None

    @property
    def customer(self) -> str:
        return self.customer_id or folded(self.customer_domain or "")

    @property
    def name(self) -> str:
        return self.user_principal_name or self.user_id or ""


@dataclass(frozen=True)
class Trigger:
    """The policy with the values that it compares, and the window."""

    policy: Policy = Policy.ALWAYS
    rotation_id: str | None = None
    not_before: datetime | None = None
    max_age: timedelta | None = None
    window: Window | None = None


@dataclass(frozen=True)
class Intent:
    """The declaration for one user. ``password`` is None where a rotation makes the password."""

    account: Account
    password: Secret | None = field(default=None, repr=False)
    force_change_password: bool = True
    trigger: Trigger = Trigger()


def make_account(
    place: str,
    *,
    customer_id: str | None,
    customer_domain: str | None,
    user_id: str | None,
    user_principal_name: str | None,
) -> Account:
    """Return a checked account; raises :class:`InputError` that names the option at its place."""
    _exactly_one(place, customer_id=customer_id, customer_domain=customer_domain)
    _exactly_one(place, user_id=user_id, user_principal_name=user_principal_name)
    return Account(
        place,
        identifiers.customer_id(customer_id, at(place, "customer_id")) if customer_id else None,
        identifiers.customer_domain(customer_domain, at(place, "customer_domain")) if customer_domain else None,
        identifiers.user_id(user_id, at(place, "user_id")) if user_id else None,
        identifiers.user_principal_name(user_principal_name, at(place, "user_principal_name"))
        if user_principal_name
        else None,
    )


def make_trigger(
    place: str,
    *,
    update_password: str | None = None,
    rotation_id: str | None = None,
    not_before: str | None = None,
    max_age: str | None = None,
    window: Window | None = None,
) -> Trigger:
    """Return the trigger; its policy follows from the other options if it is not named. Raises :class:`InputError`."""
    rotation_id = rotation_id.strip() if rotation_id is not None else None
    policy = Policy(update_password) if update_password else _implied(rotation_id, not_before, max_age)
    if rotation_id == "":
        raise InputError(at(place, "rotation_id"), "is empty; leave it out or name the rotation, such as 2026-11")
    if rotation_id is not None and not rotation_id.isprintable():
        raise InputError(at(place, "rotation_id"), "holds characters that cannot be shown, such as a line break")
    if policy is Policy.WHEN_ROTATED and not rotation_id:
        raise InputError(at(place, "rotation_id"), "is needed, because update_password is when_rotated")
    if policy is Policy.WHEN_OLDER and not (not_before or max_age):
        raise InputError(at(place, "max_age"), "or not_before is needed, because update_password is when_older")
    return Trigger(
        policy,
        rotation_id,
        moment(not_before, at(place, "not_before")) if not_before else None,
        age(max_age, at(place, "max_age")) if max_age else None,
        window,
    )


def make_intent(account: Account, *, password: str, force_change_password: bool, trigger: Trigger) -> Intent:
    """Return a checked intent; raises :class:`InputError` where the password breaks a rule of Entra ID."""
    check_password(account, Secret(password), account.user_principal_name)
    return Intent(account, Secret(password), force_change_password, trigger)


def check_password(account: Account, password: Secret, user_principal_name: str | None) -> None:
    """Raise :class:`InputError` where the password breaks a rule; called again once the principal name is known."""
    broken = rules.broken_rule(password.reveal(), user_principal_name=user_principal_name)
    if broken:
        raise InputError(at(account.place, "password"), f"{broken}; choose another password for {account.name}")


def check_list(accounts: Sequence[Account]) -> None:
    """Raise :class:`InputError` where the list is empty or names a user twice."""
    if not accounts:
        raise InputError("users", "is empty: give at least one user")
    seen: dict[tuple[str, str], Account] = {}
    for account in accounts:
        earlier = seen.setdefault((account.customer, folded(account.name)), account)
        if earlier is not account:
            raise duplicate(account, earlier)


def duplicate(account: Account, earlier: Account) -> InputError:
    """Return the error for a user who is named twice, perhaps by id and by name."""
    return InputError(account.place, f"is the same user as {earlier.place} ({account.name}); name each user once")


def at(place: str, option: str) -> str:
    """Return the option as the user wrote it."""
    return f"{place}.{option}" if place else option


def _implied(rotation_id: str | None, not_before: str | None, max_age: str | None) -> Policy:
    if rotation_id:
        return Policy.WHEN_ROTATED
    return Policy.WHEN_OLDER if not_before or max_age else Policy.WHEN_CHANGED


def _exactly_one(place: str, **options: str | None) -> None:
    given = [name for name, value in options.items() if value]
    if len(given) != 1:
        names = " and ".join(options)
        found = "both were given" if given else "none was given"
        raise InputError(at(place, next(iter(options))), f"exactly one of {names} is needed; {found}")

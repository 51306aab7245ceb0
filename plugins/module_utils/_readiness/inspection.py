# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks for each customer whether unattended runs will work there. Only reads; what it cannot ask, it does not guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .._base import notices
from .._base.errors import CallError, RefusedError
from .._base.workers import for_each
from .._directory.standing import Check, Relationship, Relationships, RelationshipState, Standing
from .readiness import Finding, Readiness

_ADMIN_RELATIONSHIPS = "In Partner Center, Customers, the customer, Admin relationships"
#: What to do, and where.
_TO_DO = {
    Check.RELATIONSHIP: f"{_ADMIN_RELATIONSHIPS}: request a relationship, which the customer must accept. If the "
    "customer has left, take it out of the inventory",
    Check.RELATIONSHIP_END: f"{_ADMIN_RELATIONSHIPS}: let it extend itself, or request a new one, which the customer "
    "must accept",
    Check.ROLES: f"{_ADMIN_RELATIONSHIPS}, the relationship: assign the role to a security group of which the account "
    "is a member. A role that the relationship does not have needs a new relationship",
    Check.CONSENT: "Grant the consent for this customer again, with all permissions (guide to Microsoft Graph)",
    Check.SIGN_IN: "Sign in again with multi-factor authentication (playbook csp.partnercenter.sign_in)",
    Check.USERS: f"{_ADMIN_RELATIONSHIPS}: look whether one is active, and which roles it gives to the account's "
    "security groups",
    Check.AUDIT_LOG: "In Partner Center, Settings, User management: the account must be an admin agent",
}
_ACCEPT = f"Ask the customer to accept it, by the link that you find there: {_ADMIN_RELATIONSHIPS}"
#: The sentences of Entra ID say it themselves.
_SAID = (Check.CONSENT, Check.SIGN_IN)


@dataclass(frozen=True)
class WantedCustomer:
    """A customer to look at: by its id, or else by a domain."""

    customer_id: str | None
    domain: str | None = None
    name: str = ""


@dataclass(frozen=True)
class KnownRelationships:
    """The relationships of all customers, as far as they are known. Without a source, nothing is."""

    source: Relationships | None = None
    of: Mapping[str, Sequence[Relationship]] = field(default_factory=dict)

    @classmethod
    def read_from(cls, source: Relationships | None) -> KnownRelationships:
        """Read all relationships. Where that is not possible, a warning says why: it is the same for all customers."""
        try:
            if source is not None:
                return cls(source, source.by_customer())
            why = "a given access_token is for one service only, so that Microsoft Graph cannot be asked"
        except CallError as error:
            why = str(error)
        notices.add(f"the end of relationships and the roles of the account are not known: {why}")
        return cls()


def inspect(
    standing: Standing,
    known: KnownRelationships,
    customers: Sequence[WantedCustomer],
    *,
    left: timedelta,
    now: datetime,
    workers: int,
) -> list[Readiness]:
    """Return the answers in the order of the customers. Raises :class:`CredentialError` where nobody can sign in.

    ``left``: a relationship that ends sooner than that is not enough.
    """

    def look(wanted: WantedCustomer) -> Readiness:
        return _Inspection(standing, known, wanted, left, now).run()

    return for_each(look, customers, workers=workers)


class _Inspection:
    """The questions about one customer."""

    def __init__(
        self, standing: Standing, known: KnownRelationships, wanted: WantedCustomer, left: timedelta, now: datetime
    ) -> None:
        self._standing = standing
        self._needs = standing.needs
        self._known = known
        self._wanted = wanted
        self._left = left
        self._now = now
        self._facts: dict[str, Any] = {"name": wanted.name}
        self._problems: dict[Check, Finding] = {}
        self._not_known: dict[Check, Finding] = {}

    def run(self) -> Readiness:
        customer_id = self._wanted.customer_id or self._found()
        if customer_id:
            # The connection may have served tasks before.
            before = self._standing.throttled_for(customer_id)
            self._ask_for_relationships(customer_id)
            if self._entered(customer_id):
                self._ask(Check.USERS, "reads_users", lambda: self._standing.read_users(customer_id))
                self._ask(Check.AUDIT_LOG, "reads_audit_log", lambda: self._read_audit_log(customer_id))
            self._facts["throttled"] = self._standing.throttled_for(customer_id) - before
        return Readiness(
            customer_id=customer_id,
            customer_domain=self._wanted.domain,
            needed=self._needs.checks,
            problems=[self._problems[check] for check in Check if check in self._problems],
            not_known=[self._not_known[check] for check in Check if check in self._not_known],
            **self._facts,
        )

    def _found(self) -> str | None:
        try:
            customer = self._standing.find(self._wanted.domain or "")
        except CallError as error:
            self._refused(Check.RELATIONSHIP, error)
            return None
        self._name(customer.company_name)
        return customer.id

    def _ask_for_relationships(self, customer_id: str) -> None:
        if self._known.source is None:
            for check in (Check.RELATIONSHIP_END, Check.ROLES):
                self._cannot_tell(
                    check, "Microsoft Graph did not tell the relationships; a warning of the task says why"
                )
            return
        everything = self._known.of.get(customer_id, ())
        self._name(next((relationship.customer_name for relationship in everything), ""))
        alive = [item for item in everything if item.state is RelationshipState.ACTIVE and not self._is_over(item)]
        if alive:
            self._facts["relationship"] = RelationshipState.ACTIVE
            self._ask_for_roles(alive, self._known.source)
        elif any(relationship.state is RelationshipState.UNKNOWN for relationship in everything):
            self._cannot_tell(Check.RELATIONSHIP_END, "Microsoft Graph tells a state that is not documented")
        else:
            self._tell_that_none_is_active(everything)

    def _is_over(self, relationship: Relationship) -> bool:
        ends_at = relationship.ends_at
        return ends_at is not None and ends_at <= self._now and not relationship.extends

    def _tell_that_none_is_active(self, everything: Sequence[Relationship]) -> None:
        # One that was ended early has an end in the future.
        ends = [item.ends_at for item in everything if item.ends_at and item.ends_at <= self._now]
        if any(relationship.state is RelationshipState.WAITING for relationship in everything):
            state, message = (
                RelationshipState.WAITING,
                "the customer has not accepted the GDAP relationship, or it is not active yet",
            )
        elif everything:
            state = RelationshipState.ENDED
            message = f"the GDAP relationship has ended{f' on {max(ends):%Y-%m-%d}' if ends else ''}"
            self._facts["relationship_ends"] = max(ends, default=None)
        else:
            state, message = RelationshipState.NONE, "there is no GDAP relationship with this customer"
        self._facts["relationship"] = state
        self._problem(Check.RELATIONSHIP, message, _ACCEPT if state is RelationshipState.WAITING else "")

    def _ask_for_roles(self, alive: Sequence[Relationship], source: Relationships) -> None:
        """Look which relationships give a role that runs need. The last of these to end is the one that counts."""
        needed = set(self._needs.roles)
        try:
            held = {relationship.id: source.held(relationship) for relationship in alive}
        except CallError as error:
            held = {}
            if any(needed & relationship.roles for relationship in alive):
                self._cannot_tell(Check.ROLES, str(error))
            else:
                self._lacks_role("no relationship with this customer has a role for runs")
        else:
            roles = self._facts["roles"] = sorted(frozenset().union(*held.values()))
            if not needed.intersection(roles):
                self._lacks_role(f"the account holds {', '.join(roles) or 'no role'} there")
        of_use = [item for item in alive if needed & held.get(item.id, item.roles)]
        self._ask_for_end(of_use or alive)

    def _lacks_role(self, what: str) -> None:
        self._problem(Check.ROLES, f"{what}: it needs one of {', '.join(self._needs.roles)}")

    def _ask_for_end(self, of_use: Sequence[Relationship]) -> None:
        ends = [relationship.ends_at for relationship in of_use if relationship.ends_at is not None]
        extends = self._facts["relationship_extends"] = any(relationship.extends for relationship in of_use)
        if not ends:
            self._cannot_tell(Check.RELATIONSHIP_END, "Microsoft Graph does not say when the relationship ends")
            return
        end = self._facts["relationship_ends"] = max(ends)
        if end - self._now < self._left and not extends:
            days = (end - self._now).days
            when = "within a day" if days < 1 else "in 1 day" if days == 1 else f"in {days} days"
            self._problem(Check.RELATIONSHIP_END, f"the GDAP relationship ends on {end:%Y-%m-%d}, {when}")

    def _entered(self, customer_id: str) -> bool:
        """Return whether the customer lets the account in: otherwise every further call would be refused alike."""
        try:
            entry = self._standing.enter(customer_id)
        except CallError as error:
            check = Check.CONSENT if self._needs.permissions else Check.RELATIONSHIP
            if self._refused(check, error) is Check.CONSENT:
                self._facts["consented"] = False
            return False
        self._name(entry.name or "")
        self._facts["multi_factor"] = entry.mfa
        if entry.mfa is None:
            self._cannot_tell(
                Check.SIGN_IN, "the access token does not tell whether multi-factor authentication was used"
            )
        elif not entry.mfa:
            self._problem(Check.SIGN_IN, "the account is signed in without multi-factor authentication")
        if self._needs.permissions:
            self._compare_permissions(entry.permissions)
        else:
            self._facts.setdefault("relationship", RelationshipState.ACTIVE)
        return True

    def _compare_permissions(self, permissions: frozenset[str] | None) -> None:
        if permissions is None:
            self._cannot_tell(Check.CONSENT, "the access token does not tell to what the customer has consented")
            return
        missing = [wider[0] for wider in self._needs.permissions if not permissions.intersection(wider)]
        self._facts["consented"] = not missing
        if missing:
            self._problem(Check.CONSENT, f"the customer has not consented to {' and '.join(missing)}")

    def _read_audit_log(self, customer_id: str) -> None:
        self._facts["newest_record"] = self._standing.newest_record(customer_id)

    def _ask(self, check: Check, fact: str, work: Callable[[], None]) -> None:
        try:
            work()
            self._facts[fact] = True
        except CallError as error:
            if self._refused(check, error):
                self._facts[fact] = False

    def _refused(self, check: Check, error: CallError) -> Check | None:
        """Note the error. Return which question it answers with no, if any: a proxy or a silent service does not."""
        details = {name: value for name, value in error.details().items() if name != "message"}
        if not (isinstance(error, RefusedError) and error.signed):
            self._not_known.setdefault(check, Finding(check, str(error), error=details))
            return None
        check = check if check is Check.AUDIT_LOG else self._standing.concerned(error) or check
        if check is Check.RELATIONSHIP:
            self._facts.setdefault("relationship", RelationshipState.NONE)
        if check is Check.AUDIT_LOG and check not in self._needs.checks:
            self._not_known.setdefault(check, Finding(check, str(error), error=details))
        elif not (check is Check.ROLES and Check.RELATIONSHIP in self._problems):  # without one, there are no roles
            to_do = "" if check in _SAID else _TO_DO[check]
            self._problems.setdefault(check, Finding(check, str(error), to_do, details))
        return check

    def _problem(self, check: Check, message: str, to_do: str = "") -> None:
        self._problems.setdefault(check, Finding(check, message, to_do or _TO_DO[check]))

    def _cannot_tell(self, check: Check, message: str) -> None:
        self._not_known.setdefault(check, Finding(check, message))

    def _name(self, name: str) -> None:
        self._facts["name"] = self._facts["name"] or name

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the emulated service: the partner, customers, users, and each password ever set."""

from __future__ import annotations

import random
import string
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

KINDS = ("ordinary", "managed", "federated", "synced", "deleted", "privileged", "guest", "disabled", "role_by_group")
SYMBOLS = "!#-_+="
# Names and template ids of the directory roles that Microsoft publishes.
DIRECTORY_ROLES = {
    "62e90394-69f5-4237-9190-012177145e10": "Company Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Account Administrator",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
    "f023fd81-a637-4b56-95fd-791ac0226033": "Service Support Administrator",
    "88d8e3e3-8f55-4a1e-953a-9b9898b8876b": "Directory Readers",
}
BEGINNING = datetime.min.replace(tzinfo=UTC)
COMPANY_ADMINISTRATOR = next(iter(DIRECTORY_ROLES))
HELPDESK_ADMINISTRATOR = list(DIRECTORY_ROLES)[2]


@dataclass(frozen=True, slots=True)
class PasswordState:
    """The password's state in the directory from a moment on."""

    moment: datetime
    changed_at: datetime | None
    force: bool


@dataclass(slots=True)
class WritebackOperation:
    """A reset that Graph carries out after its answer."""

    id: str
    user_id: str
    created: datetime
    last_action: datetime
    status: str = "notStarted"
    detail: str = ""


@dataclass(slots=True)
class Group:
    """A group of a customer's tenant that carries a directory role."""

    id: str
    display_name: str
    role: str
    members: dict[str, User] = field(default_factory=dict)


@dataclass(slots=True)
class User:
    """A user of a customer's tenant (contract, section 2)."""

    id: str
    customer_id: str
    user_principal_name: str
    display_name: str
    password: str
    first_name: str | None = None
    last_name: str | None = None
    usage_location: str | None = "US"
    phone_number: str | None = None
    immutable_id: str | None = None
    user_domain_type: str = "none"
    last_directory_sync_time: datetime | None = None
    soft_deletion_time: datetime | None = None
    force_change_password: bool = False
    force_with_mfa: bool = False
    password_history: list[str] = field(default_factory=list)
    licenses: set[str] = field(default_factory=set)
    account_enabled: bool = True
    user_type: str = "Member"
    #: Empty for a password of the first population.
    password_changed_at: datetime | None = None
    sessions_valid_from: datetime | None = None
    sessions_revoked: int = 0
    #: When reads of Graph begin to show the user.
    visible_from: datetime | None = None
    #: Earlier states, oldest first: a replica may show one of them.
    password_states: list[PasswordState] = field(default_factory=list)

    def set_password(self, password: str, force: bool, moment: datetime, *, dated: bool = True) -> None:
        """Replace the password; the history proves that none is ever lost. ``dated``: its date moves as well."""
        self.password = password
        self.password_history.append(password)
        self.force_change_password = force
        self.show_password_state(moment, moment if dated else self.password_changed_at)

    def show_password_state(self, moment: datetime, changed_at: datetime | None) -> None:
        """Let the directory show another date from a moment on."""
        if not self.password_states:
            self.password_states.append(PasswordState(BEGINNING, self.password_changed_at, False))
        self.password_changed_at = changed_at
        self.password_states.append(PasswordState(moment, changed_at, self.force_change_password))

    def shown_name(self, *, prefixed: bool) -> str:
        """Return the principal name, of a soft-deleted user with the id before it where that is wanted."""
        prefix = self.id.replace("-", "") if prefixed and self.soft_deletion_time else ""
        return prefix + self.user_principal_name

    def password_state_at(self, moment: datetime) -> PasswordState:
        """Return the state in a replica that has seen everything up to a moment."""
        for state in reversed(self.password_states):
            if state.moment <= moment:
                return state
        return PasswordState(moment, self.password_changed_at, self.force_change_password)


@dataclass(slots=True)
class Customer:
    """A customer tenant, with the partner's standing there."""

    id: str
    domain: str
    custom_domains: list[str]
    company_name: str
    commerce_id: str
    users: dict[str, User] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    roles: dict[str, dict[str, User]] = field(default_factory=lambda: {role: {} for role in DIRECTORY_ROLES})
    relationship: bool = True
    gdap_role: bool = True
    conditional_access: bool = False
    #: By application; empty: as the knob ``graph_consent`` says.
    consents: dict[str, tuple[str, ...]] | None = None
    #: Names of the account's GDAP roles; empty: as the knob ``gdap_roles`` says.
    gdap_roles: tuple[str, ...] | None = None
    relationship_end: datetime | None = None
    #: Does the relationship extend itself by 180 days at its end?
    relationship_extends: bool = False
    #: The status that Graph shows of the relationship; empty: as the members above say.
    relationship_status: str = ""
    #: AADSTS number that this tenant answers token requests with; 0: none.
    sign_in_error: int = 0
    groups: dict[str, Group] = field(default_factory=dict)

    def add(self, user: User) -> None:
        """Take a new user in."""
        self.users[user.id] = user
        self.names[user.user_principal_name.lower()] = user.id

    def is_taken(self, name: str, owner: str, *, deleted_counts: bool) -> bool:
        """Return whether another user than ``owner`` has a principal name."""
        holder = self.users.get(self.names.get(name.lower(), owner))
        return holder is not None and holder.id != owner and (deleted_counts or holder.soft_deletion_time is None)

    def rename(self, user: User, name: str) -> None:
        """Give a user another principal name."""
        if self.names.get(user.user_principal_name.lower()) == user.id:
            del self.names[user.user_principal_name.lower()]
        user.user_principal_name = name
        self.names[name.lower()] = user.id

    def is_own(self, name: str) -> bool:
        """Return whether a principal name lies in one of the customer's domains."""
        local_part, _at, domain = name.lower().rpartition("@")
        return bool(local_part) and domain in (self.domain, *self.custom_domains)

    def roles_of(self, user: User) -> list[str]:
        """The ids of the directory roles that a user holds."""
        return [role for role, members in self.roles.items() if user.id in members]

    def groups_of(self, user: User) -> list[Group]:
        """The groups with a role that a user is a member of."""
        return [group for group in self.groups.values() if user.id in group.members]

    def is_privileged(self, user: User) -> bool:
        """Return whether a user holds a directory role, directly or by a group."""
        return any(user.id in members for members in self.roles.values()) or bool(self.groups_of(user))

    def relationship_ended(self, moment: datetime) -> bool:
        """Return whether the GDAP relationship has ended."""
        return self.relationship_end is not None and self.relationship_end <= moment


@dataclass(slots=True)
class State:
    """The whole population; ids and passwords follow from the seed alone."""

    seed: int
    partner_id: str = ""
    partner_domain: str = "partner.example.com"
    account_id: str = ""
    account_name: str = "reset.operator@partner.example.com"
    client_id: str = ""
    client_secret: str = ""
    #: When the population's passwords were set.
    founded: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    customers: dict[str, Customer] = field(default_factory=dict)
    operations: dict[str, WritebackOperation] = field(default_factory=dict)
    source: random.Random = field(default_factory=random.Random)

    def new_id(self) -> str:
        """A GUID that is the same in each run with the same seed."""
        return str(uuid.UUID(int=self.source.getrandbits(128), version=4))

    def new_password(self) -> str:
        """An initial password that keeps Entra's rules."""
        draw = self.source.choice
        letters = "".join(draw(string.ascii_letters + string.digits) for position in range(12))
        classes = (string.ascii_uppercase, string.ascii_lowercase, string.digits, SYMBOLS)
        return "".join(draw(characters) for characters in classes) + letters

    def find_user(self, user_id: str) -> User | None:
        """A user of any customer."""
        for customer in self.customers.values():
            if user_id in customer.users:
                return customer.users[user_id]
        return None

    def new_customer(self) -> Customer:
        """Add one customer without users."""
        number = f"{len(self.customers) + 1:03d}"
        customer = Customer(
            id=self.new_id(),
            domain=f"customer-{number}.example.com",
            custom_domains=[f"customer-{number}.example.org"],
            company_name=f"Customer {number}",
            commerce_id=self.new_id(),
        )
        self.customers[customer.id] = customer
        return customer

    def new_user(
        self, customer: Customer, kind: str = "ordinary", name: str = "", moment: datetime | None = None
    ) -> User:
        """Add one user of the given kind; ``moment`` is when it was last synced or deleted."""
        local_part = name or f"user-{len(customer.users) + 1:04d}"
        principal_name = local_part if "@" in local_part else f"{local_part}@{customer.domain}"
        password = self.new_password()
        user = User(
            id=self.new_id(),
            customer_id=customer.id,
            user_principal_name=principal_name,
            display_name=local_part.split("@")[0].replace("-", " ").capitalize(),
            first_name="User",
            last_name=local_part.split("@")[0].rpartition("-")[2],
            password=password,
            password_history=[password],
        )
        if kind in ("federated", "managed"):
            user.user_domain_type = kind
        elif kind == "synced":
            user.last_directory_sync_time = moment
            user.immutable_id = user.id.replace("-", "")[:22] + "=="
        elif kind == "deleted":
            user.soft_deletion_time = moment
        elif kind == "privileged":
            customer.roles[COMPANY_ADMINISTRATOR][user.id] = user
        elif kind == "guest":
            user.user_type = "Guest"
        elif kind == "disabled":
            user.account_enabled = False
        elif kind == "role_by_group":
            group = self.new_group(customer, "Helpdesk staff", HELPDESK_ADMINISTRATOR)
            group.members[user.id] = user
        customer.add(user)
        return user

    def new_group(self, customer: Customer, name: str, role: str) -> Group:
        """Add one group that carries a directory role, without members."""
        group = Group(self.new_id(), name, role)
        customer.groups[group.id] = group
        return group

    def find_customer(self, text: str) -> Customer | None:
        """A customer by id or by one of its domains, as tenants are named in the paths of the authority."""
        wanted = text.lower()
        if wanted in self.customers:
            return self.customers[wanted]
        for customer in self.customers.values():
            if wanted == customer.domain or wanted in customer.custom_domains:
                return customer
        return None


def populate(seed: int, customers: int, users: int) -> State:
    """Build the population that a seed stands for."""
    state = State(seed=seed, source=random.Random(seed))
    state.partner_id = state.new_id()
    state.account_id = state.new_id()
    state.client_id = state.new_id()
    state.client_secret = f"{state.new_password()}~{state.new_password()}"
    for _number in range(customers):
        customer = state.new_customer()
        for _position in range(users):
            state.new_user(customer)
    return state

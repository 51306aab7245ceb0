# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the emulated service remembers: the partner, its customers, their users, and each password ever set."""

from __future__ import annotations

import random
import string
import uuid
from dataclasses import dataclass, field
from datetime import datetime

KINDS = ("ordinary", "managed", "federated", "synced", "deleted", "privileged")
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
COMPANY_ADMINISTRATOR = next(iter(DIRECTORY_ROLES))


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
    password_history: list[str] = field(default_factory=list)
    licenses: set[str] = field(default_factory=set)

    def set_password(self, password: str, force: bool) -> None:
        """Replace the password; the history is what proves that none is ever lost."""
        self.password = password
        self.password_history.append(password)
        self.force_change_password = force


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

    def add(self, user: User) -> None:
        """Take a new user in."""
        self.users[user.id] = user
        self.names[user.user_principal_name.lower()] = user.id

    def roles_of(self, user: User) -> list[str]:
        """The ids of the directory roles that a user holds."""
        return [role for role, members in self.roles.items() if user.id in members]


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
    customers: dict[str, Customer] = field(default_factory=dict)
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
        customer.add(user)
        return user


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

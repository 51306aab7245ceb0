# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts that customers and users become: their variables, and unique names, safe in patterns and paths."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import principal_name

Row = Mapping[str, Any]
Host = tuple[str, dict[str, Any]]

_OTHERS = re.compile(r"[^a-z0-9._@-]+")
_LONGEST = 128
#: Ansible gives these a meaning of its own.
_RESERVED = frozenset({"", "all", "ungrouped", "localhost", "127.0.0.1"})
_DETAILS = ("user_id", "user_principal_name", "display_name", "federated", "synced")


def hosts_of(customers: Sequence[Row], options: Row) -> list[Host]:
    """Return names and variables of the hosts; raises :class:`InputError`. No two hosts have the same name."""
    if options["hosts"] == "users":
        named_after = options["hostname"] or "user_principal_name"
        return _users(customers, named_after, details=options["users"] == "details")
    named_after = options["hostname"] or "customer_domain"
    if named_after.startswith("user_"):
        raise InputError("hostname", f"cannot be {named_after} where hosts are customers")
    return _customers(customers, named_after, details=options["users"] == "details")


def _customers(customers: Sequence[Row], named_after: str, *, details: bool) -> list[Host]:
    hosts = []
    names = host_names([(customer[named_after], customer["customer_id"]) for customer in customers])
    for name, customer in zip(names, customers, strict=True):
        variables = _of_customer(customer)
        if "users" in customer:
            variables["partnercenter_users"] = [_user(user, details=details) for user in customer["users"]]
        if "error" in customer:
            variables["partnercenter_error"] = customer["error"]
        hosts.append((name, variables))
    return hosts


def _users(customers: Sequence[Row], named_after: str, *, details: bool) -> list[Host]:
    pairs = [(customer, user) for customer in customers for user in customer.get("users", [])]
    identities = [f"{user['user_id']}_{customer['customer_id']}" for customer, user in pairs]
    texts = [str((customer | user)[named_after]) for customer, user in pairs]
    hosts = []
    for name, (customer, user) in zip(host_names(list(zip(texts, identities, strict=True))), pairs, strict=True):
        variables = _of_customer(customer) | {
            "partnercenter_user_id": user["user_id"],
            "partnercenter_user_principal_name": user["user_principal_name"],
            "partnercenter_user_display_name": user["display_name"],
            "partnercenter_user_federated": user["federated"],
            "partnercenter_user_synced": user["synced"],
            "partnercenter_users": [_user(user, details=details)],
        }
        hosts.append((name, variables))
    return hosts


def _of_customer(customer: Row) -> dict[str, Any]:
    return {
        "partnercenter_customer_id": customer["customer_id"],
        "partnercenter_customer_domain": customer["customer_domain"],
        "partnercenter_customer_name": customer["company_name"],
    }


def _user(user: Row, *, details: bool) -> dict[str, Any]:
    """Return a user for the roles and modules: by name, or by id if they would refuse the name."""
    if details:
        return {key: user[key] for key in _DETAILS}
    try:
        return {"user_principal_name": principal_name(user["user_principal_name"], "user_principal_name")}
    except InputError:
        return {"user_id": user["user_id"]}


def host_names(named: Sequence[tuple[str, str]]) -> list[str]:
    """Return a name for each pair of a text and an id, in their order. The ids must be distinct.

    If texts lead to the same name, to an empty or to a reserved one, all of them get their ids appended. So a name does
    not depend on the order of reading.
    """
    names = [safe_name(text) for text, _id in named]
    while True:
        count = Counter(names)
        clashing = [place for place, name in enumerate(names) if name in _RESERVED or count[name] > 1]
        if not clashing:
            return names
        for place in clashing:
            names[place] = f"{names[place]}_{named[place][1]}".strip("_")


def safe_name(text: str) -> str:
    """Return the text in lower case, without accents, and with ``_`` for all but letters, digits and ``. _ @ -``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _OTHERS.sub("_", plain).strip("._@-")[:_LONGEST]

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of users in a store. They are labels of ids; the service may have given a name to another user since.

A name belongs to one user at a time. So it belongs to the user whom this run has found with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeAlias

from .._base.errors import StoreError
from .._base.identifiers import folded
from .._password.lookup import Missing
from .._stores.base import Store
from .._stores.document import Document
from .._stores.records import Subject
from .cycle import RotationDecision, subject_of

#: A customer id (None: not known), and a user's id or folded name.
_Key: TypeAlias = "tuple[str | None, str]"


def take_stale_names(store: Store, decisions: Sequence[RotationDecision]) -> None:
    """Remove names from the documents of users who no longer have them.

    Reads the store only if a user of this run has a name that is new to it. Never raises, because passwords were set
    already; a look-up by a name in two documents is refused anyway.
    """
    owners = {
        (decision.target.customer_id, folded(name)): decision.target.user.id
        for decision in decisions
        if (name := decision.target.user_principal_name)
        and (decision.renamed or (decision.document is None and decision.moves))
    }
    with suppress(Exception):
        for subject in _labelled(store, {customer for customer, _name in owners}, decisions):
            owner = owners.get((subject.customer_id, folded(subject.user_principal_name or "")))
            if owner is not None and owner != subject.user_id:
                _take(store, subject)


def pending_of(store: Store, missing: Sequence[Missing]) -> list[Document | None]:
    """Return for each user who was not found the document, if its pending password may be live; else None.

    The document is found by id, or by name without an id. Never raises: documents that cannot be read are left out.
    """
    accounts = [item.intent.account for item in missing]
    keys: list[_Key] = [
        (item.customer_id, account.user_id or folded(account.name))
        for item, account in zip(missing, accounts, strict=True)
    ]
    pending: dict[_Key, Document] = {}
    with suppress(Exception):
        for place in _places(store, missing):
            if place.user_principal_name is not None and _keys(place).isdisjoint(keys):
                continue
            document = _document(store, place)
            if document is not None and document.pending is not None and document.pending.may_be_live:
                pending |= dict.fromkeys(_keys(document.subject), document)
    return [pending.get(key) for key in keys]


def _labelled(store: Store, customers: set[str], decisions: Sequence[RotationDecision]) -> Iterator[Subject]:
    """Give the users of these customers in the store, with their names there, without users new in this run."""
    known = {subject_of(decision.target): decision.document for decision in decisions}
    if not customers:
        return
    (only,) = customers if len(customers) == 1 else (None,)
    for place in store.places(only):
        if place.customer_id not in customers:
            continue
        read = place not in known and place.user_principal_name is None
        document = _document(store, place) if read else known.get(place)
        subject = document.subject if document else place
        if subject.user_principal_name:
            yield subject


def _take(store: Store, subject: Subject) -> None:
    with suppress(StoreError), store.lock(subject):
        stored = store.load(subject)
        if stored is not None and stored.document.subject.is_called(subject.name):
            store.compare_and_set(stored, stored.document.nameless())


def _places(store: Store, missing: Sequence[Missing]) -> Iterable[Subject]:
    """Give the users whose documents to read. The store is listed only for names and for unknown customers."""
    customers = {one.customer_id for one in missing}
    ids = [(one.customer_id, one.intent.account.user_id) for one in missing]
    exact = [Subject(customer_id, user_id) for customer_id, user_id in ids if customer_id and user_id]
    if len(exact) == len(missing):
        return exact
    return store.places(customers.pop() if len(customers) == 1 else None)


def _keys(subject: Subject) -> set[_Key]:
    """Return all keys under which this user may be looked for."""
    users = {subject.user_id, folded(subject.user_principal_name or "")} - {""}
    return {(customer_id, user) for customer_id in (subject.customer_id, None) for user in users}


def _document(store: Store, subject: Subject) -> Document | None:
    with suppress(StoreError):
        stored = store.load(subject, read_only=True)
        return stored.document if stored else None
    return None

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A refresh token kept in a store of passwords: tenant and application stand for customer and user."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from .._base.errors import CredentialError, InputError
from .._base.identifiers import guid, known_guid, random_id
from .._base.secret import Secret
from .._stores.base import Store, StoreConflict, Stored
from .._stores.document import Document
from .._stores.records import Slot, Subject

PLACE = "refresh_token_store"
_LOCK_SECONDS = 300.0
_ROTATION = "refresh-token"
_TRIES = 4

T = TypeVar("T")


def subject_of(tenant_id: str | None, client_id: str | None) -> Subject:
    """Return the name under which a refresh token is kept."""
    tenant = known_guid(tenant_id)
    if tenant is None:
        raise InputError("tenant_id", f"must be the tenant's GUID where {PLACE} is used: the token is kept under it")
    application = guid(client_id or "", "client_id")
    return Subject(tenant, application, f"refresh token of application {application}")


@dataclass(frozen=True)
class TokenInStore:
    """A refresh token in a store, which keeps the one before the newest as well, as it does with passwords."""

    store: Store
    subject: Subject

    def describe(self) -> str:
        return self.store.describe()

    def check(self, *, write: bool = True) -> None:
        """Check that the store can be used; before anybody has to sign in."""
        self.store.check([self.subject], write=write)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        with self.store.lock(self.subject, wait=_LOCK_SECONDS):
            yield

    def load(self) -> Secret:
        newest = self.newest()
        if newest is None:
            raise InputError(PLACE, f"{self.describe()} holds no refresh token yet: sign in first")
        return newest

    def newest(self) -> Secret | None:
        """Return the newest refresh token. None as long as there is none."""
        stored = self._settled()
        return self.store.password(stored, Slot.CURRENT) if stored and stored.document.current else None

    def instead(self, refusal: CredentialError) -> Secret:
        raise refusal

    def save(self, token: Secret) -> None:
        """Stage the token, and make it the current one. A kill in between is mended by the next run, on any machine."""
        self._patiently(lambda: self._stage(token))
        self._settled()

    def saved_at(self) -> datetime | None:
        stored = self.store.load(self.subject, read_only=True)
        newest = stored.document.pending or stored.document.current if stored else None
        if newest is None:
            return None
        return getattr(newest, "staged_at", None) or getattr(newest, "set_at", None)

    def _settled(self) -> Stored | None:
        """Return what is stored, with a token that a killed run has staged as the current one: it is the newest."""
        return self._patiently(self._promoted)

    def _patiently(self, write: Callable[[], T]) -> T:
        """Write again after a conflict: the lock of a store behind a network holds for one machine only."""
        for _again in range(_TRIES - 1):
            with contextlib.suppress(StoreConflict):
                return write()
        return write()

    def _stage(self, token: Secret) -> Stored:
        stored = self._promoted()
        document = stored.document if stored else Document(self.subject)
        now = datetime.now(UTC)
        staged = document.stage(version=random_id(), rotation_id=_ROTATION, owner=_ROTATION, now=now)
        return self.store.compare_and_set(stored, staged, new_password=token)

    def _promoted(self) -> Stored | None:
        stored = self.store.load(self.subject)
        return self._promote(stored, datetime.now(UTC)) if stored and stored.document.pending else stored

    def _promote(self, stored: Stored, now: datetime) -> Stored:
        applied = stored.document.mark_sent(owner=_ROTATION, now=now).mark_applied(now=now, evidence="exact").promote()
        return self.store.compare_and_set(stored, applied.deliver(*(event.id for event in applied.outbox)))

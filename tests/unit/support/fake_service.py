# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A directory of users in memory, behind the port: true passwords, faults, and an audit log as the witness.

It notes every request in order, and its clock only moves when somebody sleeps by it or a test moves it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, cast

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CallError,
    CredentialError,
    NoSuchUserError,
    NotFoundError,
    RefusedError,
    Trace,
    UnavailableError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import folded
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.directory import Held, Witness
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import (
    Caller,
    Customer,
    Delivery,
    Fate,
    NewUser,
    PasswordChange,
    Role,
    Sought,
    User,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.witness import MEMORY as TIMES
from ansible_collections.csp.partnercenter.plugins.module_utils._graph.witness import Witness as Directory
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.audit import (
    LONGEST,
    RESET,
    AuditRecord,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.witness import MEMORY
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.witness import Witness as AuditLog
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, NOW, user_id, user_name

NO_PROOF = "the service took the password, which proves nothing"
OPERATOR = "operator@partner.example.com"
Key = tuple[str, str]


class Answer(Enum):
    """The service's treatment of one PATCH."""

    ACCEPT = auto()
    REFUSE = auto()  # a definitive 400
    UNSENT = auto()  # no connection, or throttled to the end: nobody looked at it
    LOST = auto()  # time-out, not applied
    SILENT = auto()  # time-out, applied
    FAILING = auto()  # 500, applied
    LATE = auto()  # time-out, applied when `arrive` is called
    NO_TOKEN = auto()  # the sign-in ended
    NOT_ACCEPTED = auto()  # 401, a token that the service does not take
    PAGE = auto()  # a page of a gateway with a 4xx, applied
    TAKEN = auto()  # the update call says 200, and sets it
    IGNORED = auto()  # the update call says 200, and leaves the password as it is
    BUG = auto()  # an exception that nobody foresaw, applied


class Unforeseen(RuntimeError):
    """Its text holds whatever a test wants not to be shown."""


@dataclass
class FakeService:
    concurrency: int = 1
    page: int = 500
    now: datetime = NOW
    audit_delay: timedelta = timedelta()
    names_correlation: bool = True
    names_user: bool = True
    tells_time: bool = True
    clock_is_ahead: timedelta = timedelta()  # that of the machine that runs the tasks, by which `now` goes
    requests: list[str] = field(default_factory=list)
    people: dict[str, list[User]] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)
    roles: dict[str, list[str]] = field(default_factory=dict)
    unreadable_roles: dict[str, CallError] = field(default_factory=dict)
    errors: dict[str, CallError] = field(default_factory=dict)
    script: dict[str, list[Answer]] = field(default_factory=dict)
    live: dict[Key, str] = field(default_factory=dict)
    forced: dict[Key, bool] = field(default_factory=dict)
    changes: list[PasswordChange] = field(default_factory=list)
    late: list[PasswordChange] = field(default_factory=list)
    records: list[AuditRecord] = field(default_factory=list)
    bug: str = "unforeseen"
    gets_by_name: bool = False
    by_time: bool = False  # the witness knows the time of the last change, and no ids
    changed: dict[Key, list[datetime]] = field(default_factory=dict)
    throttled: int = 0
    account: str = OPERATOR
    account_id: str = "55555555-5555-4555-8555-555555555555"
    needed: tuple[str, ...] = ("display_name", "usage_location")
    treatments: list[Answer] = field(default_factory=list)  # of the next changes of users themselves
    created: list[NewUser] = field(default_factory=list)
    arriving: list[NewUser] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def with_users(self, count: int, *, customer_id: str = CUSTOMER, first: int = 1) -> FakeService:
        people = [User(user_id(number), user_name(number)) for number in range(first, first + count)]
        self.people.setdefault(customer_id, []).extend(people)
        return self

    def will(self, number: int, *answers: Answer) -> None:
        """Set the answers to the nth user's next PATCHes; later ones are accepted."""
        self.script[user_id(number)] = list(answers)

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def arrive(self) -> None:
        """The late requests take effect."""
        for new in self.arriving:
            self.add(new)
        self.arriving = []
        for change in self.late:
            self._apply(change)
        self.late = []

    @property
    def patches(self) -> list[str]:
        """The passwords that were sent, in order."""
        return [change.password.reveal() for change in self.changes]

    def connection(self) -> FakeDirectory:
        return FakeDirectory(self)

    def trail(self) -> Witness:
        """Reads what this service remembers, by this service's clock."""
        return self.connection().witness(self.sleep)

    def told(self) -> datetime | None:
        """The time by the service's own clock, as its last answer said."""
        return self.now - self.clock_is_ahead if self.tells_time else None

    def seconds(self) -> float:
        """The clock of waits."""
        return self.now.timestamp()

    def note(self, request: str) -> None:
        with self._lock:
            self.requests.append(request)
        if request in self.errors:
            raise self.errors[request]

    def patch(self, change: PasswordChange) -> Delivery:
        self.note(f"PATCH {change.user_id}")
        with self._lock:
            script = self.script.get(change.user_id) or [Answer.ACCEPT]
            answer = script.pop(0)
            if answer is not Answer.NO_TOKEN:
                self.changes.append(change)
            return self._treat(change, answer)

    def person(self, name: str, customer_id: str = CUSTOMER) -> User | None:
        """The user of this name, a soft-deleted one as well."""
        people = self.people.get(customer_id, [])
        return next((user for user in people if folded(user.user_principal_name) == folded(name)), None)

    def put(self, user: User, customer_id: str = CUSTOMER) -> None:
        """The user is like this from now on."""
        others = [other for other in self.people.get(customer_id, []) if other.id != user.id]
        self.people[customer_id] = [*others, user]

    def add(self, new: NewUser) -> str:
        """A user is there, with the password."""
        if self.person(new.user_principal_name, new.customer_id):
            raise RefusedError("the name is taken", status=409, code=3000, trace=new.trace)
        user = User(user_id(900 + len(self.live)), new.user_principal_name, **new.details)
        self.put(user, new.customer_id)
        self.live[new.customer_id, user.id] = new.password.reveal()
        return user.id

    def treat(self, apply: Callable[[], str], trace: Trace, late: Callable[[], None] = lambda: None) -> str:
        """One change of a user, treated as the next of the treatments says."""
        treatment = self.treatments.pop(0) if self.treatments else Answer.ACCEPT
        lost = UnavailableError("no answer came", trace=trace, attempts=5, ambiguous=True)
        if treatment is Answer.REFUSE:
            raise RefusedError("the service does not accept a property", status=400, code=3000, trace=trace)
        if treatment is Answer.UNSENT:
            raise UnavailableError("no connection could be made", trace=trace, attempts=5)
        if treatment is Answer.NO_TOKEN:
            raise CredentialError("Entra ID refused the sign-in")
        if treatment is Answer.LOST:
            raise lost
        if treatment is Answer.LATE:
            late()
            raise lost
        done = apply()
        if treatment is Answer.BUG:
            raise Unforeseen(self.bug)
        if treatment is not Answer.ACCEPT:
            raise lost
        return done

    def _treat(self, change: PasswordChange, answer: Answer) -> Delivery:
        if answer in (Answer.ACCEPT, Answer.SILENT, Answer.FAILING, Answer.PAGE, Answer.TAKEN, Answer.BUG):
            self._apply(change)
        if answer is Answer.ACCEPT:
            return Delivery(Fate.ACCEPTED, change.trace, 1)
        if answer in (Answer.TAKEN, Answer.IGNORED):
            doubt = CallError(NO_PROOF, trace=change.trace, ambiguous=True)
            return Delivery(Fate.AMBIGUOUS, change.trace, 1, doubt, taken=True)
        if answer is Answer.PAGE:
            raise RefusedError("not of the service", status=403, trace=change.trace, ambiguous=True, signed=False)
        if answer is Answer.BUG:
            raise Unforeseen(self.bug)
        if answer is Answer.NO_TOKEN:
            raise CredentialError("Entra ID refused the sign-in")
        if answer is Answer.NOT_ACCEPTED:
            raise RefusedError("the token is not accepted", status=401, trace=change.trace, concerns_all=True)
        if answer is Answer.UNSENT:
            raise UnavailableError("no connection could be made", trace=change.trace, attempts=5)
        if answer is Answer.REFUSE:
            self._record(change, "failed")
            raise RefusedError("the service does not accept a property", status=400, code=3000, trace=change.trace)
        if answer is Answer.LATE:
            self.late.append(change)
        status = 500 if answer is Answer.FAILING else None
        raise UnavailableError("no answer came", status=status, trace=change.trace, attempts=5, ambiguous=True)

    def _apply(self, change: PasswordChange) -> None:
        key = change.customer_id, change.user_id
        self.live[key] = change.password.reveal()
        self.forced[key] = change.force_change_password
        self.changed.setdefault(key, []).append(self.now - self.clock_is_ahead)
        self._record(change, "succeeded")

    def _record(self, change: PasswordChange, status: str) -> None:
        self.records.append(
            AuditRecord(
                id=f"{len(self.records)}",
                customer_id=change.customer_id,
                user_id=change.user_id if self.names_user else None,
                caller=self.account,
                operation=RESET,
                status=status,
                at=self.now - self.clock_is_ahead,
                correlation_id=change.trace.correlation_id if self.names_correlation else None,
            )
        )


class FakeDirectory:
    """The way to a fake service."""

    def __init__(self, service: FakeService) -> None:
        self._service = service
        self.memory = TIMES if service.by_time else MEMORY
        self.concurrency = service.concurrency
        self.customers = _Customers(service)
        self.users = _Users(service)
        self.roles = _Roles(service)
        self.accounts = _Accounts(service)

    @property
    def throttled(self) -> int:
        return self._service.throttled

    def is_open(self, customer_id: str) -> bool:
        """No customer is held."""
        return True

    def account(self) -> Caller:
        return Caller(self._service.account_id, self._service.account)

    def witness(self, sleep: Callable[[float], None] | None = None) -> Witness:
        service, clock = self._service, self._service.seconds
        sleep = sleep or service.sleep
        if service.by_time:
            changes = cast(Any, _Changes(service))
            return Directory(changes, changes, now=lambda: service.now, clock=clock, sleep=sleep)
        audit = cast(Any, _Audit(service))
        return AuditLog(audit, lambda: service.account, now=lambda: service.now, clock=clock, sleep=sleep)


class _Customers:
    def __init__(self, service: FakeService) -> None:
        self._service = service

    def get(self, customer_id: str) -> Customer:
        self._service.note(f"GET customer {customer_id}")
        for customer in self.list():
            if customer.id == customer_id:
                return customer
        raise NotFoundError("no such customer tenant: look at the customer id", status=404, code=60003)

    def list(self, *, name_prefix: str | None = None) -> Iterator[Customer]:
        domains = {customer_id: domain for domain, customer_id in self._service.domains.items()}
        for customer_id in {**self._service.people, **domains}:
            customer = Customer(customer_id, domains.get(customer_id, ""), "Contoso")
            if customer.company_name.startswith(name_prefix or ""):
                yield customer

    def find(self, domain: str) -> Customer:
        self._service.note(f"GET customers {domain}")
        if domain not in self._service.domains:
            raise NotFoundError("no customer of this partner has this domain: look at customer_domain")
        return Customer(self._service.domains[domain], domain, "Contoso")


class _Users:
    def __init__(self, service: FakeService) -> None:
        self._service = service
        self.gets_by_name = service.gets_by_name

    def get(self, customer_id: str, wanted: str) -> User:
        self._service.note(f"GET {wanted}")
        for user in self._service.people.get(customer_id, []):
            named = self.gets_by_name and not user.deleted and folded(user.user_principal_name) == folded(wanted)
            if user.id == wanted or named:
                return user
        raise NoSuchUserError("no such user at this customer: look at the user id", status=404, code=60002)

    def pages(self, customer_id: str, *, deleted: bool = False) -> Iterator[list[User]]:
        people = [user for user in self._service.people.get(customer_id, []) if user.deleted == deleted]
        size = self._service.page
        for start in range(0, max(1, len(people)), size):
            self._service.note(f"GET page {start // size + 1}")
            yield people[start : start + size]

    def set_password(self, change: PasswordChange) -> Delivery:
        return self._service.patch(change)


class _Accounts:
    def __init__(self, service: FakeService) -> None:
        self._service = service
        self.needed = service.needed

    def create(self, new: NewUser) -> tuple[str, Delivery]:
        service = self._service
        service.note(f"POST {new.user_principal_name}")
        service.created.append(new)
        made = service.treat(lambda: service.add(new), new.trace, lambda: service.arriving.append(new))
        return made, Delivery(Fate.ACCEPTED, new.trace, 1)

    def update(self, customer_id: str, wanted: str, details: Mapping[str, str]) -> Delivery:
        return self._change(f"PATCH user {wanted}", customer_id, wanted, details)

    def restore(self, customer_id: str, wanted: str) -> Delivery:
        return self._change(f"RESTORE {wanted}", customer_id, wanted, {"deleted": False})

    def delete(self, customer_id: str, wanted: str) -> Delivery:
        user = next(user for user in self._service.people[customer_id] if user.id == wanted)
        if user.deleted:
            raise NoSuchUserError("no such user at this customer: look at the user id", status=404, code=60002)
        return self._change(f"DELETE {wanted}", customer_id, wanted, {"deleted": True})

    def _change(self, request: str, customer_id: str, wanted: str, members: Mapping[str, Any]) -> Delivery:
        service, trace = self._service, Trace(f"request {len(self._service.requests)}")
        service.note(request)
        user = next(user for user in service.people[customer_id] if user.id == wanted)

        def apply() -> str:
            service.put(replace(user, **members), customer_id)
            return user.id

        service.treat(apply, trace)
        return Delivery(Fate.ACCEPTED, trace, 1)


class _Roles:
    """Role ids are their names."""

    def __init__(self, service: FakeService) -> None:
        self._service = service

    def list(self, customer_id: str) -> Iterator[Role]:
        self._service.note("GET roles")
        return iter([Role(name, name) for name in self._service.roles])

    def held(self, customer_id: str, user_ids: Sequence[str], *, workers: int | None = None) -> dict[str, Held]:
        """Return the roles, by one request for each customer."""
        self._service.note(f"GET roles at {customer_id}")
        roles = self._service.roles.items()
        held: dict[str, Held] = {user: [name for name, members in roles if user in members] for user in user_ids}
        return held | {user: error for user, error in self._service.unreadable_roles.items() if user in held}


class _Changes:
    """The time of the last change that a replica knows: it lags behind as the audit log does."""

    def __init__(self, service: FakeService) -> None:
        self._service = service

    def service_now(self) -> datetime | None:
        return self._service.told()

    def changed_before(self, attempt: Sought) -> datetime | None:
        return None

    def changes(self, customer_id: str, user_ids: Sequence[str]) -> dict[str, datetime | None]:
        service = self._service
        service.note("GET changes")
        now = service.now - service.clock_is_ahead
        known = {user: service.changed.get((customer_id, user), []) for user in user_ids}
        seen = {user: [at for at in times if at + service.audit_delay <= now] for user, times in known.items()}
        return {user: max(times).replace(microsecond=0) if times else None for user, times in seen.items()}


class _Audit:
    def __init__(self, service: FakeService) -> None:
        self._service = service

    def service_now(self) -> datetime | None:
        return self._service.told()

    def records(self, *, start: datetime, end: datetime, customer_id: str) -> Iterator[AuditRecord]:
        service = self._service
        service.note("GET auditrecords")
        now = service.now - service.clock_is_ahead
        if now - start > LONGEST:
            raise RefusedError("the service does not accept the request", status=400, code=2000)
        for record in service.records:
            if start <= record.at <= end and record.at + service.audit_delay <= now:
                yield record

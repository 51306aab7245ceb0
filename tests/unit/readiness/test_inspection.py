# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a customer is ready: what counts as wrong, what is not known, and that nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CallError,
    CredentialError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Customer
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.standing import (
    Admission,
    Check,
    Needs,
    Relationship,
    RelationshipState,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._readiness.inspection import (
    KnownRelationships,
    WantedCustomer,
    inspect,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._readiness.readiness import Readiness

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
RECORD = NOW - timedelta(hours=3)
ADMIN, READER = "User Administrator", "Directory Readers"
SET, READ = ("Set", "Everything"), ("Read", "Everything")
#: What the two ways need.
PLAIN = Needs((ADMIN,), (), frozenset({Check.RELATIONSHIP, Check.USERS, Check.AUDIT_LOG}))
CONSENTED = Needs((ADMIN,), (SET, READ), frozenset({Check.CONSENT, Check.USERS}))
NO = RefusedError("the service says no: do this", status=403, code=1)
DOWN = UnavailableError("the service is down", status=503)
PROXY = RefusedError("not of the service", status=403, signed=False)


@dataclass
class Service:
    """Both sides of the port. ``errors`` are raised by the method of the name."""

    needs: Needs = PLAIN
    admission: Admission = field(default_factory=lambda: Admission("Contoso", None, True))
    relationships: Sequence[Relationship] = ()
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    errors: Mapping[str, CallError | CredentialError] = field(default_factory=dict)
    about: Mapping[object, Check] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    throttled: int = 0

    def _ask(self, name: str, what: str) -> None:
        self.asked.append(f"{name} {what}")
        if name in self.errors:
            raise self.errors[name]

    def throttled_for(self, customer_id: str) -> int:
        return len(self.asked)

    def customers(self) -> Iterator[Customer]:
        return iter(())

    def find(self, domain: str) -> Customer:
        self._ask("find", domain)
        return Customer("found", domain, "Fabrikam")

    def enter(self, customer_id: str) -> Admission:
        self._ask("enter", customer_id)
        return self.admission

    def concerned(self, error: RefusedError) -> Check | None:
        return self.about.get(error.code)

    def read_users(self, customer_id: str) -> None:
        self._ask("read_users", customer_id)

    def newest_record(self, customer_id: str) -> datetime | None:
        self._ask("newest_record", customer_id)
        return RECORD

    def by_customer(self) -> Mapping[str, Sequence[Relationship]]:
        self._ask("by_customer", "")
        return {"a": self.relationships}

    def held(self, relationship: Relationship) -> frozenset[str]:
        self._ask("held", relationship.id)
        return self.roles.get(relationship.id, relationship.roles)


def relationship(days: float | None = 400, *roles: str, **more: Any) -> Relationship:
    ends_at = None if days is None else NOW + timedelta(days=days)
    made = Relationship("r", "a", "", RelationshipState.ACTIVE, ends_at, False, frozenset(roles or (ADMIN, READER)))
    return replace(made, **more)


def service(*relationships: Relationship, **more: Any) -> Service:
    return Service(relationships=relationships or (relationship(),), **more)


A = WantedCustomer("a")


def looked_at(found: Service, wanted: WantedCustomer = A, *, graph: bool = True, days: int = 30) -> Readiness:
    known = KnownRelationships.read_from(found if graph else None)
    (readiness,) = inspect(found, known, [wanted], left=timedelta(days=days), now=NOW, workers=1)
    return readiness


def checks(readiness: Readiness) -> tuple[list[str], list[str]]:
    """The questions with a bad answer, and those without one."""
    return [found.check.value for found in readiness.problems], [found.check.value for found in readiness.not_known]


@pytest.fixture(autouse=True)
def _no_notices() -> Iterator[None]:
    """Each process tells a notice once."""
    notices._known.clear()
    yield
    notices.take()
    notices._known.clear()


def test_a_customer_where_all_is_well() -> None:
    readiness = looked_at(service())
    assert readiness.ready and checks(readiness) == ([], [])
    assert readiness == Readiness(
        customer_id="a",
        name="Contoso",
        relationship=RelationshipState.ACTIVE,
        relationship_ends=NOW + timedelta(days=400),
        relationship_extends=False,
        roles=[READER, ADMIN],
        multi_factor=True,
        reads_users=True,
        reads_audit_log=True,
        newest_record=RECORD,
        throttled=4,
        problems=[],
        not_known=[],
        needed=PLAIN.checks,
    )


@pytest.mark.parametrize(
    ("days", "told"), [(30.5, None), (29.5, "in 29 days"), (1.5, "in 1 day"), (0.5, "within a day")]
)
def test_a_relationship_that_is_about_to_end(days: float, told: str | None) -> None:
    readiness = looked_at(service(relationship(days)))
    assert readiness.ready == (told is None)
    if told:
        (problem,) = readiness.problems
        assert problem.check is Check.RELATIONSHIP_END and problem.message.endswith(told)
        assert "Admin relationships" in problem.to_do


def test_a_relationship_that_extends_itself_never_ends() -> None:
    assert looked_at(service(relationship(2, extends=True))).ready
    assert looked_at(service(relationship(-1, extends=True))).relationship is RelationshipState.ACTIVE


def test_how_many_days_must_be_left_is_an_option() -> None:
    assert looked_at(service(relationship(2)), days=0).ready
    assert checks(looked_at(service(relationship(400)), days=500))[0] == ["relationship_end"]


def test_the_last_relationship_that_gives_a_role_for_runs_counts() -> None:
    found = service(relationship(5), relationship(90, id="r2"), relationship(400, READER, id="r3"))
    readiness = looked_at(found)
    assert readiness.ready and readiness.relationship_ends == NOW + timedelta(days=90)


@pytest.mark.parametrize(
    ("relationships", "state", "told"),
    [
        ([], RelationshipState.NONE, "there is no GDAP relationship"),
        ([relationship(-3)], RelationshipState.ENDED, "has ended on 2026-11-25"),
        ([relationship(90, state=RelationshipState.ENDED)], RelationshipState.ENDED, "has ended"),
        ([relationship(None, state=RelationshipState.WAITING)], RelationshipState.WAITING, "has not accepted"),
        (
            [relationship(-3), relationship(None, state=RelationshipState.WAITING, id="r2")],
            RelationshipState.WAITING,
            "has not accepted",
        ),
    ],
)
def test_a_customer_without_an_active_relationship(
    relationships: list[Relationship], state: RelationshipState, told: str
) -> None:
    readiness = looked_at(Service(relationships=relationships))
    assert checks(readiness)[0] == ["relationship"] and readiness.relationship is state
    assert told in readiness.problems[0].message and readiness.problems[0].to_do
    assert not readiness.ready and readiness.reads_users is True


def test_a_state_that_nobody_documents_is_not_known() -> None:
    readiness = looked_at(service(relationship(state=RelationshipState.UNKNOWN)))
    assert readiness.ready and checks(readiness) == ([], ["relationship_end"])


def test_an_end_that_is_not_told_is_not_known() -> None:
    readiness = looked_at(service(relationship(None)))
    assert readiness.ready and checks(readiness) == ([], ["relationship_end"])


def test_the_roles_of_the_account_count_and_not_those_of_the_relationship() -> None:
    readiness = looked_at(service(roles={"r": frozenset({READER})}))
    assert checks(readiness)[0] == ["roles"] and readiness.roles == [READER]
    assert f"holds {READER} there" in readiness.problems[0].message and ADMIN in readiness.problems[0].message
    assert "holds no role" in looked_at(service(roles={"r": frozenset()})).problems[0].message


def test_roles_that_cannot_be_read_are_not_known() -> None:
    readiness = looked_at(service(errors={"held": NO}))
    assert readiness.ready and readiness.roles is None and checks(readiness) == ([], ["roles"])


def test_a_relationship_without_the_role_is_enough_to_know_that_the_account_lacks_it() -> None:
    readiness = looked_at(service(relationship(400, READER), errors={"held": DOWN}))
    assert checks(readiness)[0] == ["roles"] and readiness.roles is None


@pytest.mark.parametrize("graph", [True, False])
def test_without_the_list_of_relationships_ends_and_roles_are_not_known(graph: bool) -> None:
    """The reason is the same for all customers, and told once."""
    readiness = looked_at(service(errors={"by_customer": NO}), graph=graph)
    assert readiness.ready and checks(readiness) == ([], ["relationship_end", "roles"])
    assert (readiness.relationship, readiness.roles) == (RelationshipState.ACTIVE, None)
    (warning,) = notices.take()
    assert ("do this" if graph else "access_token") in warning


@pytest.mark.parametrize("error", [DOWN, PROXY])
@pytest.mark.parametrize(
    ("name", "check", "fact"),
    [
        ("enter", "relationship", "reads_users"),
        ("read_users", "users", "reads_users"),
        ("newest_record", "audit_log", "reads_audit_log"),
    ],
)
def test_nobody_is_ready_where_a_question_that_matters_got_no_answer(
    name: str, check: str, fact: str, error: CallError
) -> None:
    readiness = looked_at(service(errors={name: error}))
    assert not readiness.ready and checks(readiness) == ([], [check])
    assert [finding.check.value for finding in readiness.missing] == [check]
    assert getattr(readiness, fact) is None


@pytest.mark.parametrize(
    ("name", "check"), [("enter", "relationship"), ("read_users", "users"), ("newest_record", "audit_log")]
)
def test_what_the_service_refuses_is_wrong(name: str, check: str) -> None:
    readiness = looked_at(service(errors={name: NO}))
    assert checks(readiness)[0] == [check]
    (problem,) = readiness.problems
    assert (
        problem.message == "the service says no: do this"
        and problem.to_do
        and problem.error == {"status": 403, "code": 1}
    )


def test_nothing_more_is_asked_of_a_customer_that_does_not_let_the_account_in() -> None:
    found = service(errors={"enter": NO})
    looked_at(found)
    assert found.asked == ["by_customer ", "held r", "enter a"]


def test_a_refusal_is_told_as_the_question_that_it_answers() -> None:
    """The role is missing, whatever was asked; it is told once."""
    found = service(errors={"read_users": NO}, about={1: Check.ROLES}, roles={"r": frozenset({READER})})
    readiness = looked_at(found)
    assert checks(readiness)[0] == ["roles"] and readiness.reads_users is False
    over = service(relationship(-3), errors={"read_users": NO}, about={1: Check.ROLES})
    assert checks(looked_at(over))[0] == ["relationship"]


def test_a_sign_in_without_multi_factor_authentication_is_wrong() -> None:
    readiness = looked_at(service(admission=Admission("Contoso", None, False)))
    assert checks(readiness)[0] == ["sign_in"] and readiness.multi_factor is False
    assert "csp.partnercenter.sign_in" in readiness.problems[0].to_do


def test_a_token_that_does_not_tell_is_not_known() -> None:
    readiness = looked_at(service(admission=Admission("Contoso", None, None)))
    assert readiness.ready and checks(readiness) == ([], ["sign_in"])


@pytest.mark.parametrize(
    ("permissions", "consented", "told"),
    [
        ({"Set", "Read"}, True, ([], [])),
        ({"Everything"}, True, ([], [])),
        ({"Read", "Other"}, False, (["consent"], [])),
        (None, None, ([], ["consent"])),
    ],
)
def test_the_permissions_of_the_consent(
    permissions: set[str] | None, consented: bool | None, told: tuple[list[str], list[str]]
) -> None:
    granted = None if permissions is None else frozenset(permissions)
    readiness = looked_at(service(needs=CONSENTED, admission=Admission(None, granted, True)))
    assert (readiness.consented, checks(readiness)) == (consented, told)
    assert readiness.ready == bool(consented), "without an answer nobody can say that a run will work"


def test_a_customer_that_has_not_consented() -> None:
    readiness = looked_at(service(needs=CONSENTED, errors={"enter": NO}))
    assert checks(readiness)[0] == ["consent"] and readiness.consented is False
    assert readiness.problems[0].to_do == "", "the sentence says it"
    barred = looked_at(service(needs=CONSENTED, errors={"enter": NO}, about={1: Check.SIGN_IN}))
    assert checks(barred)[0] == ["sign_in"] and barred.consented is None


def test_an_audit_log_that_no_run_reads_prevents_none() -> None:
    admission = Admission(None, frozenset({"Everything"}), True)
    readiness = looked_at(service(needs=CONSENTED, admission=admission, errors={"newest_record": NO}))
    assert readiness.ready and checks(readiness) == ([], ["audit_log"]) and readiness.reads_audit_log is False


def test_a_customer_by_its_domain() -> None:
    readiness = looked_at(service(), WantedCustomer(None, "fabrikam.example"))
    assert (readiness.customer_id, readiness.customer_domain, readiness.name) == (
        "found",
        "fabrikam.example",
        "Fabrikam",
    )
    missing = looked_at(
        service(errors={"find": NotFoundError("nobody has it")}), WantedCustomer(None, "nobody.example")
    )
    assert checks(missing)[0] == ["relationship"] and missing.relationship is RelationshipState.NONE
    assert missing.customer_domain == "nobody.example"


def test_a_given_name_stays() -> None:
    assert looked_at(service(relationship(customer_name="Other")), WantedCustomer("a", name="Ours")).name == "Ours"
    assert looked_at(service(relationship(customer_name="Told"), admission=Admission())).name == "Told"


def test_a_sign_in_that_nobody_accepts_ends_the_task() -> None:
    with pytest.raises(CredentialError):
        looked_at(service(errors={"enter": CredentialError("the refresh token is dead")}))


def test_many_customers_are_told_in_their_order() -> None:
    found = service()
    known = KnownRelationships.read_from(found)
    wanted = [WantedCustomer("a", name=str(number)) for number in range(50)]
    answers = inspect(found, known, wanted, left=timedelta(0), now=NOW, workers=8)
    assert [answer.name for answer in answers] == [str(number) for number in range(50)]

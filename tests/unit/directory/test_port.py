# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The promises of the port to the engines, for every service behind it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    CallError,
    NoSuchUserError,
    NotFoundError,
    PartnerCenterError,
    RefusedError,
    Trace,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import named_id, random_id
from ansible_collections.csp.partnercenter.plugins.module_utils._base.moments import CLOCK_TOLERANCE
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import (
    Customer,
    Delivery,
    Fate,
    PasswordChange,
    Sighting,
    Sought,
)
from ansible_collections.csp.partnercenter.tests.unit.password.builders import (
    CUSTOMER,
    OTHER_CUSTOMER,
    raised,
    user_id,
    user_name,
)
from ansible_collections.csp.partnercenter.tests.unit.support.engine import everything_shown

from .ways import DELETED, DOMAIN, HOLDER, PRESENT, ROLE, WAYS, Treatment, Way

PASSWORD = "Ca\"na\\ry-7'&%"
STRANGER = user_id(77)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    return WAYS[request.param]()


def change(trace: Trace | None = None) -> PasswordChange:
    trace = trace or Trace(random_id(), named_id("a rotation"))
    return PasswordChange(CUSTOMER, user_id(1), Secret(PASSWORD), False, trace)


def attempt(way: Way, treatment: Treatment) -> tuple[Delivery | PartnerCenterError, Sought]:
    """One request, and how it is asked for where its answer was lost."""
    way.will(treatment)
    now, wanted = way.directory.witness().now(), change()
    sought = Sought(CUSTOMER, user_id(1), wanted.trace, now, begun_at=now)
    try:
        return way.directory.users.set_password(wanted), sought
    except PartnerCenterError as error:
        return error, sought


# Customers and users


def test_a_customer_is_found_by_its_id_and_by_its_domain(way: Way) -> None:
    customers = way.directory.customers
    assert customers.get(CUSTOMER) == customers.find(DOMAIN) == Customer(CUSTOMER, DOMAIN, "Contoso")
    assert list(customers.list()) == list(customers.list(name_prefix="Con")) == [customers.get(CUSTOMER)]


def test_a_customer_of_somebody_else_is_not_found(way: Way) -> None:
    assert isinstance(raised(lambda: way.directory.customers.get(OTHER_CUSTOMER)), NotFoundError)
    assert isinstance(raised(lambda: way.directory.customers.find("fabrikam.example")), NotFoundError)


def test_a_user_is_read_by_id_and_by_name_where_the_way_says_so(way: Way) -> None:
    users = way.directory.users
    assert users.get(CUSTOMER, user_id(1)).user_principal_name == user_name(1)
    if users.gets_by_name:
        assert users.get(CUSTOMER, user_name(1).upper()) == users.get(CUSTOMER, user_id(1))


def test_a_user_who_is_not_there_has_an_error_of_its_own(way: Way) -> None:
    assert isinstance(raised(lambda: way.directory.users.get(CUSTOMER, STRANGER)), NoSuchUserError)


@pytest.mark.parametrize(("deleted", "numbers"), [(False, PRESENT), (True, [DELETED])])
def test_deleted_users_are_a_list_of_their_own(way: Way, deleted: bool, numbers: list[int]) -> None:
    pages = list(way.directory.users.pages(CUSTOMER, deleted=deleted))
    assert [(user.id, user.deleted) for page in pages for user in page] == [(user_id(n), deleted) for n in numbers]


@pytest.mark.parametrize("numbers", [[HOLDER], [1, HOLDER], PRESENT])
def test_the_roles_of_each_user_are_told_by_name(way: Way, numbers: list[int]) -> None:
    held = way.directory.roles.held(CUSTOMER, [user_id(number) for number in numbers], workers=1)
    assert held == {user_id(number): [ROLE] if number == HOLDER else [] for number in numbers}
    assert [role.name for role in way.directory.roles.list(CUSTOMER)] == [ROLE]


# Setting a password


def test_a_password_is_set_and_the_request_has_a_name(way: Way) -> None:
    delivery, sought = attempt(way, Treatment.ACCEPT)
    assert isinstance(delivery, Delivery) and (delivery.fate, delivery.attempts) == (Fate.ACCEPTED, 1)
    assert delivery.trace.correlation_id == sought.trace.correlation_id
    assert way.password(1) == PASSWORD


@pytest.mark.parametrize("treatment", [Treatment.REFUSE, Treatment.BAR])
def test_a_refusal_is_certain_and_says_whom_it_concerns(way: Way, treatment: Treatment) -> None:
    error, _sought = attempt(way, treatment)
    assert isinstance(error, RefusedError) and error.signed and not error.ambiguous
    assert error.concerns_all is (treatment is Treatment.BAR)
    assert str(error) and error.status and way.password(1) is None


@pytest.mark.parametrize("treatment", [Treatment.SILENT, Treatment.LOST])
def test_a_lost_answer_is_ambiguous(way: Way, treatment: Treatment) -> None:
    error, _sought = attempt(way, treatment)
    assert isinstance(error, CallError) and error.ambiguous and not error.concerns_all


@pytest.mark.parametrize("treatment", [each for each in Treatment if each is not Treatment.ACCEPT])
def test_no_error_shows_the_password(way: Way, treatment: Treatment) -> None:
    error, _sought = attempt(way, treatment)
    assert isinstance(error, PartnerCenterError)
    assert "ry-7" not in everything_shown(error)


# The witness


def test_what_took_effect_is_seen_and_what_did_not_is_not(way: Way) -> None:
    witness = way.directory.witness(lambda _seconds: None)
    _lost, sought = attempt(way, Treatment.LOST)
    assert witness.settle([sought], timeout=0) == {}
    _silent, sought = attempt(way, Treatment.SILENT)
    (sighting,) = witness.settle([sought], timeout=0).values()
    assert isinstance(sighting, Sighting) and sighting.certainty is way.certainty
    assert abs(sighting.at - sought.sent_at) < CLOCK_TOLERANCE


def test_what_an_earlier_request_did_is_no_sight_of_this_one(way: Way) -> None:
    attempt(way, Treatment.ACCEPT)
    later = way.directory.witness().now() + timedelta(hours=1)
    sought = Sought(CUSTOMER, user_id(1), Trace(random_id(), named_id("another")), later, begun_at=later)
    assert way.directory.witness().settle([sought], timeout=0) == {}


def test_a_witness_that_cannot_be_asked_settles_nothing_and_has_no_history(way: Way) -> None:
    _silent, sought = attempt(way, Treatment.SILENT)
    way.hide()
    assert way.directory.witness().settle([sought], timeout=0) == {}
    assert isinstance(raised(lambda: way.directory.witness().history(CUSTOMER, [user_id(1)])), CallError)


def test_the_last_reset_is_told_with_the_clock_that_dated_it(way: Way) -> None:
    def last(number: int) -> datetime | None:
        found = way.directory.witness().history(CUSTOMER, [user_id(number)]).last(user_id(number))
        assert found.clock is not None and found.clock.tzinfo is not None and found.certainty is way.certainty
        return found.at

    attempt(way, Treatment.ACCEPT)
    at = last(1)
    assert at is not None and abs(at - way.directory.witness().now()) < CLOCK_TOLERANCE
    assert last(3) is None


def test_a_rotation_is_recognised_where_the_memory_holds_ids(way: Way) -> None:
    _delivery, sought = attempt(way, Treatment.ACCEPT)
    if not way.directory.memory.names_requests:
        return
    history = way.directory.witness().history(CUSTOMER, [user_id(1)])
    assert history.last(user_id(1), lambda name: name == sought.trace.correlation_id).named
    assert not history.last(user_id(1), lambda name: name == named_id("another")).named


def test_a_memory_has_names_for_sentences_and_for_the_option(way: Way) -> None:
    memory = way.directory.memory
    assert memory.name and memory.option.isidentifier()
    assert memory.longest is None or memory.longest > timedelta(days=1)


# The way itself


def test_it_says_who_calls_and_how_fast(way: Way) -> None:
    assert way.directory.account().object_id and way.directory.account().user_principal_name
    assert way.directory.concurrency >= 1 and way.directory.throttled == 0 and way.directory.is_open(CUSTOMER)
    assert way.directory.witness().now().astimezone(UTC).tzinfo is UTC

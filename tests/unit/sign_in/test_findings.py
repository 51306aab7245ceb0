# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The use of a new sign-in, by its token and by calls that only read."""

from __future__ import annotations

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import CallError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.access_token import AccessToken
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.findings import Reach, Signed, reach
from ansible_collections.csp.partnercenter.tests.unit.support.partner import Partner, customer, guid, user
from ansible_collections.csp.partnercenter.tests.unit.support.transport import collection, fault

HERE = guid(1)
PLACES = ("customers/{0}", "customers/{0}/users", "customers/{0}/directoryroles")


def signed(*, mfa: bool | None, scopes: frozenset[str] | None) -> Signed:
    return Signed.read_from(
        AccessToken(
            Secret("token"),
            3600.0,
            object_id=guid(5),
            user_principal_name="operator@partner.example",
            tenant_id=guid(6),
            mfa=mfa,
            scopes=scopes,
        )
    )


def test_a_user_with_multi_factor_authentication_has_no_problems() -> None:
    found = signed(mfa=True, scopes=frozenset({"user_impersonation"}))
    assert found == Signed("operator@partner.example", guid(5), guid(6), True, True)
    assert found.problems() == []


def test_what_the_token_does_not_say_is_no_problem() -> None:
    found = signed(mfa=None, scopes=None)
    assert (found.mfa, found.app_and_user) == (None, None)
    assert found.problems() == []


def test_an_application_alone_and_a_password_alone_cannot_reset() -> None:
    without_user, without_mfa = signed(mfa=False, scopes=frozenset()).problems()
    assert without_user.startswith("no user is behind the token")
    assert without_mfa.startswith("the sign-in was made without multi-factor authentication")


def partner() -> Partner:
    roles = {PLACES[2].format(HERE): collection()}
    return Partner([customer(1, name="Contoso")], {HERE: [user(1), user(2)]}, roles)


def test_who_reaches_a_customer_reads_it_its_users_and_its_roles() -> None:
    asked = partner()
    assert reach(asked.connection(), HERE) == Reach(HERE, "Contoso", True, True, True)
    assert asked.lines == [f"GET /v1/{place.format(HERE)}" for place in PLACES]


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_the_first_thing_that_is_refused_is_told_and_what_was_reached_before(failing: int) -> None:
    asked = partner()
    asked.refused[PLACES[failing].format(HERE)] = fault(403, 900308)
    found = reach(asked.connection(), HERE)
    assert (found.reads_customer, found.reads_users, found.reads_roles) == (failing > 0, failing > 1, False)
    assert found.name == ("Contoso" if failing else "")
    assert isinstance(found.error, CallError) and found.error.status == 403
    assert len(asked.lines) == failing + 1

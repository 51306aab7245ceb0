# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account's standing at a customer, as Partner Center tells it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import RefusedError
from ansible_collections.csp.partnercenter.plugins.module_utils._directory.standing import Check
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Response
from ansible_collections.csp.partnercenter.plugins.module_utils._partner_center.standing import Standing
from ansible_collections.csp.partnercenter.tests.unit.support.partner import Partner, customer, guid, user
from ansible_collections.csp.partnercenter.tests.unit.support.transport import collection, fault

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def standing(**refused: Response) -> tuple[Standing, Partner]:
    partner = Partner([customer(1, "a.example", "Contoso")], {guid(1): [user(11)]})
    partner.refused |= {name.replace("customer", f"customers/{guid(1)}"): answer for name, answer in refused.items()}
    return Standing(partner.connection(), now=lambda: NOW), partner


def record(at: str, number: int = 1) -> dict[str, Any]:
    return {"customerId": guid(number), "operationDate": at, "operationType": "any"}


def test_a_customer_lets_the_account_in() -> None:
    found, partner = standing()
    assert found.enter(guid(1)).name == "Contoso"
    found.read_users(guid(1))
    assert partner.lines == [f"GET /v1/customers/{guid(1)}", f"GET /v1/customers/{guid(1)}/users"]


@pytest.mark.parametrize(
    ("status", "code", "check"),
    [
        (403, 20002, Check.RELATIONSHIP),
        (403, 900308, Check.ROLES),
        (403, 900309, Check.SIGN_IN),
        (401, 900421, Check.SIGN_IN),
        (403, 900150, None),
    ],
)
def test_the_code_of_a_refusal_says_what_it_is_about(status: int, code: int, check: Check | None) -> None:
    found, _partner = standing(customer=fault(status, code))
    with pytest.raises(RefusedError) as refused:
        found.enter(guid(1))
    assert found.concerned(refused.value) is check


def test_the_newest_record_whatever_the_order() -> None:
    records = [record("2026-11-20T00:00:00Z"), record("2026-11-27T10:00:00"), record("2026-11-28T00:00:00Z", 2)]
    found, partner = standing(auditrecords=collection(*records))
    assert found.newest_record(guid(1)) == datetime(2026, 11, 27, 10, tzinfo=UTC)
    (line,) = partner.transport.lines
    assert "startDate=2026-10-29T12%3A00%3A00Z" in line and guid(1) in line


def test_a_log_without_records() -> None:
    assert standing(auditrecords=collection())[0].newest_record(guid(1)) is None


def test_an_audit_log_that_may_not_be_read() -> None:
    found, _partner = standing(auditrecords=fault(403, 900150))
    with pytest.raises(RefusedError, match="may not read the audit log of Partner Center") as refused:
        found.newest_record(guid(1))
    assert (refused.value.status, refused.value.code) == (403, 900150)
    other, _partner = standing(auditrecords=fault(400, 2000))
    with pytest.raises(RefusedError, match="calls an id malformed"):
        other.newest_record(guid(1))

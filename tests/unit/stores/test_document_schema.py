# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents of release 0.1.0 are read, and it can read what this release writes as long as nothing new is in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import Document
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document_data import from_data, to_data
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import State, Subject
from ansible_collections.csp.partnercenter.tests.unit.support.kits import NOW, staged

#: As release 0.1.0 wrote it: an orphan with a doubtful password.
OLD = json.loads(
    """{"schema":1,"subject":{"customer_id":"11111111-1111-4111-8111-111111111111","user_id":
    "22222222-2222-4222-8222-222222222222","user_principal_name":"svc@contoso.com"},"current":{"version":
    "33333333-3333-4333-8333-333333333333","rotation_id":"2026-10","set_at":"2026-10-01T00:00:00Z","evidence":"exact"},
    "pending":{"version":"44444444-4444-4444-8444-444444444444","rotation_id":"2026-11","operation":"rotate","state":
    "sent","request_id":"55555555-5555-4555-8555-555555555555","correlation_id":"66666666-6666-4666-8666-666666666666",
    "force_change_password":false,"staged_at":"2026-11-01T00:00:00Z","owner":"a:b:1:c","leased_until":
    "2026-11-01T00:10:00Z","attempts":2,"ever_ambiguous":true,"sent_at":"2026-11-01T00:00:00Z"},"attempt":2,
    "failed_cycles":5,"orphaned_at":"2026-11-02T00:00:00Z"}"""
)
SUBJECT = Subject(OLD["subject"]["customer_id"], OLD["subject"]["user_id"])


def read(data: Any) -> Document:
    return from_data(data, SUBJECT, "a store")


def test_a_document_of_the_first_release_is_read_and_written_as_it_was() -> None:
    document = read(OLD)
    assert document.pending is not None and document.pending.state is State.SENT
    assert (document.failed_cycles, document.last_error, document.failing_since, document.rolled_back) == (
        5,
        None,
        None,
        None,
    )
    assert to_data(document) == OLD


def test_what_the_first_release_does_not_know_asks_it_for_an_update() -> None:
    failed = staged(SUBJECT).drop_pending().note_failed_cycle(orphan_after=5, now=NOW, message="refused", code=3000)
    data = to_data(failed)
    assert data["schema"] == 2
    assert data["last_error"] == {"message": "refused", "at": "2026-11-01T12:00:00Z", "code": 3000}
    assert read(data) == failed
    assert to_data(failed.release())["schema"] == 2
    assert to_data(staged(SUBJECT))["schema"] == 1


@pytest.mark.parametrize(
    ("message", "kept"),
    [("refused", "refused"), ("a\nb", "a b"), ("m" * 200, "m" * 200), ("m" * 201, "m" * 199 + "…"), ("", "unknown")],
)
def test_an_error_is_kept_as_every_store_can_keep_it(message: str, kept: str) -> None:
    failed = Document(SUBJECT).note_failed_cycle(orphan_after=5, now=NOW, message=message)
    assert failed.last_error is not None and failed.last_error.message == kept
    assert read(to_data(failed)) == failed

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One user's entry: the same after a round trip, refused after any change."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.entry import (
    Entry,
    Malformed,
    Record,
    compact,
    dump,
    parse,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.fingerprint import Fingerprint

OWNER = "customer/user"
RECORD = Record(
    at="2026-11-02T12:00:00.000+00:00",
    rotation_id="2026-11",
    force_change_password=True,
    attempt=1,
    request_id="33333333-3333-4333-8333-333333333333",
    correlation_id="44444444-4444-4444-8444-444444444444",
    certainty=None,
    fingerprint=Fingerprint("0a1b2c3d", "ab" * 16, "cd" * 32),
)
ENTRY = Entry("alice@contoso.example", applied=RECORD, sent=(RECORD, replace(RECORD, attempt=2)), refused=RECORD)


@pytest.mark.parametrize("entry", [Entry(), ENTRY, Entry(applied=RECORD), Entry(sent=(RECORD,)), Entry("Zoë")])
def test_an_entry_survives_the_round_trip(entry: Entry) -> None:
    text = dump(entry, OWNER)
    assert "\n" not in text and text.isascii()
    assert parse(json.loads(text), OWNER) == entry
    assert compact(json.loads(text)) == text


def test_an_entry_holds_metadata_and_no_password() -> None:
    content = json.loads(dump(ENTRY, OWNER))
    assert list(content) == ["applied", "checksum", "refused", "sent", "user_principal_name"]
    assert list(content["applied"]) == sorted(vars(RECORD))


def test_an_entry_is_good_for_one_user_only() -> None:
    """A line that is moved to another user, or to another customer's ledger, proves nothing there."""
    for other in ("customer/other", "other/user"):
        with pytest.raises(Malformed, match="another user's"):
            parse(json.loads(dump(ENTRY, OWNER)), other)


def test_a_checksum_is_one_that_other_versions_can_check() -> None:
    content = json.loads(dump(ENTRY, OWNER))
    checksum = content.pop("checksum")
    assert checksum == hashlib.sha256(f"{OWNER} {compact(content)}".encode()).hexdigest()[:16]


def test_nothing_is_no_entry_either() -> None:
    with pytest.raises(Malformed, match="edited or damaged"):
        parse({}, OWNER)


@pytest.mark.parametrize("member", ["checksum", "applied", "sent", "user_principal_name"])
def test_every_edit_is_noticed(member: str) -> None:
    content = json.loads(dump(ENTRY, OWNER))
    del content[member]
    with pytest.raises(Malformed, match="edited or damaged"):
        parse(content, OWNER)


def forged(change: Any) -> Any:
    """An entry that was changed by somebody who knows how to make a checksum."""
    content = json.loads(dump(ENTRY, OWNER))
    del content["checksum"]
    change(content)
    from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger import entry

    return content | {"checksum": entry._checksum(content, OWNER)}


UNKNOWN = "has members that this version does not know"
MEMBERS = "has a record with missing or unknown members"
TYPES = "has a record with members of the wrong type"
IDS = "has a record without time or ids"
FINGERPRINT = "has a record without a fingerprint"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda content: content.update(more=1), UNKNOWN),
        (lambda content: content.update(user_principal_name=1), UNKNOWN),
        (lambda content: content.update(sent="no list"), UNKNOWN),
        (lambda content: content.update(sent=["no object"]), MEMBERS),
        (lambda content: content.update(applied=[]), MEMBERS),
        (lambda content: content["applied"].update(more=1), MEMBERS),
        (lambda content: content["applied"].pop("attempt"), MEMBERS),
        (lambda content: content["refused"].update(attempt="1"), TYPES),
        (lambda content: content["applied"].update(at=5), TYPES),
        (lambda content: content["applied"].update(at="yesterday"), IDS),
        (lambda content: content["applied"].update(at="2026-11-02T12:00:00"), IDS),
        (lambda content: content["applied"].update(request_id="1"), IDS),
        (lambda content: content["applied"].update(correlation_id="1"), IDS),
        (lambda content: content["applied"].update(request_id=None), TYPES),
        (lambda content: content["sent"][1].update(fingerprint={}), FINGERPRINT),
        (lambda content: content["applied"]["fingerprint"].update(digest=5), FINGERPRINT),
    ],
)
def test_what_is_no_entry_is_refused(change: Any, complaint: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(forged(change), OWNER)
    assert str(caught.value) == complaint


@pytest.mark.parametrize("content", [[], "text", 5, True])
def test_other_json_is_no_entry(content: Any) -> None:
    with pytest.raises(Malformed) as caught:
        parse(content, OWNER)
    assert str(caught.value) == "is not an object"

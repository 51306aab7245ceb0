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

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import EvidenceError
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.entry import (
    Entry,
    Malformed,
    Record,
    compact,
    dump,
    parse,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.fingerprint import (
    Fingerprint,
    LedgerKey,
)
from ansible_collections.csp.partnercenter.tests.unit.password.builders import KEY

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
    text = dump(entry, OWNER, KEY)
    assert "\n" not in text and text.isascii()
    assert parse(json.loads(text), OWNER, KEY) == entry
    assert compact(json.loads(text)) == text


def test_an_entry_holds_metadata_and_no_password() -> None:
    content = json.loads(dump(ENTRY, OWNER, KEY))
    assert list(content) == ["applied", "check", "refused", "sent", "user_principal_name"]
    assert list(content["applied"]) == sorted(vars(RECORD))


def test_an_entry_is_good_for_one_user_only() -> None:
    """A line that is moved to another user, or to another customer's ledger, proves nothing there."""
    for other in ("customer/other", "other/user"):
        with pytest.raises(Malformed, match="another user's"):
            parse(json.loads(dump(ENTRY, OWNER, KEY)), other, KEY)


def test_who_does_not_have_the_key_makes_no_entry() -> None:
    """The right text under another key's check is an error that names the key, not an entry."""
    content = json.loads(dump(ENTRY, OWNER, LedgerKey(b"x" * 32)))
    with pytest.raises(EvidenceError, match=r"was made with key .* set ledger_key"):
        parse(content, OWNER, KEY)
    content["check"] = KEY.id + content["check"][8:]
    with pytest.raises(Malformed, match="its check does not fit"):
        parse(content, OWNER, KEY)


@pytest.mark.parametrize("check", ["", "x", 5, None, [], KEY.id, f"{KEY.id}-", "\ud800"])
def test_a_check_of_another_form_is_none(check: Any) -> None:
    content = json.loads(dump(ENTRY, OWNER, KEY)) | {"check": check}
    with pytest.raises(Malformed, match=r"^has something else in the place of its check$"):
        parse(content, OWNER, KEY)


def of_the_first_release(entry: Entry, key_id: str = KEY.first_id) -> dict[str, Any]:
    """The entry as 0.1.0 wrote it: a checksum that everybody can make, and the key's first name."""
    content: dict[str, Any] = json.loads(dump(entry, OWNER, KEY))
    del content["check"]
    records = [content.get("applied"), content.get("refused"), *content.get("sent", [])]
    for record in records:
        if record:
            record["fingerprint"]["key_id"] = key_id
    return content | {"checksum": hashlib.sha256(f"{OWNER} {compact(content)}".encode()).hexdigest()[:16]}


def test_an_entry_of_the_first_release_is_read_in_a_file_of_that_release_only() -> None:
    old = of_the_first_release(ENTRY)
    found = parse(old, OWNER, KEY, may_lack_check=True)
    assert found.applied == replace(RECORD, fingerprint=replace(RECORD.fingerprint, key_id=KEY.first_id))
    with pytest.raises(Malformed, match="has no check, which this release gives to every entry"):
        parse(old, OWNER, KEY)


def test_a_check_that_was_taken_away_is_missed_in_any_file() -> None:
    """Entries of this release name the key by another id, and the old id is known only with the key."""
    with pytest.raises(Malformed, match="has no check"):
        parse(of_the_first_release(ENTRY, KEY.id), OWNER, KEY, may_lack_check=True)
    with pytest.raises(EvidenceError, match="entry of user user was made with key 01234567"):
        parse(of_the_first_release(ENTRY, "01234567"), OWNER, KEY, may_lack_check=True)


def test_nothing_is_no_entry_either() -> None:
    with pytest.raises(
        Malformed, match=r"^was edited or damaged, or is another user's: it has no check, and no checksum"
    ):
        parse({}, OWNER, KEY)


@pytest.mark.parametrize("member", ["check", "applied", "sent", "user_principal_name"])
def test_every_edit_is_noticed(member: str) -> None:
    content = json.loads(dump(ENTRY, OWNER, KEY))
    del content[member]
    with pytest.raises(Malformed, match="edited or damaged"):
        parse(content, OWNER, KEY)


def forged(change: Any) -> Any:
    """An entry that was changed by somebody who has the key."""
    content = json.loads(dump(ENTRY, OWNER, KEY))
    del content["check"]
    change(content)
    return content | {"check": KEY.seal(f"{OWNER} {compact(content)}")}


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
        (
            lambda content: content["applied"]["fingerprint"].update(key_id="{{ x }}"),
            "has a fingerprint that names no key",
        ),
    ],
)
def test_what_is_no_entry_is_refused(change: Any, complaint: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(forged(change), OWNER, KEY)
    assert str(caught.value) == complaint


@pytest.mark.parametrize("content", [[], "text", 5, True])
def test_other_json_is_no_entry(content: Any) -> None:
    with pytest.raises(Malformed) as caught:
        parse(content, OWNER, KEY)
    assert str(caught.value) == "is not an object"

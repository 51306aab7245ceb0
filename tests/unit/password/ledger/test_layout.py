# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of a ledger: a snapshot for people and git, a journal for a run."""

from __future__ import annotations

import json

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger import layout
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.layout import Damaged
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, OTHER_CUSTOMER, user_id

A, B, C = user_id(1), user_id(2), user_id(3)
TEXT = layout.snapshot(CUSTOMER, {B: '{"b":2}', A: '{"a":1}'})


def damage(text: str) -> Damaged:
    with pytest.raises(Damaged) as caught:
        layout.read_snapshot(text, CUSTOMER)
    return caught.value


def test_a_snapshot_has_one_line_for_each_user_sorted() -> None:
    assert TEXT.splitlines() == [
        "{",
        '  "schema": 2,',
        f'  "customer_id": "{CUSTOMER}",',
        '  "users": {',
        f'    "{A}": {{"a":1}},',
        f'    "{B}": {{"b":2}}',
        "  }",
        "}",
    ]
    assert layout.read_snapshot(TEXT, CUSTOMER) == ({A: {"a": 1}, B: {"b": 2}}, True)


def test_one_more_user_is_one_more_line() -> None:
    """The last line but one gets its comma: that is all that git shows."""
    more = layout.snapshot(CUSTOMER, {A: '{"a":1}', B: '{"b":2}', C: '{"c":3}'})
    assert set(more.splitlines()) - set(TEXT.splitlines()) == {f'    "{B}": {{"b":2}},', f'    "{C}": {{"c":3}}'}


def test_no_users() -> None:
    assert layout.read_snapshot(layout.snapshot(CUSTOMER, {}), CUSTOMER) == ({}, True)


def test_the_entries_of_a_ledger_of_the_first_release_have_no_checks() -> None:
    first = TEXT.replace('"schema": 2', '"schema": 1')
    assert layout.read_snapshot(first, CUSTOMER) == ({A: {"a": 1}, B: {"b": 2}}, False)


def test_a_truncated_snapshot_is_never_taken_for_a_shorter_one() -> None:
    for length in range(len(TEXT) - 2):
        assert "truncated or damaged" in str(damage(TEXT[:length])), length


def test_damage_names_its_line() -> None:
    assert damage(TEXT.replace('{"b":2}', '{"b":}')).line == 6
    conflict = TEXT.replace(f'    "{B}"', f'<<<<<<< HEAD\n    "{B}"')
    assert damage(conflict).line == 6


def test_a_user_with_two_lines_is_not_guessed_at() -> None:
    """A merge of two branches in git can make two lines; JSON would take the last one."""
    found = damage(TEXT.replace(f'    "{B}"', f'    "{A}": {{"a":9}},\n    "{B}"'))
    assert "twice" in str(found) and found.line == 6
    assert damage(TEXT.replace(f'    "{B}"', f'    "{B}": {{"b":9}},\n    "{B}"')).line == 7


@pytest.mark.parametrize("twice", ['{"b":2,"b":3}', '{"b":{"c":1,"c":1}}'])
def test_nor_is_anything_else_that_is_there_twice(twice: str) -> None:
    """No line is named: the same name is elsewhere as well, where nothing is wrong."""
    found = damage(TEXT.replace('{"b":2}', twice))
    assert str(found) == "something is in it twice, as after a merge; remove one of them" and found.line is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[]", "it is not a ledger"),
        ("{}", "it is not a ledger"),
        ('{"schema":1,"users":[]}', "it is not a ledger"),
        (
            TEXT.replace('"schema": 2', '"schema": 3'),
            "it has schema 3, and this version reads up to 2: update the collection",
        ),
        (
            TEXT.replace('"schema": 2', '"schema": "CANARY"'),
            "it has no schema, and this version reads up to 2: update the collection",
        ),
        (
            TEXT.replace(CUSTOMER, OTHER_CUSTOMER),
            "it belongs to another customer; were two customers' ledgers mixed up?",
        ),
        ("[" * 100_000, "it is truncated or damaged: not valid JSON"),
    ],
)
def test_what_is_no_ledger_of_this_customer(text: str, complaint: str) -> None:
    assert str(damage(text)) == complaint


@pytest.mark.parametrize("name", ["alice", "ABCDEF12" + A[8:], 'a"b', ""])
def test_users_are_named_by_id(name: str) -> None:
    """Any other key would be lost when the next run writes the file."""
    found = damage(TEXT.replace(f'"{B}"', json.dumps(name)))
    assert str(found) == "it names a user by something that is not an id" and found.line == 6


def test_the_last_line_of_a_user_in_the_journal_counts() -> None:
    text = layout.journal_line(A, '{"n":1}') + layout.journal_line(B, '{"n":2}') + layout.journal_line(A, "null")
    assert layout.read_journal(text) == {A: None, B: {"n": 2}}
    assert layout.read_journal("") == {}


def test_a_torn_last_line_was_never_acted_upon() -> None:
    whole, torn = layout.journal_line(A, '{"n":1}'), layout.journal_line(B, '{"n":2}')
    for length in range(len(torn)):
        assert layout.read_journal(whole + torn[:length]) == {A: {"n": 1}}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "5",
        "{}",
        '{"user_id":5,"entry":null}',
        '{"user_id":[],"entry":null}',
        '{"user_id":"x","entry":1}',
    ],
)
def test_a_damaged_line_in_the_middle_is_an_error(line: str) -> None:
    with pytest.raises(Damaged) as caught:
        layout.read_journal(layout.journal_line(A, "null") + line + "\n" + layout.journal_line(B, "null"))
    assert (str(caught.value), caught.value.line) == ("the journal is damaged", 2)


def test_the_line_of_a_user() -> None:
    assert [layout.line_of(TEXT, user) for user in (A, B, C)] == [5, 6, None]

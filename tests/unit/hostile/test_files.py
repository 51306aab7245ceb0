# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any content in a file that is read: a declaration of rotations, a file of the store, a ledger."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import (
    EvidenceError,
    InputError,
    StoreError,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger import book, entry, layout
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.book import Book
from ansible_collections.csp.partnercenter.plugins.module_utils._stores import file_format
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import Document
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document_data import from_data, to_data
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.plugins.plugin_utils._declarations import DeclarationError, read_declarations
from ansible_collections.csp.partnercenter.tests.unit.hostile.answers import NASTY, bodies, near
from ansible_collections.csp.partnercenter.tests.unit.hostile.conftest import Hammer
from ansible_collections.csp.partnercenter.tests.unit.password.builders import KEY

CUSTOMER, USER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
VERSION = "33333333-3333-4333-8333-333333333333"
SUBJECT = Subject(CUSTOMER, USER, "ada@contoso.example")
DECLARED = {
    "version": 1,
    "defaults": {"max_age": "30d", "window": {"days": ["mon"], "from": "22:00", "to": "04:00", "time_zone": "UTC"}},
    "customers": [
        {"customer_domain": "contoso.example", "users": [{"user_principal_name": "ada@contoso.example"}]},
        {"customer_id": CUSTOMER, "defaults": {"rotation_id": "2026-11"}, "users": [{"user_id": USER}]},
    ],
}
CIPHERTEXT = "$ANSIBLE_VAULT;1.1;AES256\n" + "6162" * 20
DOCUMENT = to_data(
    Document(SUBJECT).stage(
        version=VERSION, rotation_id="r", owner="domain:host:1:a", now=datetime(2026, 11, 1, tzinfo=UTC)
    )
)
STORED = file_format.dump(DOCUMENT, {Slot.PENDING: CIPHERTEXT})
LEDGER = {"schema": 2, "customer_id": CUSTOMER, "users": {USER: {"state": "applied", "set_at": "2026-11-01T00:00:00Z"}}}

#: Brackets that libyaml would follow down until the stack of the process is used up.
DEEP = ["[" * 200_000, "- " * 100_000, "{a: " * 100_000, "? " * 100_000]


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """The text, in which some pieces were cut out, doubled, or are something else."""
    for _change in range(draw(st.integers(0, 3))):
        start, length = draw(st.integers(0, len(text))), draw(st.integers(0, 20))
        piece = st.sampled_from([*NASTY, "", text[start : start + length] * 2, "&a ", "*a", "!!python/name:os.system "])
        text = text[:start] + draw(piece | st.text(max_size=5)) + text[start + length :]
    return text


def as_yaml(content: Any) -> str:
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def texts(written: str, *records: Any) -> st.SearchStrategy[str]:
    """Anything, that text with some damage, and records that are nearly good."""
    nearly = st.one_of([near(record) for record in records]).map(json.dumps)
    return st.one_of(
        damaged(written), damaged(written), nearly, nearly, bodies().map(lambda body: body.decode("latin-1"))
    )


def in_our_words(parse: Callable[[Any], Any], *kinds: type[Exception]) -> Callable[[Any], Any]:
    """The private errors of a parser are turned into one of ours by whoever calls it; their text stays."""

    def call(text: Any) -> Any:
        try:
            return parse(text)
        except kinds as problem:
            raise InputError("file", str(problem)) from None

    return call


def read_stored(text: str) -> Any:
    document, ciphertexts = file_format.parse(text)
    return from_data(document, SUBJECT, "store"), [text.split("\n") for text in ciphertexts.values()]


def read_ledger(text: str) -> Any:
    return [entry.parse(found, USER, KEY) for found in layout.read_snapshot(text, CUSTOMER)[0].values()]


def read_journal(text: str) -> Any:
    return [entry.parse(found, USER, KEY) for found in layout.read_journal(text).values()]


#: A good text of each kind.
WRITTEN = {
    "declarations": as_yaml(DECLARED),
    "files of the store": STORED,
    "ledgers": json.dumps(LEDGER, indent=2),
    "journals": layout.journal_line(USER, json.dumps(LEDGER["users"])) * 2,
}
PARSERS: dict[str, tuple[st.SearchStrategy[str], Callable[[str], Any]]] = {
    "declarations": (texts(WRITTEN["declarations"], DECLARED), in_our_words(read_declarations, DeclarationError)),
    "files of the store": (
        texts(
            WRITTEN["files of the store"],
            {"partnercenter_password_document": DOCUMENT, "partnercenter_password_pending": CIPHERTEXT},
        ),
        in_our_words(read_stored, file_format.NotOurs),
    ),
    "ledgers": (
        texts(WRITTEN["ledgers"], LEDGER),
        in_our_words(read_ledger, layout.Damaged, entry.Malformed),
    ),
    "journals": (
        texts(WRITTEN["journals"], {"user_id": USER, "entry": LEDGER["users"]}),
        in_our_words(read_journal, layout.Damaged, entry.Malformed),
    ),
}


@pytest.mark.parametrize("kind", PARSERS)
def test_any_file(kind: str, hammer: Hammer) -> None:
    inputs, parse = PARSERS[kind]
    hammer(f"texts of {kind}", inputs, parse)


@pytest.mark.parametrize("text", DEEP, ids=["lists", "block", "mappings", "keys"])
@pytest.mark.parametrize("parse", [read_declarations, file_format.parse])
def test_brackets_without_end_do_not_crash_the_process(parse: Callable[[str], Any], text: str) -> None:
    with pytest.raises((DeclarationError, file_format.NotOurs)):
        parse(text)


def bomb(leaf: str) -> str:
    """A billion laughs: 9 levels of 10."""
    levels = [f"l0: &l0 {leaf}"] + [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]
    return "\n".join(levels)


def test_a_yaml_bomb_is_refused_at_once() -> None:
    started = time.monotonic()
    with pytest.raises(DeclarationError):
        read_declarations(bomb("ada") + "\nversion: 1\ncustomers: *l9\n")
    with pytest.raises(DeclarationError):
        read_declarations(f"version: 1\ncustomers:\n- &a {{customer_id: {CUSTOMER}, users: [*a]}}\n")
    for member in ("partnercenter_password", "partnercenter_password_document"):
        with pytest.raises((file_format.NotOurs, StoreError)):
            read_stored(bomb("x").replace("l9:", f"{member}:"))
        nested = "\n  ".join(bomb("x").split("\n"))
        with pytest.raises((file_format.NotOurs, StoreError)):
            read_stored(f"{member}:\n  {nested}\n")
        one_member = bomb("x").replace("\n", ", ").replace("l9: &l9", "l9:")
        with pytest.raises((file_format.NotOurs, StoreError)):
            read_stored(
                f"partnercenter_password_document: {{{one_member}}}\npartnercenter_password: [{{{one_member}}}]\n"
            )
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("levels", [40, 400])
def test_merge_keys_that_double_at_each_level_are_refused_at_once(levels: int) -> None:
    text = "{a: 1}"
    for level in range(levels):
        text = f"{{<<: [&x{level} {text}{f', *x{level}' * 9}]}}"
    started = time.monotonic()
    for parse in (file_format.parse, read_declarations):
        with pytest.raises((DeclarationError, file_format.NotOurs)):
            parse(f"r: {text}\n")
    assert time.monotonic() - started < 2


def test_a_list_that_aliases_repeat_for_each_user_is_refused_at_once() -> None:
    days = ", ".join(["mon"] * 20_000)
    users = "".join(f"    - {{user_id: 22222222-2222-4222-8222-{n:012d}, window: *w}}\n" for n in range(5_000))
    head = f"version: 1\ndefaults: {{max_age: 30d, window: &w {{days: [{days}], from: '1:00', to: '2:00'}}}}\n"
    started = time.monotonic()
    with pytest.raises(DeclarationError, match="its aliases repeat too much"):
        read_declarations(f"{head}customers:\n- customer_domain: x.example\n  users:\n{users}")
    assert time.monotonic() - started < 5


def test_a_number_that_would_take_minutes_is_refused_at_once() -> None:
    """YAML reads digits between colons to the base of 60."""
    started = time.monotonic()
    with pytest.raises(file_format.NotOurs, match="too long"):
        file_format.parse("a: 1" + ":59" * 300_000 + "\n")
    assert time.monotonic() - started < 5


def test_users_of_many_customers_are_written_out() -> None:
    """An alias would make a million users of a file of some kilobytes."""
    users = "".join(f"    - {{user_id: 22222222-2222-4222-8222-{number:012d}}}\n" for number in range(1000))
    customers = "".join(f"- {{customer_domain: c{number}.example, users: *u}}\n" for number in range(100))
    head = "version: 1\ndefaults: {max_age: 30d}\ncustomers:\n- customer_domain: x.example\n  users: &u\n"
    text = head + users + customers
    with pytest.raises(DeclarationError, match=r":1006: users is an alias"):
        read_declarations(text)


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("key", ["user_principal_name", "customer_domain", "user_id", "rotation_id"])
def test_odd_names_are_refused_or_harmless(key: str, name: str) -> None:
    """The names hold look-alike letters, templates, and paths out of a folder."""
    user = {"user_principal_name": "ada@contoso.example", "rotation_id": "r"} | {key: name}
    if key == "user_id":
        del user["user_principal_name"]
    customer = {"customer_domain": user.pop("customer_domain", "contoso.example"), "users": [user]}
    try:
        text = json.dumps({"version": 1, "customers": [customer]})
        (found,) = read_declarations(text)
    except DeclarationError as refusal:
        assert name.strip() not in str(refusal) or name.strip().isprintable()
    else:
        assert str(found).isprintable()
        assert str(found).isascii() or key == "rotation_id"


def test_what_is_no_file_does_not_hold_up_a_run(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"{CUSTOMER}.json")
    started = time.monotonic()
    with pytest.raises(EvidenceError):
        Book(str(tmp_path), CUSTOMER, lambda: KEY, read_only=True)
    assert time.monotonic() - started < 2


def test_an_endless_file_of_the_ledger_is_refused(tmp_path: Path) -> None:
    with (tmp_path / f"{CUSTOMER}.json").open("wb") as file:
        file.truncate(100 * book.LARGEST)
    with pytest.raises(EvidenceError, match="File too large"):
        Book(str(tmp_path), CUSTOMER, lambda: KEY, read_only=True)

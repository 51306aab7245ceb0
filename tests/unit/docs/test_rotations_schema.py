# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema for editors and the reader of declarations accept and refuse the same; the reader names the line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ansible_collections.csp.partnercenter.plugins.plugin_utils import _declarations
from ansible_collections.csp.partnercenter.plugins.plugin_utils._declarations import DeclarationError, read_declarations

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "docs" / "schemas" / "rotations.schema.json").read_text())

GOOD = """\
version: 1
defaults:
  max_age: 90d
  window: {days: [mon, tue], from: "22:00", to: "05:00", time_zone: UTC}
customers:
  - customer_domain: Customer-001.example.com
    defaults:
      force_change_password: true
    users:
      - user_principal_name: user-0001@customer-001.example.com
        rotation_id: 2026-11
      - user_principal_name: user-0002@customer-001.example.com
  - customer_id: afbd67f9-6196-49cf-a198-8ad9f06c144a
    users:
      - user_id: d66b829e-6a8a-44ba-8580-5975ed2f89d9
        not_before: "2026-11-01T00:00:00Z"
        force_change_password: false
"""

WINDOW = {"days": ["mon", "tue"], "from": "22:00", "to": "05:00", "time_zone": "UTC"}


def schema_accepts(text: str) -> bool:
    """The schema sees what a YAML reader for JSON sees."""
    try:
        jsonschema.validate(yaml.safe_load(text), SCHEMA)
    except jsonschema.ValidationError:
        return False
    return True


def test_good() -> None:
    first, second = read_declarations(GOOD)
    assert first == {
        "name": "customer-001.example.com",
        "customer_domain": "Customer-001.example.com",
        "users": [
            {
                "user_principal_name": "user-0001@customer-001.example.com",
                "rotation_id": "2026-11",
                "window": WINDOW,
                "force_change_password": True,
            },
            {
                "user_principal_name": "user-0002@customer-001.example.com",
                "max_age": "90d",
                "window": WINDOW,
                "force_change_password": True,
            },
        ],
    }
    assert second["users"] == [
        {
            "user_id": "d66b829e-6a8a-44ba-8580-5975ed2f89d9",
            "not_before": "2026-11-01T00:00:00Z",
            "window": WINDOW,
            "force_change_password": False,
        }
    ]
    assert schema_accepts(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "line", "words", "in_schema"),
    [
        ("rotation_id: 2026-11", "rotationid: 2026-11", 11, "unknown key 'rotationid'", True),
        ("  max_age", "  maxage", 3, "unknown key 'maxage'", True),
        ("version: 1", "version: 2", 1, "version must be 1", True),
        ("days: [mon, tue]", "day: [mon]", 4, "unknown key 'day'", True),
        ("days: [mon, tue]", "days: [someday]", 4, "days", True),
        ("days: [mon, tue]", "days: [montag]", 4, "number 1 is none of them", True),
        ("days: [mon, tue]", "days: [mon-fry]", 4, "number 1 is none of them", True),
        ("days: [mon, tue]", "days: [mon-tue-wed]", 4, "number 1 is none of them", True),
        ("days: [mon, tue]", "days: []", 4, "days", True),
        ("max_age: 90d", "max_age: 90 years", 3, "is not an age", True),
        ("rotation_id: 2026-11", "password: geheim", 11, "passwords do not belong", True),
        ("rotation_id: 2026-11", 'rotation_id: "{{ id }}"', 11, "template", True),
        ("rotation_id: 2026-11", "rotation_id:", 11, "must be a plain value", True),
        ("customer_domain: C", "customer_id: C", 10, "customer_id", False),
        ("- customer_id: afbd67f9-6196-49cf-a198-8ad9f06c144a", "- defaults: {}", 13, "either customer_id", True),
        ("force_change_password: true", "force_change_password: sometimes", 8, "true or false", True),
        ("user-0002", "user-0001", 12, "is there twice", False),
        ("max_age: 90d", "max_age: 90d\n  max_age: 80d", 4, "is there twice", False),
        ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00", 16, "time zone", False),
        ("  max_age: 90d", "", 12, "needs rotation_id", False),
        ("users:\n      - user_id", "user:\n      - user_id", 14, "unknown key 'user'", True),
        ("rotation_id: 2026-11", "Geheim-7: 2026-11", 11, "unknown key '(not a name)'", True),
        ("rotation_id: 2026-11", "rotation_id: *Geheim-7", 11, "not YAML: found undefined alias", False),
        ("rotation_id: 2026-11", "rotation_id: !Geheim-7!x", 11, "not YAML: found undefined tag handle", False),
        ("version: 1", "version: [1", 2, "not YAML", False),
        ("rotation_id: 2026-11", "rotation_id: !vault x", 11, "plain value", False),
    ],
)
def test_refused(old: str, new: str, line: int, words: str, in_schema: bool) -> None:
    """With its line; by the schema as well, where a schema can tell. What may be a value gone astray is not quoted."""
    assert GOOD.count(old) == 1
    text = GOOD.replace(old, new)
    with pytest.raises(DeclarationError) as caught:
        read_declarations(text, "rotations.yml")
    assert str(caught.value).startswith(f"rotations.yml:{line}: "), str(caught.value)
    assert words in str(caught.value) and "Geheim" not in str(caught.value)
    if in_schema:
        assert not schema_accepts(text)


@pytest.mark.parametrize("days", ["mon-fri", "Fri - Mon", "MONDAY", "wednesday-sun", "' thu '"])
def test_days_and_ranges_are_taken_by_both(days: str) -> None:
    text = GOOD.replace("[mon, tue]", f"[{days}]")
    assert read_declarations(text)[0]["users"][0]["window"]["days"] == [yaml.safe_load(days).strip()]
    assert schema_accepts(text)


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
@pytest.mark.parametrize("odd", ["*Geheim-7", "!Geheim-7!x", "[*Geheim-7", "{Geheim-7"])
def test_no_loader_quotes_what_it_cannot_read(odd: str, loader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_declarations, "_Loader", loader)
    with pytest.raises(DeclarationError, match=r"^rotations\.yml:\d+: is not YAML: ") as caught:
        read_declarations(GOOD.replace("2026-11\n", f"{odd}\n"))
    assert "Geheim" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "version: 1", "version: 1\ncustomers: []", "- - -", "\x00", "a: *b"])
def test_other_files(text: str) -> None:
    with pytest.raises(DeclarationError, match=r"^rotations\.yml:\d+: "):
        read_declarations(text)


def test_values_are_what_is_written() -> None:
    """Values stay texts: no dates, numbers or booleans."""
    for value in ("2026-11-01", "1.10", "0777", "yes"):
        (customer,) = read_declarations(
            f"version: 1\ncustomers: [{{customer_domain: a.example, users: [{{user_principal_name: a@a.example, "
            f"rotation_id: {value}}}]}}]"
        )
        assert customer["users"][0]["rotation_id"] == value


def test_the_same_keys() -> None:
    def keys(name: str) -> set[str]:
        part: dict[str, Any] = SCHEMA["definitions"][name]
        return set(part["properties"])

    assert keys("user") == {*_declarations._USER, *_declarations._DEFAULTS}
    assert keys("customer") == {*_declarations._CUSTOMER, "defaults", "users"}
    assert keys("defaults") == set(_declarations._DEFAULTS)
    assert keys("window") == set(_declarations._WINDOW)

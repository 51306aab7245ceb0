# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host names: safe and unique, whatever the service says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.plugin_utils._inventory_hosts import host_names, safe_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Contoso.OnMicrosoft.com", "contoso.onmicrosoft.com"),
        ("Zürich & Söhne", "zurich_sohne"),
        ("guest_web.de#EXT#@contoso.example", "guest_web.de_ext_@contoso.example"),
        ("{{ lookup('pipe', 'id') }}", "lookup_pipe_id"),
        ("--limit", "limit"),
        ("a:b,c[1]", "a_b_c_1"),
        ("!~&@x", "x"),
        ("../../etc", "etc"),
        ("東京", ""),
        ("x" * 500, "x" * 128),
    ],
)
def test_safe_names(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_those_that_clash_are_followed_by_their_ids() -> None:
    """All of them: a name does not depend on who else was read first."""
    assert host_names([("a b", "1"), ("A  B", "2"), ("c", "3")]) == ["a_b_1", "a_b_2", "c"]
    assert host_names([("", "1"), ("東京", "2"), ("localhost", "3"), ("ALL", "4")]) == [
        "1",
        "2",
        "localhost_3",
        "all_4",
    ]


def test_a_name_that_looks_like_one_with_an_id() -> None:
    names = host_names([("a", "1"), ("a", "2"), ("a_1", "3")])
    assert len(set(names)) == 3


@given(st.lists(st.text(alphabet="aA1_ é!{"), max_size=12))
def test_no_customer_is_lost(texts: list[str]) -> None:
    names = host_names([(text, str(number)) for number, text in enumerate(texts)])
    assert len(set(names)) == len(texts)
    assert all(re.fullmatch(r"[a-z0-9._@-]+", name) and name[0] not in "-@." for name in names)

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret does not show itself, whatever is done to it by accident."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import traceback

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret, one_line
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CANARY, raised


@dataclasses.dataclass(frozen=True)
class Holder:
    secret: Secret


def test_only_reveal_gives_it_out() -> None:
    assert Secret(CANARY).reveal() == CANARY


@pytest.mark.parametrize(
    "shown",
    [
        str(Secret(CANARY)),
        repr(Secret(CANARY)),
        f"{Secret(CANARY)}",
        f"{Secret(CANARY)!r:>3}",
        f"{Secret(CANARY):>40}",
        "%s" % Secret(CANARY),  # noqa: UP031
        "{}".format(Secret(CANARY)),  # noqa: UP032
        json.dumps(str(Secret(CANARY))).strip('"'),
    ],
)
def test_it_is_shown_as_stars(shown: str) -> None:
    assert shown == "***"


def test_what_holds_it_does_not_show_it_either() -> None:
    holder = Holder(Secret(CANARY))
    assert repr(holder) == "Holder(secret=***)"
    assert str([holder.secret]) == "[***]"
    assert not hasattr(holder.secret, "__dict__")


@pytest.mark.parametrize(
    "serialise",
    [
        pickle.dumps,
        lambda secret: pickle.dumps(secret, protocol=0),
        lambda secret: pickle.dumps(Holder(secret)),
        json.dumps,
        copy.copy,
        copy.deepcopy,
        lambda secret: copy.deepcopy({"a": [secret]}),
        lambda secret: dataclasses.asdict(Holder(secret)),
    ],
)
def test_it_cannot_be_serialised_or_copied(serialise: object) -> None:
    with pytest.raises(TypeError) as caught:
        serialise(Secret(CANARY))  # type: ignore[operator]
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_it_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("%s %r", Secret(CANARY), Secret(CANARY))
    assert caplog.messages == ["*** ***"]


def test_it_is_a_value() -> None:
    assert Secret("a") == Secret("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("é"), Secret("\ud800")}) == 3


def test_it_says_whether_it_is_empty() -> None:
    assert Secret("a")
    assert not Secret("")


@pytest.mark.parametrize("around", ["\n", "\r\n", " ", "\t\n", "\ufeff"])
def test_a_line_end_that_a_file_left_behind_is_no_part_of_it(around: str) -> None:
    assert one_line(f"{around}a b" if around == "\ufeff" else f"a b{around}", "x") == Secret("a b")


@pytest.mark.parametrize("nothing", [None, "", " ", "\n", "\ufeff"])
def test_nothing_is_no_secret(nothing: str | None) -> None:
    assert one_line(nothing, "x") is None


def test_blanks_that_may_be_meant_stay() -> None:
    assert one_line(" pass phrase \r\n", "x", blanks=True) == Secret(" pass phrase ")


@pytest.mark.parametrize("inside", ["\n", "\r", "\r\n", "\x85", "\u2028", "\n\n"])
@pytest.mark.parametrize("blanks", [True, False])
def test_a_line_break_inside_is_refused_without_a_quote(inside: str, blanks: bool) -> None:
    error = raised(lambda: one_line(f"{CANARY}{inside}{CANARY}", "client_secret", blanks=blanks))
    assert str(error) == "client_secret: holds a line break in its middle, and must be one line"

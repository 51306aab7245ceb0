# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret does not show itself, whatever is done to it by accident; and what is said of files that hold secrets."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import os
import pickle
import traceback
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import (
    Secret,
    one_line,
    read_bytes,
    read_text,
)
from ansible_collections.csp.partnercenter.tests.unit.support.engine import CANARY, raised

PLACE = "client_assertion_file"


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


@pytest.mark.parametrize(("mode", "said"), [(0o600, 0), (0o640, 0), (0o644, 1), (0o604, 1)])
def test_a_file_that_everybody_can_read_is_used_with_a_notice(tmp_path: Path, mode: int, said: int) -> None:
    notices.take()
    file = tmp_path / "secret"
    file.write_text("\ufeff value \n", encoding="utf-8")
    file.chmod(mode)
    assert [read_text(str(file), PLACE) for _unused in range(2)] == ["value"] * 2
    texts = notices.take()
    assert len(texts) == said
    assert all(f"chmod go= {file}" in text and "value" not in text for text in texts)


def test_a_file_that_the_platform_mounts_read_only_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody in the pod could follow the advice."""
    notices.take()
    file = tmp_path / "token"
    file.write_text("value")
    file.chmod(0o644)
    monkeypatch.setattr(os, "fstatvfs", lambda _descriptor: SimpleNamespace(f_flag=os.ST_RDONLY))
    assert read_text(str(file), PLACE) == "value" and notices.take() == []


def test_a_file_that_everybody_can_write_is_told_even_where_it_is_encrypted(tmp_path: Path) -> None:
    notices.take()
    file = tmp_path / "secret"
    file.write_text("$ANSIBLE_VAULT;1.1;AES256\n3332\n")
    file.chmod(0o602)
    assert read_bytes(str(file), PLACE)
    assert notices.take() == [f"{PLACE}: every user of this machine can write the file: chmod go= {file}"]


def test_an_encrypted_file_may_be_readable_and_is_no_plain_one(tmp_path: Path) -> None:
    notices.take()
    file = tmp_path / "secret"
    file.write_text("$ANSIBLE_VAULT;1.1;AES256\n3332\n")
    file.chmod(0o644)
    assert read_bytes(str(file), PLACE)
    assert "encrypted with ansible-vault" in str(raised(lambda: read_text(str(file), PLACE)))
    assert notices.take() == []


@pytest.mark.parametrize("content", [None, b"", b" \n"])
def test_nothing_to_read_is_an_error_that_names_the_option(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    error = raised(lambda: read_text(str(file), PLACE))
    assert isinstance(error, InputError)
    assert error.place == PLACE


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("kanarie.token", "the file cannot be read (No such file or directory); its folder is {folder}"),
        ("kanarie/token", "the file cannot be read (No such file or directory)"),
        ("kanarie\0", "the file cannot be read (not a path)"),
    ],
)
def test_a_missing_file_is_told_with_its_folder_and_not_its_name(tmp_path: Path, name: str, told: str) -> None:
    """Somebody may have given the secret itself in the place of the path."""
    with pytest.raises(InputError) as caught:
        read_bytes(f"{tmp_path}/{name}", PLACE)
    assert str(caught.value) == f"{PLACE}: {told.format(folder=tmp_path)}"

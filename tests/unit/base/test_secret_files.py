# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that hold secrets, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret_files import read_bytes, read_text
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised

PLACE = "client_assertion_file"


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


def test_a_notice_comes_once_in_a_process() -> None:
    notices.take()
    for text in ("once upon a test", "twice", "once upon a test"):
        notices.add(text)
    assert notices.take() == ["once upon a test", "twice"]
    notices.add("twice")
    assert notices.take() == []

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared rotations as each ansible-core hands them over; what is written in them is never a template."""

from __future__ import annotations

import pytest

from ansible_collections.csp.partnercenter.plugins.plugin_utils._declarations import DeclarationError, read_declarations

TEXT = """
version: 1
customers:
  - customer_domain: contoso.example
    users:
      - user_principal_name: ada@contoso.example
        rotation_id: {0}
"""


class Marked(str):
    """A text as ansible-core 2.18 marks it: libyaml takes none but a plain one."""


def test_a_marked_text_is_read() -> None:
    (customer,) = read_declarations(Marked(TEXT.format("2026-11")))
    assert customer["users"] == [{"user_principal_name": "ada@contoso.example", "rotation_id": "2026-11"}]


@pytest.mark.parametrize("written", ["2026.10", "010", "12:30", "2026-11-28", "1_000", "0x10", "on"])
def test_a_value_is_the_text_that_was_written(written: str) -> None:
    assert read_declarations(TEXT.format(written))[0]["users"][0]["rotation_id"] == written


@pytest.mark.parametrize("hostile", ["##vso[task.complete]", "x ##[error]", ":: set-output", "section_end:1:x"])
def test_a_command_to_a_runner_is_refused(hostile: str) -> None:
    """And not repeated in the message, which is shown by the job."""
    with pytest.raises(DeclarationError, match="rotation_id holds a command to the runner") as caught:
        read_declarations(TEXT.format(f'"{hostile}"'))
    assert hostile not in str(caught.value)


@pytest.mark.parametrize("harmless", ["a#b", "ada_gmail.com#EXT#", "12:30", "a::b", "##", "sections:1"])
def test_what_only_looks_like_a_command(harmless: str) -> None:
    assert read_declarations(TEXT.format(f'"{harmless}"'))[0]["users"][0]["rotation_id"] == harmless


@pytest.mark.parametrize("hostile", ["{{ x }}", "{% x %}", "{# x #}", "#jinja2:variable_start_string:'['", "#JINJA2:x"])
def test_a_template_is_refused(hostile: str) -> None:
    with pytest.raises(DeclarationError, match="rotation_id holds a template"):
        read_declarations(TEXT.format(f'"{hostile}"'))

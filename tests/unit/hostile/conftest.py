# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One judge for all that hostile input comes to: a typed value, or one of our own errors that quotes nothing."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Verbosity, given, settings
from hypothesis import strategies as st

from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import PartnerCenterError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.tests.unit.hostile.answers import CANARY
from ansible_collections.csp.partnercenter.tests.unit.support.engine import everything_shown

Hammer = Callable[[str, "st.SearchStrategy[Any]", Callable[[Any], Any]], None]

_SHOWABLE = (bool, int, float, datetime, Secret, type(None))


#: Azure's SDK logs the headers of each answer that Microsoft calls harmless, and no body.
_HEADERS_OF_AZURE = "azure.core.pipeline.policies.http_logging_policy"


class _Heard(logging.Handler):
    """The lines of a log at the usual level."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != _HEADERS_OF_AZURE:
            self.texts.append(record.getMessage())


@pytest.fixture
def heard() -> Iterator[list[str]]:
    handler, root = _Heard(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler.texts
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def hammer(heard: list[str], figure: Callable[[str], None]) -> Hammer:
    """Tries a parser with many inputs; each must come to a typed value, or to an error of ours that quotes nothing."""

    def run(parser: str, inputs: st.SearchStrategy[Any], parse: Callable[[Any], Any]) -> None:
        tried = refused = 0

        @given(inputs)
        @settings(deadline=None, suppress_health_check=list(HealthCheck), verbosity=Verbosity.quiet)
        def once(given_input: Any) -> None:
            nonlocal tried, refused
            tried += 1
            try:
                assert_typed(parse(given_input))
            except PartnerCenterError as error:
                refused += 1
                assert CANARY not in everything_shown(error)
                assert everything_shown(error).isprintable() or "\n" in everything_shown(error)
                assert len(str(error)) < 1000
            assert not [text for text in (*heard, *notices.take()) if CANARY in text]
            heard.clear()

        once()
        figure(f"{parser}: {tried} inputs, {refused} refused, 0 faults")

    return run


def assert_typed(value: Any) -> None:
    """Records, plain values and texts that may go to a screen."""
    if isinstance(value, str):
        assert value.isprintable() or not set(value) & _UNSHOWABLE, "a text that acts upon a screen"
        value.encode()
    elif isinstance(value, dict):
        for key, inner in value.items():
            assert_typed(key)
            assert_typed(inner)
    elif isinstance(value, (list, tuple, frozenset)):
        for inner in value:
            assert_typed(inner)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            assert_typed(getattr(value, field.name))
    else:
        assert isinstance(value, _SHOWABLE), f"of no type that was promised: {type(value).__name__}"


_UNSHOWABLE = {chr(code) for code in (*range(32), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_UNSHOWABLE |= set("\u200e\u200f\u061c\u2028\u2029")

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of the API and their shapes (contract, section 6)."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass

from .knobs import Knobs

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
JSON_TYPE = b"application/json; charset=utf-8"
HTML_TYPE = b"text/html; charset=utf-8"
Header = tuple[bytes, bytes]


@dataclass(slots=True)
class Answer:
    """One answer, ready to be sent; a reason phrase of its own needs the raw way out."""

    status: int
    body: bytes = b""
    content_type: bytes | None = JSON_TYPE
    headers: tuple[Header, ...] = ()
    reason: str | None = None


@dataclass(slots=True)
class PartnerFault(Exception):
    """A refusal in shape (1): status, code, description, source."""

    status: int
    code: int
    description: str
    source: str = "PartnerAPI"
    headers: tuple[Header, ...] = ()


class BareAnswer(Exception):
    """An answer that is no Partner Center fault, raised from deep inside a handler."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(knobs: Knobs, document: object, status: int = 200, headers: tuple[Header, ...] = ()) -> Answer:
    """Compact JSON, with the byte order mark that recorded sessions show."""
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return Answer(status, BYTE_ORDER_MARK + body if knobs.bom else body, headers=headers)


def fault_answer(knobs: Knobs, fault: PartnerFault) -> Answer:
    """Shape (1)."""
    description = html.escape(fault.description) if knobs.html_escape_descriptions else fault.description
    document: dict[str, object] = {
        "code": fault.code if knobs.error_code_type == "number" else str(fault.code),
        "description": description,
        "data": [],
        "source": fault.source,
    }
    return json_answer(knobs, document, fault.status, fault.headers)


def throttle_answer(seconds: int, retry_after: bytes | None) -> Answer:
    """Shape (2): the gateway speaks, so no byte order mark and no code."""
    text = f"Rate limit is exceeded. Try again in {seconds} seconds."
    body = json.dumps({"statusCode": 429, "message": text}).encode()
    headers = ((b"retry-after", retry_after),) if retry_after is not None else ()
    return Answer(429, body, content_type=b"application/json", headers=headers)


def html_answer(status: int, title: str) -> Answer:
    """Shape (5): a gateway's page."""
    page = f"<!DOCTYPE html>\r\n<html><head><title>{title}</title></head><body><h2>{title}</h2></body></html>\r\n"
    return Answer(status, page.encode(), content_type=HTML_TYPE)


def configured_refusal(setting: str, description: str) -> PartnerFault | None:
    """Read a knob of the kind ``accept | ignore | STATUS/CODE``."""
    if setting in ("accept", "ignore"):
        return None
    status, code = setting.split("/")
    return PartnerFault(int(status), int(code), description)

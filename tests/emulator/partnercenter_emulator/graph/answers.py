# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of Microsoft Graph and their shapes (Graph contract, "Errors")."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from ..answers import BYTE_ORDER_MARK, Answer, Header
from ..knobs import Knobs

JSON_TYPE = b"application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
CONTENT_TYPES = {"json": JSON_TYPE, "text": b"text/plain; charset=utf-8", "absent": None}
#: What a refusal says where only its status is known.
CODES = {
    400: "Request_BadRequest",
    401: "InvalidAuthenticationToken",
    403: "Authorization_RequestDenied",
    404: "Request_ResourceNotFound",
    405: "Request_BadRequest",
    409: "Request_MultipleObjectsWithSameKeyValue",
    429: "TooManyRequests",
    500: "InternalServerError",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}
INSUFFICIENT = "Insufficient privileges to complete the operation."


@dataclass(slots=True)
class GraphFault(Exception):
    """A refusal: status, code, message."""

    status: int
    code: str
    message: str
    headers: tuple[Header, ...] = ()


def json_answer(knobs: Knobs, document: object, status: int = 200, headers: tuple[Header, ...] = ()) -> Answer:
    """Compact JSON."""
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    content_type = CONTENT_TYPES[knobs.graph_content_type]
    return Answer(status, BYTE_ORDER_MARK + body if knobs.graph_bom else body, content_type, headers)


def fault_answer(knobs: Knobs, fault: GraphFault, request_id: str, client_request_id: str) -> Answer:
    """``{"error":{"code","message","innerError"}}``."""
    inner = {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": request_id,
        "client-request-id": client_request_id,
    }
    document = {"error": {"code": fault.code, "message": fault.message, "innerError": inner}}
    return json_answer(knobs, document, fault.status, fault.headers)


def refused(knobs: Knobs, status: int, code: int | str | None, description: str) -> Answer:
    """A refusal by order."""
    name = CODES.get(status, "UnknownError") if code is None else str(code)
    request_id = str(uuid.uuid4())
    return fault_answer(knobs, GraphFault(status, name, description), request_id, request_id)


def denied(message: str = INSUFFICIENT) -> GraphFault:
    """The 403 that stands for a missing permission, a missing role and a privileged target alike."""
    return GraphFault(403, "Authorization_RequestDenied", message)


def missing(what: str) -> GraphFault:
    """The 404 of a directory object."""
    message = f"Resource '{what}' does not exist or one of its queried reference-property objects are not present."
    return GraphFault(404, "Request_ResourceNotFound", message)


def bad_request(message: str, code: str = "Request_BadRequest") -> GraphFault:
    """The 400."""
    return GraphFault(400, code, message)


def configured_refusal(setting: str, message: str) -> GraphFault | None:
    """Read a knob of the kind ``accept | ignore | STATUS/CODE``."""
    if setting in ("accept", "ignore"):
        return None
    status, code = setting.split("/")
    return GraphFault(int(status), code, message)

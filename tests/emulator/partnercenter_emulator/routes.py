# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The handlers by path. A hand-written walk over the segments, because every request passes it."""

from __future__ import annotations

from .answers import Answer, BareAnswer, html_answer
from .audit_records import list_audit_records
from .consents import grant_consent, remove_consent
from .customers import get_customer, list_customers
from .licenses import list_subscribed, list_user_licenses, update_user_licenses
from .roles import add_member, list_members, list_roles, list_user_roles, remove_member
from .service import Handler
from .update import reset_password, update_user, update_user_by_query
from .users import create_user, delete_user, get_user, list_users

# A star stands for an id.
ROUTES: dict[tuple[str, ...], dict[str, Handler]] = {
    ("customers",): {"GET": list_customers},
    ("customers", "*"): {"GET": get_customer},
    ("customers", "*", "users"): {"GET": list_users, "POST": create_user, "PATCH": update_user_by_query},
    ("customers", "*", "users", "*"): {"GET": get_user, "PATCH": update_user, "DELETE": delete_user},
    ("customers", "*", "users", "*", "resetpassword"): {"PATCH": reset_password},
    ("customers", "*", "users", "*", "directoryroles"): {"GET": list_user_roles},
    ("customers", "*", "users", "*", "licenses"): {"GET": list_user_licenses},
    ("customers", "*", "users", "*", "licenseupdates"): {"POST": update_user_licenses},
    ("customers", "*", "directoryroles"): {"GET": list_roles},
    ("customers", "*", "directoryroles", "*", "usermembers"): {"GET": list_members, "POST": add_member},
    ("customers", "*", "directoryroles", "*", "usermembers", "*"): {"DELETE": remove_member},
    ("customers", "*", "applicationconsents"): {"POST": grant_consent},
    ("customers", "*", "applicationconsents", "*"): {"DELETE": remove_consent},
    ("customers", "*", "subscribedskus"): {"GET": list_subscribed},
    ("auditrecords",): {"GET": list_audit_records},
}
VERSIONS = frozenset({"v1", "v1.0"})


def split(path: str) -> list[str]:
    """The segments after the version, in lower case; empty when there is no version.

    Empty segments are dropped: two of Microsoft's SDKs follow a next link as ``/v1//customers/…``.
    """
    segments = [segment for segment in path.lower().split("/") if segment]
    return segments[1:] if segments and segments[0] in VERSIONS else []


def handler_for(method: str, segments: list[str]) -> Handler:
    """Find the handler, or answer as a gateway does: 404 without a code, 405 with Allow."""
    shape = tuple(segment if index % 2 == 0 else "*" for index, segment in enumerate(segments))
    methods = ROUTES.get(shape)
    if methods is None:
        raise BareAnswer(html_answer(404, "404 - File or directory not found."))
    handler = methods.get(method)
    if handler is None:
        allowed = ", ".join(sorted(methods)).encode()
        raise BareAnswer(Answer(405, content_type=None, headers=((b"allow", allowed),)))
    return handler

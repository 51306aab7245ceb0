# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which handler serves which path of Graph."""

from __future__ import annotations

from .accounts import create_user, delete_user, restore_user
from .answers import GraphFault, bad_request
from .audits import list_audits
from .call import GraphCall, Handler
from .passwords import update_user
from .relationships import get_relationship, list_assignments, list_own_memberships, list_relationships
from .roles import (
    list_assignments as list_role_assignments,
)
from .roles import (
    list_definitions,
    list_group_members,
    list_memberships,
    list_role_members,
    list_roles,
    list_transitive_assignments,
    list_transitive_memberships,
)
from .users import get_user, list_deleted_users, list_users, revoke_sessions
from .writeback import get_operation, reset_password

Methods = dict[str, Handler]
GDAP = ("tenantrelationships", "delegatedadminrelationships")
DIRECTORY = ("rolemanagement", "directory")
# A star stands for an id, a principal name or a type.
ROUTES: dict[tuple[str, ...], Methods] = {
    ("users",): {"GET": list_users, "POST": create_user},
    ("users", "*"): {"GET": get_user, "PATCH": update_user, "DELETE": delete_user},
    ("users", "*", "revokesigninsessions"): {"POST": revoke_sessions},
    ("users", "*", "memberof"): {"GET": list_memberships},
    ("users", "*", "memberof", "*"): {"GET": list_memberships},
    ("users", "*", "transitivememberof"): {"GET": list_transitive_memberships},
    ("users", "*", "transitivememberof", "*"): {"GET": list_transitive_memberships},
    ("users", "*", "authentication", "methods", "*", "resetpassword"): {"POST": reset_password},
    ("users", "*", "authentication", "operations", "*"): {"GET": get_operation},
    ("directory", "deleteditems", "microsoft.graph.user"): {"GET": list_deleted_users},
    ("directory", "deleteditems", "graph.user"): {"GET": list_deleted_users},
    ("directory", "deleteditems", "*", "restore"): {"POST": restore_user},
    ("directoryroles",): {"GET": list_roles},
    ("directoryroles", "*", "members"): {"GET": list_role_members},
    ("groups", "*", "members"): {"GET": list_group_members},
    ("groups", "*", "transitivemembers"): {"GET": list_group_members},
    ("groups", "*", "transitivemembers", "microsoft.graph.user"): {"GET": list_group_members},
    (*DIRECTORY, "roleassignments"): {"GET": list_role_assignments},
    (*DIRECTORY, "roledefinitions"): {"GET": list_definitions},
    (*DIRECTORY, "transitiveroleassignments"): {"GET": list_transitive_assignments},
    ("me", "transitivememberof"): {"GET": list_own_memberships},
    ("auditlogs", "directoryaudits"): {"GET": list_audits},
    GDAP: {"GET": list_relationships},
    (*GDAP, "*"): {"GET": get_relationship},
    (*GDAP, "*", "accessassignments"): {"GET": list_assignments},
}
BETA_ONLY = frozenset({"transitiveroleassignments"})
VERSIONS = frozenset({"v1.0", "beta"})


def split(path: str) -> tuple[str, list[str]]:
    """The version, and the segments after it as they were sent."""
    version, *segments = [segment for segment in path.split("/") if segment] or [""]
    if version.lower() not in VERSIONS:
        raise bad_request(f"Invalid version: {version}", "BadRequest")
    return version.lower(), segments


def handler_for(call: GraphCall) -> Handler:
    """Find the handler, or refuse as Graph does."""
    lowered = [segment.lower() for segment in call.segments]
    for pattern, methods in ROUTES.items():
        if len(pattern) != len(lowered):
            continue
        if any(wanted not in ("*", part) for wanted, part in zip(pattern, lowered, strict=True)):
            continue
        if call.version != "beta" and pattern[-1] in BETA_ONLY:
            break
        handler = methods.get(call.method)
        if handler is None:
            raise GraphFault(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
        return handler
    name = call.segments[-1] if call.segments else ""
    raise bad_request(f"Resource not found for the segment '{name}'.", "BadRequest")

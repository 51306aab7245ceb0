# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The knobs of Microsoft Graph, and of what Partner Center and Entra ID do for it.

The default of a knob is what Microsoft documents or what its limits page says; a guess is called one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..knob_kinds import About, Answer, GraphAnswer, Limit

#: The delegated permissions of the registration, as the contract lists them.
SCOPES = (
    "User-PasswordProfile.ReadWrite.All,User.Read.All,User.RevokeSessions.All,AuditLog.Read.All,"
    "RoleManagement.Read.Directory,UserAuthenticationMethod.ReadWrite.All,DelegatedAdminRelationship.Read.All"
)
ROLES = "User Administrator,Cloud Application Administrator,Directory Readers,Reports Reader"


@dataclass(slots=True)
class GraphKnobs:
    """The switches of one emulator that concern Microsoft Graph."""

    # Tokens for the tenants of customers
    graph_consent: Annotated[
        str, About("have all customers consented to the application with graph_scopes", "granted", "missing")
    ] = "granted"
    graph_scopes: Annotated[str, About("delegated permissions of the registration, by comma")] = SCOPES
    graph_registration: Annotated[
        str, About("can the application be used in other tenants", "multi_tenant", "single_tenant")
    ] = "multi_tenant"
    gdap_roles: Annotated[str, About("roles that the account holds at customers by GDAP, by comma")] = ROLES
    graph_partner_consent: Annotated[
        str,
        About(
            "is there consent for Graph in the partner's own tenant; missing: AADSTS65001 there", "granted", "missing"
        ),
    ] = "granted"
    security_group: Annotated[
        str, About("is the account in the security group that GDAP roles are assigned to", "member", "stranger")
    ] = "member"
    graph_no_gdap_error: Annotated[
        int, About("AADSTS number of a tenant where the account holds no role at all", "50177", "50020")
    ] = 50177
    graph_token_wids: Annotated[bool, About("tokens for customers name the account's roles in wids (guess)")] = True

    # Consent by Partner Center
    admin_agent: Annotated[bool, About("is the account a member of the partner's AdminAgents group")] = True
    consent_status: Annotated[int, About("status of a successful consent (guess)", "200", "201")] = 201
    consent_exists_answer: Annotated[
        str, Answer("consent for an application that has it: the text is known, status and code are not (guess)")
    ] = "409/3000"

    # Form of the answers
    graph_bom: Annotated[bool, About("begin JSON bodies of Graph with a UTF-8 byte order mark (guess)")] = False
    graph_content_type: Annotated[
        str, About("Content-Type of bodies of Graph: right, or as spoilt on the way", "json", "text", "absent")
    ] = "json"
    graph_page_size: Annotated[int, About("items of a page when the request names no $top")] = 100
    graph_max_page_size: Annotated[int, About("greatest $top; more is a 400")] = 999
    graph_next_link: Annotated[
        str, About("host of @odata.nextLink; other_host is hostile: a token must not go there", "same", "other_host")
    ] = "same"
    graph_time_precision: Annotated[str, About("lastPasswordChangeDateTime is cut to", "seconds", "microseconds")] = (
        "seconds"
    )

    # Users themselves
    graph_name_taken_answer: Annotated[
        str, GraphAnswer("create or rename to a userPrincipalName that is taken (status and code: as users report)")
    ] = "400/Request_BadRequest"
    graph_synced_update_answer: Annotated[
        str, GraphAnswer("change of other properties than usageLocation of a synced user (guess)")
    ] = "400/Request_BadRequest"
    graph_deleted_prefix: Annotated[
        bool, About("userPrincipalName of soft-deleted users begins with their id without hyphens")
    ] = True
    graph_creation_delay: Annotated[
        float, About("seconds until reads show a user who was created or restored (guess)")
    ] = 0.0

    # Setting passwords
    graph_force_default: Annotated[
        bool, About("forceChangePasswordNextSignIn when a request with a password leaves it out (guess)")
    ] = True
    graph_flag_alone: Annotated[
        str,
        About("passwordProfile without a password: 204 and nothing happens, as seen, or applied", "ignore", "apply"),
    ] = "ignore"
    graph_weak_password_code: Annotated[str, About("code of the 400 for a password that breaks the rules (guess)")] = (
        "Request_BadRequest"
    )
    graph_federated_answer: Annotated[str, GraphAnswer("PATCH of a federated user's password (guess)")] = (
        "400/Request_BadRequest"
    )
    graph_synced_answer: Annotated[str, GraphAnswer("PATCH of a synced user's password: 204, not kept (guess)")] = (
        "ignore"
    )
    graph_privileged_answer: Annotated[
        str, GraphAnswer("password of a user who holds a role; Privileged Authentication Administrator is let through")
    ] = "403/Authorization_RequestDenied"
    graph_own_account_answer: Annotated[
        str, GraphAnswer("password of the account that makes the request (status and code: guess)")
    ] = "403/Authorization_RequestDenied"
    graph_app_only_answer: Annotated[str, GraphAnswer("any request with an app-only token (status: guess)")] = (
        "401/Authorization_IdentityNotFound"
    )
    revoke_answer: Annotated[str, About("answer to revokeSignInSessions (guess)", "true", "false", "204")] = "true"

    # What the directory remembers
    last_password_change_on_admin_reset: Annotated[
        bool, About("does a reset by an administrator move lastPasswordChangeDateTime (guess)")
    ] = True
    password_age: Annotated[float, About("days since the passwords of the first population were set")] = 100.0
    replica_delay: Annotated[float, About("seconds by which the replicas that answer reads lag behind (guess)")] = 0.0
    replica_share: Annotated[float, About("share of reads that such a replica answers, 0 to 1")] = 1.0

    # Password writeback
    writeback: Annotated[bool, About("is password writeback set up in the customers' tenants")] = True
    writeback_delay: Annotated[float, About("seconds from the 202 until the operation ends (guess)")] = 0.0
    writeback_result: Annotated[
        str, About("how operations end", "succeeded", "failed", "OnPremisesSuccessCloudFailure")
    ] = "succeeded"
    writeback_retry_after: Annotated[int, About("seconds of Retry-After with the 202; 0: none")] = 0
    writeback_counts: Annotated[bool, About("a reset by authentication/methods is a write for the limits (guess)")] = (
        True
    )

    # Audit log of the directory
    graph_audit_delay: Annotated[
        float, About("seconds until a record can be read (95 % within 120 are documented)")
    ] = 0.0
    graph_audit_days: Annotated[int, About("days that records are kept: Free, or P1 and P2", "7", "30")] = 30
    graph_audit_correlation: Annotated[
        str, About("correlationId of a record (guess)", "other", "client_request_id")
    ] = "other"

    # Limits, as published
    graph_throttling: Annotated[bool, About("apply the limits")] = True
    graph_limit_writes_per_customer: Annotated[str, Limit("writes of the application in one tenant")] = "3000/150"
    graph_limit_writes: Annotated[str, Limit("writes of the application in all tenants")] = "70000/300"
    graph_limit_tenant_writes: Annotated[str, Limit("writes of all applications in one tenant")] = "18000/300"
    graph_limit_units_small: Annotated[str, Limit("resource units in a tenant below 50 users")] = "3500/10"
    graph_limit_units_medium: Annotated[str, Limit("resource units in a tenant of 50 to 500 users")] = "5000/10"
    graph_limit_units_large: Annotated[str, Limit("resource units in a tenant above 500 users")] = "8000/10"
    graph_limit_units: Annotated[str, Limit("resource units of the application in all tenants")] = "150000/20"
    graph_limit_requests: Annotated[str, Limit("requests of the application to all of Graph")] = "2000/1"
    graph_limit_audit: Annotated[str, Limit("requests to auditLogs of the application in one tenant")] = "5/10"

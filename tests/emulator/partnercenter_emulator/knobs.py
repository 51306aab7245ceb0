# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every guess and every contradiction of the contract as a named switch (contract, section 9).

The default of a knob is what Microsoft documents; where nothing is documented, the default is a guess and the
description says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, get_type_hints

from .graph.knobs import GraphKnobs
from .knob_kinds import About, Answer, KnobError


@dataclass(slots=True)
class Knobs(GraphKnobs):
    """The switches of one emulator. Plain attributes, because the hot path reads them for each request."""

    # Form of the answers
    bom: Annotated[bool, About("begin JSON bodies with a UTF-8 byte order mark, as recorded sessions do")] = True
    link_prefix: Annotated[str, About("is /v1 part of link uris", "without", "with", "alternate")] = "without"
    error_code_type: Annotated[
        str,
        About(
            "type of the member code of a fault: a number in the samples, a string in the reference", "string", "number"
        ),
    ] = "number"
    html_escape_descriptions: Annotated[bool, About("HTML-escape the description of faults")] = False
    echo_password: Annotated[bool, About("answers to create, update and reset contain the new password")] = True
    echo_force: Annotated[
        str, About("forceChangePassword in answers to resets: false (sample), or as sent", "false", "sent")
    ] = "false"
    echo_correlation_id: Annotated[
        bool, About("answer with the MS-CorrelationId of the request, else with another one")
    ] = True
    create_status: Annotated[
        int, About("status of a successful create: 201 in the Swagger, 200 in the sample", "200", "201")
    ] = 201
    page_size: Annotated[int, About("items of a page when the request names no size (guess)")] = 100
    max_page_size: Annotated[int, About("most items of a page, whatever the request asks for (guess)")] = 500
    endless_paging: Annotated[bool, About("hostile: each page has a next link, for ever")] = False
    user_filter_name: Annotated[
        str, About("field name by which users are filtered by state", "UserState", "UserStatus", "any")
    ] = "UserState"

    # Users themselves
    name_taken_answer: Annotated[str, Answer("create or rename to a userPrincipalName that is taken (guess)")] = (
        "409/3000"
    )
    deleted_name: Annotated[
        str, About("may a new user have the userPrincipalName of a soft-deleted one (guess)", "taken", "free")
    ] = "taken"
    deleted_prefix: Annotated[
        bool, About("userPrincipalName of soft-deleted users begins with their id, as in the directory (guess)")
    ] = False
    synced_update_answer: Annotated[
        str, Answer("change of other properties than usageLocation of a user synced from on-premises (guess)")
    ] = "400/3000"

    # Setting passwords
    reset_route: Annotated[
        str, About("the resetpassword route, or its absence", "present", "405", "501", "html404")
    ] = "present"
    update_password: Annotated[str, About("PATCH users/{id} with a password", "accept", "reject403", "ignore")] = (
        "accept"
    )
    force_default: Annotated[bool, About("forceChangePassword when the request leaves it out (guess)")] = False
    weak_password_code: Annotated[int, About("code of the 400 for a password that breaks the rules (guess)")] = 3000
    banned_words: Annotated[str, About("words of the banned-password check, by comma")] = (
        "password,welcome,qwerty,letmein,microsoft,contoso"
    )
    federated_answer: Annotated[str, Answer("password for a federated user (guess)")] = "400/3000"
    synced_answer: Annotated[str, Answer("password for a user synced from on-premises (guess)")] = "ignore"
    deleted_answer: Annotated[str, Answer("password for a soft-deleted user (guess)")] = "404/60002"
    privileged_answer: Annotated[str, Answer("password for a user who holds a directory role")] = "403/900308"
    own_account_answer: Annotated[str, Answer("password for the account that makes the request (guess)")] = "accept"
    unknown_customer_answer: Annotated[
        str, About("request for a customer that does not exist (guess)", "404/60003", "403/20002", "400/900118")
    ] = "404/60003"
    gdap_role: Annotated[str, About("does the account hold the GDAP role at all customers", "granted", "missing")] = (
        "granted"
    )
    deduplicate_request_id: Annotated[
        bool, About("apply a repeated MS-RequestId only once (guess: it is applied again)")
    ] = False

    # Tokens
    mfa_enforced: Annotated[bool, About("refuse App+User tokens without MFA")] = True
    mfa_answer: Annotated[
        str, About("refusal of a token without MFA: now, or as once documented", "900421", "empty401")
    ] = "900421"
    token_mfa: Annotated[bool, About("do new tokens of the signed-in account carry MFA")] = True
    app_only_answer: Annotated[str, About("403 for app-only tokens at user calls", "900329", "900150", "sentence")] = (
        "900329"
    )
    token_lifetime: Annotated[float, About("seconds an access token lives")] = 3600.0
    refresh_token_rotation: Annotated[
        str, About("redeeming gives a new refresh token; strict: and revokes the old one", "on", "off", "strict")
    ] = "on"
    refresh_token_lifetime: Annotated[float, About("seconds a refresh token lives after its last use")] = 7776000.0
    refresh_token_clock: Annotated[
        str, About("what its life counts from: its last use, or its issue alone", "use", "issue")
    ] = "use"
    refresh_token_state: Annotated[
        str, About("state of all refresh tokens", "valid", "expired", "revoked", "mfa_required", "conditional_access")
    ] = "valid"
    token_error: Annotated[int, About("AADSTS number that each token request is answered with; 0: none")] = 0
    token_latency_ms: Annotated[float, About("milliseconds before a token request is answered")] = 0.0
    signed_in_user: Annotated[
        str, About("customer user (GUID, or first) as whom the account signs in; empty: a user of the partner tenant")
    ] = ""
    public_client_flows: Annotated[bool, About("device code and loopback redirects work without a client secret")] = (
        True
    )
    device_code_interval: Annotated[int, About("seconds between polls of the device code flow")] = 5
    device_code_lifetime: Annotated[int, About("seconds a device code lives")] = 900
    device_code_approval: Annotated[str, About("who approves device codes", "manual", "automatic", "denied")] = "manual"

    # Throttling
    throttle_rate: Annotated[
        float, About("requests per second of one bucket; 0: no throttling (limits are not published)")
    ] = 0.0
    throttle_burst: Annotated[int, About("size of a bucket; 0: one second's worth")] = 0
    throttle_scope: Annotated[
        str, About("one bucket per partner, or per partner and customer", "partner", "customer")
    ] = "partner"
    throttle_methods: Annotated[str, About("which requests count", "all", "writes")] = "all"
    throttle_count_rejected: Annotated[bool, About("rejected requests use up the limit, too")] = True
    retry_after: Annotated[str, About("form of Retry-After with 429", "seconds", "date", "absent")] = "seconds"

    # Audit log
    audit_delay: Annotated[float, About("seconds until a record can be read (guess)")] = 0.0
    audit_correlation_id: Annotated[
        str, About("originalCorrelationId: the caller's, none, an unrelated one (guess)", "present", "absent", "other")
    ] = "present"
    audit_user_key: Annotated[str, About("customizedData with CustomerUserId (guess)", "present", "absent")] = "present"
    audit_update_operation: Annotated[
        str, About("operation type of a password set by the update call (guess)", "reset", "update")
    ] = "reset"
    audit_order: Annotated[str, About("order of the records (guess)", "newest_first", "oldest_first")] = "newest_first"

    # The process
    latency_ms: Annotated[float, About("milliseconds between the arrival of a request and its effect")] = 0.0
    answer_latency_ms: Annotated[float, About("milliseconds between the effect of a request and its answer")] = 0.0
    journal_limit: Annotated[int, About("requests that the journal remembers")] = 500000


HINTS = get_type_hints(Knobs, include_extras=True)
#: What is said about each knob; those of Graph come last.
FIELDS: dict[str, About] = {
    name: HINTS[name].__metadata__[0] for name in sorted(HINTS, key=lambda name: name in GraphKnobs.__annotations__)
}
DEFAULTS = Knobs()


def change(knobs: Knobs, values: dict[str, object]) -> None:
    """Set knobs by name; nothing is changed when one name or value is wrong."""
    unknown = [name for name in values if name not in FIELDS]
    if unknown:
        raise KnobError(f"unknown knob {unknown[0]!r}; --list-knobs names all of them")
    converted = {name: FIELDS[name].converted(name, value, getattr(DEFAULTS, name)) for name, value in values.items()}
    for name, value in converted.items():
        setattr(knobs, name, value)


def as_dictionary(knobs: Knobs) -> dict[str, object]:
    """The current value of each knob."""
    return {name: getattr(knobs, name) for name in FIELDS}


def listing() -> str:
    """One line per knob: name, default, allowed values, description."""
    lines = []
    for name, about in FIELDS.items():
        default = getattr(DEFAULTS, name)
        shown = ("on" if default else "off") if isinstance(default, bool) else default
        lines.append(f"{name:35} {shown!s:12} [{about.allowed(default)}] {about.description}")
    return "\n".join(lines)

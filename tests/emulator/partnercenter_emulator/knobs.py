# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every guess and every contradiction of the contract as a named switch (contract, section 9).

The default of a knob is what Microsoft documents; where nothing is documented, the default is a guess and the
description says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from typing import Any

ANSWER_PATTERN = re.compile(r"^(accept|ignore|[45]\d\d/\d+)$")
TRUE_WORDS = frozenset({"on", "true", "yes", "1"})
FALSE_WORDS = frozenset({"off", "false", "no", "0"})


class KnobError(ValueError):
    """An unknown knob, or a value that it does not take."""


def knob(default: Any, description: str, *choices: str, answer: bool = False) -> Any:
    """Declare one knob; ``answer`` knobs take ``accept``, ``ignore`` or ``STATUS/CODE``."""
    return field(default=default, metadata={"description": description, "choices": choices, "answer": answer})


@dataclass(slots=True)
class Knobs:
    """The switches of one emulator. Plain attributes, because the hot path reads them for each request."""

    # Form of the answers
    bom: bool = knob(True, "begin JSON bodies with a UTF-8 byte order mark, as recorded sessions do")
    link_prefix: str = knob("without", "is /v1 part of link uris", "without", "with", "alternate")
    error_code_type: str = knob("string", "type of the member code of a fault", "string", "number")
    html_escape_descriptions: bool = knob(False, "HTML-escape the description of faults")
    echo_password: bool = knob(True, "answers to create, update and reset contain the new password")
    echo_force: str = knob("false", "forceChangePassword in answers: false (sample), or as sent", "false", "sent")
    echo_correlation_id: bool = knob(True, "answer with the MS-CorrelationId of the request, else with another one")
    create_status: int = knob(201, "status of a successful create: 201 in the Swagger, 200 in the sample", "200", "201")
    page_size: int = knob(100, "items of a page when the request names no size (guess)")
    max_page_size: int = knob(500, "most items of a page, whatever the request asks for (guess)")
    endless_paging: bool = knob(False, "hostile: each page has a next link, for ever")
    user_filter_name: str = knob(
        "UserState", "field name by which users are filtered by state", "UserState", "UserStatus", "any"
    )

    # Setting passwords
    reset_route: str = knob("present", "the resetpassword route, or how it lacks", "present", "405", "501", "html404")
    update_password: str = knob("accept", "PATCH users/{id} with a password", "accept", "reject403", "ignore")
    force_default: bool = knob(False, "forceChangePassword when the request leaves it out (guess)")
    weak_password_code: int = knob(3000, "code of the 400 for a password that breaks the rules (guess)")
    banned_words: str = knob(
        "password,welcome,qwerty,letmein,microsoft,contoso", "words of the banned-password check, by comma"
    )
    federated_answer: str = knob("400/3000", "password for a federated user (guess)", answer=True)
    synced_answer: str = knob("ignore", "password for a user synced from on-premises (guess)", answer=True)
    deleted_answer: str = knob("404/60002", "password for a soft-deleted user (guess)", answer=True)
    privileged_answer: str = knob("403/900308", "password for a user who holds a directory role", answer=True)
    own_account_answer: str = knob("accept", "password for the account that makes the request (guess)", answer=True)
    unknown_customer_answer: str = knob("404/60003", "request for a customer that does not exist (guess)", answer=True)
    gdap_role: str = knob("granted", "does the account hold the GDAP role at all customers", "granted", "missing")
    deduplicate_request_id: bool = knob(False, "apply a repeated MS-RequestId only once (guess: it is applied again)")

    # Tokens
    mfa_enforced: bool = knob(True, "refuse App+User tokens without MFA")
    mfa_answer: str = knob("900421", "refusal of a token without MFA: now, or as once documented", "900421", "empty401")
    token_mfa: bool = knob(True, "do new tokens of the signed-in account carry MFA")
    app_only_answer: str = knob("900329", "403 for app-only tokens at user calls", "900329", "900150", "sentence")
    token_lifetime: float = knob(3600.0, "seconds an access token lives")
    refresh_token_rotation: str = knob(
        "on", "redeeming gives a new refresh token; strict: and revokes the old one", "on", "off", "strict"
    )
    refresh_token_lifetime: float = knob(7776000.0, "seconds a refresh token lives after its last use")
    refresh_token_state: str = knob(
        "valid", "state of all refresh tokens", "valid", "expired", "revoked", "mfa_required", "conditional_access"
    )
    token_error: int = knob(0, "AADSTS number that each token request is answered with; 0: none")
    token_latency_ms: float = knob(0.0, "milliseconds before a token request is answered")
    signed_in_user: str = knob(
        "", "customer user (GUID, or first) as whom the account signs in; empty: a user of the partner tenant"
    )
    public_client_flows: bool = knob(True, "device code and loopback redirects work without a client secret")
    device_code_interval: int = knob(5, "seconds between polls of the device code flow")
    device_code_lifetime: int = knob(900, "seconds a device code lives")
    device_code_approval: str = knob("manual", "who approves device codes", "manual", "automatic", "denied")

    # Throttling
    throttle_rate: float = knob(0.0, "requests per second of one bucket; 0: no throttling (limits are not published)")
    throttle_burst: int = knob(0, "size of a bucket; 0: one second's worth")
    throttle_scope: str = knob("partner", "one bucket per partner, or per partner and customer", "partner", "customer")
    throttle_methods: str = knob("all", "which requests count", "all", "writes")
    throttle_count_rejected: bool = knob(True, "rejected requests use up the limit, too")
    retry_after: str = knob("seconds", "form of Retry-After with 429", "seconds", "date", "absent")

    # Audit log
    audit_delay: float = knob(0.0, "seconds until a record can be read (guess)")
    audit_correlation_id: str = knob(
        "present", "originalCorrelationId: the caller's, none, an unrelated one (guess)", "present", "absent", "other"
    )
    audit_user_key: str = knob("present", "customizedData with CustomerUserId (guess)", "present", "absent")
    audit_update_operation: str = knob(
        "reset", "operation type of a password set by the update call (guess)", "reset", "update"
    )
    audit_order: str = knob("newest_first", "order of the records (guess)", "newest_first", "oldest_first")

    # The process
    latency_ms: float = knob(0.0, "milliseconds between the arrival of a request and its effect")
    answer_latency_ms: float = knob(0.0, "milliseconds between the effect of a request and its answer")
    journal_limit: int = knob(500000, "requests that the journal remembers")


FIELDS = {item.name: item for item in fields(Knobs)}


def _converted(name: str, value: object) -> bool | int | float | str:
    item = FIELDS[name]
    text = str(value).strip()
    if isinstance(item.default, bool):
        if text.lower() in TRUE_WORDS:
            return True
        if text.lower() in FALSE_WORDS:
            return False
        raise KnobError(f"knob {name}: {text!r} is neither on nor off")
    choices: tuple[str, ...] = item.metadata["choices"]
    if choices:
        switch = "on" if text.lower() in TRUE_WORDS else "off" if text.lower() in FALSE_WORDS else text
        accepted = [candidate for candidate in (text, text.lower(), switch) if candidate in choices]
        if not accepted:
            raise KnobError(f"knob {name}: {text!r} is none of {', '.join(choices)}")
        text = accepted[0]
    if item.metadata["answer"] and not ANSWER_PATTERN.match(text):
        raise KnobError(f"knob {name}: {text!r} is none of accept, ignore, STATUS/CODE (for example 403/900308)")
    if isinstance(item.default, str):
        return text
    try:
        number: int | float = int(text) if isinstance(item.default, int) else float(text)
    except ValueError as error:
        raise KnobError(f"knob {name}: {text!r} is not a number") from error
    if not 0 <= number < float("inf"):
        raise KnobError(f"knob {name}: {text!r} is out of range")
    return number


def change(knobs: Knobs, values: dict[str, object]) -> None:
    """Set knobs by name; nothing is changed when one name or value is wrong."""
    unknown = [name for name in values if name not in FIELDS]
    if unknown:
        raise KnobError(f"unknown knob {unknown[0]!r}; --list-knobs names all of them")
    converted = {name: _converted(name, value) for name, value in values.items()}
    for name, value in converted.items():
        setattr(knobs, name, value)


def as_dictionary(knobs: Knobs) -> dict[str, object]:
    """The current value of each knob."""
    return {name: getattr(knobs, name) for name in FIELDS}


def listing() -> str:
    """One line per knob: name, default, allowed values, description."""
    lines = []
    for name, item in FIELDS.items():
        allowed = "|".join(item.metadata["choices"])
        if item.metadata["answer"]:
            allowed = "accept|ignore|STATUS/CODE"
        elif isinstance(item.default, bool):
            allowed = "on|off"
        elif not allowed:
            allowed = "number" if isinstance(item.default, (int, float)) else "text"
        default = {True: "on", False: "off"}[item.default] if isinstance(item.default, bool) else item.default
        lines.append(f"{name:26} {default!s:12} [{allowed}] {item.metadata['description']}")
    return "\n".join(lines)

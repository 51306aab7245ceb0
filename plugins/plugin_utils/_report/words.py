# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of the report: what it calls an outcome, what that means, and what a person does about it. Data."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.csp.partnercenter.plugins.module_utils._directory.records import Certainty
from ansible_collections.csp.partnercenter.plugins.module_utils._password.outcome import (
    OUTCOMES,
    REASONS,
    Outcome,
    Word,
)

LEFT: dict[str, Word] = {
    "quarantined": Word("quarantined", "Left for a human: the pending password may be the live one."),
    "orphaned": Word("orphaned", "Left for a human: too many rotations failed one after another."),
    "pending": Word("pending", "A rotation is begun and not finished. The next run goes on with it."),
}
CERTAINTIES: dict[str, Word] = {
    Certainty.EXACT: Word("exact", "Known from the service's own answer."),
    Certainty.LEDGER: Word("ledger", "Known from what is recorded here: the ledger, or the store."),
    Certainty.AUDIT: Word("audit", "Known from the audit log."),
    Certainty.DIRECTORY: Word("directory", "The directory shows a change after the request."),
    Certainty.ASSUMED: Word("assumed", "An entry of the audit log fits."),
}
SESSIONS: dict[str, Word] = {
    "True": Word("sessions ended", "The sessions of the user were ended after the reset."),
    "False": Word("sessions not ended", "The password is set, but sessions go on. A warning of the run tells why."),
}
GLOSSARY = (
    ("Outcomes", OUTCOMES),
    ("Left to do", LEFT),
    ("Reasons for a rotation", REASONS),
    ("How an outcome is known", CERTAINTIES),
    ("Sessions", SESSIONS),
)

#: The figures of a run, and what they add up.
SET, WOULD_SET = (Outcome.APPLIED, Outcome.RESUMED), (Outcome.WOULD_RESET, Outcome.WOULD_RESUME)


@dataclass(frozen=True)
class Kind:
    """A kind of users who need a human. ``advice`` is HTML of our own; ``operation`` is what to run, if one helps."""

    heading: str
    advice: str
    plan: str = ""
    verify: str = ""
    operation: str = ""


#: The most urgent first.
KINDS = {
    "quarantined": Kind(
        "Quarantined",
        "The new password was refused after a request whose answer was lost, so it may be the live one. Sign in with "
        "<code>pending</code>, then with <code>current</code>; the lookup gives both. Then run <code>operation: "
        "resume</code> for these users: it sends the pending password again.",
        operation="resume",
    ),
    "orphaned": Kind(
        "Orphaned",
        "Automation leaves these users alone after repeated failures. Mend the cause, then run "
        "<code>operation: resume</code> for them.",
        operation="resume",
    ),
    "unknown": Kind(
        "Unknown",
        "The answer was lost, and nothing shows whether the new password took effect. The store keeps both. Run the "
        "same job again: it goes on with the same password.",
        operation="rotate",
    ),
    "rejected": Kind(
        "Rejected",
        "No password was changed; the current one stays. Mend the cause, then run again.",
        plan="A run would refuse these users. Mend the cause first.",
        verify="What is declared is not what is applied. Run the rotation, or mend what is named below.",
        operation="rotate",
    ),
}

#: Days that divide the ages of passwords, and what lies between them.
AGES = (30, 90, 180, 365)
AGE_NAMES = ("up to 30 days", "31 to 90 days", "91 to 180 days", "181 to 365 days", "over a year", "not known")

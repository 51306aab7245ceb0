# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences for the refusals of Key Vault and of its sign-in, by codes and never by texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._entra.sentences import of_refusal

_REFUSES = "Key Vault refuses access: give the identity"
_RECOVERABLE = "the secret is deleted but can be recovered: recover it, or purge it to begin anew"

#: Sentences by Key Vault's words for a refusal. An inner word comes before its outer one.
_BY_CODE = {
    "AccessDenied": f"{_REFUSES} the role 'Key Vault Secrets Officer', or an access policy with get, list and set",
    "ForbiddenByRbac": f"{_REFUSES} the role 'Key Vault Secrets Officer' for this vault",
    "ForbiddenByPolicy": f"{_REFUSES} an access policy with get, list and set for secrets",
    "ForbiddenByFirewall": "the firewall of the Key Vault does not let this machine in: add its address to the rules",
    "ForbiddenByConnection": "the Key Vault takes connections through its private endpoint only",
    "SecretDisabled": "the secret is disabled at the Key Vault: enable it",
    "ObjectIsDeletedButRecoverable": _RECOVERABLE,
    "ObjectIsBeingDeleted": "the secret is being deleted just now: try again later",
    "VaultAlreadySoftDeleted": "the Key Vault is deleted: recover it",
    "AKV10032": "Key Vault does not accept the credentials: they are of another tenant than the vault's, or of another "
    "service. Check tenant_id",
}
_BY_STATUS = {
    401: "Key Vault does not accept the credentials",
    403: "Key Vault refuses access: check the roles of the identity, the firewall, and that the secret is enabled",
    404: "the secret, or a version of it, is gone",
    409: _RECOVERABLE,
    429: "Key Vault has throttled the request for too long",
}
_CODE = re.compile(r"[A-Za-z0-9]{1,60}")
_NUMBER = re.compile(r"\bAADSTS(\d{4,9})\b", re.ASCII)
_WRONG_TENANT = re.compile(r"\bAKV10032\b")


class KeyVaultRefused(Exception):
    """Key Vault refused a call, or did not answer (``status`` 0). ``codes``: its words. ``sentence``: ours."""

    def __init__(self, status: int, sentence: str | None = None, codes: tuple[str, ...] = ()) -> None:
        super().__init__(status)
        self.status = status
        self.codes = codes
        found = next((_BY_CODE[code] for code in codes if code in _BY_CODE), None)
        unusual = f"Key Vault gave no usable answer (status {status})" if status else "Key Vault gave no usable answer"
        # A page of a gateway has no code, so that its 404 says nothing about a secret.
        known = _BY_STATUS.get(status) if codes or status == 429 else None
        self.sentence = sentence or found or known or unusual

    @property
    def is_missing(self) -> bool:
        return self.status == 404 and "SecretNotFound" in self.codes

    @property
    def is_disabled(self) -> bool:
        return self.status == 403 and "SecretDisabled" in self.codes


def why_not_signed_in(error: Any, identity: Any) -> str:
    """Return the sentence for a failed sign-in, by its numbers. ``identity`` may be a chain of tried identities."""
    text = str(error)
    if _WRONG_TENANT.search(text):
        return _BY_CODE["AKV10032"]
    if number := _NUMBER.search(text):
        return f"Key Vault does not accept the credentials: {of_refusal((int(number[1]),), '', '')}"
    tried = [_name_of(one) for one in getattr(identity, "credentials", ())]
    if not tried or error.response is not None:
        return _BY_STATUS[401]
    return (
        f"Key Vault does not accept the credentials: no identity was found; tried were {', '.join(tried)}. Give "
        "access_token, or tenant_id, client_id and client_secret (or AZURE_TENANT_ID, AZURE_CLIENT_ID and "
        "AZURE_CLIENT_SECRET), give the machine or job a managed or workload identity, or sign in with 'az login'"
    )


def codes_of(error: Any) -> tuple[str, ...]:
    """Return Key Vault's words for a refusal, the innermost first. Anything but single words is left out."""
    codes: list[str] = []
    shown = getattr(error, "error", None)
    inner = getattr(shown, "innererror", None)
    for code in (inner.get("code") if isinstance(inner, Mapping) else None, getattr(shown, "code", None)):
        if isinstance(code, str) and _CODE.fullmatch(code):
            codes.append(code)
    return tuple(codes)


def _name_of(identity: Any) -> str:
    """Return the name of an identity. For one that cannot be tried, a stand-in holds the name."""
    return str(getattr(identity, "_credential_name", type(identity).__name__)).removesuffix("Credential")

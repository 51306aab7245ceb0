# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The given credentials, checked offline: their form, their combination, their files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .._base.errors import InputError
from .._base.identifiers import domain, guid, known_guid
from .._base.secret import Secret, read_bytes, read_text
from .assertions import AssertionSource

#: The characters of an ``Authorization`` header, and of refresh tokens as well.
TOKEN = re.compile(r"[!-~]+")
_NEVER_IN_TOKENS = ('"', "{", "}")

#: The proofs of an application, of which one is given. The field ``client_assertion`` belongs to the option
#: ``client_assertion_source``.
_APPLICATION = {
    "client_secret": "client_secret",
    "certificate_path": "certificate_path",
    "client_assertion_file": "client_assertion_file",
    "client_assertion_source": "client_assertion",
}
#: Where the refresh token comes from: one of these, with or without a store that keeps its successors.
_GIVEN = ("refresh_token", "refresh_token_file")
_REFRESH = (*_GIVEN, "refresh_token_store")


@dataclass(frozen=True)
class Credentials:
    """Either ``access_token`` alone, or one application credential with one refresh token.

    With a ``refresh_token_store``, the refresh token that is given besides is its seed.

    ``tenant_id`` is the partner's tenant: a GUID or one of its domains. ``client_assertion`` is a platform that vouches
    for the job. ``refresh_token_store`` holds the store's options, as a text that tells stores apart. ``interactive``:
    somebody is about to sign in, so that there need be no refresh token yet, and where it will be kept is not read.
    """

    tenant_id: str | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    certificate_path: str | None = None
    certificate_passphrase: Secret | None = None
    client_assertion_file: str | None = None
    refresh_token: Secret | None = None
    refresh_token_file: str | None = None
    access_token: Secret | None = field(default=None)
    client_assertion: AssertionSource | None = None
    refresh_token_store: Secret | None = None
    interactive: bool = False

    def __post_init__(self) -> None:
        _check_combination(self)
        for place in ("access_token", "refresh_token"):
            if (given := getattr(self, place)) is not None:
                check_token(given, place)
        if self.access_token:
            return
        guid(self.client_id or "", "client_id")
        if not known_guid(self.tenant_id):
            _check_domain(self.tenant_id or "")
        if self.client_assertion_file:
            read_text(self.client_assertion_file, "client_assertion_file")
        if self.certificate_path:
            read_bytes(self.certificate_path, "certificate_path")
        if self.refresh_token_file and not self.interactive:
            read_bytes(self.refresh_token_file, "refresh_token_file")


def _check_domain(tenant_id: str) -> None:
    try:
        domain(tenant_id, "tenant_id")
    except InputError:
        raise InputError(
            "tenant_id", "is neither a GUID nor a domain such as contoso.onmicrosoft.com, without braces around it"
        ) from None


def check_token(token: Secret, place: str) -> None:
    """Raise :class:`InputError` where a text is not a token, such as a JSON answer that holds one."""
    text = token.reveal()
    if text.lower().startswith("bearer "):
        raise InputError(place, "begins with the word Bearer: give the token alone")
    if any(sign in text for sign in _NEVER_IN_TOKENS):
        raise InputError(place, "holds quotes or braces, as an answer in JSON does: give the token alone")
    if not TOKEN.fullmatch(text):
        raise InputError(place, "holds characters that no token has, such as a blank or a line break")


def _check_combination(given: Credentials) -> None:
    application = [option for option, name in _APPLICATION.items() if getattr(given, name)]
    refresh = [name for name in _REFRESH if getattr(given, name)]
    if given.access_token:
        others = application + refresh
        if others:
            raise InputError(
                "access_token", f"stands alone, and {' and '.join(others)} was given as well; remove one of them"
            )
        return
    if not application and not refresh:
        raise InputError(
            "credentials",
            "none given: set tenant_id, client_id, one of client_secret, certificate_path, client_assertion_file or "
            "client_assertion_source, and one of refresh_token, refresh_token_file or refresh_token_store; or "
            "access_token alone (or their PARTNERCENTER_ variables)",
        )
    if len(application) != 1:
        found = f"{' and '.join(application)} were given" if application else "none was given"
        raise InputError("client_secret", f"exactly one of {', '.join(_APPLICATION)} is needed; {found}")
    if not refresh and not given.interactive:
        raise InputError("refresh_token", f"one of {', '.join(_REFRESH)} is needed; none was given")
    if all(getattr(given, name) for name in _GIVEN):
        raise InputError("refresh_token", f"{' and '.join(_GIVEN)} were given; remove one of them")
    for place in ("tenant_id", "client_id"):
        if not getattr(given, place):
            purpose = "to sign in" if given.interactive else "to redeem a refresh token"
            raise InputError(place, f"is needed {purpose}, here or as PARTNERCENTER_{place.upper()}")
    if given.certificate_passphrase and not given.certificate_path:
        raise InputError("certificate_passphrase", "was given without certificate_path")

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which credentials the user gave, checked without a network: shape, contradictions, files."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from .errors import InputError
from .identifiers import domain, guid, known_guid
from .secret import Secret

#: What may stand in an ``Authorization`` header; refresh tokens have no other characters either.
TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Credentials:
    """Either ``access_token`` alone, or one application credential with one refresh token.

    ``tenant_id`` is the partner's tenant: a GUID or one of its domains.
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

    def __post_init__(self) -> None:
        _check_combination(self)
        for place in ("access_token", "refresh_token"):
            token = getattr(self, place)
            if token and not TOKEN.fullmatch(token.reveal()):
                raise InputError(place, "holds characters that no token has, such as a blank or a line break")
        if self.access_token:
            return
        guid(self.client_id or "", "client_id")
        if not known_guid(self.tenant_id):
            domain(self.tenant_id or "", "tenant_id")
        for place in ("certificate_path", "client_assertion_file", "refresh_token_file"):
            path = getattr(self, place)
            if path is not None:
                read_text(path, place)


def read_text(path: str, place: str) -> str:
    """The stripped text of a credential's file; raises :class:`InputError` that names ``place``."""
    try:
        with open(os.path.expanduser(path), "rb") as file:
            content = file.read(1024 * 1024)
    except OSError as error:
        raise InputError(place, f"the file cannot be read ({os.strerror(error.errno or 0)})") from None
    text = content.decode("utf-8-sig", "replace").strip()
    if not text:
        raise InputError(place, "the file is empty")
    if text.startswith("$ANSIBLE_VAULT"):
        raise InputError(
            place, "the file is encrypted with ansible-vault; give its decrypted content in the option instead"
        )
    return text


def _check_combination(given: Credentials) -> None:
    application = [n for n in ("client_secret", "certificate_path", "client_assertion_file") if getattr(given, n)]
    refresh = [n for n in ("refresh_token", "refresh_token_file") if getattr(given, n)]
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
            "none given: set tenant_id, client_id, one of client_secret, certificate_path or client_assertion_file, "
            "and one of refresh_token or refresh_token_file; or access_token alone (or their PARTNERCENTER_ variables)",
        )
    if len(application) != 1:
        found = f"{' and '.join(application)} were given" if application else "none was given"
        raise InputError(
            "client_secret", f"exactly one of client_secret, certificate_path, client_assertion_file is needed; {found}"
        )
    if len(refresh) != 1:
        found = "both were given" if refresh else "none was given"
        raise InputError("refresh_token", f"exactly one of refresh_token, refresh_token_file is needed; {found}")
    for place in ("tenant_id", "client_id"):
        if not getattr(given, place):
            raise InputError(place, "is needed to redeem a refresh token")
    if given.certificate_passphrase and not given.certificate_path:
        raise InputError("certificate_passphrase", "was given without certificate_path")

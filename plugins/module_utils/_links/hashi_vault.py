# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links by response wrapping of HashiCorp Vault or OpenBao: a token that gives the password out once.

A token needs the right ``update`` on ``sys/wrapping/wrap`` and ``sys/wrapping/unwrap``, which the policy ``default``
has. A wrapped password is ended by unwrapping it: whoever may end any token could do far more.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from .._base.secret import Secret
from .._stores.hashi_vault import address
from .._stores.vault_api import VaultApi, VaultRefused
from .._stores.vault_sign_in import make_sign_in
from .link import Link, LinkError, LinkService
from .options import LinkOptions

_MOST_MINUTES = 7 * 24 * 60
_TOKEN = re.compile(r"[!-~]{8,2000}")


def make(options: LinkOptions) -> LinkService:
    url, namespace = address(options)
    ca_path = options.ca_path("VAULT_CACERT", "REQUESTS_CA_BUNDLE")
    minutes = options.number("minutes", 60, _MOST_MINUTES)
    page = options.url("public_url") or url
    wrapping = Wrapping(url, namespace, "sys/wrapping", ca_path, make_sign_in(options, url))
    return VaultWrapping(wrapping, f"{page}/ui/vault/tools/unwrap", minutes)


class Wrapping(VaultApi):
    """The calls of response wrapping. Methods raise :class:`VaultRefused`."""

    def wrap(self, password: str, seconds: int) -> tuple[str, int]:
        """Return the wrapping token, and the seconds that it lives."""
        return self._ask(
            lambda _kv: self._client.sys.wrap(payload={"password": password}, ttl=seconds), _wrapped, ("update", "wrap")
        )

    def unwrap(self, token: str) -> None:
        """Take the password out, so that nobody else can, and forget it."""
        return self._ask(lambda _kv: self._client.sys.unwrap(token=token), lambda _answer: None, ("update", "unwrap"))


class VaultWrapping(LinkService):
    """One server. ``page``: where the caller types the token."""

    def __init__(self, wrapping: Wrapping, page: str, minutes: int) -> None:
        self._wrapping = wrapping
        self._page = page
        self._seconds = 60 * minutes

    def describe(self) -> str:
        return f"HashiCorp Vault {self._wrapping.url}"

    def make(self, password: Secret, note: str) -> Link:
        asked_at = datetime.now(UTC)
        try:
            token, seconds = self._wrapping.wrap(password.reveal(), self._seconds)
        except VaultRefused as problem:
            raise self._problem(problem) from None
        if not 0 < seconds <= self._seconds:
            self.expire(token)
            raise LinkError(f"{self.describe()}: the wrapped password would live longer than link.minutes")
        return Link(token, self._page, token, asked_at + timedelta(seconds=seconds), 1)

    def expire(self, handle: str) -> None:
        try:
            self._wrapping.unwrap(handle)
        except VaultRefused as problem:
            if problem.kind != "InvalidRequest":  # that is Vault's answer to a token that was used, or has expired
                raise self._problem(problem) from None

    def _problem(self, problem: VaultRefused) -> LinkError:
        odd = problem.kind in ("InvalidRequest", "InvalidPath", "Mount")
        why = "it does not offer response wrapping at this address: check link.url" if odd else problem.sentence
        return LinkError(f"{self.describe()}: {why}")


def _wrapped(answer: Any) -> tuple[str, int]:
    """Return token and seconds from the answer; raises whatever a wrong one makes it raise."""
    told = answer["wrap_info"]
    token, seconds = told["token"], told["ttl"]
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or not isinstance(seconds, int):
        raise TypeError
    return token, seconds

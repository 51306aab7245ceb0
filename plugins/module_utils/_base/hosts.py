# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts to which credentials, tokens and new passwords may be sent.

A person who may set variables of a job must not be able to send its secrets elsewhere. So only the environment of the
process counts here, which the operator of the controller sets, and never the environment of a play or task.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from .errors import InputError

#: Names more hosts that are allowed, separated by commas or blanks.
VARIABLE = "PARTNERCENTER_ALLOWED_HOSTS"

PARTNER_CENTER = re.compile(r"api\.partnercenter\.microsoft\.com")
ENTRA_ID = re.compile(r"login\.microsoftonline\.com")
#: Hosts of Azure Key Vault, in each of its clouds.
ENTRA_ID_OF_KEY_VAULT = re.compile(r"login\.(microsoftonline\.(com|us)|chinacloudapi\.cn|partner\.microsoftonline\.cn)")
KEY_VAULT = re.compile(r"[a-z0-9-]+\.vault\.(azure\.net|azure\.cn|usgovcloudapi\.net)")
#: Anybody can have a host below amazonaws.com, but not one of these names.
SECRETS_MANAGER = re.compile(
    r"(vpce-[a-z0-9-]+\.)?secretsmanager(-fips)?\.[a-z0-9-]+\.((vpce\.)?amazonaws\.com(\.cn)?|api\.aws)"
)
GITHUB = re.compile(r"([a-z0-9-]+\.)+actions\.githubusercontent\.com")
AZURE_DEVOPS = re.compile(r"([a-z0-9-]+\.)*dev\.azure\.com|[a-z0-9-]+\.([a-z0-9-]+\.)*visualstudio\.com")

_NAME = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST = re.compile(rf"{_NAME}(?:\.{_NAME})*")
_ENTRY = re.compile(rf"(?P<host>(?:\*\.)?{_NAME}(?:\.{_NAME})*|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{{1,5}}))?")
_URL = re.compile(r"[!-~]+")
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Origin:
    """The place to which a URL leads. ``host`` is in lower case, without brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def origin_of(url: str) -> Origin | None:
    """Return the origin; None for no http URL, a user name in it, or a host that libraries read differently."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or ""), parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or "@" in parts.netloc or not _URL.fullmatch(url) or "\\" in url:
        return None
    if _is_address(host):
        host = str(ipaddress.ip_address(host))
    elif not _HOST.fullmatch(host):
        return None
    return Origin(parts.scheme, host, _PORTS[parts.scheme] if port is None else port)


def is_loopback(host: str) -> bool:
    """Return whether what is sent to this host stays on this machine."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def check(
    url: str,
    option: str,
    *,
    known: re.Pattern[str] | None = None,
    variables: Sequence[str] = (),
    any_loopback: bool = False,
) -> None:
    """Raise :class:`InputError` where secrets may not be sent to this URL.

    ``variables`` name the environment variables for the same URL as ``option``: what the process's own environment
    holds there is allowed. An address of this machine is allowed if they are not set, or with ``any_loopback``.
    """
    origin = origin_of(url)
    if origin is None:
        raise InputError(option, "is not a URL such as https://host.example.com, without a user name")
    if known and known.fullmatch(origin.host):
        return
    named = [place for name in variables if (place := origin_of(os.environ.get(name, "").strip()))]
    if origin in named or (is_loopback(origin.host) and (any_loopback or not named)):
        return
    if any(_fits(origin, entry) for entry in _allowed(os.environ)):
        return
    raise InputError(
        option,
        f"leads to {origin}, which is not a known host, so that nothing was sent there. Where that is meant, set "
        f"{VARIABLE}={origin} in the environment of Ansible's own process; that of a play or task does not count",
    )


def _allowed(environment: Mapping[str, str]) -> list[str]:
    entries = environment.get(VARIABLE, "").lower().replace(",", " ").split()
    if not all(_ENTRY.fullmatch(entry) or _is_address(entry) for entry in entries):
        raise InputError(
            VARIABLE,
            "holds something that is no host: write names such as vault.example.com, vault.example.com:8200 or "
            "*.example.com, with commas between them",
        )
    return entries


def _fits(origin: Origin, entry: str) -> bool:
    """Compare with an allowed entry: ``*.`` stands for one or more names in front; no port means every port."""
    parts = _ENTRY.fullmatch(entry)
    host, port = (parts["host"].strip("[]"), parts["port"]) if parts else (entry, None)
    if port is not None and int(port) != origin.port:
        return False
    return origin.host.endswith(host[1:]) if host.startswith("*.") else origin.host == host


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of a connection, checked before anything is sent."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .._base import hosts
from .._base.errors import InputError
from .pace import PUBLISHED, Limits

API_URL = "https://api.partnercenter.microsoft.com"
AUTHORITY_URL = "https://login.microsoftonline.com"

GRAPH_URL = "https://graph.microsoft.com"

#: Audience of every token for Partner Center, wherever ``api_url`` points, and of those for Microsoft Graph.
RESOURCE = "https://api.partnercenter.microsoft.com"
GRAPH_RESOURCE = "https://graph.microsoft.com"

#: The clouds in which this API cannot reset a password, with the reason (contract section 4).
_CLOUDS_WITHOUT_RESET = {
    "us_government": "Microsoft documents that Partner Center cannot reset passwords in the US Government cloud",
    "china": "the API operated by 21Vianet does not offer password resets",
    "germany": "the Microsoft Cloud Germany was retired",
}

#: Where both are set, the lower-case name wins, as with curl.
_PROXY_VARIABLES = ("ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True)
class Settings:
    """The settings of a connection.

    ``timeout`` bounds each wait for a connection or an answer. ``retry_budget`` bounds the time in which a task
    waits and retries without any call getting through.
    """

    api_url: str = API_URL
    graph_url: str = GRAPH_URL
    authority_url: str = AUTHORITY_URL
    ca_path: str | None = None
    timeout: float = 60.0
    retry_budget: float = 300.0
    concurrency: int = 8
    graph_limits: Limits = PUBLISHED
    proxies: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # with passwords, perhaps


def make_settings(
    *,
    cloud: str = "public",
    api_url: str | None = None,
    graph_url: str | None = None,
    authority_url: str | None = None,
    ca_path: str | None = None,
    timeout: float = 60.0,
    concurrency: int = 8,
    graph_limits: Mapping[str, float | None] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Return checked settings; raises :class:`InputError`. ``environment``: for proxies and the CA bundle."""
    if cloud != "public":
        reason = _CLOUDS_WITHOUT_RESET.get(cloud, "is not a cloud this collection knows")
        raise InputError("cloud", f"{reason}; only 'public' can be used")
    if not 1 <= concurrency <= 64:
        raise InputError("concurrency", f"is {concurrency}, and must be from 1 to 64")
    if not 1 <= timeout <= 600:
        raise InputError("timeout", f"is {timeout:g}, and must be from 1 to 600 seconds")
    environment = {} if environment is None else environment
    api, authority = places(api_url, authority_url)
    return Settings(
        api_url=api,
        graph_url=graph_place(graph_url),
        authority_url=authority,
        ca_path=_ca_path(ca_path, environment),
        timeout=timeout,
        concurrency=concurrency,
        graph_limits=_limits(graph_limits or {}),
        proxies=tuple({name.lower(): environment[name] for name in _PROXY_VARIABLES if environment.get(name)}.items()),
    )


def _limits(given: Mapping[str, float | None]) -> Limits:
    """Return the published limits with those that are given instead; raises :class:`InputError`."""
    own = {name: value for name, value in given.items() if value is not None}
    for name, value in own.items():
        if not 0.01 <= value <= 1_000_000:
            raise InputError(f"graph_limits.{name}", f"is {value:g}, and must be from 0.01 to 1000000 a second")
    return Limits(**own)


def places(api_url: str | None, authority_url: str | None) -> tuple[str, str]:
    """Return the URLs of API and sign-in; raises :class:`InputError` where credentials must not be sent to one."""
    api = _url(api_url or API_URL, "api_url", plain_on_loopback=True)
    authority = _url(authority_url or AUTHORITY_URL, "authority_url", plain_on_loopback=False)
    if urlsplit(authority).path:
        raise InputError("authority_url", "must hold scheme, host and port only: the tenant is said by tenant_id")
    # The API may be reached through a program on this machine, such as a recorder; the sign-in may not.
    api_named, sign_in_named = ("PARTNERCENTER_API_URL",), ("PARTNERCENTER_AUTHORITY_URL",)
    hosts.check(api, "api_url", known=hosts.PARTNER_CENTER, variables=api_named, any_loopback=True)
    hosts.check(authority, "authority_url", known=hosts.ENTRA_ID, variables=sign_in_named)
    return api, authority


def graph_place(graph_url: str | None) -> str:
    """Return the URL of Microsoft Graph without a version, if it may be sent tokens; raises :class:`InputError`."""
    graph = _url(graph_url or GRAPH_URL, "graph_url", plain_on_loopback=True).removesuffix("/v1.0")
    variables = ("PARTNERCENTER_GRAPH_URL",)
    hosts.check(graph, "graph_url", known=hosts.GRAPH, variables=variables, any_loopback=True)
    return graph


def _url(value: str, place: str, *, plain_on_loopback: bool) -> str:
    value = value.strip()
    origin = hosts.origin_of(value)
    if origin is None and "@" not in value:
        raise InputError(place, f"is not a URL; expected something like {API_URL}")
    if origin is None or "?" in value or "#" in value:
        raise InputError(place, "must hold scheme, host and port only: no user name, password, query or fragment")
    if origin.scheme == "http" and not (plain_on_loopback and hosts.is_loopback(origin.host)):
        allowed = (
            "plain http is allowed to a loopback address only"
            if plain_on_loopback
            else "plain http is never allowed here"
        )
        raise InputError(place, f"must begin with https://, because credentials travel over it ({allowed})")
    return f"{origin.scheme}://{origin}{urlsplit(value).path.rstrip('/')}".removesuffix("/v1")


def _ca_path(given: str | None, environment: Mapping[str, str]) -> str | None:
    """Return the given path, else that of the environment; raises :class:`InputError` where it cannot be read."""
    named = [("ca_path", given)] + [(name, environment.get(name)) for name in _CA_VARIABLES]
    place, path = next(((place, path) for place, path in named if path), ("", None))
    if path is None:
        return None
    expanded = os.path.expanduser(path)
    if "\0" in expanded or not os.access(expanded, os.R_OK):
        raise InputError(place, "names a CA bundle that does not exist or cannot be read by this user")
    return expanded

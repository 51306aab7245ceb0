# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SDKs of stores are optional: each is imported when a store of its kind is made. Here is what they have in common."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from .._base.errors import MissingLibraryError

#: Classes of errors, of whatever library, and what they mean. The first one that fits counts.
_REASONS = (
    (
        {"SSLError", "SSLCertVerificationError"},
        "this machine does not trust its certificate: give the CA bundle as ca_path",
    ),
    (
        {"ProxyError", "ProxyConnectionError"},
        "the proxy of the environment (HTTPS_PROXY) does not let the request pass",
    ),
    ({"NameResolutionError", "gaierror"}, "the name of its host is not known: check the address"),
    ({"ConnectTimeoutError", "ReadTimeoutError", "TimeoutError", "Timeout"}, "it did not answer in time"),
    ({"ConnectionError", "HTTPError", "ServiceRequestError", "ServiceResponseError"}, "check address and network"),
)
_MOST_CAUSES = 20


def sdk(module: str, library: str, purpose: str) -> Any:
    """The module; a :class:`MissingLibraryError` that names its package on PyPI where it cannot be imported."""
    try:
        return import_module(module)
    except ImportError:
        raise MissingLibraryError(library, purpose) from None


def session_without_netrc(requests: Any, connections: int) -> Any:
    """A session of requests that takes proxies from the environment, and credentials from nowhere."""
    session = requests.Session()
    # With an authentication of its own, requests does not look into ~/.netrc.
    session.auth = _unchanged
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=connections)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def unanswered(service: str, error: BaseException) -> str:
    """Why there is no usable answer, in our own words: that of a library may quote a request."""
    names = {kind.__name__ for cause in _causes(error) for kind in type(cause).__mro__}
    reason = next((meaning for kinds, meaning in _REASONS if kinds & names), None)
    if reason is None or "InvalidJSONError" in names:
        return f"{service} gave no usable answer: is the address right, and is nothing in between?"
    return f"{service} cannot be reached: {reason}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those behind it, as libraries wrap them."""
    waiting, seen = [error], 0
    while waiting and seen < _MOST_CAUSES:
        found = waiting.pop()
        seen += 1
        yield found
        behind = (found.__cause__, found.__context__, getattr(found, "reason", None), *found.args)
        waiting += [cause for cause in behind if isinstance(cause, BaseException)]


def _unchanged(request: Any) -> Any:
    return request

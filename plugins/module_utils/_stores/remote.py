# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stores behind a network have in common: a lock on this machine, a lease in the document beyond it, and an SDK.

SDKs are optional: each is imported when a store of its kind is made.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from typing import Any

from .._base import safe_folders
from .._base.errors import DamagedSecretError, MissingLibraryError, StoreError
from .._base.lock import Lock
from .._base.secret import Secret
from .base import LOCK_SECONDS, Hold, Store, StoreBusy, Stored
from .document import Document
from .document_data import from_data, to_data
from .records import Slot, Subject

#: What Key Vault takes; refresh tokens are kept as well as passwords.
_LONGEST = 25 * 1024


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
    # urllib3 counts it among the time-outs.
    ({"ConnectionRefusedError"}, "nothing listens there: check the address, and that it runs"),
    ({"ConnectTimeoutError", "ReadTimeoutError", "TimeoutError", "Timeout"}, "it did not answer in time"),
    ({"ConnectionError", "HTTPError", "ServiceRequestError", "ServiceResponseError"}, "check address and network"),
)
_MOST_CAUSES = 20


class RemoteStore(Store):
    """Runs on one machine keep each other out by a lock, which dies with them. Runs on several machines keep each
    other out by compare-and-set and by the lease of a pending password: see :meth:`Hold.may_resume`.
    """

    def __init__(self, lock_folder: str) -> None:
        self._lock_folder = lock_folder

    @contextmanager
    def lock(self, subject: Subject, *, wait: float = LOCK_SECONDS) -> Iterator[Hold]:
        place = f"{self.describe()}/{subject.customer_id}/{subject.user_id}"
        name = hashlib.sha256(place.encode()).hexdigest()[:32] + ".lock"
        with ExitStack() as stack:
            try:
                folder = stack.enter_context(safe_folders.opened(self._lock_folder, create=True))
                stack.enter_context(Lock(name, wait, folder=folder, remove=True))
                hold = Hold.of_lock_in(folder, exclusive=False)
            except TimeoutError:
                raise StoreBusy(
                    self._sentence(subject, "another run on this machine has held the lock for too long")
                ) from None
            except safe_folders.Unsafe as problem:
                raise self.problem(subject, f"no lock can be taken: {problem}") from None
            except OSError as error:
                what = f"no lock can be taken in {self._lock_folder} ({os.strerror(error.errno or 0)})"
                raise self.problem(subject, what) from None
            yield hold

    def _document(self, text: str, subject: Subject) -> Document:
        """The document from its JSON."""
        try:
            data: Any = json.loads(text)
        except (ValueError, RecursionError):
            data = None
        try:
            return from_data(data, subject, self.describe())
        except StoreError as error:
            raise DamagedSecretError(str(error)) from None

    def password(self, stored: Stored, slot: Slot) -> Secret:
        password = super().password(stored, slot)
        if len(password.reveal()) > _LONGEST:
            raise self.damaged(stored.document.subject, f"the {slot} password has more characters than was ever stored")
        return password

    def damaged(self, subject: Subject, what: str) -> DamagedSecretError:
        """An error that concerns this user only: the store is not as this collection left it."""
        return DamagedSecretError(self._sentence(subject, what))

    def _reached(self, subject: Subject) -> None:
        """That the store answers; what is wrong with one user's secret is told in that user's row."""
        with suppress(DamagedSecretError):
            self.load(subject, read_only=True)

    def _failed(self, subject: Subject | None, why: str) -> StoreError:
        """An error in our own words; the SDK's may quote requests."""
        return self.problem(subject, why) if subject else StoreError(f"{self.describe()}: {why}")


def as_json(document: Document) -> str:
    """The document in one line."""
    return json.dumps(to_data(document), ensure_ascii=False, separators=(",", ":"))


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


def is_lost(error: BaseException) -> bool:
    """Return whether a connection was refused, or ended without an answer: the next try may fare better."""
    causes = list(_causes(error))
    through_proxy = any(kind.__name__ == "ProxyError" for cause in causes for kind in type(cause).__mro__)
    return not through_proxy and any(isinstance(cause, ConnectionError) for cause in causes)


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

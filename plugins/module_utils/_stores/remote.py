# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The common part of the stores behind a network: a lock on this machine, a lease between machines, and an SDK.

SDKs are optional: each is imported when a store of its kind is made.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from typing import Any

from .._base import safe_folders
from .._base.errors import DamagedSecretError, MissingLibraryError, StoreError
from .._base.identifiers import random_id
from .._base.lock import Lock
from .._base.secret import Secret
from .base import LOCK_SECONDS, Hold, Store, StoreBusy, Stored
from .document import Document
from .document_data import from_data, to_data
from .records import Slot, Subject

#: The longest secret that Key Vault takes. Refresh tokens are kept in stores as well.
_LONGEST = 25 * 1024


#: Sentences by class of error, for all libraries. The first match counts.
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
    """A store behind a network. Runs on one machine are separated by a lock, which ends with the process.

    Runs on several machines are separated by compare-and-set and by the lease of a pending password: see
    :meth:`Hold.may_resume`.
    """

    def __init__(self, lock_folder: str) -> None:
        self._lock_folder = lock_folder

    def check(self, subjects: Sequence[Subject] = (), *, write: bool = True) -> None:
        """Check that the store answers. Staging shows that it can be written, before anything is sent."""
        for subject in subjects[:1] or [Subject(random_id(), random_id())]:
            self._reached(subject)

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
        """Return the document from its JSON."""
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
        """Return an error for this user only: the store is not as this collection left it."""
        return DamagedSecretError(self._sentence(subject, what))

    def _reached(self, subject: Subject) -> None:
        """Check that the store answers. A fault of one user's secret is left to the row of that user."""
        with suppress(DamagedSecretError):
            self.load(subject, read_only=True)

    def _failed(self, subject: Subject | None, why: str) -> StoreError:
        """Return an error in our own words, because those of an SDK may quote requests."""
        return self.problem(subject, why) if subject else StoreError(f"{self.describe()}: {why}")


def as_json(document: Document) -> str:
    """Return the document in one line of JSON."""
    return json.dumps(to_data(document), ensure_ascii=False, separators=(",", ":"))


def sdk(module: str, library: str, purpose: str) -> Any:
    """Import a module; raises a :class:`MissingLibraryError` that names its package on PyPI."""
    try:
        return import_module(module)
    except ImportError:
        raise MissingLibraryError(library, purpose) from None


def session_without_netrc(requests: Any, connections: int) -> Any:
    """Return a session of requests that takes proxies, but no credentials, from the environment."""
    session = requests.Session()
    # A session with its own authentication does not read ~/.netrc.
    session.auth = _unchanged
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=connections)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def unanswered(service: str, error: BaseException) -> str:
    """Return why there is no usable answer, in our own words, because a library may quote a request."""
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
    """Give the error and the errors that it wraps."""
    waiting, seen = [error], 0
    while waiting and seen < _MOST_CAUSES:
        found = waiting.pop()
        seen += 1
        yield found
        behind = (found.__cause__, found.__context__, getattr(found, "reason", None), *found.args)
        waiting += [cause for cause in behind if isinstance(cause, BaseException)]


def _unchanged(request: Any) -> Any:
    return request

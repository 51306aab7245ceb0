# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger's folder: made for the owner alone, and locked, with the errors of a ledger."""

from __future__ import annotations

import os

from ..._base import notices, safe_folders
from ..._base.errors import EvidenceError
from ..._base.identifiers import known_guid
from ..._base.lock import Lock

_LOCK_SECONDS = 1800.0


def open_folder(path: str, *, create: bool) -> None:
    """Check that not everybody can write the ledger. With ``create``, a missing one is made, with a warning."""
    try:
        if create and safe_folders.make(path):
            notices.add(f"there was no ledger yet: a new one was made at {path}")
        safe_folders.check(path)
    except safe_folders.Unsafe as problem:
        raise EvidenceError(f"ledger: {problem}; nothing is sent on such evidence") from None
    except OSError as error:
        if create:
            raise unwritable(path, error) from None
        reason = os.strerror(error.errno or 0)
        raise EvidenceError(f"ledger {path}: it cannot be read ({reason}); nothing is sent on such evidence") from None


def customers_in(path: str) -> list[str]:
    """Return the ids of all customers in the ledger; raises :class:`OSError`."""
    found = {name.rpartition(".")[0] for name in os.listdir(path) if name.endswith((".json", ".journal"))}
    return sorted(name for name in found if known_guid(name) == name)


def locked(folder: str, name: str, shown: str, *, shared: bool = False) -> Lock:
    """Take the lock with this name; messages call it ``shown``. Raises :class:`EvidenceError`."""
    try:
        return Lock(os.path.join(folder, name), _LOCK_SECONDS, shared=shared)
    except TimeoutError:
        raise EvidenceError(
            f"ledger {shown}: another run has held it for half an hour; nothing is sent on such evidence"
        ) from None
    except OSError as error:
        raise unwritable(shown, error) from None


def unwritable(path: str, error: OSError) -> EvidenceError:
    reason = os.strerror(error.errno or 0)
    return EvidenceError(f"ledger {path}: it cannot be written ({reason}); nothing is sent without a record")

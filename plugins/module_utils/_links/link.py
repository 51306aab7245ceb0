# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interface of a service that puts a password behind a one-time link.

To add a kind: a file beside this one, and a line in ``options.py``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime

from .._base.errors import PartnerCenterError
from .._base.secret import Secret


class LinkError(PartnerCenterError):
    """The link service cannot be reached, refuses, or does not answer as it should. No password is behind a link that
    anybody has seen.
    """


@dataclass(frozen=True)
class Link:
    """A link to one password. Who has it can read the password once, so it is treated like one.

    * ``text``: what the caller gets: a URL, or a code for a page.
    * ``page``: the page that takes the code; None where ``text`` is a URL.
    * ``handle``: the name by which the service ends the link.
    * ``expires_at``: when the service ends it at the latest; ``views``: how often it can be opened until then.
    """

    text: str = field(repr=False)
    page: str | None
    handle: str = field(repr=False)
    expires_at: datetime
    views: int


class LinkService(ABC):
    """One link service. Safe under threads; methods raise :class:`LinkError`."""

    @abstractmethod
    def describe(self) -> str:
        """Return the name of the service for messages, such as ``Password Pusher https://links.example.com``."""

    @abstractmethod
    def make(self, password: Secret, note: str) -> Link:
        """Put the password behind a new link. ``note`` is shown to the owner of the link only.

        If this raises, the service may have made a link, which nobody knows and which ends by its life time.
        """

    @abstractmethod
    def expire(self, handle: str) -> None:
        """End a link; a link that has ended already is no error."""

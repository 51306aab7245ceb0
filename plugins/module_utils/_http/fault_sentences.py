# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service's table of sentences, read by status first and code second. The service's own text is never quoted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from . import retry

_CHANGED_MEANWHILE = "the record was changed by somebody else at the same moment; run again"
#: What these statuses mean at every service.
_COMMON: dict[int, str] = {
    408: "the service gave up waiting for the request; run again later",
    409: _CHANGED_MEANWHILE,
    412: _CHANGED_MEANWHILE,
    429: "the service throttled every try until the retry budget was used up: run again later",
    500: "the service failed on its own side; run again later",
    502: "a gateway before the service failed; run again later",
    503: "the service is not available; run again later",
    504: "a gateway before the service got no answer in time; run again later",
}


@dataclass(frozen=True)
class FaultSentences:
    """The sentences of one service, which is called ``service`` in them."""

    service: str
    by_status: Mapping[int, str]
    by_status_and_code: Mapping[tuple[int, int | str], str]

    def of_fault(self, status: int, code: int | str | None) -> str:
        """Return the sentence for an answer of the service itself."""
        if code is not None and (status, code) in self.by_status_and_code:
            return self.by_status_and_code[status, code]
        return self._of(status) or f"the service answered with HTTP status {status}, which it never documents"

    def of_unsigned(self, status: int) -> str:
        """Return the sentence for an error that is not in the form of the service."""
        sentence = self._of(status)
        if sentence and (retry.is_unavailable(status) or status in retry.NO_SUCH_CALL):
            return sentence
        own = f". If it is {self.service} after all: {sentence}" if sentence else ""
        return (
            f"the answer (HTTP status {status}) is not one of {self.service}, but as a gateway or a proxy sends it: "
            f"look at the network and the proxy{own}"
        )

    def _of(self, status: int) -> str | None:
        return self.by_status.get(status) or _COMMON.get(status)

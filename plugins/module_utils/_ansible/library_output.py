# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Swallows what libraries write: log records, Python warnings, and text on the standard streams.

Such text may quote a request. And with ansible-core 2.18, a thread that writes to standard error can wait forever,
because the lock of the stream was held when the worker process was forked. Results tell everything that matters.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def library_output_taken_in() -> Iterator[None]:
    """Keep the output of this thread, and of threads that it starts, away from streams and logs.

    Other threads of the process, such as Ansible's own, write as usual.
    """
    taken_in = _TakenIn()
    handlers = _handlers()
    streams = (sys.stdout, sys.stderr)
    for handler in handlers:
        handler.addFilter(taken_in)
    sys.stdout, sys.stderr = (stream and _Stream(stream, taken_in) for stream in streams)
    try:
        yield
    finally:
        taken_in.over = True
        sys.stdout, sys.stderr = streams
        for handler in handlers:
            handler.removeFilter(taken_in)


class _TakenIn(logging.Filter):
    """Tells whose output is swallowed. Also serves as a filter of log handlers."""

    def __init__(self) -> None:
        super().__init__()
        me = threading.get_ident()
        self._others = {thread.ident for thread in threading.enumerate()} - {me}
        self.over = False

    def here(self) -> bool:
        return not self.over and threading.get_ident() not in self._others

    def filter(self, record: logging.LogRecord) -> bool:
        return not self.here()


class _Stream:
    """Replaces a standard stream. A library that keeps a reference to it writes to the real stream afterwards."""

    def __init__(self, stream: Any, taken_in: _TakenIn) -> None:
        self._stream = stream
        self._taken_in = taken_in

    def write(self, text: Any) -> int:
        return len(text) if self._taken_in.here() else int(self._stream.write(text))

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if not self._taken_in.here():
            self._stream.flush()

    @property
    def buffer(self) -> _Stream:
        return _Stream(self._stream.buffer, self._taken_in)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _handlers() -> list[logging.Handler]:
    """Return all log handlers. A logger without a handler writes to standard error."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    return [handler for logger in loggers if isinstance(logger, logging.Logger) for handler in logger.handlers]

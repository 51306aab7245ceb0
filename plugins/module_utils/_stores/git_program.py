# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program git: how it is run, and what it means where it fails.

It runs no hook of this side, reads no configuration of a checkout, and asks nobody. It gets the environment of the
process without the secrets of this collection. What it prints is only looked through, never shown: it may hold a URL.
"""

from __future__ import annotations

import functools
import os
import re
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass

OLDEST = (2, 25)

_KEPT_FROM_GIT = re.compile(
    r"(PARTNERCENTER|VAULT|ANSIBLE|AZURE_CLIENT|LEDGER)_|GIT_(TRACE|CURL_VERBOSE)"
    r"|GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|PREFIX|COMMON_DIR)$"
    r"|(SSH_ASKPASS|DISPLAY|WAYLAND_DISPLAY)$"
)
_SETTINGS = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "credential.interactive=false", "http.followRedirects=false"),
    # What is fetched or committed here can be fetched or committed again.
    *("gc.autoDetach=false", "maintenance.autoDetach=false", "core.fsync=none"),
)
_OPTIONS = tuple(part for setting in _SETTINGS for part in ("-c", setting))
_SECONDS = 60.0
#: The status of git where it took too long.
TIMED_OUT = -1000

#: What git prints where another push came first.
_RACE = re.compile(
    r"fetch first|non-fast-forward|stale info|cannot lock ref|failed to update ref|incorrect old value|already exists"
)
#: What git prints, in small letters, and what it means. The first match counts.
_SENTENCES = {
    "could not resolve host": "the name of its host is not known: check the option repository",
    "connection refused": "nothing listens there: check the option repository, and that the server runs",
    "timed out": "it did not answer in time: check the network, and try again",
    "certificate": "this machine does not trust its certificate: give the CA bundle as ca_path",
    "error: 30": "it names another address, and nothing is sent there: give that one as repository",
    "could not read username": "it wants a sign-in, and git has none: give git a credential helper or GIT_ASKPASS",
    "could not read password": "it wants a sign-in, and git has none: give git a credential helper or GIT_ASKPASS",
    "authentication failed": "it does not accept the sign-in: check what git's credential helper or GIT_ASKPASS gives",
    "host key verification": "the SSH key of its host is not known: add it to known_hosts of the account of the job",
    "(publickey": "it does not accept the SSH key: check that the job has one, and that it may read and write there",
    "dubious ownership": "it belongs to another user of this machine: add it to safe.directory in the settings of git",
    "does not appear to be a git repository": "there is no repository: check the option repository",
    "not found": "there is no repository, or the account may not see it: check the option repository, and the account",
    "[remote rejected]": "it refuses the push: let the account push to this branch without a review, or name another "
    "branch",
    "error: 403": "the account may not do this: let it read, and push to this branch",
    "permission": "the account may not do this: let it read, and push to this branch",
    "read-only": "the account may not do this: let it read, and push to this branch",
    "read only": "the account may not do this: let it read, and push to this branch",
}
#: The mark of lines in which git repeats what was said between both sides, if it is ``TRACED``.
_PACKET = " packet: "
TRACED = {"GIT_TRACE_PACKET": "1"}
_UNKNOWN = "git does not get through: try 'git ls-remote' with the same address, as the account of the job"


class GitRefused(Exception):
    """git cannot do it. The text is a sentence of ours."""


@dataclass(frozen=True)
class GitAnswer:
    """The exit status of git, and what it has printed."""

    code: int
    output: bytes = b""
    errors: str = ""

    @property
    def text(self) -> str:
        return self.output.decode("utf-8", "replace").strip()

    @property
    def overtaken(self) -> bool:
        """Return whether a push was refused because another one came first."""
        return bool(self.code and _RACE.search(self._words))

    def refused(self) -> GitRefused:
        """Return what it means that this failed."""
        words = self._words.lower()
        return GitRefused(next((sentence for seen, sentence in _SENTENCES.items() if seen in words), _UNKNOWN))

    @property
    def spoke_git(self) -> bool:
        """Return whether a server of git has answered, for a call that was ``TRACED``; a page of a gateway has not."""
        return _PACKET in self.errors

    @property
    def _words(self) -> str:
        """Return what is told of references that were not pushed, and the errors."""
        told = (line.rpartition("\t")[2] for line in self.text.splitlines() if line.startswith("!"))
        return "\n".join((*told, *(line for line in self.errors.splitlines() if _PACKET not in line)))


def version() -> tuple[int, int] | None:
    """Return the version of the program; None where there is none."""
    return _version(os.environ.get("PATH", ""))


@functools.cache
def _version(_path: str) -> tuple[int, int] | None:
    try:
        answer = run(("version",), environment(), "/")
    except OSError:
        return None
    match = re.match(r"git version (\d+)\.(\d+)", answer.text)
    return (int(match[1]), int(match[2])) if match else None


def environment() -> dict[str, str]:
    """Return the environment for git."""
    inherited = {name: value for name, value in os.environ.items() if not _KEPT_FROM_GIT.match(name)}
    return inherited | {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file:http:https:ssh", "LC_ALL": "C"}


def run(
    arguments: tuple[str, ...], environment: dict[str, str], folder: str, text: bytes = b"", seconds: float = _SECONDS
) -> GitAnswer:
    """Run git, and end it with all its helpers where it takes too long."""
    process = _Session(
        ["git", *_OPTIONS, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(text, seconds)
    except BaseException as problem:
        process.end()
        if isinstance(problem, subprocess.TimeoutExpired):
            return GitAnswer(TIMED_OUT, errors="timed out")
        raise
    return GitAnswer(process.returncode, output, errors.decode("utf-8", "replace"))


class _Session(subprocess.Popen[bytes]):
    """A program and its helpers, in a session of their own."""

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.communicate()

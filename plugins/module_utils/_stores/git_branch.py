# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One branch of a remote repository, read and written by the program git, without a working tree.

Commits are made in a bare repository of our own, which only holds what was fetched: it can be thrown away at any time.
A commit goes to the remote by a push without force, so the remote refuses it if the branch has moved meanwhile.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from .._base import safe_folders
from .._base.lock import Lock
from .base import LOCK_SECONDS
from .git_program import TIMED_OUT, TRACED, GitAnswer, GitRefused, environment, run

_TIP, _NEXT = "refs/partnercenter/tip", "refs/partnercenter/next"
#: The newest commit that was fetched, in a file of git's own.
_FETCHED = "FETCH_HEAD"
_NOBODY = "csp.partnercenter <partnercenter@localhost>"
_SECONDS_HERE, _SECONDS_AT_REMOTE = 60.0, 60.0
#: The status of ls-remote.
_NO_SUCH_BRANCH = 2
#: How often a commit is made again because another one came first, and the longest pause before it in seconds.
_TRIES, _PAUSE = 12, 0.4

_LONELY_PUSH = ("--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no")

T = TypeVar("T")


class GitChanged(Exception):
    """The file in the branch is not the one that was loaded. Nothing was pushed."""


class _Broken(Exception):
    """The repository of our own cannot be used."""


class GitBranch:
    """The files in one branch. Safe under threads and processes. Methods raise :class:`GitRefused`.

    ``url``: a URL, a place such as ``git@host:path``, or a folder. ``folder``: a folder for files of our own.
    """

    def __init__(self, url: str, branch: str, folder: str, ca_path: str | None) -> None:
        self.url, self.branch = url, branch
        name = hashlib.sha256(f"{url}\n{branch}".encode()).hexdigest()[:32]
        self._folder = os.path.join(folder, name)
        self._repository = os.path.join(self._folder, "repository.git")
        self._environment = environment() | ({"GIT_SSL_CAINFO": ca_path} if ca_path else {})
        self._threads, self._asking = threading.Lock(), threading.Lock()
        self._asked = self._fetched = 0
        self._tip: str | None = None
        self._author: str | None = None

    def exists(self) -> bool:
        """Return whether the remote had the branch at the last fetch."""
        return self._read(lambda tip: tip is not None, fetch=False)

    def content(self, path: str, *, fetch: bool = True) -> bytes | None:
        """Return a file at the newest commit of the remote, or of the last fetch; None where there is none."""
        return self._read(lambda tip: self._file(tip, path), fetch=fetch)

    def contents(self, folder: str) -> dict[str, bytes]:
        """Return all files below a folder at the newest commit of the remote, by path."""
        return self._read(lambda tip: self._files(tip, folder))

    def paths(self, folder: str) -> list[str]:
        """Return the paths of all files below a folder at the newest commit of the remote."""
        return self._read(lambda tip: list(self._listed(tip, f"{folder}/")))

    def check_rights(self) -> None:
        """Check that the remote lets us push, as far as it tells that without a push."""

        def tried(tip: str | None) -> None:
            commit = tip or self._commit(None, "README", b"")
            answer = self._push(commit, "--dry-run")
            if answer.code and not answer.overtaken:
                raise answer.refused()

        self._read(tried, fetch=False)

    def replace(self, path: str, content: bytes, is_as_loaded: Callable[[bytes | None], bool]) -> None:
        """Push one commit that replaces a file; raises :class:`GitChanged` where that is not ``is_as_loaded``.

        If another commit came first, ours is made again on top of it. If the answer to a push was lost, the next fetch
        tells whether the remote has it.
        """
        with self._alone():
            self._mended(lambda: self._replace(path, content, is_as_loaded))

    def _replace(self, path: str, content: bytes, is_as_loaded: Callable[[bytes | None], bool]) -> None:
        tip, newest, pushed = self._tip, False, False
        for _try in range(_TRIES):
            if tip is None and not newest:
                tip, newest = self._fetch(), True
            found = self._file(tip, path)
            if pushed and found == content:
                return
            if not is_as_loaded(found):
                if newest:
                    raise GitChanged
                tip = None
                continue
            commit = self._commit(tip, path, content)
            answer = self._push(commit)
            if not answer.code:
                self._tip = commit
                return
            before, tip, newest, pushed = tip, self._fetch(), True, True
            if tip == before and not answer.overtaken:
                raise answer.refused()
            time.sleep(random.uniform(0.0, _PAUSE))
        raise GitRefused("others push to this branch all the time: let rotations have a branch of their own")

    def _read(self, read: Callable[[str | None], T], *, fetch: bool = True) -> T:
        """Return what ``read`` finds at the tip. Of many threads that wait, one fetches for all."""
        with self._asking:
            self._asked += fetch
            ticket = self._asked if fetch else 0
        with self._alone():
            with self._asking:
                newest = self._asked

            def found() -> T:
                tip = self._tip if self._fetched >= ticket else None
                if tip is None:
                    tip = self._fetch()
                    self._fetched = newest
                return read(tip)

            return self._mended(found)

    def _mended(self, call: Callable[[], T]) -> T:
        """Return what ``call`` returns, if need be in a new repository of our own."""
        try:
            return call()
        except _Broken:
            shutil.rmtree(self._repository, ignore_errors=True)
            self._fetched, self._tip = 0, None
        try:
            self._prepare()
            return call()
        except _Broken:
            raise GitRefused(f"git cannot work in {self._folder}: is the disk full, or the folder read-only?") from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one thread of one process on this machine work at a time."""
        with self._threads:
            try:
                with (
                    safe_folders.opened(self._folder, create=True) as folder,
                    Lock("lock", LOCK_SECONDS, folder=folder),
                ):
                    self._prepare()
                    yield
            except TimeoutError:
                raise GitRefused("another run on this machine has worked with it for too long") from None
            except safe_folders.Unsafe as problem:
                raise GitRefused(f"git has no place to work: {problem}") from None
            except OSError as error:
                reason = os.strerror(error.errno or 0)
                raise GitRefused(f"git cannot work in {self._folder} ({reason})") from None

    def _prepare(self) -> None:
        if not os.path.isfile(os.path.join(self._repository, "config")):
            self._git("init", "--quiet", "--bare", "--template=")

    def _fetch(self) -> str | None:
        """Fetch the newest commit, without its history, and return it; None where the remote has no such branch."""
        options = ("--quiet", "--depth=1", "--no-tags", "--recurse-submodules=no")
        source = f"refs/heads/{self.branch}"
        self._tip = None
        answer = self._git("fetch", *options, "--", self.url, f"+{source}:{_TIP}", seconds=_SECONDS_AT_REMOTE)
        if not answer.code:
            with open(os.path.join(self._repository, _FETCHED), encoding="ascii", errors="replace") as file:
                self._tip = file.read().partition("\t")[0]
            return self._tip
        if answer.code == TIMED_OUT:
            raise answer.refused()
        command = ("ls-remote", "--exit-code", "--", self.url, source)
        listed = self._git(*command, seconds=_SECONDS_AT_REMOTE, more=TRACED)
        if not listed.code:
            raise _Broken
        if listed.code != _NO_SUCH_BRANCH:
            raise listed.refused()
        if not listed.spoke_git:
            raise GitRefused(
                "it does not answer as a server of git: check the option repository, and what is before it"
            )
        return None

    def _listed(self, tip: str | None, place: str) -> dict[str, str]:
        """Return the names of the objects of files in a commit, by path."""
        if tip is None:
            return {}
        answer = self._got("ls-tree", "-r", "-z", "--full-tree", tip, "--", place)
        pairs = (entry.split("\t", 1) for entry in answer.text.split("\0") if entry)
        return {path: about.split()[2] for about, path in pairs if about.split()[1] == "blob"}

    def _file(self, tip: str | None, path: str) -> bytes | None:
        if tip is None:
            return None
        answer = self._git("cat-file", "blob", f"{tip}:{path}")
        if not answer.code:
            return answer.output
        if path in self._listed(tip, path):
            raise _Broken
        return None

    def _files(self, tip: str | None, folder: str) -> dict[str, bytes]:
        listed = self._listed(tip, f"{folder}/")
        rest = self._got("cat-file", "--batch", text="".join(f"{name}\n" for name in listed.values()).encode()).output
        files = {}
        for path in listed:
            about, _line, rest = rest.partition(b"\n")
            size = int(about.split()[2])
            files[path], rest = rest[:size], rest[size + 1 :]
        return files

    def _commit(self, parent: str | None, path: str, content: bytes) -> str:
        """Make a commit that differs from its parent in one file, and return its name."""
        if self._author is None:
            person = self._git("var", "GIT_COMMITTER_IDENT")
            self._author = _NOBODY if person.code else person.text.rsplit(" ", 2)[0]
        message = f"Keep {path} [skip ci]\n".encode()
        parts = (
            f"commit {_NEXT}\nmark :1\ncommitter {self._author} {int(time.time())} +0000\n".encode(),
            f"data {len(message)}\n".encode() + message,
            f"from {parent}\n".encode() if parent else b"",
            f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content,
            b"\nget-mark :1\ndone\n",
        )
        return self._got("fast-import", "--quiet", "--force", "--done", text=b"".join(parts)).text

    def _push(self, commit: str, *options: str) -> GitAnswer:
        target = f"{commit}:refs/heads/{self.branch}"
        return self._git("push", *_LONELY_PUSH, *options, "--", self.url, target, seconds=_SECONDS_AT_REMOTE)

    def _got(self, *arguments: str, text: bytes = b"") -> GitAnswer:
        answer = self._git(*arguments, text=text)
        if answer.code:
            raise _Broken
        return answer

    def _git(
        self, *arguments: str, text: bytes = b"", seconds: float = _SECONDS_HERE, more: Mapping[str, str] | None = None
    ) -> GitAnswer:
        arguments = ("--git-dir", self._repository, *arguments)
        answer = run(arguments, self._environment | dict(more or {}), self._folder, text, seconds)
        return replace(answer, errors=answer.errors.replace(self.url, ""))

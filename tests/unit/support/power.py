# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A folder on a disk that loses power, or fails, at the nth system call.

After a power cut the folder holds what POSIX promises, and a random part of the rest. The content of a file is certain
once the file was synchronised, and a name in a folder once the folder was. Everything else is there, is missing, or is
there in part: names in any order, contents cut off or filled with zeros. A rename happens completely or not at all, as
every file system with a journal does it.
"""

from __future__ import annotations

import os
import random
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

#: The system calls that change a disk, or make its changes last.
CALLS = ("open", "write", "fsync", "rename", "link", "unlink", "mkdir", "ftruncate")


class PowerCut(BaseException):
    """The machine is off: nothing runs after this, not even a handler of errors."""


@dataclass
class _File:
    """A file: what of it is durable, and a descriptor that reads what is in it now."""

    handle: int
    durable: bytes = b""

    @property
    def content(self) -> bytes:
        return os.pread(self.handle, os.fstat(self.handle).st_size, 0)

    def after_a_cut(self, chance: random.Random) -> bytes:
        content = self.content
        if content == self.durable:
            return content
        length = chance.randint(len(self.durable) if content.startswith(self.durable) else 0, len(content))
        torn = content[:length]
        return chance.choice([self.durable, content, torn, torn + bytes(len(content) - length)])


@dataclass
class _Folder:
    """A folder: its durable names, and changes of names that are not durable yet, each for itself."""

    names: dict[str, _File | _Folder] = field(default_factory=dict)
    changes: list[dict[str, _File | _Folder | None]] = field(default_factory=list)

    def now(self, kept: Callable[[], bool] = lambda: True) -> dict[str, _File | _Folder]:
        names: dict[str, _File | _Folder | None] = dict(self.names)
        for change in self.changes:
            if kept():
                names.update(change)
        return {name: node for name, node in names.items() if node is not None}


class Disk:
    """The folder. Everything in it is durable when a run begins."""

    def __init__(self, root: Path) -> None:
        self._root = os.path.realpath(root)
        self._real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in CALLS}
        self._tree = _Folder()
        self._calls = self._cut_at = self._fail_at = 0
        self._error: int | None = None
        self._lasting = False
        self._image: dict[str, bytes | None] = {}
        self._chance = random.Random()
        self._handles: list[int] = []

    @property
    def calls(self) -> int:
        """How many calls the last run made."""
        return self._calls

    @contextmanager
    def watched(
        self, *, cut_at: int = 0, seed: int = 0, fail_at: int = 0, error: int | None = None, lasting: bool = False
    ) -> Iterator[None]:
        """Run the body on this disk; the calls are counted from 1.

        ``cut_at``: the power is cut before that call. The body ends with :class:`PowerCut`, and the folder holds one of
        the states that are possible then; the ``seed`` chooses it. With a number above all calls, the power is cut
        after the body. ``error``: an errno that the call ``fail_at`` fails with, and with ``lasting`` all after it.
        """
        self._calls, self._cut_at, self._fail_at, self._error, self._lasting = 0, cut_at, fail_at, error, lasting
        self._chance, self._image = random.Random(seed), {}
        self._tree = self._read(self._root)
        try:
            with pytest.MonkeyPatch.context() as patch:
                for name in CALLS:
                    patch.setattr(os, name, getattr(self, f"_{name}"))
                yield
            if cut_at:
                self._take_image()
        finally:
            for handle in self._handles:
                os.close(handle)
            self._handles = []
            if self._image:
                self._restore()

    def _read(self, path: str) -> _Folder:
        folder = _Folder()
        for entry in os.scandir(path):
            if entry.is_dir(follow_symlinks=False):
                folder.names[entry.name] = self._read(entry.path)
            else:
                folder.names[entry.name] = file = self._file(entry.path)
                file.durable = file.content
        return folder

    def _file(self, path: str) -> _File:
        self._handles.append(int(self._real["open"](path, os.O_RDONLY)))
        return _File(self._handles[-1])

    def _take_image(self) -> None:
        """Remember one of the states in which the folder may be found after a cut now: a name, and its content."""
        likely = self._chance.choice([0.0, 0.5, 0.5, 0.5, 1.0])
        self._image = {"": None}
        self._add_image(self._tree, "", lambda: self._chance.random() < likely)

    def _add_image(self, folder: _Folder, path: str, kept: Callable[[], bool]) -> None:
        for name, node in folder.now(kept).items():
            place = f"{path}/{name}"
            if isinstance(node, _Folder):
                self._image[place] = None
                self._add_image(node, place, kept)
            else:
                self._image[place] = node.after_a_cut(self._chance)

    def _restore(self) -> None:
        shutil.rmtree(self._root)
        for place, content in self._image.items():
            path = self._root + place
            if content is None:
                os.mkdir(path, 0o700)
            else:
                Path(path).write_bytes(content)
                os.chmod(path, 0o600)

    def _begin(self) -> None:
        """Count a call; cut the power before it, or let it fail."""
        if self._image:
            return
        self._calls += 1
        if self._calls == self._cut_at:
            self._take_image()
            raise PowerCut
        if self._error and (self._calls == self._fail_at or (self._lasting and self._calls > self._fail_at)):
            raise OSError(self._error, os.strerror(self._error))

    def _place(self, path: Any, folder: int | None) -> tuple[_Folder, str] | None:
        """Return the folder of the path and the name in it; None where it is not on this disk."""
        base = os.getcwd() if folder is None else os.readlink(f"/proc/self/fd/{folder}")
        parent, name = os.path.split(os.path.join(base, os.fspath(path)))
        found = self._folder(os.path.realpath(parent))
        return None if found is None else (found, name)

    def _folder(self, path: str) -> _Folder | None:
        if path != self._root and not path.startswith(self._root + os.sep):
            return None
        node: _File | _Folder | None = self._tree
        for name in path[len(self._root) + 1 :].split(os.sep) if path != self._root else ():
            node = node.now().get(name) if isinstance(node, _Folder) else None
        return node if isinstance(node, _Folder) else None

    def _node(self, descriptor: int) -> _File | _Folder | None:
        """Return what an open descriptor belongs to."""
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            return self._folder(os.readlink(f"/proc/self/fd/{descriptor}"))
        waiting = [self._tree]
        while waiting:
            folder = waiting.pop()
            nodes = [*folder.names.values(), *(node for change in folder.changes for node in change.values())]
            for node in nodes:
                if isinstance(node, _File) and os.path.samestat(os.fstat(node.handle), status):
                    return node
            waiting += [node for node in nodes if isinstance(node, _Folder)]
        return None

    def _open(self, path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        place = self._place(path, options.get("dir_fd"))
        if place is None or not flags & os.O_CREAT:
            return int(self._real["open"](path, flags, *arguments, **options))
        self._begin()
        descriptor = int(self._real["open"](path, flags, *arguments, **options))
        folder, name = place
        if name not in folder.now():
            folder.changes.append({name: self._file(f"/proc/self/fd/{descriptor}")})
        return descriptor

    def _write(self, descriptor: int, content: Any) -> int:
        if self._node(descriptor) is not None:
            self._begin()
        return int(self._real["write"](descriptor, content))

    def _ftruncate(self, descriptor: int, length: int) -> None:
        if self._node(descriptor) is not None:
            self._begin()
        self._real["ftruncate"](descriptor, length)

    def _fsync(self, descriptor: int) -> None:
        node = self._node(descriptor)
        if node is None:
            return
        self._begin()
        if isinstance(node, _Folder):
            node.names, node.changes = node.now(), []
        else:
            node.durable = node.content

    def _rename(
        self, source: Any, target: Any, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None
    ) -> None:
        place, goal = self._place(source, src_dir_fd), self._place(target, dst_dir_fd)
        if place is not None and goal is not None:
            assert place[0] is goal[0], "a rename from folder to folder: this disk knows none"
            self._begin()
        self._real["rename"](source, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
        if place is not None and goal is not None:
            place[0].changes.append({place[1]: None, goal[1]: place[0].now()[place[1]]})

    def _link(self, source: Any, target: Any, **options: Any) -> None:
        place, goal = self._place(source, options.get("src_dir_fd")), self._place(target, options.get("dst_dir_fd"))
        if place is not None and goal is not None:
            self._begin()
        self._real["link"](source, target, **options)
        if place is not None and goal is not None:
            goal[0].changes.append({goal[1]: place[0].now()[place[1]]})

    def _unlink(self, path: Any, *, dir_fd: int | None = None) -> None:
        place = self._place(path, dir_fd)
        if place is not None:
            self._begin()
        self._real["unlink"](path, dir_fd=dir_fd)
        if place is not None:
            place[0].changes.append({place[1]: None})

    def _mkdir(self, path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        place = self._place(path, dir_fd)
        if place is not None:
            self._begin()
        self._real["mkdir"](path, mode, dir_fd=dir_fd)
        if place is not None:
            place[0].changes.append({place[1]: _Folder()})

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The place of the ledger in the clone. Every place from which it could not be committed is refused."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ledger_git import Clone, Refused


@dataclass(frozen=True)
class Place:
    """``folder`` on disk is ``path`` in the repository."""

    folder: Path
    path: str

    def changes(self, clone: Clone, commit: str) -> dict[str, str]:
        """The files that differ from a commit, each with the name of its content."""
        known = clone.recorded(commit, self.path)
        found = {path: clone.content(path) for path in self.paths()}
        return {path: content for path, content in found.items() if known.get(path) != content}

    def lost(self, clone: Clone, commit: str) -> list[str]:
        """The files of a commit that are not here."""
        return [path for path in clone.recorded(commit, self.path) if not os.path.lexists(clone.top / path)]

    def paths(self) -> list[str]:
        """Return what is recorded: files of customers, and events.

        Not the locks and journals of a run: their names begin with a dot or end otherwise.
        """
        if not self.folder.is_dir():
            return []
        names = [
            name for name in sorted(os.listdir(self.folder)) if name[0] != "." and name.endswith((".json", ".jsonl"))
        ]
        for name in names:
            if (self.folder / name).is_symlink() or not (self.folder / name).is_file():
                raise Refused(f"the ledger holds {name}, which is a link or no file")
        return [f"{self.path}/{name}" for name in names]


def place_in(clone: Clone, folder: str, record: str) -> Place:
    """The place; ``record`` is the name of a file that will be written there."""
    real, top = Path(os.path.realpath(folder)), Path(os.path.realpath(clone.top))
    said = f"rotations_ledger, {real},"
    if real == top or not real.is_relative_to(top):
        raise Refused(f"{said} must be a folder inside of the repository {top}, since it is committed there")
    place = Place(real, real.relative_to(top).as_posix())
    if ".git" in real.relative_to(top).parts:
        raise Refused(f"{said} is inside of git's own folder")
    _check_on_disk(clone, real, top, said)
    _check_in_git(clone, place, f"{place.path}/{record}", said)
    return place


def _check_on_disk(clone: Clone, real: Path, top: Path, said: str) -> None:
    """Its nearest folder that is there belongs to this repository, and can be written to."""
    there = next(one for one in (real, *real.parents) if one.exists())
    if not there.is_dir():
        raise Refused(f"{said} is not a folder: {there} is a file")
    owner = clone.ask("-C", str(there), "rev-parse", "--show-toplevel").output.strip()
    if os.path.realpath(owner) != str(top):
        raise Refused(f"{said} is inside of another repository, such as a submodule")
    files = [one for one in there.glob("[!.]*.jsonl") if one.is_file()] if there == real else []
    for one in (there, *files):
        if not os.access(one, os.W_OK):
            raise Refused(f"{said} cannot be written: {one} is read-only for this job")


def _check_in_git(clone: Clone, place: Place, record: str, said: str) -> None:
    """It is a folder there as well, it is not ignored, and no filter of others changes what is in it."""
    above = [parent.as_posix() for parent in (Path(place.path), *Path(place.path).parents)][:-1]
    listed = [clone.get("the commit cannot be read", "ls-tree", "--full-tree", "HEAD", "--", one) for one in above]
    if not all(entry.startswith("040000 ") for entry in listed if entry):
        raise Refused(f"{said} is not a folder in the repository, but a file, a link or a submodule")
    if clone.ask("check-ignore", "--quiet", "--", record).code == 0:
        rule = clone.ask("check-ignore", "--verbose", "--", record).output.partition("\t")[0]
        raise Refused(f"{said} is ignored by git ({rule}), so that it cannot be committed: take that rule away")
    told = clone.ask("check-attr", "-z", "filter", "--", record, *place.paths()).output.split("\0")
    for driver in set(told[2::3]) - {"unspecified", "unset"}:
        raise Refused(
            f"{said} goes through the filter {driver} of .gitattributes, which is not run here:"
            f" add the line '{place.path}/** -filter' to it"
        )

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the lock of a repository before rotations, and writes the ledger back after them.

    ledger.py claim            prints the id of the claim; fails where the ledger could not be written back afterwards
    ledger.py record CLAIM     commits the ledger, pushes it, and gives the lock back

Standard input holds the settings as JSON. The lock is a branch of the remote repository that only one can create: a
rejected push means that it is taken. What fails is told in one sentence on standard error.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from ledger_git import Clone, Refused, plain
from ledger_place import Place, place_in

_TRIES = 8
#: What a server says of a push that its rules forbid. Everything else is what the trial is meant to meet.
_FORBIDDEN = re.compile(
    r"declin|denied|prohibit|not allowed|forbidden|protected|permission|violat|unpack|read.only", re.I
)


@dataclass(frozen=True)
class Settings:
    """The settings that the playbook gives."""

    declarations: str
    ledger: str
    record: str
    remote: str
    branch: str
    lock: str
    message: str
    trial: bool


class Kept(Refused):
    """A refusal that says itself what became of the lock."""


@dataclass(frozen=True)
class Ledger:
    """The ledger in a clone, and the lock."""

    clone: Clone
    settings: Settings

    @property
    def lock(self) -> str:
        return f"refs/heads/{self.settings.lock}"

    @property
    def branch(self) -> str:
        return f"refs/heads/{self.settings.branch}"

    @property
    def unlock(self) -> str:
        """The command by which a person takes the lock away."""
        return f"git push {self.clone.remote} :{self.settings.lock}"

    def place(self) -> Place:
        return place_in(self.clone, self.settings.ledger, self.settings.record)

    def claim(self) -> str:
        """Take the lock. Find what would keep the ledger from being written back, before the first reset."""
        head, remote = self.clone.head(), self.clone.remote
        if head != self.clone.fetched(self.settings.branch):
            newest = f"the newest commit of {self.settings.branch} at {remote}"
            raise Refused(f"this is not {newest}, which has a run of its own")
        place = self.place()
        changed = [*place.changes(self.clone, head), *place.lost(self.clone, head)]
        if changed:
            raise Refused(
                f"the ledger {place.folder} holds changes that are not committed: {plain(', '.join(sorted(changed)))}."
                " Commit and push them, or restore them, and run again"
            )
        taken = self._holder()
        if taken:
            raise Refused(taken)
        self._try(head, f"{place.path}/{self.settings.record}")
        claim = self.clone.commit_of(self.clone.empty_tree(), f"Claimed by {_who()}: {self.settings.message}")
        answer = self.clone.pushed(f"--force-with-lease={self.lock}:", f"{claim}:{self.lock}")
        if answer.code:
            raise Refused(self._holder() or f"the lock cannot be pushed to {remote} ({answer.words})")
        return claim

    def _holder(self) -> str:
        """Return who has the lock, in a sentence; empty where nobody has it."""
        remote, lock = self.clone.remote, self.settings.lock
        if not self.clone.get(f"the branches of {remote} cannot be listed", "ls-remote", "--", remote, self.lock):
            return ""
        subject = plain(self.clone.get("the lock cannot be read", "log", "-1", "--format=%s", self.clone.fetched(lock)))
        return (
            f"another run has the lock, the branch {lock} of {remote}: {subject}."
            f" See whether that run is still at work. If it is dead: {self.unlock}"
        )

    def _try(self, head: str, record: str) -> None:
        """Pushes what will be pushed, together with a branch that cannot be: a server takes both or none."""
        empty = self.clone.get("git cannot write into the clone", "hash-object", "-w", "--stdin")
        known = self.clone.recorded(head, str(Path(record).parent))
        trial = self.clone.commit(head, {} if record in known else {record: empty}, self.settings.message)
        if not self.settings.trial:
            return
        answer = self.clone.pushed("--atomic", f"{trial}:{self.branch}", f"{trial}:{self.branch}/trial")
        lines = [line.split("\t") for line in answer.output.splitlines()]
        said = " ".join(line[2] for line in lines if line[:2] == ["!", f"{trial}:{self.branch}"])
        if _FORBIDDEN.search(said):
            raise Refused(
                f"{self.clone.remote} would refuse the ledger: {said} ({answer.words}). Let this job push to"
                f" {self.settings.branch}, or set rotations_branch to a branch that it may push to"
            )
        if answer.code and not said and "--atomic" not in answer.errors:
            raise Refused(f"nothing can be pushed to {self.clone.remote} ({answer.words})")

    def record(self, claim: str) -> str:
        """Returns what was done. The lock stays only where the ledger is not where the next run looks for it."""
        try:
            base, place = self.clone.head(), self.place()
            changed = place.changes(self.clone, base)
            done = self._push(base, place, changed, claim) if changed else "unchanged"
        except Kept:
            raise
        except Refused as refused:
            raise Refused(
                f"what was done could not be recorded: {refused}. The lock stays, so that no run starts without it."
                f" Mend the cause, commit and push {self.settings.ledger} from this clone, then: {self.unlock}"
            ) from None
        answer = self.clone.pushed(f"--force-with-lease={self.lock}:{claim}", f":{self.lock}")
        if answer.code:
            raise Refused(
                f"the ledger is at {self.clone.remote}, but the lock {self.settings.lock} cannot be removed"
                f" ({answer.words}). If it is still there and no other run is at work: {self.unlock}"
            )
        return done

    def _push(self, base: str, place: Place, changed: Mapping[str, str], claim: str) -> str:
        before, tip = self.clone.recorded(base, place.path), base
        for _turn in range(_TRIES):
            commit = self.clone.commit(tip, changed, self.settings.message)
            answer = self.clone.pushed(f"{commit}:{self.branch}")
            if not answer.code:
                self.clone.follow(commit, changed, moves=tip == base)
                return "recorded"
            try:
                # Somebody merged meanwhile: the ledger goes on top. Only runs that hold the lock write it.
                tip = self.clone.fetched(self.settings.branch)
            except Refused:
                continue
            theirs = self.clone.recorded(tip, place.path)
            if any(theirs.get(path) not in (before.get(path), content) for path, content in changed.items()):
                return self._save(base, changed, claim, "somebody else changed the ledger meanwhile")
        return self._save(tip, changed, claim, answer.words)

    def _save(self, tip: str, changed: Mapping[str, str], claim: str, reason: str) -> NoReturn:
        """Puts the ledger into the branch of the lock, so that it outlives the clone, and says what is to be done."""
        branch, lock = self.settings.branch, self.settings.lock
        said = f"what was done could not be pushed to {branch}: {reason}."
        subject = f"Kept by {_who()}: the ledger of a run that could not be pushed to {branch}"
        kept = self.clone.commit(tip, changed, subject)
        if self.clone.pushed(f"--force-with-lease={self.lock}:{claim}", f"+{kept}:{self.lock}").code:
            raise Kept(
                f"{said} It is in {self.settings.ledger} on {platform.node()} only: commit and push it from there."
                f" The lock stays, so that no run starts without it. Then: {self.unlock}"
            )
        raise Kept(
            f"{said} It is kept in the branch {lock} of {self.clone.remote}. That is still the lock, so that no run"
            f" starts without it. Merge it into {branch}, then: {self.unlock}"
        )


def _who() -> str:
    """Return who claims, since when, and in which job."""
    try:
        person = getpass.getuser()
    except (KeyError, OSError):
        person = str(os.getuid())
    seen = os.environ.get
    jobs = {
        "CI_JOB_URL": "{CI_JOB_URL}",
        "GITHUB_RUN_ID": "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
        "BUILD_BUILDID": "{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
    }
    job = next((text for name, text in jobs.items() if seen(name)), "")
    job = re.sub(r"{(\w+)}", lambda name: seen(name[1]) or "", job)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ", ".join(part for part in (f"{person}@{platform.node()}", now, job, secrets.token_hex(8)) if part)


def main(arguments: list[str]) -> str:
    settings = Settings(**json.load(sys.stdin))
    if settings.branch == settings.lock:
        raise Refused("rotations_lock must be another branch than rotations_branch")
    ledger = Ledger(Clone.at(Path(settings.declarations).parent, settings.remote), settings)
    match arguments:
        case ["claim"]:
            return ledger.claim()
        case ["record", claim]:
            return ledger.record(claim)
    raise Refused("usage: ledger.py claim | record CLAIM")


if __name__ == "__main__":
    try:
        print(plain(main(sys.argv[1:])))
    except Refused as refused:
        sys.exit(plain(("nothing was sent: " if "claim" in sys.argv else "") + str(refused), longest=3000))

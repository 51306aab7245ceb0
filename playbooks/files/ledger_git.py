# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clone of the repository that holds the declarations, driven by git.

Commits are made without the index and the files of the clone: no hook, no filter and no change of somebody else takes
part. git gets the environment of the job without its sign-ins, since a clone's configuration may name programs.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_CREDENTIALS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)\S*@")
_PARAMETERS = re.compile(r"([?&][\w-]*(?:token|secret|password|key|sig)[\w-]*=)[^\s&]*", re.IGNORECASE)
#: What runners take for a command: ``##vso[…]``, ``##[…]``, ``::set-output …``, ``section_start:…``.
_COMMANDS = re.compile(r"#{2,}|:{2,}|(?<=section_start):|(?<=section_end):")
_KEPT_FROM_GIT = re.compile(
    r"(PARTNERCENTER|VAULT|ANSIBLE|AZURE_CLIENT|ACTIONS_ID_TOKEN|LEDGER)_|GIT_(TRACE|CURL_VERBOSE)"
    r"|GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|PREFIX|COMMON_DIR)$"
)
_SAFE = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.safecrlf=false")
_NOBODY = {"NAME": "rotations", "EMAIL": "rotations@localhost"}


class Refused(Exception):
    """A sentence for those who read the output of the job."""


def plain(text: str, longest: int = 600) -> str:
    """Text of others, for the output of a job: on one line, without credentials and without commands to a runner."""
    text = _PARAMETERS.sub(r"\1***", _CREDENTIALS.sub(r"\1***@", text))
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    text = _COMMANDS.sub(lambda found: " ".join(found[0]) + " ", text)
    return text if len(text) <= longest else f"{text[:longest]}…"


@dataclass(frozen=True)
class Answer:
    """The answer of git."""

    code: int
    output: str
    errors: str

    @property
    def words(self) -> str:
        """The answer as part of a sentence."""
        return f"git says: {plain(self.errors or self.output) or f'nothing, and ends with {self.code}'}"


@dataclass(frozen=True)
class Clone:
    """``top`` is its folder; ``remote`` the name or URL of the repository that others see."""

    top: Path
    remote: str
    environment: Mapping[str, str]
    options: tuple[str, ...] = _SAFE

    @classmethod
    def at(cls, folder: Path, remote: str) -> Clone:
        """The clone that this folder is in."""
        inherited = {name: value for name, value in os.environ.items() if not _KEPT_FROM_GIT.match(name)}
        here = cls(folder, remote, {**inherited, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"})
        try:
            answer = here.ask("rev-parse", "--show-toplevel")
        except OSError:
            raise Refused(f"git cannot be started in {folder}: is it installed?") from None
        if answer.code or not answer.output.strip():
            raise Refused(f"{folder} is no clone of a git repository that git would use ({answer.words})")
        # A pipeline's clone knows no author.
        known = here.ask("var", "GIT_COMMITTER_IDENT").code == 0
        people = () if known else (f"GIT_{role}_{key}" for role in ("AUTHOR", "COMMITTER") for key in _NOBODY)
        author = {name: _NOBODY[name.rpartition("_")[2]] for name in people}
        options = (*_SAFE, *here._without_filters())
        return cls(Path(answer.output.removesuffix("\n")), remote, {**here.environment, **author}, options)

    def _without_filters(self) -> Iterator[str]:
        """Options that switch off what .gitattributes and the configuration would run for files of the clone."""
        listed = self.ask("config", "--null", "--name-only", "--get-regexp", r"^filter\.").output
        for driver in sorted({name.rpartition(".")[0] for name in listed.split("\0") if name}):
            for setting in ("clean=", "smudge=", "process=", "required=false"):
                yield from ("-c", f"{driver}.{setting}")

    def ask(self, *arguments: str, more: Mapping[str, str] | None = None, text: str = "") -> Answer:
        """Runs git, whatever becomes of it."""
        done = subprocess.run(
            ["git", *self.options, *arguments],
            cwd=self.top,
            env={**self.environment, **(more or {})},
            input=text.encode("utf-8", "surrogateescape"),
            capture_output=True,
            check=False,
        )
        output, errors = (part.decode("utf-8", "surrogateescape") for part in (done.stdout, done.stderr))
        return Answer(done.returncode, output, errors)

    def get(self, otherwise: str, *arguments: str, more: Mapping[str, str] | None = None, text: str = "") -> str:
        """Return what git prints; raise a refusal that begins with ``otherwise`` where it fails."""
        answer = self.ask(*arguments, more=more, text=text)
        if answer.code:
            raise Refused(f"{otherwise} ({answer.words})")
        return answer.output.removesuffix("\n")

    def head(self) -> str:
        return self.get("the clone holds no commit", "rev-parse", "--verify", "HEAD^{commit}")

    def fetched(self, reference: str) -> str:
        """The commit at the remote."""
        options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--", self.remote, f"refs/heads/{reference}")
        failed = f"the branch {reference} cannot be read from {self.remote}: is it there, and may this job read it?"
        self.get(failed, "fetch", *options)
        return self.get("git fetched nothing", "rev-parse", "--verify", "FETCH_HEAD^{commit}")

    def pushed(self, *arguments: str) -> Answer:
        """Pushes references; those of ``arguments`` that begin with two hyphens are options."""
        options = [one for one in arguments if one.startswith("--")]
        references = [one for one in arguments if not one.startswith("--")]
        quiet = ("--porcelain", "--no-recurse-submodules", "--no-follow-tags", "--no-signed")
        return self.ask("push", *quiet, *options, "--", self.remote, *references)

    def recorded(self, commit: str, folder: str) -> dict[str, str]:
        """The files of the folder in a commit, each with the name of its content."""
        listed = self.get("a commit cannot be read", "ls-tree", "-r", "-z", "--full-tree", commit, "--", f"{folder}/")
        pairs = (entry.split("\t", 1) for entry in listed.split("\0") if entry)
        return {path: about.split()[2] for about, path in pairs}

    def content(self, path: str) -> str:
        """Keeps a file of the clone as git's object; returns the object's name."""
        return self.get(f"{path} cannot be read", "hash-object", "-w", "--", path)

    def commit(self, parent: str, files: Mapping[str, str], message: str) -> str:
        """A commit with these files on top of another commit; signed where the clone says so."""
        with tempfile.TemporaryDirectory(prefix="ledger-") as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            failed = "a commit of the ledger cannot be made"
            self.get(failed, "read-tree", parent, more=index)
            lines = "".join(f"100644 {content}\t{path}\0" for path, content in files.items())
            self.get(failed, "update-index", "-z", "--index-info", more=index, text=lines)
            tree = self.get(failed, "write-tree", "--missing-ok", more=index)
        return self.commit_of(tree, message, parent)

    def commit_of(self, tree: str, message: str, *parents: str) -> str:
        sign = self.ask("config", "--type=bool", "--get", "commit.gpgsign").output.strip() == "true"
        failed = (
            "a commit of the ledger cannot be signed, as commit.gpgsign demands" if sign else "no commit can be made"
        )
        before = [part for parent in parents for part in ("-p", parent)]
        return self.get(failed, "commit-tree", *(["-S"] if sign else []), *before, "-m", message, tree)

    def empty_tree(self) -> str:
        return self.get("git cannot write into the clone", "hash-object", "-w", "-t", "tree", "--stdin")

    def follow(self, commit: str, paths: Iterable[str], *, moves: bool) -> None:
        """Makes the clone one that can be used again: ``moves`` where it lacks nothing else of the commit."""
        if self.ask("update-index", "--add", "--", *paths).code == 0 and moves:
            self.ask("update-ref", "HEAD", commit)

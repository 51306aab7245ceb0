# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `mutmut run` found in the current folder: a share for each file, and the survivors, each with its reason.

Fails where too few mutants are killed, or where one survives without a reason in `survivors.toml`. There a mutant is
known by its function and by the lines that differ, so that a reason outlives whatever else changes in the file.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

REASONS = Path(__file__).with_name("survivors.toml")
LOWEST_SHARE = 0.85
KILLED = ("killed", "timeout")


@dataclass(frozen=True, order=True)
class Mutant:
    """``place`` is ``_password/plan.py decide``, or ``… Class.method``; ``change`` is ``old line → new line``."""

    place: str
    change: str


def main() -> int:
    reasons = known_reasons()
    survivors: list[Mutant] = []
    total: Counter[str] = Counter()
    print(f"{'file':34}{'mutants':>8}{'killed':>8}{'share':>8}")
    for path in sorted(walk_mutatable_files()):
        statuses, found = examined(path)
        survivors += found
        total += statuses
        print(row(short(path), statuses))
    print(row("all", total))
    for mutant in sorted(survivors):
        print(f"\nsurvivor  {mutant.place}\n  {mutant.change}\n  {reasons.get(mutant, 'NO REASON IS LISTED')}")
    unlisted = [mutant for mutant in survivors if mutant not in reasons]
    for mutant in sorted(set(reasons) - set(survivors)):
        print(f"\nkilled or gone, so needs no reason any more  {mutant.place}\n  {mutant.change}")
    enough = share(total) >= LOWEST_SHARE
    print(f"\n{len(survivors)} survivors, {len(unlisted)} without a reason in {REASONS.name}", end="; ")
    print(f"{share(total):.1%} killed, {LOWEST_SHARE:.0%} are asked for")
    return 0 if enough and not unlisted else 1


def examined(path: Path) -> tuple[Counter[str], list[Mutant]]:
    """How many mutants of the file ended how, and those that were not killed."""
    data = SourceFileMutationData(path=path)
    data.load()
    ends = {name: status_by_exit_code[code] for name, code in data.exit_code_by_key.items()}
    return Counter(ends.values()), [mutant_of(path, name) for name, end in ends.items() if end not in KILLED]


def mutant_of(path: Path, name: str) -> Mutant:
    function, holder = orig_function_and_class_names_from_key(name)
    differing = get_diff_for_mutant(name, path=path).splitlines()[2:]  # after the names of the files
    before, after = (" ".join(line[1:].strip() for line in differing if line.startswith(sign)) for sign in "-+")
    place = f"{short(path)} {holder}.{function}" if holder else f"{short(path)} {function}"
    return Mutant(place, f"{before} → {after}")


def known_reasons() -> dict[Mutant, str]:
    groups = tomllib.loads(REASONS.read_text())["survivors"]
    return {Mutant(group["place"], change): group["reason"] for group in groups for change in group["changes"]}


def short(path: Path) -> str:
    return str(path).partition("module_utils/")[2]


def share(statuses: Counter[str]) -> float:
    return sum(statuses[status] for status in KILLED) / max(1, statuses.total())


def row(name: str, statuses: Counter[str]) -> str:
    killed = sum(statuses[status] for status in KILLED)
    return f"{name:34}{statuses.total():>8}{killed:>8}{share(statuses):>8.1%}"


if __name__ == "__main__":
    sys.exit(main())

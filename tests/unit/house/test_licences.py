# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All requirements, direct and indirect, may be combined with GPL-3.0-or-later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[3]
ASKED_FOR = ("meta/ee-requirements.txt", "tests/requirements/stores.txt")

#: SPDX identifiers, in small letters, that the Free Software Foundation calls compatible with version 3 of the GPL.
COMPATIBLE = {
    *("0bsd", "apache-2.0", "bsd-2-clause", "bsd-3-clause", "bsl-1.0", "isc", "mit", "mit-0", "mpl-2.0", "psf-2.0"),
    *("gpl-3.0-or-later", "lgpl-3.0-or-later", "lgpl-2.1-or-later", "python-2.0", "unlicense", "zlib"),
}
#: What older metadata says instead: a classifier's last words, or a few words of its own.
OTHER_WORDS = {
    "mit license": "mit",
    "apache software license": "apache-2.0",
    "apache license 2.0": "apache-2.0",
    "apache license, version 2.0": "apache-2.0",
    "bsd license": "bsd-3-clause",
    "bsd": "bsd-3-clause",
    "dual license": "apache-2.0",
    "isc license (iscl)": "isc",
    "mozilla public license 2.0 (mpl 2.0)": "mpl-2.0",
    "python software foundation license": "psf-2.0",
}


def requirements(text: str) -> Iterator[Requirement]:
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith(("#", "-")):
            yield Requirement(line)


def asked_for() -> dict[str, Distribution]:
    """All packages, by name, down to the last one; what other platforms need is not there."""
    todo = [found for name in ASKED_FOR for found in requirements((ROOT / name).read_text())]
    packages: dict[str, Distribution] = {}
    while todo:
        wanted = todo.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if name in packages or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        try:
            packages[name] = distribution(name)
        except PackageNotFoundError:
            continue
        todo += [Requirement(text) for text in packages[name].requires or ()]
    return packages


def licences(package: Distribution) -> set[str]:
    """Any one of them may be chosen where there are several; empty where the package says nothing."""
    told = package.metadata
    expression = told.get("License-Expression")
    if expression:
        return {word.lower() for word in re.split(r"[\s()]+|\bOR\b|\bAND\b|\bWITH\b", expression) if word}
    words = [text.rpartition(" :: ")[2] for text in told.get_all("Classifier") or () if text.startswith("License ::")]
    words = [word for word in words if word != "OSI Approved"] or [told.get("License") or ""]
    return {OTHER_WORDS.get(word.lower(), word.lower()) for word in words}


def test_all_dependencies_may_be_combined_with_the_gpl() -> None:
    packages = asked_for()
    assert {"requests", "msal", "cryptography", "urllib3", "certifi", "boto3", "hvac"} <= set(packages)
    others = {name: found for name, package in packages.items() if not (found := licences(package)) & COMPATIBLE}
    assert others == {}


@pytest.mark.parametrize("words", ["Proprietary", "GPL-2.0-only", "CC-BY-NC-4.0", ""])
def test_other_licences_are_found(words: str) -> None:
    assert OTHER_WORDS.get(words.lower(), words.lower()) not in COMPATIBLE

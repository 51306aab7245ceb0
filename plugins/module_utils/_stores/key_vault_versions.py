# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the versions of Key Vault's secrets say: their tags, which of them counts, and why one serves nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .key_vault_api import Version

PENDING = "--pending"
REVISION, WITHDRAWN = "partnercenter-revision", "partnercenter-withdrawn"
PIECE = "partnercenter-document-{:02d}"
#: Which password a version of ``<name>`` is.
PASSWORD_VERSION = "partnercenter-version"

#: Limits of Key Vault: 15 tags of 256 characters; two are needed for other things.
LONGEST_TAG, MOST_PIECES = 256, 13
REVISION_TEXT = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9a-f]{16}")


def document_text(tags: Mapping[str, str]) -> str:
    return "".join(tags.get(PIECE.format(number), "") for number in range(MOST_PIECES))


def generation_of(revision: str) -> int:
    return int(revision.split(".")[0])


def order(version: Version) -> tuple[int, int, float, str]:
    """The newest generation; in it the one that was worked on, else the oldest: everybody picks the same one."""
    generation, writes, _random = version.tags[REVISION].split(".")
    return int(generation), int(writes), -age(version), version.id


def age(version: Version) -> float:
    return version.created.timestamp() if version.created else 0.0


def unusable(name: str, version: Version) -> str | None:
    """Why the newest version, which is ours, serves nobody."""
    if not version.enabled:
        return f"version {version.id} of the secret {name}, the newest one, was disabled by hand: enable it"
    if not version.valid:
        return (
            f"version {version.id} of the secret {name}, the newest one, was given dates by hand, and has expired or "
            "is not valid yet: take its dates away"
        )
    return None


def deleted(name: str) -> str:
    both = f"{name.removesuffix(PENDING)} and {name.removesuffix(PENDING)}{PENDING}"
    recover = f"'az keyvault secret recover --name {name}'"
    return f"the secret {name} was deleted: recover it ({recover}), or begin anew: delete and purge {both}"


def is_rival(found: Version, generation: int, revision: str) -> bool:
    """Another claim for the generation. The same revision is our own, made twice because an answer was lost."""
    known = found.tags.get(REVISION, "")
    valid = bool(REVISION_TEXT.fullmatch(known)) and WITHDRAWN not in found.tags
    return valid and known != revision and generation_of(known) >= generation

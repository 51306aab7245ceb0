# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders that are thrown away at the end of a job: what is saved there is lost."""

from __future__ import annotations

import os
from collections.abc import Mapping

#: Whose folder it is, by the variable that names it. GitLab puts variables of the type *file* beside the checkout.
_BY_VARIABLE = {
    "AWX_PRIVATE_DATA_DIR": ("", "a job of AWX"),
    "RUNNER_TEMP": ("", "a job of GitHub Actions"),
    "CI_PROJECT_DIR": (".tmp", "a job of GitLab"),
    "AGENT_TEMPDIRECTORY": ("", "a job of Azure Pipelines"),
    "WORKSPACE_TMP": ("", "a job of Jenkins"),
}
_FIXED = {
    "/runner": "a job of AWX",
    "/run/secrets": "a container",
    "/var/run/secrets": "a container",
}


def thrown_away_with(path: str, environment: Mapping[str, str]) -> str | None:
    """Return with what a file is thrown away, in words. None where that is not known of its place."""
    folders = dict(_FIXED)
    for variable, (suffix, whose) in _BY_VARIABLE.items():
        if folder := environment.get(variable, "").strip().rstrip(os.sep):
            folders[folder + suffix] = whose
    file = os.path.realpath(os.path.expanduser(path))
    return next((whose for folder, whose in folders.items() if _is_below(file, os.path.realpath(folder))), None)


def _is_below(file: str, folder: str) -> bool:
    return file.startswith(folder.rstrip(os.sep) + os.sep)

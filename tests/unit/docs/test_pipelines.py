# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipeline samples: what is installed has a version, and what cannot be read is an error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "docs" / "pipelines"
EACH = pytest.mark.parametrize("name", ["github-actions", "gitlab-ci", "azure-pipelines"])


def text(name: str) -> str:
    return (SAMPLES / f"{name}.yml").read_text()


@EACH
def test_what_is_installed_has_a_version(name: str) -> None:
    """The collection has the version of the sample."""
    installed = re.findall(r"pip install(?: --quiet)? (.+)", text(name))
    assert installed
    for packages in installed:
        assert all(re.fullmatch(r"[a-z-]+==[0-9.]+", package) for package in packages.split()), packages
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    collections = re.findall(r"collection install (\S+)", text(name))
    assert collections and set(collections) == {f"csp.partnercenter:{version}"}
    actions = re.findall(r"uses: (\S+)", text(name))
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in actions), actions


@EACH
def test_what_cannot_be_read_is_an_error(name: str) -> None:
    sample = yaml.safe_load(text(name))
    variables = sample["env" if name == "github-actions" else "variables"]
    assert variables["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] == "true"
    assert variables["ANSIBLE_INVENTORY_UNPARSED_FAILED"] == "true"
    assert text(name).count("ansible-playbook -i localhost, csp.partnercenter.apply_rotations") == 2


@EACH
def test_nothing_is_imported_from_where_it_is_started(name: str) -> None:
    assert not re.search(r"python3? (?!-I)", text(name).replace("python-version", ""))

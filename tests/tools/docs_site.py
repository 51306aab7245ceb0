# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the documentation site: antsibull-docs makes pages of plugins and guides, Sphinx makes HTML of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import collection_tree
import nox

DOCS = collection_tree.ROOT / "docs"
SITE = collection_tree.ROOT / "tests" / "sphinx"
TARGET = collection_tree.ROOT / "build" / "docs"

# The schemas are inside of check-jsonschema.
PIPELINES = {
    "github-actions.yml": ["vendor.github-workflows"],
    "gitlab-ci.yml": ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
    "azure-pipelines.yml": [
        "vendor.azure-pipelines",
        "--data-transform",
        "azure-pipelines",
        "--regex-variant",
        "nonunicode",
    ],
}


def check_samples(session: nox.Session) -> None:
    """Pipelines by the schemas of their platforms; the schema of declarations by that of schemas."""
    for name, schema in PIPELINES.items():
        session.run("check-jsonschema", "--quiet", "--builtin-schema", *schema, str(DOCS / "pipelines" / name))
    session.run("check-jsonschema", "--quiet", "--check-metaschema", str(DOCS / "schemas" / "rotations.schema.json"))


def build(session: nox.Session, env: dict[str, str]) -> Path:
    """Returns the landing page. A warning of either tool is an error."""
    shutil.rmtree(TARGET, ignore_errors=True)
    pages = TARGET / "rst" / "collection"
    pages.mkdir(parents=True)
    pages.chmod(0o755)  # antsibull-docs wants a folder that nobody else can write to
    shutil.copy(SITE / "index.rst", TARGET / "rst")
    docs = ["antsibull-docs", "--config-file", str(SITE / "antsibull-docs.cfg"), "collection", "--use-current"]
    docs += ["--squash-hierarchy", "--fail-on-error", "--dest-dir", str(pages), "csp.partnercenter"]
    session.run(*docs, env=env)
    (pages / "index.rst").unlink()  # the landing page lists all there is
    sphinx = ["sphinx-build", "-q", "-b", "html", "-W", "--keep-going", "-c", str(SITE)]
    session.run(*sphinx, str(TARGET / "rst"), str(TARGET / "html"), env=env)
    return TARGET / "html" / "index.html"

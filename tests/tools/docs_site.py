# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the documentation site: antsibull-docs makes pages of plugins and guides, Sphinx makes HTML of them."""

from __future__ import annotations

import functools
import os
import re
import shutil
from pathlib import Path

import collection_tree
import nox
import yaml
from nox.command import CommandFailed

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

# Pages of the repository that are pages of the site as well.
PROJECT = {
    "CONTRIBUTING.md": "contributing",
    "docs/SECURITY.md": "security",
    "docs/api_contract.md": "api_contract",
    "docs/architecture.md": "architecture",
    "docs/fault_matrix.md": "fault_matrix",
    "docs/graph_contract.md": "graph_contract",
    "docs/pipelines/README.md": "pipelines",
}
REPOSITORY = "https://github.com/csp-partnercenter/csp.partnercenter/blob/main/"
NO_RELEASE = "Changelog\n=========\n\nThere is no release yet.\n"


def lint(session: nox.Session, env: dict[str, str]) -> None:
    """Documentation of plugins and roles, and their links.

    antsibull-docs 2.28 puts the name of its temporary folder into the text, where a name that ends in "_" is a link to
    nothing. Each 37th name does, so that a failure counts when it comes twice.
    """
    command = ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs=all", "."]
    try:
        session.run(*command, env=env)
    except CommandFailed:
        session.run(*command, env=env)


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
    for drawing in (DOCS / "docsite" / "rst").glob("*.svg"):
        shutil.copy(drawing, pages / "docsite")
    _copy_project(session, TARGET / "rst" / "project")
    sphinx = ["sphinx-build", "-q", "-b", "html", "-W", "--keep-going", "-c", str(SITE)]
    session.run(*sphinx, str(TARGET / "rst"), str(TARGET / "html"), env=env)
    return TARGET / "html" / "index.html"


def _copy_project(session: nox.Session, place: Path) -> None:
    """Copy the pages of the repository, with links that lead to where they do there; and write the changelog."""
    place.mkdir()
    for path, name in PROJECT.items():
        text = (collection_tree.ROOT / path).read_text(encoding="utf-8")
        linked = re.sub(r"\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)", functools.partial(_link, path), text)
        (place / f"{name}.md").write_text(linked, encoding="utf-8")
    changelog = place / "changelog.rst"
    if yaml.safe_load((collection_tree.ROOT / "changelogs" / "changelog.yaml").read_text())["releases"]:
        session.run("antsibull-changelog", "generate", "--output", str(changelog), "--output-format", "rst")
        text = changelog.read_text(encoding="utf-8")
        changelog.write_text(re.sub(r"\A=+\n.+\n=+\n", "=========\nChangelog\n=========\n", text), encoding="utf-8")
    else:
        changelog.write_text(NO_RELEASE, encoding="utf-8")


def _link(path: str, link: re.Match[str]) -> str:
    """Return a link out of the page at ``path``: to another page of the site, else into the repository."""
    target = os.path.normpath(Path(path).parent / link[1])
    if target in PROJECT:
        return f"]({PROJECT[target]}.md)"
    if target.startswith("docs/docsite/rst/"):
        return f"](../collection/docsite/{Path(target).name})"
    return f"]({REPOSITORY}{target}{link[2] or ''})"

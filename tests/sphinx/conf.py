# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of Sphinx for the documentation site, which `python3 noxfile.py -s docs` builds. No network is needed."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

# What in Ansible's own documentation ours refers to. Sphinx would fetch its inventory of 2 MB.
ANSIBLE = "https://docs.ansible.com/projects/ansible/latest/"
LABELS = {
    "action_plugins": ("plugins/action.html", "Action plugins"),
    "ansible_configuration_settings": ("reference_appendices/config.html", "Ansible Configuration Settings"),
    "common_return_values": ("reference_appendices/common_return_values.html", "Return Values"),
    "inventory_plugins": ("plugins/inventory.html", "Inventory plugins"),
    "lookup_plugins": ("plugins/lookup.html", "Lookup plugins"),
}
ENVIRONMENT = (
    "ANSIBLE_CACHE_PLUGIN",
    "ANSIBLE_CACHE_PLUGIN_CONNECTION",
    "ANSIBLE_CACHE_PLUGIN_PREFIX",
    "ANSIBLE_CACHE_PLUGIN_TIMEOUT",
    "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED",
)


def inventory_of_ansible() -> str:
    """Write an inventory in the format of Sphinx with those, and return its path."""
    settings = "reference_appendices/config.html"
    lines = [f"{name} std:label -1 {page}#{name.replace('_', '-')} {title}" for name, (page, title) in LABELS.items()]
    lines += [f"{name} std:envvar 1 {settings}#envvar-{name} -" for name in ENVIRONMENT]
    header = "# Sphinx inventory version 2\n# Project: Ansible\n# Version: latest\n"
    header += "# The remainder of this file is compressed using zlib.\n"
    path = HERE.parents[1] / "build" / "docs" / "ansible.inv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header.encode() + zlib.compress("\n".join(lines).encode() + b"\n"))
    return str(path)


project = "csp.partnercenter"
copyright = "2026, csp.partnercenter contributors"
(version,) = re.findall(r"(?m)^version: (.+)$", (HERE.parents[1] / "galaxy.yml").read_text())
release = version

extensions = ["sphinx.ext.intersphinx", "sphinx_antsibull_ext", "myst_parser"]
intersphinx_mapping = {"ansible": (ANSIBLE, inventory_of_ansible())}
nitpicky = True
default_role = "any"
highlight_language = "YAML+Jinja"
pygments_style = "ansible"

html_theme = "furo"
html_title = f"csp.partnercenter {version}"
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_static_path = ["static"]
html_css_files = ["site.css"]

#: Pages of the repository that guides link to, and that the site has as well.
REPOSITORY = "https://github.com/csp-partnercenter/csp.partnercenter/blob/main/"
PROJECT = {
    f"{REPOSITORY}docs/{file}": f"/project/{page}"
    for file, page in {
        "SECURITY.md": "security",
        "architecture.md": "architecture",
        "fault_matrix.md": "fault_matrix",
    }.items()
}


def shorten(app: object, page: str, source: list[str]) -> None:
    """Titles of plugins that fit into a menu; one table of contents, the theme's; links stay in the site."""
    text = re.sub(r"(?m)^\.\. contents::.*\n(?:   :.*\n)*", "", source[0])
    text = re.sub(r"(?m)^(Index of )all Collection (Environment Variables\n=+)$", r"\1\2", text)
    for address, inside in PROJECT.items():
        text = re.sub(rf"`([^`<]+)<{re.escape(address)}>`__?", rf":doc:`\1<{inside}>`", text)
    source[0] = re.sub(r"(?m)^csp\.partnercenter\.(\w+ \w+)(?: plugin)? -- (.*)\n\++$", _titled, text)


def _titled(match: re.Match[str]) -> str:
    title = match[1].replace("\\", "")
    return f"{title}\n{'+' * len(title)}\n\n{match[2]}."


#: What the theme and antsibull-docs write, and what a screen reader or a keyboard needs instead.
ACCESSIBLE = {
    'class="caption" role="heading"': 'class="caption" role="heading" aria-level="2"',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="On this page">',
    '<aside class="toc-drawer no-toc">': '<aside class="toc-drawer no-toc" aria-label="On this page">',
    'aria-role="button" ': "",
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<div id="search-results"></div>': '<h1>Search</h1><div id="search-results"></div>',
}

#: Titles of pages, in the page and in the menu.
TITLES = r'(<h1>|<li class="toctree-l1[^"]*"><a class="[^"]*" href="[^"]*">)([^<]+)'


def _breakable(title: re.Match[str]) -> str:
    """Let a long name break at its underscores."""
    return title[1] + title[2].replace("_", "_<wbr>")


def make_accessible(app: Any, exception: Exception | None) -> None:
    """Change the pages where axe-core objects to what is written by others."""
    for page in [] if exception else Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for written, wanted in ACCESSIBLE.items():
            text = text.replace(written, wanted)
        text = re.sub(TITLES, _breakable, text)
        page.write_text(text, encoding="utf-8")


def setup(app: Any) -> None:
    app.connect("source-read", shorten)
    app.connect("build-finished", make_accessible)

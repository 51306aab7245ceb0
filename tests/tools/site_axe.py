# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs axe-core on each kind of page of the documentation site, light and dark, on a screen and on a phone."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

#: One page of each kind.
PAGES = (
    "index.html",
    "search.html",
    "collection/docsite/guide_comparison.html",
    "collection/docsite/guide_rotation.html",
    "collection/docsite/guide_troubleshooting.html",
    "collection/docsite/playbook_apply_rotations.html",
    "collection/environment_variables.html",
    "collection/partnercenter_customer_check_module.html",
    "collection/partnercenter_inventory.html",
    "collection/partnercenter_password_lookup.html",
    "collection/partnercenter_user_password_module.html",
    "collection/present_hosts_filter.html",
    "collection/user_password_rotation_role.html",
    "project/changelog.html",
    "project/fault_matrix.html",
    "project/security.html",
)
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
AXE = "axe_playwright_python"
RUN = "axe.run({resultTypes: ['violations']}).then(found => found.violations)"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def findings(browser: Browser, site: Path) -> Iterator[str]:
    """Yield what is wrong, with its page, scheme and width."""
    axe = (files(AXE) / "axe.min.js").read_text(encoding="utf-8")
    for scheme in SCHEMES:
        for width in WIDTHS:
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            for name in PAGES:
                page, place = context.new_page(), f"{name}, {scheme}, {width} px"
                page.goto((site / name).as_uri())
                page.evaluate(axe)
                violations: list[dict[str, Any]] = page.evaluate(RUN)
                yield from (f"{place}: {found['id']}: {found['nodes'][0]['html'][:120]}" for found in violations)
                if page.evaluate(WIDER) > 0:
                    yield f"{place}: the page is wider than the screen"
                page.close()
            context.close()


def main() -> None:
    """Print the findings for the site in the folder of the first argument; exit with 1 if there are any."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        found = list(findings(browser, Path(sys.argv[1]).resolve()))
        browser.close()
    print(
        "\n".join(found)
        or f"axe-core has nothing to say about {len(PAGES)} pages in {len(SCHEMES) * len(WIDTHS)} forms"
    )
    sys.exit(bool(found))


if __name__ == "__main__":
    main()

# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the report in a browser: it sorts, filters, saves and prints, and nothing in it acts."""

from __future__ import annotations

import csv
import importlib.util
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.run import Customer
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.writing import write_report
from ansible_collections.csp.partnercenter.tests.unit.support.report import CUSTOMER_ID, FORMULA, NASTY, row, run

ALL = ("html", "md", "csv")
HOST = "../<North> & South/East"


def nasty_rows() -> list[dict[str, Any]]:
    """Names that try to act, of a customer whose name tries it as well."""
    rows = [
        row(NASTY, "rejected", error=NASTY),
        row(FORMULA, "rejected", error=FORMULA),
        row("plain", "unknown", left="orphaned", error={"message": "-1", "status": 400, "request_id": "=1+1"}),
    ]
    return [{**one, "host": HOST, "customer": NASTY} for one in rows]


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("nasty")
    customers = [Customer(HOST, NASTY, CUSTOMER_ID, declared=5, problem=NASTY)]
    write_report(str(place), ALL, run(job=NASTY, rotation_id=NASTY), nasty_rows(), customers)
    return place / "index.html"


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with 20,000 more rows."""
    place, count = tmp_path_factory.mktemp("larger"), 20_000
    many = [
        row(
            f"user-{count - number:05}@large.example.com",
            "applied" if number % 2 else "unchanged",
            host="large",
            set_at=f"2026-{1 + number % 9:02}-11T10:00:00+00:00",
        )
        for number in range(count)
    ]
    write_report(str(place), ["html", "csv"], run(finished="2026-11-28T10:05:00+00:00"), [*nasty_rows(), *many])
    return place / "index.html"


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second run of 30 customers; some users have failed before, one has not."""
    place = tmp_path_factory.mktemp("usual")
    for number, day in enumerate((20, 28)):
        rows = [
            row(
                f"user-{user}@customer-{customer:03}.example",
                "rejected" if user == 1 and customer <= number + 1 else "unchanged",
                host=f"customer-{customer:03}",
                customer=f"Company {customer}",
                set_at="2026-11-20T10:00:00+00:00",
                **({"error": "the user is federated"} if user == 1 and customer <= number + 1 else {}),
            )
            for customer in range(30)
            for user in range(16)
        ]
        times = {"started": f"2026-11-{day}T10:00:00+00:00", "finished": f"2026-11-{day}T10:05:00+00:00"}
        write_report(str(place), ALL, run(f"run-{number}", **times), rows)
    return place / "index.html"


def chromium() -> str | None:
    """Debian's, or another one of this machine; and the library that drives it."""
    if importlib.util.find_spec("playwright") is None:
        return None
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(chromium(), id="in_chromium")
        if chromium()
        else pytest.param(
            None,
            id="DID_NOT_RUN_because_there_is_no_chromium",
            marks=pytest.mark.skip(reason="no browser: install chromium and the Python library playwright"),
        )
    ],
)
def browser(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A browser that is shown nothing but files."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=request.param, args=arguments)
        yield found
        found.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page; in the end nothing was said on its console, and nothing was asked for but the file itself."""
    complaints: list[str] = []
    contexts = []

    def open_page(path: Path, address: str = "", **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda sent: None if sent.url.startswith(path.as_uri()) else complaints.append(sent.url))
        page.goto(path.as_uri() + address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def column(page: Any, number: int) -> list[str]:
    """What a column of the table of users shows."""
    cells: list[str] = page.locator(f".users tbody tr > :nth-child({number})").all_inner_texts()
    return [" ".join(text.split()) for text in cells]


def test_it_sorts(opened: Callable[..., Any], larger: Path) -> None:
    page = opened(larger)
    assert page.get_by_role("status").inner_text() == "20,003 users"
    assert len(column(page, 1)) == 50
    assert column(page, 3)[:3] == ["unknown orphaned", "rejected", "rejected"]
    user = page.locator(".users").get_by_role("columnheader", name="User", exact=True)
    user.get_by_role("button").click()
    assert user.get_attribute("aria-sort") == "ascending"
    assert column(page, 2)[2:] == ["plain", *(f"user-{n:05}@large.example.com" for n in range(1, 48))]
    user.get_by_role("button").press("Enter")
    assert user.get_attribute("aria-sort") == "descending"
    assert column(page, 2)[0] == "user-20000@large.example.com"
    at = page.get_by_role("columnheader", name="Set at")
    at.get_by_role("button").click()
    assert user.get_attribute("aria-sort") is None
    assert column(page, 6)[0].startswith("2026-01-11 10:00 · 321 days ago")
    page.get_by_role("button", name="Next page").first.click()
    assert "page 2 of 401" in page.locator(".pager").first.inner_text()


def test_it_filters(opened: Callable[..., Any], larger: Path) -> None:
    page = opened(larger)
    status = page.get_by_role("status")
    page.get_by_label("Search").fill("USER-00042 2026-")
    status.get_by_text("1 of 20,003 users").wait_for()
    assert column(page, 2) == ["user-00042@large.example.com"]
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Outcome", exact=True).select_option("applied")
    assert status.inner_text() == "10,000 of 20,003 users"
    page.get_by_label("Attention").select_option("human")
    assert status.inner_text() == "0 of 20,003 users"
    page.get_by_label("Outcome", exact=True).select_option("")
    assert status.inner_text() == "3 of 20,003 users"
    assert NASTY.partition("'")[0] in "".join(column(page, 2))
    page.get_by_role("link", name="Show this user in the table").click()
    status.get_by_text("1 of 20,003 users").wait_for()  # the page learns of a new address after the click
    assert column(page, 2) == ["plain"]
    again = opened(larger, "#outcome=rejected")
    assert again.get_by_role("status").inner_text() == "2 of 20,003 users"


def test_the_address_keeps_filters_and_order(opened: Callable[..., Any], usual: Path) -> None:
    page = opened(usual, "#needs=new")
    assert column(page, 2) == ["user-1@customer-002.example"]
    assert "new since the run before" in column(page, 8)[0]
    page.get_by_label("Attention").select_option("human")
    page.get_by_role("columnheader", name="User", exact=True).get_by_role("button").click()
    page.get_by_role("columnheader", name="User", exact=True).get_by_role("button").click()
    again = opened(usual, page.evaluate("location.hash"))
    assert column(again, 2) == [f"user-1@customer-00{number}.example" for number in (2, 1, 0)]
    assert "failing since 2026-11-20, 8 days ago" in column(again, 8)[2]


def test_few_elements_are_made_however_many_users_there_are(opened: Callable[..., Any], larger: Path) -> None:
    page = opened(larger)
    assert page.evaluate("document.querySelectorAll('*').length") < 1500


def test_it_saves_what_is_filtered_and_no_cell_is_a_formula(opened: Callable[..., Any], nasty: Path) -> None:
    page = opened(nasty, "#needs=human")
    page.get_by_label("Outcome", exact=True).select_option("rejected")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save as CSV").click()
    assert saving.value.suggested_filename == "report.csv"

    def cells(path: Path) -> list[dict[str, str]]:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    written = {line["user_principal_name"]: line for line in cells(nasty.with_name("report.csv"))}
    lines = cells(Path(saving.value.path()))
    assert len(lines) == 2
    for line in lines:
        whole = written[line["user"]]
        assert {key: line[key] for key in line if key in whole} == {key: whole[key] for key in whole if key in line}


def test_it_prints_on_few_pages_and_only_what_is_filtered(opened: Callable[..., Any], usual: Path) -> None:
    page = opened(usual)
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))
    assert sheets <= 16, f"{sheets} pages for 480 users"
    filtered = opened(usual, "#outcome=rejected")
    filtered.emulate_media(media="print")
    filtered.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert column(filtered, 2) == [f"user-1@customer-00{number}.example" for number in range(3)]
    assert filtered.get_by_text("outcome rejected", exact=True).is_visible()
    assert not filtered.locator(".users th.reason").is_visible(), "an empty column is left out"
    assert filtered.get_by_text("The first 12 of 30 customers").is_visible()
    shown = "nodes => nodes.map(node => getComputedStyle(node).display)"
    assert set(filtered.locator("thead button").evaluate_all(shown)) == {"contents"}, "else only the first page has it"


CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const node of document.querySelectorAll("body *")) {
    const text = [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
    if (!text || !node.checkVisibility() || node.closest(":disabled, svg, script, option")) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) weak.push(`${node.tagName} ${node.className} ${node.textContent.slice(0, 30)}`);
  }
  return weak;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_both_colour_schemes(opened: Callable[..., Any], usual: Path, scheme: str) -> None:
    page = opened(usual, color_scheme=scheme)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) > 600) == (scheme == "light")
    assert page.evaluate(CONTRAST) == []
    for control in page.locator("input, select").all():
        assert control.evaluate("node => node.labels.length") == 1
    for table in page.locator("table").all():
        assert table.locator("caption").count() == 1
    assert page.get_by_role("img", name="up to 30 days").count() == 12
    assert page.locator("h1").count() == 1


def test_it_fits_a_narrow_screen_and_works_without_scripts(opened: Callable[..., Any], usual: Path) -> None:
    page = opened(usual, viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_label("Sort by").select_option("user down")
    assert column(page, 2)[0].startswith("user-15")
    plain = opened(usual, java_script_enabled=False)
    assert plain.locator("noscript").is_visible() and not plain.locator("#users-app").is_visible()
    assert plain.get_by_text("the user is federated").is_visible()


def test_names_are_text_in_the_browser(opened: Callable[..., Any], nasty: Path) -> None:
    page = opened(nasty)
    assert page.locator("img:not([role]), body > script:not([type])").count() == 1
    assert page.get_by_text("<img src=x onerror=alert(1)>{{ 7 * 7 }}").count() > 1


def test_nothing_in_the_page_can_reach_the_network(browser: Any, nasty: Path) -> None:
    page = browser.new_page()
    page.goto(nasty.as_uri())
    page.evaluate("document.addEventListener('securitypolicyviolation', (e) => { window.stopped = e.blockedURI; })")
    caught = "() => fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'stopped')"
    assert page.evaluate(caught) == "stopped"
    assert page.evaluate("window.stopped").startswith("http://127.0.0.1:9")
    page.close()

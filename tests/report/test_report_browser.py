"""The report in a real Chromium: it fits, is accessible, prints, and asks nobody."""

import shutil
from pathlib import Path

import pytest

import opensepsis
from opensepsis.report import write_report
from tests.support.keyboard import walked

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(
        CHROMIUM is None, reason="there is no Chromium on this machine (Debian package chromium)"
    ),
]
HOSPITAL = str(Path(__file__).parents[2] / "examples" / "hospital")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    asked = "sofa,sepsis3,septic_shock,hour1,course"
    opensepsis.label("csv", HOSPITAL, folder / "results", definitions=asked)
    return write_report(folder / "results", folder / "report", mask=1)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "light"), (390, "dark")])
def test_every_page(browser, report, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme).new_page()
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    for name in report.pages:
        asked.clear()
        page.goto((report.folder / f"{name}.html").as_uri())
        assert len(asked) == 1 and wrong == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == [], name


def test_every_page_is_walked_by_keyboard(browser, report):
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    for name in report.pages:
        page.goto((report.folder / f"{name}.html").as_uri())
        stops = walked(page)
        assert [stop["tag"] for stop in stops[: len(report.pages)]] == ["a"] * len(report.pages)
        assert all(stop["name"] and stop["seen"] and stop["within"] for stop in stops), (name, stops)
        folded = page.locator("details:not([open]) > summary")
        assert [stop["tag"] for stop in stops].count("summary") == page.locator("summary").count()
        if folded.count():
            folded.first.focus()
            page.keyboard.press("Enter")
            page.keyboard.press("Tab")  # into the numbers, which move sideways by the arrow keys
            assert page.evaluate("document.activeElement.getAttribute('role')") == "region"
    page.goto(report.first.as_uri())
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{report.pages[1]}.html")


def test_it_prints(browser, report, tmp_path):
    page = browser.new_page()
    page.goto(report.first.as_uri())
    assert len(page.pdf()) > 5_000
    page.emulate_media(media="print")
    page.wait_for_selector(
        "details:not([open]) table", state="visible"
    )  # the numbers that are folded on a screen too

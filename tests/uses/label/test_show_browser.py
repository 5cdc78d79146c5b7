"""The page of a stay in a real Chromium: wide and on a phone, by keyboard alone, accessible, silent on the network."""

import shutil
from pathlib import Path

import pytest

import opensepsis
from tests.support.keyboard import walked

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(
        CHROMIUM is None, reason="there is no Chromium on this machine (Debian package chromium)"
    ),
]
HOSPITAL = str(Path(__file__).parents[3] / "examples" / "hospital")
SIZES = [(1440, 900, "light"), (1440, 900, "dark"), (390, 844, "light"), (390, 844, "dark")]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("show")
    found = opensepsis.label("csv", HOSPITAL, definitions="sofa,sepsis3,septic_shock,sep1")
    return found.show("S01").write(folder / "s.html")


def opened(browser, page_file, width=1440, height=900, scheme="light"):
    page = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme).new_page()
    page.wrong, page.asked = [], []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda line: page.wrong.append(line.text) if line.type == "error" else None)
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(page_file.as_uri())
    return page


@pytest.mark.parametrize(("width", "height", "scheme"), SIZES)
def test_it_fits_says_no_error_asks_nobody_and_is_accessible(browser, page_file, width, height, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(browser, page_file, width, height, scheme)
    assert page.wrong == [] and page.asked == [page_file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


def test_a_mark_is_read_by_keyboard_alone(browser, page_file):
    page = opened(browser, page_file)
    page.locator("rect.lane[aria-label^='lactate']").focus()
    assert page.locator("#detail").inner_text().startswith("lactate: ")
    first = page.locator("#detail").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator("#detail").inner_text() != first
    assert "mmol/L" in first and "origin lab/" in first and "known" in first


def test_the_whole_page_is_walked_by_keyboard(browser, page_file):
    page = opened(browser, page_file, 390, 844)
    stops = walked(page)
    assert [stop["name"] for stop in stops[:3]] == ["Whole stay", "4 days", "24 hours"]
    assert {"score", "moment", "earlier", "later"} <= {stop["id"] for stop in stops}
    assert [stop["tag"] for stop in stops].count("rect") == 1  # not one for each of the lanes
    assert all(stop["name"] and stop["seen"] and stop["within"] for stop in stops), stops
    page.locator("rect.lane[tabindex='0']").focus()
    read = set()
    for _ in range(page.locator("rect.lane").count()):
        read.add(page.locator("#detail").inner_text())
        above, low, high = page.evaluate(
            "[document.getElementById('detail'), document.activeElement].map((e) => e.getBoundingClientRect())"
            ".flatMap((box, i) => i ? [box.top, box.bottom] : [box.bottom])"
        )
        assert above <= low + 1 and high <= 844  # not under the words, not below the window
        page.keyboard.press("ArrowDown")
    assert len(read) == page.locator("rect.lane").count()
    assert page.wrong == []


def test_the_lane_that_was_read_is_kept_when_the_chart_is_drawn_anew(browser, page_file):
    page = opened(browser, page_file)
    page.get_by_role("button", name="24 hours").click()
    page.locator("rect.lane[aria-label^='lactate']").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")  # goes to the hour of the last lactate, which is on another part of the stay
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("lactate: ")


def test_on_a_phone_each_task_is_a_card_and_still_a_row(browser, page_file):
    page = opened(browser, page_file, 390, 844)
    row = page.get_by_role("row", name="Broad-spectrum antibiotic").first
    assert "State: " in page.evaluate(
        "getComputedStyle(document.querySelector('.bundle td'), '::before').content"
    )
    assert row.bounding_box()["width"] > 300
    assert all(box.bounding_box()["width"] > 300 for box in row.get_by_role("cell").all() if box.is_visible())


def test_the_slider_moves_the_table_and_the_deciding_cell(browser, page_file):
    page = opened(browser, page_file)
    page.locator("#moment").focus()
    page.keyboard.press("Home")
    assert page.locator("td.deciding").count() == 0  # every row is 0 in the first hour
    before = page.locator("#total").inner_text()
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    assert page.locator("#total").inner_text() != before
    assert page.locator("td.deciding").count() > 0
    page.get_by_label("as it was known then").check()
    assert page.locator("#total").inner_text().endswith("as it was known then")


def test_part_of_a_stay_can_be_shown(browser, page_file):
    page = opened(browser, page_file)
    page.get_by_role("button", name="24 hours").click()
    assert page.locator("button[aria-pressed=true]").inner_text() == "24 hours"
    assert page.wrong == []


def test_a_part_follows_the_moment_and_is_drawn_anew_only_where_it_leaves(browser, page_file):
    page = opened(browser, page_file)
    page.get_by_role("button", name="24 hours").click()
    page.evaluate("document.querySelector('#picture svg').dataset.drawn = 'first'")
    first = "document.querySelector('#picture svg').dataset.drawn === 'first'"
    slider = page.locator("#moment")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(first)
    page.keyboard.press("End")
    assert not page.evaluate(first)
    now, wide = page.evaluate(
        "[+document.getElementById('now').getAttribute('x1'), document.querySelector('#picture').clientWidth]"
    )
    assert 0 < now < wide and page.wrong == []

"""The page of a stay in a real Chromium: wide and on a phone, by keyboard alone, accessible, silent on the network."""

import shutil

import pytest

import opensepsis

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(
        CHROMIUM is None, reason="there is no Chromium on this machine (Debian package chromium)"
    ),
]
HOSPITAL = __file__.split("tests")[0] + "examples/hospital"
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

"""The learner's page in a real Chromium: wide and on a phone, light and dark, by keyboard alone, accessible, silent on the network."""

import re
import shutil

import pytest

from opensepsis.learn import write_page
from tests.support.keyboard import walked

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(
        CHROMIUM is None, reason="there is no Chromium on this machine (Debian package chromium)"
    ),
]
SIZES = [(1440, 900, "light"), (1440, 900, "dark"), (390, 844, "light"), (390, 844, "dark")]
PAGES = ("signs", "what", "risk", "hospital", "end", "prevent", "rescue", "sources")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_page(tmp_path_factory.mktemp("learn"))


def opened(browser, file, page="", width=1440, height=900, scheme="light"):
    tab = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme).new_page()
    tab.wrong, tab.asked = [], []
    tab.on("pageerror", lambda error: tab.wrong.append(str(error)))
    tab.on("console", lambda line: tab.wrong.append(line.text) if line.type == "error" else None)
    tab.on("request", lambda request: tab.asked.append(request.url.split("#")[0]))
    tab.goto(file.as_uri() + (f"#{page}" if page else ""))
    return tab


def serious(tab):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(tab).response["violations"]
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]


def played(tab, wait=True):
    """A game to its end by keyboard: the case that is chosen, two orders, time."""
    tab.locator("#door [name=code]").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#bedside:not([hidden])", timeout=60_000)
    for order in ("antibiotic", "fluid"):
        tab.locator(f"[data-order={order}]").focus()
        tab.keyboard.press("Enter")
    tab.get_by_role("button", name="4 hours").focus()
    tab.keyboard.press("Space")
    tab.get_by_role("button", name="To the end").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#afterwards:not([hidden])", timeout=60_000)


@pytest.mark.parametrize(("width", "height", "scheme"), SIZES)
def test_every_page_fits_asks_nobody_and_is_accessible(browser, file, width, height, scheme):
    tab = opened(browser, file, "", width, height, scheme)
    for page in PAGES:
        tab.evaluate("page => location.hash = page", page)
        tab.wait_for_selector(f"#page-{page}:not([hidden])")
        if page == "what":
            tab.wait_for_selector("[data-picture] svg", timeout=60_000)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, page
        assert serious(tab) == [], page
    assert tab.wrong == [] and set(tab.asked) == {file.as_uri()}


@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_is_reached_and_walked_by_keyboard(browser, file, width):
    tab = opened(browser, file, "", width)
    for page in PAGES:
        tab.locator(f"nav a[href='#{page}']").focus()
        tab.keyboard.press("Enter")
        tab.wait_for_selector(f"#page-{page}:not([hidden])")
        assert (
            tab.evaluate("document.activeElement.tagName") == "H1"
        )  # a screen reader goes on where the page begins
        stops = walked(tab)
        assert stops and not tab.evaluate("document.querySelector('nav').contains(document.activeElement)")
        assert all(stop["name"] and stop["seen"] and stop["within"] for stop in stops), (page, stops)
    assert tab.wrong == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_game_is_played_by_keyboard_and_tells_why(browser, file, width, scheme):
    tab = opened(browser, file, "rescue", width, 900, scheme)
    played(tab)
    assert tab.locator("#ending").inner_text().startswith("The person ")
    assert tab.locator("#why li").count() >= 4
    assert tab.locator("#delays tbody tr").count() == 14
    tab.get_by_text(re.compile(r"\d+ of [\d,]+ twins are alive")).wait_for(timeout=60_000)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(tab) == [] and tab.wrong == [] and set(tab.asked) == {file.as_uri()}


def test_a_slider_moves_the_course(browser, file):
    from playwright.sync_api import expect

    tab = opened(browser, file, "rescue")
    played(tab)
    before = tab.locator("#plan").get_attribute("aria-label")
    slider = tab.locator("#slide-antibiotic")
    slider.focus()
    tab.keyboard.press("End")
    expect(tab.locator("#plan")).not_to_have_attribute("aria-label", before)
    assert tab.locator("#slide-antibiotic + output").inner_text() == "never"
    assert slider.get_attribute("aria-valuetext") == "never"


def test_what_was_seen_can_be_looked_at_again_and_all_is_said_in_german(browser, file):
    from playwright.sync_api import expect

    tab = opened(browser, file, "rescue")
    played(tab)
    tab.locator("#look").focus()
    tab.keyboard.press("Home")
    expect(tab.locator("#clock")).to_have_text("0 h 0 min since arrival")
    tab.get_by_role("button", name="Deutsch").click()
    assert tab.locator("html").get_attribute("lang") == "de"
    assert tab.locator("#ending").inner_text().startswith("Der Mensch ")
    assert tab.wrong == [] and serious(tab) == []


def test_ticks_are_counted_and_nothing_is_kept(browser, file):
    tab = opened(browser, file, "risk")
    tab.locator("main [lang=en] .ticks input").first.check()
    assert tab.locator("main [lang=en] .ticked").inner_text().startswith("You ticked 1 of 7.")
    assert tab.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    tab.reload()
    assert tab.locator("main [lang=en] .ticked").inner_text() == "You ticked none."


def test_the_number_that_is_called_is_the_reader_s_and_only_digits(browser, file):
    tab = opened(browser, file)
    tab.locator("#number").fill("9a9<9")
    assert tab.locator("main [lang=en] a[data-call]").get_attribute("href") == "tel:999"
    assert "Call 999" in tab.locator("main [lang=en] .call").inner_text()


def test_without_scripts_the_pages_can_be_read(browser, file):
    tab = browser.new_context(java_script_enabled=False).new_page()
    tab.goto(file.as_uri())
    assert tab.get_by_text("Wash your hands.").first.is_visible()


def test_it_prints_the_page_and_nothing_to_press(browser, file):
    tab = opened(browser, file, "signs")
    tab.emulate_media(media="print")
    assert tab.locator("main [lang=en] .call").is_visible() and not tab.locator("nav").is_visible()

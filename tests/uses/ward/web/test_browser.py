"""The board in a real Chromium: light, dark and phone, by keyboard alone, accessible, alive, and grey when it is not."""

import pytest

from tests.support.ward.browser import CHROMIUM, OPTIONS, SIZES, keep, logged_in, running
from tests.support.ward.night import messages

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium on this machine (Debian package chromium)"
)
HARD = ("Ada Quill", "Kira Novak", "Noor Haddad", "Hugo Petrov", "John Smith")
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api").sync_playwright().start()
    made = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
    yield made
    made.close()
    playwright.stop()


@pytest.fixture
def ward(tmp_path):
    with running(tmp_path) as found:
        yield found


@pytest.fixture
def far_ward(tmp_path):
    with running(tmp_path, "Asia/Kathmandu") as found:  # 5 h 45 min from UTC
        yield found


def until(page, holds, tries: int = 300) -> None:
    """Waits for something: the pages allow no evaluation of strings, by which the browser could wait itself."""
    for _ in range(tries):
        if holds():
            return
        page.wait_for_timeout(100)
    assert holds()


def reloaded_until(page, holds) -> None:
    """Waits for something that an answered request has set going: the ward takes it in a moment later."""
    until(page, lambda: bool(page.reload()) and holds())


@pytest.mark.parametrize("size", SIZES)
def test_board_and_patient_are_accessible_and_fit(browser, ward, size):
    from axe_playwright_python.sync_playwright import Axe

    page = logged_in(browser, ward[1], size, "admin")
    addresses = [
        "/",
        page.get_attribute(".bed .who a", "href"),
        "/feeds",
        "/dead-letters",
        "/users",
        "/audit",
        "/sepsis",
        "/handover",
        "/account",
        "/emergency-access",
    ]
    for address in addresses:
        page.goto(ward[1] + address)
        page.wait_for_timeout(300)
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found if v["impact"] in SERIOUS] == [], (
            address
        )
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            f"{address} is too wide for {size}"
        )
    assert page.faults == []


@pytest.fixture(scope="module")
def night_ward(tmp_path_factory):
    with running(tmp_path_factory.mktemp("night"), kept=lambda now: messages(now, 16)) as found:
        yield found


@pytest.mark.parametrize("size", SIZES)
def test_a_whole_night_fits_and_is_accessible(browser, night_ward, size):
    from axe_playwright_python.sync_playwright import Axe

    page = logged_in(browser, night_ward[1], size, "physician")
    pages = ["/", *(page.locator(f".bed .who a:text-is('{n}')").first.get_attribute("href") for n in HARD)]
    for address in pages:
        page.goto(night_ward[1] + address)
        page.wait_for_timeout(400)
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found if v["impact"] in SERIOUS] == [], (
            address
        )
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
        cut = "[...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth + 1).length"
        assert page.evaluate(cut) == 0, f"{address} is cut off at {size}"
    assert page.faults == []


def test_menus_take_little_of_a_phones_first_screen(browser, night_ward):
    page = logged_in(browser, night_ward[1], "phone")
    # rows are replaced at any moment, and the menu stands open until the page's script has folded it
    begins = "document.querySelector('.bed')?.getBoundingClientRect().y"
    page.wait_for_function(f"{begins} <= {0.15 * SIZES['phone'][1]}", timeout=30_000)
    assert page.is_hidden("#menu")
    page.click(".menu")
    page.click("#menu a:text-is('Feeds')")
    page.wait_for_selector("h1:text-is('Feeds')")


def test_unanswered_alerts_are_counted_in_the_title_and_answered_without_leaving_the_board(browser, ward):
    page = logged_in(browser, ward[1])
    until(page, lambda: page.title().startswith("(1) Board"))
    assert "svg" in page.get_attribute("#icon", "href")
    page.click(".bed button:text-is('Acknowledge')")
    until(page, lambda: page.title().startswith("Board") and page.inner_text(".bed .state") == "acknowledged")
    assert page.url == ward[1] + "/" and page.faults == []


def test_a_new_alert_sounds_only_when_somebody_turned_that_on_and_that_is_remembered(browser, ward):
    house, base = ward
    page = logged_in(browser, base)
    assert page.get_attribute("#sound", "aria-pressed") == "false"
    page.wait_for_timeout(1000)
    keep(house, 2, "Bea", 30)
    until(page, lambda: "Bea" in page.text_content("#spoken"))  # her alert, which follows her row
    assert page.get_attribute("body", "data-sounded") is None
    page.click("#sound")
    until(page, lambda: page.get_attribute("body", "data-sounded") == "1")  # how it will sound
    keep(house, 3, "Cleo", 30)
    until(page, lambda: int(page.get_attribute("body", "data-sounded")) >= 2)
    reloaded_until(page, lambda: page.get_attribute("#sound", "aria-pressed") == "true")
    assert page.faults == []


def test_each_laboratory_value_has_a_plot_of_its_own(browser, night_ward):
    page = logged_in(browser, night_ward[1])
    page.goto(night_ward[1] + page.locator(".bed .who a:text-is('Clara Moreau')").get_attribute("href"))
    page.wait_for_selector(".labs .u-over")
    titles = page.locator(".labs h3").all_inner_texts()
    assert any(t.startswith("platelets 96 10³/µL") and t.endswith("usual 150 to 400") for t in titles), titles
    assert len(titles) == page.locator(".labs .u-over").count() >= 5


def test_an_alert_is_acknowledged_by_keyboard_alone(browser, ward):
    page = logged_in(browser, ward[1])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("Boolean(document.activeElement.closest('.who'))"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#todo")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Acknowledge":
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    reloaded_until(page, lambda: page.inner_text(".todo .state") == "acknowledged")


def test_a_new_patient_appears_without_a_reload_and_within_a_second_or_two(browser, ward):
    house, base = ward
    page = logged_in(browser, base)
    keep(house, 2, "Bea", 30)
    page.wait_for_selector("text=Bea Quill", timeout=30_000)
    page.wait_for_function("document.querySelector('#spoken').innerText.includes('Bea')", timeout=30_000)
    assert page.faults == []


def test_the_board_greys_with_the_time_when_the_engine_stops(browser, ward):
    house, base = ward
    page = logged_in(browser, base)
    house.engine.stop()
    page.wait_for_selector("body.stopped", timeout=60_000)
    assert "LAST UPDATE" in page.inner_text("#stopped")


def on_patient(page, base: str) -> None:
    page.goto(base + page.get_attribute(".bed .who a", "href"))
    page.wait_for_selector(".u-over")


def test_a_patients_page_says_when_something_new_has_come(browser, ward):
    house, base = ward
    page = logged_in(browser, base)
    on_patient(page, base)
    # the stream's first state is what later ones are compared with; the icon tells that it has come
    until(page, lambda: page.get_attribute("#icon", "href").startswith("data:image"))
    assert page.is_hidden("#fresh")
    keep(house, 1, "Ada", 33)
    page.wait_for_selector("#fresh:not([hidden])", timeout=30_000)
    page.click("#fresh a")
    reloaded_until(page, lambda: "33" in page.inner_text(".why"))
    assert page.faults == []


def test_a_patients_page_greys_when_the_engine_stops(browser, ward):
    house, base = ward
    page = logged_in(browser, base)
    on_patient(page, base)
    house.engine.stop()
    page.wait_for_selector("body.stopped", timeout=60_000)
    assert "LAST UPDATE" in page.inner_text("#stopped")


def test_the_plots_show_the_hospitals_time(browser, far_ward):
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    _, base = far_ward
    page = logged_in(browser, base)
    on_patient(page, base)
    over = page.locator(".u-over").first
    over.scroll_into_view_if_needed()
    over.hover()
    until(page, lambda: ":" in page.locator(".u-legend .u-value").first.inner_text())
    shown = page.locator(".u-legend .u-value").first.inner_text()
    there = datetime.now(UTC).astimezone(ZoneInfo("Asia/Kathmandu"))
    assert shown.split()[-1][:2] in (f"{there:%H}", f"{(there.hour - 1) % 24:02d}"), shown

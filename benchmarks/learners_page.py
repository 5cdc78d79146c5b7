"""Measures the learner's page in Chromium: its size, and the processor time of a picture while a slider moves and twins are waiting.

Run: python benchmarks/learners_page.py. At 60 pictures a second each may take 16.7 ms.
"""

import platform
import shutil
import sys
import tempfile

from playwright.sync_api import sync_playwright

from opensepsis.learn import write_page

PICTURES = 300
MOVE = """async ([id, pictures]) => {
  const slider = document.querySelector(id), most = Number(slider.max), gaps = [];
  let last = performance.now();
  for (let i = 0; i < pictures; i++) {
    slider.value = (i * most) / 97 % most;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((drawn) => requestAnimationFrame(drawn));
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  }
  gaps.sort((a, b) => a - b);
  return [gaps[pictures >> 1], gaps[Math.floor(pictures * 0.95)]];
}"""


def main() -> int:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("There is no Chromium on this machine (Debian package chromium).")
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        page = write_page(folder)
        print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
        print(f"size of the page: {page.stat().st_size / 1e6:.2f} MB")
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        tab.goto(f"{page.as_uri()}#rescue")
        tab.locator("#door button").click()
        tab.wait_for_selector("#bedside:not([hidden])", timeout=60_000)
        tab.locator("[data-order=antibiotic]").click()
        tab.locator("#time button").last.click()
        tab.wait_for_selector("#afterwards:not([hidden])", timeout=60_000)
        session = tab.context.new_cdp_session(tab)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        for name, slider in (("plan, 96 hours anew", "#slide-fluid"), ("look back", "#look")):
            before = _spent(session)
            middle, slow = tab.evaluate(MOVE, [slider, PICTURES])
            spent = 1000 * (_spent(session) - before) / PICTURES
            print(
                f"{name}: {spent:.1f} ms of the page's thread a picture; between pictures {middle:.1f} ms (95 %: {slow:.1f})"
            )
        browser.close()
    return 0


def _spent(session) -> float:
    told = session.send("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in told if one["name"] == "TaskDuration")


if __name__ == "__main__":
    sys.exit(main())

"""A page walked with the Tab key, as by somebody who has no mouse."""

STOP = """() => {
  const here = document.activeElement, box = here.getBoundingClientRect(), look = getComputedStyle(here);
  return {
    name: here.getAttribute('aria-label') || (here.labels?.[0] ?? here).textContent.trim(),
    tag: here.tagName.toLowerCase(), id: here.id, page: here === document.body || here === document.documentElement,
    seen: box.width > 0 && box.height > 0 && (look.outlineStyle !== 'none' || here.tagName === 'rect'),
    within: box.bottom > 0 && box.top < innerHeight,
  };
}"""


def walked(page, most: int = 120) -> list[dict]:
    """Every stop of the Tab key from where the focus is to the end of a page: its name, and whether somebody sees where they are."""
    found, first = [], None
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        mark = (stop["tag"], stop["id"], stop["name"])
        if stop["page"] or mark == first:
            return found
        first = first or mark
        found.append(stop)
    raise AssertionError(f"more than {most} stops: the end of the page cannot be reached")

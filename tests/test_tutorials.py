"""Every block of every tutorial runs, one after another, and prints what stands below it."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
SERVED = "a-ward-in-ten-minutes"  # it listens to ports
SPEC = importlib.util.spec_from_file_location("tutorials", ROOT / "scripts" / "tutorials.py")
assert SPEC and SPEC.loader
tutorials = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tutorials)


def test_there_are_six_tutorials():
    assert len(PAGES) == 6


@pytest.mark.parametrize(
    "page",
    [pytest.param(p, marks=pytest.mark.services if p.stem == SERVED else (), id=p.stem) for p in PAGES],
)
def test_every_block_prints_what_the_page_shows(page, tmp_path):
    if tutorials.needs_demo(page) and not tutorials.shared_demo().is_dir():
        pytest.skip("MIMIC-IV's demo is not in OPENSEPSIS_SHARED/data")
    blocks = list(tutorials.ran(page, tmp_path))
    assert len(blocks) >= 4
    for block in blocks:
        assert block.printed.splitlines() == block.shown.splitlines() or block.is_as_shown, block.code

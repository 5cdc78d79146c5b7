"""There is one way to draw, it follows the light and dark of a page, and what draws is not needed for anything else."""

import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from opensepsis.uses.pages.charts import bars, distribution, histogram, matrix, matrix_chart, shares
from opensepsis.uses.pages.drawing import COLOURS, TONES, as_svg
from opensepsis.uses.pages.section import Section, section_html

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "opensepsis"
WITHOUT = """
import sys
sys.modules["altair"] = None
import opensepsis
from opensepsis.errors import MissingError
from opensepsis.uses.compare import between
labels = opensepsis.label("csv", {hospital!r}, {out!r}, definitions="sepsis3,sepsis2")
found = opensepsis.compare({out!r})
print(found.figure, "<svg" in found._repr_html_(), "<table" in labels._repr_html_())
for ask in (lambda: found.svg, lambda: __import__("opensepsis.report")):
    try:
        ask()
    except MissingError as wrong:
        print(wrong)
print(between({out!r}, "sepsis3", "sepsis2").path.name)
"""


def python(pattern: str) -> set[str]:
    """The modules in which a pattern stands."""
    found = (file for file in SOURCE.rglob("*.py") if re.search(pattern, file.read_text("utf-8"), re.M))
    return {file.relative_to(SOURCE).as_posix() for file in found}


def test_one_module_draws_and_no_other_writes_figures_by_hand():
    assert python(r"^\s*(import|from) (altair|vl_convert)") == {"uses/pages/drawing.py"}
    # the board's curve of 60 pixels beside each bed: ARCHITECTURE.md says why
    assert python(r"<(polyline|rect|circle|text|path) ") - {"uses/pages/drawing.py"} == {
        "uses/ward/web/words.py"
    }


def test_a_page_has_every_colour_in_the_light_and_in_the_dark():
    css = (files("opensepsis.uses.pages") / "page.css").read_text("utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, re.S)
    named = [dict(re.findall(r"--([a-z]+): (#[0-9a-f]+)", block)) for block in (light, dark)]
    assert {name: named[0][name] for name in COLOURS} == COLOURS
    assert COLOURS.keys() <= named[1].keys() and not set(named[1].values()) & set(COLOURS.values())


def test_a_figure_in_a_page_has_the_colours_of_the_page():
    table = pl.DataFrame({"name": ["a < b"], "share": [0.5], "low": [0.4], "high": [0.6], "said": ["1 of 2"]})
    for svg in (shares(table, "name", "share"), bars(table, "name", "share", "said")):
        assert COLOURS["accent"] in svg and "a &lt; b" in svg
        page = section_html(Section("one", "One", "", table.select("name"), svg, "of two"), csv=False)
        assert "var(--accent)" in page and not [c for c in COLOURS.values() if f'"{c}"' in page]
        assert 'aria-label="of two"' in page and "<caption>" in page


def test_bars_of_shares_have_the_whole_as_their_width():
    table = pl.DataFrame({"name": ["a", "b"], "share": [0.5, 0.25], "said": ["half", "a quarter"]})
    widths = [
        float(w) for w in re.findall(r'd="M0,[\d.]+h([\d.]+)v', bars(table, "name", "share", "said", 200))
    ]
    assert widths[-2:] == [100, 50]


def test_groups_that_share_a_colour_differ_by_dashes():
    groups = [f"task {number}" for number in range(len(TONES) + 2)]
    table = pl.DataFrame(
        [(g, h, 0.1 * h) for g in groups for h in (0.0, 2.0)], ["by", "hours", "share"], orient="row"
    )
    svg = distribution(table, "by", "hours")
    lines = re.findall(r'<path [^>]*aria-roledescription="line mark"[^>]*>', svg)
    looks = {(re.search('stroke="([^"]+)"', one)[1], "5,3" in one) for one in lines}
    assert len(lines) == len(groups) == len(looks)
    assert [
        word for word in words(svg) if word.startswith("task")
    ] == groups  # one list of names, in their order


def test_a_definition_that_agrees_with_none_keeps_its_row_beside_the_bars():
    names = ["one", "two"]
    pairs = [(a, b, 1.0 if a == b == "one" else None) for a in names for b in names]
    table = pl.DataFrame(pairs, ["definition", "other", "kappa"], orient="row")
    assert words(as_svg(matrix_chart(table, "kappa"))).count("two") == 2  # of its row and of its column
    assert "two" not in words(matrix(table, "kappa"))


def test_counts_keep_the_order_of_the_table():
    table = pl.DataFrame({"hours": ["-3", "0", "+3"], "patients": [1, 5, 2]})
    assert words(histogram(table, "hours", "patients", "late"))[:3] == ["-3", "0", "+3"]


def words(svg: str) -> list[str]:
    """The texts of a figure in their order."""
    return re.findall(r"<text [^>]*>([^<]+)</text>", svg)


@pytest.mark.parametrize("hospital", [str(ROOT / "examples" / "hospital")])
def test_without_what_draws_there_are_tables_and_a_clear_word(hospital, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(hospital=hospital, out=str(tmp_path / "results"))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    word = "Figures need 'altair', which is not installed. Install opensepsis with its extra `report`."
    assert done.stdout.splitlines() == ["None False True", word, word, "results"], done.stderr
    assert (tmp_path / "results" / "comparison.parquet").is_file()
    assert not list((tmp_path / "results").glob("*.svg"))

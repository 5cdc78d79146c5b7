"""The page of choices leaves none out, and says what each variant changes."""

import csv
from pathlib import Path

from opensepsis.definitions import DEFINITIONS
from opensepsis.docgen.choices_page import cell_text

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "generated" / "choices.md").read_text(encoding="utf-8").splitlines()


def test_every_choice_of_every_definition_is_on_the_page():
    rows = [line.split(" | ") for line in PAGE if line.startswith("| ")]
    there = {(row[0].removeprefix("| "), row[1]) for row in rows if len(row) == 4}
    assert len(there) > 50
    for name, definition in DEFINITIONS.items():
        assert {(c.name, cell_text(c.taken)) for c in definition.choices} <= there, name


def test_an_answer_that_is_shared_is_listed_once():
    rows = [line for line in PAGE if line.startswith("| ") and "---" not in line]
    assert len(rows) == len(set(rows))


def test_every_variant_has_its_effect():
    with (ROOT / "docs" / "sources" / "effect_of_variants.csv").open(encoding="utf-8", newline="") as file:
        measured = {row["variant"] for row in csv.DictReader(file)}
    assert measured <= set(DEFINITIONS)
    for name in DEFINITIONS:
        if ":" in name:
            line = next(line for line in PAGE if line.startswith(f"| [`{name}`]"))
            assert ("differ" in line) == (name in measured)

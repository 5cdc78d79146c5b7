"""What an engine works out once is told apart by the definition it was worked out for, also when that is gone from memory."""

import gc
import re
import weakref
from pathlib import Path

import opensepsis
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.live.chart import Chart

SOURCE = Path(opensepsis.__file__).parent


class Definition:
    def value(self):
        return 1


def test_what_was_worked_out_keeps_its_definition_in_memory():
    chart, definition = Chart(CONCEPTS), Definition()
    gone = weakref.ref(definition)
    chart.worked_out(id(definition), ("lactate",), definition.value)
    del definition
    gc.collect()
    assert gone() is not None  # else its id would be free for another definition


def test_the_length_of_a_year_stands_once():
    found = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"\b365\.2|\b8766\b|\b31_?55[67]", path.read_text(encoding="utf-8"))
    ]
    assert found == ["data/intake/age.py"]

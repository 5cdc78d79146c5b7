"""What an engine works out once is told apart by the definition it was worked out for, also when that is gone from memory."""

import gc
import re
import weakref
from pathlib import Path

import polars as pl

import opensepsis
from opensepsis.definitions import SCORES
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.batch.chart import charts
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Chart, Event
from tests.support.parity.tables import EVENTS

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


def test_charts_with_limits_go_from_memory_when_nobody_holds_them():
    rows = {
        "pid": [0],
        "concept": ["lactate"],
        "time": [0],
        "end": [None],
        "known": [0],
        "value": [4.0],
        "text": [">"],
    }
    events = pl.DataFrame(rows | {"origin": [None]}, schema=EVENTS)
    patients = charts(events, {"lactate": CONCEPTS["lactate"]})
    low, high = patients.at_ends
    assert low.flipped is high and high.flipped is low
    gone = [weakref.ref(held) for held in (patients, low, high)]
    gc.disable()  # a shard takes much memory and few objects: the collector would come late
    try:
        del patients, low, high
        assert [held() for held in gone] == [None] * 3
    finally:
        gc.enable()


def test_a_table_that_two_scores_have_is_worked_out_once_and_one_of_its_own_apart():
    sofa, other = SCORES["sofa"], SCORES["sofa:highest_pump"]
    bedside = Bedside([sofa, other])
    mine, theirs = bedside.rows(sofa), bedside.rows(other)
    apart = {name for name in mine if all(a is not b for a, b in zip(mine[name], theirs[name], strict=True))}
    assert apart == {row.name for row in sofa.rows if row not in other.rows} and len(apart) == 1
    bedside.see(Event("platelets", 0, value=19.0))
    assert bedside.points(sofa, 1).rows["coagulation"] == bedside.points(other, 1).rows["coagulation"]
    bedside.see(Event("platelets", 0, known=5, value=160.0))
    given = [bedside.points(score, 6).rows["coagulation"].points for score in (sofa, other)]
    assert given == [4, 4]  # of two results at once the worse counts


def test_the_length_of_a_year_stands_once():
    found = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"\b365\.2|\b8766\b|\b31_?55[67]", path.read_text(encoding="utf-8"))
    ]
    assert found == ["data/intake/age.py"]

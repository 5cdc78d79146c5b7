"""What a value is after corrections, in both engines, whatever the order in which they come. Typed by hand, in hours."""

from dataclasses import replace
from itertools import permutations

import polars as pl
import pytest

from opensepsis.definitions.concepts import drugs, labs
from opensepsis.engine.batch.chart import charts
from opensepsis.engine.live.chart import Chart, Event
from tests.support.parity.tables import table

HOUR = 3_600_000_000
LACTATE, DOSE = labs.LACTATE, drugs.ANTIBIOTIC


def lactates(*versions: tuple[int, float | None]) -> list[Event]:
    return [Event("lactate", 10 * HOUR, None, known * HOUR, value, None, "r") for known, value in versions]


@pytest.mark.parametrize(
    "versions, value, known",
    [
        ([(10, 4.2)], 4.2, 10),
        ([(10, 4.2), (12, 4.2)], 4.2, 10),  # said again
        ([(10, 4.2), (12, 1.2)], 1.2, 12),
        ([(10, 4.2), (12, 1.2), (14, 4.2)], 4.2, 14),  # corrected back
        ([(10, 4.2), (12, 1.2), (14, 4.2), (16, 4.2)], 4.2, 14),
        ([(10, 4.2), (12, 1.2), (14, 4.2), (16, 1.2)], 1.2, 16),
        ([(10, 4.2), (12, None), (14, 4.2)], 4.2, 14),  # taken back, and given again
        ([(10, 4.2), (12, None), (14, None)], None, None),
    ],
)
def test_the_last_version_stands(versions, value, known):
    for events in permutations(lactates(*versions)):
        chart = Chart({"lactate": LACTATE})
        for event in events:
            chart.see(event)
        assert chart.series["lactate"].at(10 * HOUR) == value
        standing = [(e.value, e.known) for e in chart.standing_measures("lactate")]
        assert standing == ([] if value is None else [(value, known * HOUR)])
        made = charts(table([list(events)]), {"lactate": LACTATE}, frozenset(["lactate"]))
        assert made.readings("lactate").value.tolist() == ([] if value is None else [value])
        assert made.measured["lactate"].select("value", "known").rows() == standing


@pytest.mark.parametrize(
    "last, stands", [([], False), ([(14, "cefepime")], True), ([(14, "ampicillin")], True)]
)
def test_a_dose_that_was_taken_back_may_be_given_after_all(last, stands):
    first = Event("antibiotic", 10 * HOUR, None, 10 * HOUR, None, "cefepime", "d")
    told = [
        replace(first, known=known * HOUR, text=text) for known, text in [(10, "cefepime"), (12, None), *last]
    ]
    for events in permutations(told):
        chart = Chart({"antibiotic": DOSE})
        for event in events:
            chart.see(event)
        texts = [text for _, text in last] if stands else []
        assert [e.text for e in chart.standing("antibiotic")] == texts
        made = charts(table([list(events)]), {"antibiotic": DOSE})
        assert made.standing["antibiotic"].select(pl.col("text")).to_series().to_list() == texts

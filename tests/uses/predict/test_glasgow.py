"""The GCS from its parts: as the scores read it, and the same hour by hour in batch and beside a ward."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from opensepsis.definitions import SCORES
from opensepsis.early_warning.charted_hours import ChartedHours
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.time import HOUR
from opensepsis.uses.predict.glasgow import PARTS, TOTAL
from opensepsis.uses.predict.grid import read_grid
from opensepsis.uses.predict.inputs import read_inputs
from opensepsis.uses.ward.model.facts import Charted

INPUTS = tuple(one for one in read_inputs() if one.concept in (TOTAL, "heart_rate"))
BEGIN, HOURS = 1_772_000_000_000_000 // HOUR * HOUR, 12
MINUTE = HOUR // 60


def timeline_of(events: list[Event]) -> SimpleNamespace:
    """A timeline of one stay, as far as the grid reads one."""
    admitted = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=BEGIN)
    stays = pl.DataFrame(
        {"patient": "P", "stay": "S", "kind": "icu", "admitted": admitted, "discharged": admitted + timedelta(hours=HOURS), "sex": "F",
         "age": 60.0}
    )  # fmt: skip
    rows = [
        {
            "patient": "P",
            "concept": e.concept,
            "time": e.time,
            "end": e.end,
            "known": e.known,
            "value": e.value,
        }
        for e in events
    ]
    schema = dict.fromkeys(("patient", "concept"), pl.String) | dict.fromkeys(
        ("time", "end", "known"), pl.Int64
    )
    moments = [pl.col(name).cast(pl.Datetime("us", "UTC")) for name in ("time", "end", "known")]
    frame = pl.DataFrame(rows, schema=schema | {"value": pl.Float64}).with_columns(moments)
    return SimpleNamespace(stays=stays, parts=lambda: [(stays, frame.lazy())])


def in_batch(events: list[Event]) -> np.ndarray:
    return read_grid(timeline_of(events), INPUTS, "A").values


def beside_a_ward(events: list[Event]) -> np.ndarray:
    """The events as messages at the moment at which each was known, or happened if its clock ran ahead."""
    told = sorted(((e.known, Charted("P", e)) for e in events), key=lambda one: one[0])
    hours = ChartedHours(INPUTS, [(i, received, fact) for i, (received, fact) in enumerate(told)])
    return np.array([hours.values(BEGIN + h * HOUR, BEGIN + (h + 1) * HOUR) for h in range(HOURS)])


def gcs_of(events: list[Event]) -> list[float]:
    found, column = in_batch(events), [one.concept for one in INPUTS].index(TOTAL)
    np.testing.assert_array_equal(beside_a_ward(events), found)
    return found[:, column].tolist()


def charted(concept: str, minute: int, value: float | None, filed: int | None = None) -> Event:
    time = BEGIN + minute * MINUTE
    return Event(
        concept,
        time,
        known=BEGIN + filed * MINUTE if filed is not None else time,
        value=value,
        origin=concept,
    )


EYE, VERBAL, MOTOR = PARTS


def test_the_parts_of_one_moment_are_added_once_all_are_known():
    together = [charted(EYE, 30, 3), charted(VERBAL, 30, 4), charted(MOTOR, 30, 6)]
    assert gcs_of(together)[:2] == pytest.approx([13, np.nan], nan_ok=True)
    late = [*together[:2], charted(MOTOR, 30, 6, filed=70)]
    assert gcs_of(late)[:3] == pytest.approx([np.nan, 13, np.nan], nan_ok=True)
    apart = [*together[:2], charted(MOTOR, 31, 6)]
    assert np.isnan(gcs_of(apart)).all()


def test_a_verbal_score_that_cannot_be_tested_leaves_the_sum_unknown():
    intubated = [charted(EYE, 30, 3), charted(VERBAL, 30, None), charted(MOTOR, 30, 6)]
    assert np.isnan(gcs_of(intubated)).all()
    corrected = [
        charted(EYE, 30, 3),
        charted(VERBAL, 30, 1),
        charted(MOTOR, 30, 6),
        charted(VERBAL, 30, None, filed=80),
    ]
    assert gcs_of([*corrected, charted(EYE, 30, 4, filed=150)])[:3] == pytest.approx(
        [10, np.nan, np.nan], nan_ok=True
    )


def test_a_total_of_the_same_moment_stands_and_one_of_another_does_not_hide_the_sum():
    parts = [charted(EYE, 30, 3), charted(VERBAL, 30, 4), charted(MOTOR, 30, 6)]
    assert gcs_of([charted(TOTAL, 30, 9), *parts])[0] == gcs_of([*parts, charted(TOTAL, 30, 9)])[0] == 9
    assert gcs_of([charted(TOTAL, 20, 9), *parts])[0] == 13
    assert gcs_of([*parts, charted(TOTAL, 40, 9)])[0] == 9


@pytest.mark.parametrize("seed", range(30))
def test_batch_and_ward_read_the_same_hours_whatever_is_corrected(seed):
    drawn = random.Random(seed)
    events = []
    for number in range(150):
        concept = drawn.choice([*PARTS, *PARTS, TOTAL, "heart_rate"])
        time = drawn.randrange(-20, HOURS * 6) * 10
        value = None if concept in PARTS and drawn.random() < 0.1 else float(drawn.randrange(3, 5))
        one = charted(concept, time, value, filed=time + drawn.choice([-10, 0, 0, 0, 10, 90]))
        events.append(replace(one, origin=f"o{number}"))
    # rows of one hour, concept and moment that were filed together have no order: one of them is enough here
    single = {(e.concept, e.time, e.known) if e.concept not in PARTS else e.origin: e for e in events}
    assert np.isfinite(gcs_of(list(single.values()))).sum() > 3


def test_the_sum_is_that_of_the_score():
    events = [charted(EYE, 30, 3), charted(VERBAL, 30, 4), charted(MOTOR, 30, 6)]
    bedside = Bedside([SCORES["qsofa"]])
    for event in events:
        bedside.see(event)
    brain = bedside.points(SCORES["qsofa"], BEGIN + HOUR).rows["brain"]
    assert brain.points == 1 and gcs_of(events)[0] == 13
    whole = [replace(e, value=v) for e, v in zip(events, (4, 5, 6), strict=True)]
    bedside = Bedside([SCORES["qsofa"]])
    for event in whole:
        bedside.see(event)
    assert bedside.points(SCORES["qsofa"], BEGIN + HOUR).rows["brain"].points == 0 and gcs_of(whole)[0] == 15

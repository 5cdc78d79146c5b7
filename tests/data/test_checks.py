"""What is set aside and why; nothing is lost."""

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensepsis.data.intake.checks import split
from opensepsis.data.schema import EVENTS, REJECTED
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, FormatError
from tests.support.hospitals.csv_folder import CANARY, moment


def event(**what) -> pl.DataFrame:
    row = {"patient": "a", "concept": "lactate", "time": moment(1), "value": 2.0} | what
    types = {**EVENTS, "reason": pl.String()}
    return pl.DataFrame({k: pl.Series([v], dtype=types[k]) for k, v in row.items()})


SET_ASIDE = [
    ({"patient": None}, "no patient"),
    ({"concept": None}, "no concept"),
    ({"time": None}, "no time"),
    ({"concept": "ventilation", "value": None, "end": moment(0.5)}, "ends before it starts"),
    ({"value": None}, "no value"),
    ({"value": None, "origin": "labs:1", "text": "haemolysed"}, "no value"),
    ({"concept": "urine_output", "value": None}, "no value"),
    ({"concept": "consciousness", "value": None}, "no word"),
    ({"value": float("nan")}, "not a finite number"),
    ({"concept": "insulin", "value": float("inf")}, "not a finite number"),
    ({"value": 0.05}, "outside plausible limits"),
    ({"value": 40.1}, "outside plausible limits"),
    ({"concept": "norepinephrine", "value": 10.5}, "outside plausible limits"),
    ({"concept": "norepinephrine", "value": -0.1}, "outside plausible limits"),
    ({"concept": "culture", "value": 2.0}, "outside plausible limits"),
    ({"concept": "consciousness", "value": None, "text": "X"}, "word that the concept does not allow"),
    ({"concept": "ventilation", "value": None, "text": "mask"}, "word that the concept does not allow"),
    ({"reason": "no unit"}, "no unit"),
    ({"reason": "no unit", "value": 900.0}, "no unit"),
]


@pytest.mark.parametrize(("what", "reason"), SET_ASIDE)
def test_set_aside(what, reason):
    kept, aside = split(event(**what))
    assert kept.is_empty()
    assert aside["reason"].to_list() == [reason]
    assert aside.schema == REJECTED


KEPT = [
    {"value": 0.1},
    {"value": 40.0},
    {"value": None, "origin": "labs:1"},
    {"concept": "consciousness", "value": None, "text": "V"},
    {"concept": "consciousness", "value": None, "origin": "chart:1"},
    {"concept": "ventilation", "value": None, "text": "invasive", "end": moment(1)},
    {"concept": "ventilation", "value": None},
    {"concept": "norepinephrine", "value": 0.0, "end": moment(2)},
    {"concept": "antibiotic", "value": None, "text": "meropenem|iv"},
    {"concept": "culture", "value": None, "text": "blood"},
    {"reason": None},
]


@pytest.mark.parametrize("what", KEPT)
def test_kept(what):
    kept, aside = split(event(**what))
    assert aside.is_empty() and kept.height == 1
    assert kept.schema == EVENTS
    assert kept["known"].to_list() == [moment(1)]


@pytest.mark.parametrize("concept", [c for c in CONCEPTS.values() if c.plausible])
def test_limits_belong_to_what_is_plausible(concept):
    for limit, beyond in zip(concept.plausible, (-1e-6, 1e-6), strict=True):
        assert split(event(concept=concept.name, value=float(limit)))[1].is_empty()
        assert split(event(concept=concept.name, value=limit + beyond))[0].is_empty()


def test_an_empty_batch_is_fine():
    kept, aside = split(pl.DataFrame(schema=EVENTS))
    assert kept.is_empty() and aside.is_empty()


def test_concepts_may_come_as_an_enum():
    names = pl.Enum(["wbc", "lactate"])
    kept, _ = split(event().with_columns(pl.col("concept").cast(names)))
    assert kept.schema == EVENTS


def test_a_wrong_batch_is_refused_without_its_content():
    with pytest.raises(ConceptError, match="'lactate'") as wrong:
        split(event(concept="lactat", patient=CANARY))
    assert CANARY not in str(wrong.value)
    with pytest.raises(ConceptError) as wrong:
        split(event(concept=CANARY))
    assert CANARY not in str(wrong.value)
    with pytest.raises(FormatError, match="missing: time"):
        split(event().drop("time"))
    with pytest.raises(FormatError, match="value is String") as wrong:
        split(event().with_columns(value=pl.lit(CANARY)))
    assert CANARY not in str(wrong.value)


rows = st.fixed_dictionaries(
    {
        "patient": st.sampled_from(["a", "b", None]),
        "concept": st.sampled_from([*CONCEPTS, None]),
        "time": st.one_of(st.none(), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))),
        "end": st.one_of(st.none(), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))),
        "value": st.one_of(st.none(), st.floats(-10, 400), st.floats()),
        "text": st.sampled_from([None, "A", "invasive", "anything"]),
        "origin": st.sampled_from([None, "t:1"]),
        "reason": st.sampled_from([None, None, None, "no unit"]),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, max_size=20))
def test_nothing_is_lost_and_what_is_kept_can_be_scored(batch):
    schema = {"time": pl.Datetime("us"), "end": pl.Datetime("us"), "reason": pl.String}
    names = ["patient", "concept", "time", "end", "value", "text", "origin", "reason"]
    kinds = {name: schema.get(name, EVENTS.get(name)) for name in names}
    frame = pl.DataFrame(batch, schema=kinds).with_columns(
        pl.col("time").dt.replace_time_zone("UTC"), pl.col("end").dt.replace_time_zone("UTC")
    )
    kept, aside = split(frame)
    assert kept.height + aside.height == frame.height
    assert aside["reason"].null_count() == 0
    for row in kept.iter_rows(named=True):
        concept = CONCEPTS[row["concept"]]
        assert row["patient"] and row["time"] and row["known"]
        assert row["end"] is None or row["end"] >= row["time"]
        if row["value"] is not None and concept.plausible:
            assert concept.plausible[0] <= row["value"] <= concept.plausible[1]
        if row["text"] is not None and concept.words:
            assert row["text"] in concept.words

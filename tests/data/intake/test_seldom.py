"""Cells that come seldom: words beside numbers that cannot be, columns without names, reports with very many kinds of reasons."""

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from opensepsis.data.intake import rejections, text_codes_batch
from opensepsis.data.intake.breath import breath_in_words
from opensepsis.data.intake.frames import to_arrow
from opensepsis.data.intake.rejections import RejectionLimits, Rejections
from opensepsis.data.intake.rows_in_words import with_words_read
from opensepsis.data.intake.text_codes_batch import WordsRead
from opensepsis.data.intake.value import Rejection, read_value
from opensepsis.errors import DefinitionError, FormatError


def test_a_number_that_cannot_be_tells_nothing_of_what_is_breathed():
    assert breath_in_words("spo2", "98 % RA").number == 98
    assert breath_in_words("spo2", "980 % RA") is None
    assert breath_in_words("oxygen_flow", "15 L NRB").number == 15
    assert breath_in_words("oxygen_flow", "1500 L NRB") is None


def test_the_device_that_is_told_with_a_flow_has_an_origin_of_its_own():
    told = {
        "concept": ["oxygen_flow", "heart_rate"],
        "value": [None, 80.0],
        "text": ["2 L/min NC", None],
        "origin": ["o 1", "o 2"],
    }
    found = with_words_read(pl.DataFrame(told))
    assert found.select("concept", "value", "text", "origin").rows() == [
        ("oxygen_flow", 2.0, None, "o 1"),
        ("heart_rate", 80.0, None, "o 2"),
        ("oxygen", None, "nasal cannula", "o 1 device"),
    ]


@pytest.mark.parametrize(
    ("sent", "total"),
    [("14/15", 14), ("E4V5M6", 15), ("E1V1M1", 3), ("15/15", 15)],
)
def test_a_glasgow_total_out_of_15_or_by_its_parts(sent, total):
    assert read_value("gcs_total", sent, "").number == total


@pytest.mark.parametrize("sent", ["E4VTM6", "awake", "E5V5M6"])
def test_a_glasgow_total_with_a_part_that_is_none_is_no_number(sent):
    assert isinstance(read_value("gcs_total", sent, ""), Rejection)


def test_a_frame_needs_names_of_columns():
    with pytest.raises(FormatError, match="events has a column whose name is not a text"):
        to_arrow(pd.DataFrame({"patient": ["a"], 1: [2.0]}), "events")
    for twice in (
        pd.DataFrame([["a", "b"]], columns=["patient", "patient"]),
        pa.table([["a"], ["b"]], names=["patient", "patient"]),
    ):
        with pytest.raises(FormatError, match="events has the same column name twice"):
            to_arrow(twice, "events")
    assert to_arrow(pd.DataFrame({"patient": ["a"]}), "events").num_rows == 1


@pytest.mark.parametrize("years", [0, -1, float("nan")])
def test_a_stay_has_a_length(years):
    with pytest.raises(DefinitionError, match="longest stay must be a number of years above 0"):
        RejectionLimits(longest_stay=years)
    assert RejectionLimits(longest_stay=0.1).longest_stay == 0.1


def test_reasons_beyond_those_kept_are_counted_together(monkeypatch):
    monkeypatch.setattr(rejections, "_REASONS_KEPT", 2)
    report = Rejections()
    for row, reason in enumerate(["no unit", "not a number", "unknown unit", "no unit", "a limit"], 2):
        report.note("row", "events.csv", "patient", reason, 1, [row], "lactate")
    told = {one["reason"]: (one["count"], one["concept"], one["rows"]) for one in report.report()}
    assert told == {
        "no unit": (2, "lactate", [2, 5]),
        "not a number": (1, "lactate", [3]),
        "other reasons: see rejected.parquet": (2, None, [4, 6]),
    }


def said(*patients: str, word: str = "foo", concept: str = "oxygen") -> pl.DataFrame:
    return pl.DataFrame(
        {"patient": patients, "concept": concept, "text": word}, schema_overrides={"text": pl.String}
    )


def test_an_unknown_word_is_shown_once_three_patients_have_it_in_whatever_batches():
    words = WordsRead()
    for patients in (("a", "b"), ("b",)):
        words.read(said(*patients))
        assert words.by_volume()["oxygen"] == {text_codes_batch.OTHERS: words._unknown["oxygen", "foo"]}
    words.read(said("c"))
    assert words.by_volume()["oxygen"] == {"foo": 4}
    words.read(said("d", "e"))
    assert words.by_volume()["oxygen"] == {"foo": 6}


def test_a_word_is_unknown_only_for_the_concept_that_does_not_have_it():
    words = WordsRead()
    some = [said("a", "b", "c", word="crrt", concept=concept) for concept in ("oxygen", "dialysis")]
    words.read(pl.concat([*some, said("a", word="foo", concept="dialysis")]))
    assert words.by_volume()["oxygen"] == {"crrt": 3}
    assert words.by_volume()["dialysis"] == {text_codes_batch.OTHERS: 1}

"""A pregnancy that only a coded diagnosis tells of: NEWS2 is not made and NICE's criteria are, in the whole stay, from every source."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import opensepsis
from opensepsis.errors import MissingError
from opensepsis.uses.label.explain import why_stay
from tests.support.hospitals import small_mimic

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOURS = list(range(1, 9))
DELIVERY = "ICD10:O80|principal"


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def stays(*more: tuple[str, float, float]) -> pl.DataFrame:
    """A hospital stay of eight hours, and others as (kind, from, to)."""
    told = [("hospital", 0, 8), *more]
    rows = [
        {
            "patient": "a",
            "stay": kind,
            "kind": kind,
            "admitted": at(start),
            "discharged": at(end),
            "age": 30.0,
        }
        for kind, start, end in told
    ]
    return pl.DataFrame(rows)


def events(*coded: tuple, charted: tuple = ()) -> pl.DataFrame:
    """A heart rate an hour, diagnoses as (hour, text, known, origin), and entries about pregnancy as (hour, word)."""
    rows = [
        {
            "concept": "heart_rate",
            "time": at(h - 0.5),
            "known": at(h - 0.5),
            "value": 95.0,
            "text": None,
            "origin": None,
        }
        for h in range(-3, 9)
    ]
    for hour, text, known, origin in coded:
        row = {"concept": "diagnosis", "time": at(hour), "known": at(known), "value": None, "text": text}
        rows.append(row | {"origin": origin})
    for hour, word in charted:
        row = {"concept": "pregnancy", "time": at(hour), "known": at(hour), "value": None, "text": word}
        rows.append(row | {"origin": None})
    return pl.DataFrame(rows).with_columns(patient=pl.lit("a"))


def made(told: pl.DataFrame, of: pl.DataFrame | None = None, **options) -> dict[str, list[bool]]:
    """At which hours NEWS2 and the criteria of pregnancy are made."""
    of = stays() if of is None else of
    labels = opensepsis.label(stays=of, events=told, definitions="news2,nice_pregnant", **options)
    return {name: (frame["rows_known"] > 0).to_list() for name, frame in labels.scores.items()}


def test_a_code_filed_at_discharge_holds_in_the_whole_stay():
    found = made(events((8, DELIVERY, 8, "c")))
    assert found == {"news2": [False] * 8, "nice_pregnant": [True] * 8}


def test_as_known_it_holds_from_when_it_was_coded():
    found = made(events((8, DELIVERY, 5, "c")), as_known=True)
    assert found["news2"] == [True] * 4 + [False] * 4
    assert found["nice_pregnant"] == [False] * 4 + [True] * 4


def test_the_visit_before_the_admission_is_part_of_it():
    found = made(events((8, DELIVERY, 8, "c")), stays(("emergency", -4, -1)), stay_kind="emergency")
    assert found["news2"] == [False] * 3


def test_a_visit_long_before_the_admission_is_not():
    found = made(events((8, DELIVERY, 8, "c")), stays(("emergency", -4, -1.1)), stay_kind="emergency")
    assert any(found["news2"])


def test_a_code_of_an_intensive_care_stay_in_the_admission():
    found = made(events((8, DELIVERY, 8, "c")), stays(("icu", 2, 5)), stay_kind="icu")
    assert found == {"news2": [False] * 3, "nice_pregnant": [True] * 3}


def test_a_code_that_was_taken_back_tells_nothing():
    found = made(events((8, DELIVERY, 8, "c"), (8, None, 9, "c")))
    assert found == {"news2": [True] * 8, "nice_pregnant": [False] * 8}


def test_another_code_of_the_same_origin_takes_nothing_back():
    found = made(events((8, DELIVERY, 8, "c"), (8, "ICD10:N39.0", 9, "c")))
    assert found["news2"] == [False] * 8


def test_what_is_charted_later_counts():
    found = made(events((1, DELIVERY, 1, "c"), charted=((3.5, "not pregnant"),)))
    assert found["news2"] == [False] * 3 + [True] * 5


@pytest.mark.parametrize(
    "code", ["ICD10:A41.9|principal", "ICD9:995.92", "ICD10:P07.3", "ICD10:Z38.00", "sepsis"]
)
def test_other_codes_tell_nothing(code):
    assert made(events((8, code, 8, "c")))["news2"] == [True] * 8


def test_the_explanation_says_so(tmp_path):
    opensepsis.label(
        stays=stays(), events=events((8, DELIVERY, 8, "c")), definitions="news2", out=tmp_path / "out"
    )
    told = why_stay(tmp_path / "out", "hospital", at(4))
    assert "not known while charted as pregnant or charted in the last 42 days as recently pregnant" in told


def test_a_hospital_without_a_table_of_diagnoses_is_labelled_all_the_same(tmp_path):
    small_mimic.write(tmp_path)
    (tmp_path / "hosp" / "diagnoses_icd.csv.gz").unlink()
    assert opensepsis.label("mimic-iv", tmp_path, definitions="news2").scores["news2"].height
    with pytest.raises(MissingError, match="diagnoses_icd"):
        opensepsis.label("mimic-iv", tmp_path, definitions="adult_sepsis_event")


@pytest.mark.parametrize(
    ("word", "days", "is_made"),
    [
        ("pregnant", 299, False),
        ("pregnant", 301, True),
        ("recently pregnant", 41, False),
        ("recently pregnant", 43, True),
        ("ICD10:O80", 41, False),  # a birth
        ("ICD10:O80", 43, True),
        ("ICD10:O03.9", 43, True),  # a miscarriage
        ("ICD10:O14.1", 43, False),  # of a pregnancy that goes on
    ],
)
def test_a_pregnancy_lasts_300_days_and_42_after_its_end(word, days, is_made):
    coded = ((-24 * days, word, -24 * days, "c"),) if word.startswith("ICD") else ()
    charted = () if coded else ((-24 * days, word),)
    assert made(events(*coded, charted=charted))["news2"] == [is_made] * 8
    assert made(events(*coded, charted=charted))["nice_pregnant"] == [not is_made] * 8


def test_who_was_charted_pregnant_before_and_gave_birth_50_days_ago_is_neither():
    charted = ((-24 * 100, "pregnant"), (-24 * 50, "recently pregnant"))
    assert made(events(charted=charted)) == {"news2": [True] * 8, "nice_pregnant": [False] * 8}

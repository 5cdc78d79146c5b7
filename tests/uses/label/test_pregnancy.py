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
    found = made(events(*coded, charted=charted))
    assert found == {"news2": [is_made] * 8, "nice_pregnant": [not is_made] * 8}


def test_who_was_charted_pregnant_before_and_gave_birth_50_days_ago_is_neither():
    charted = ((-24 * 100, "pregnant"), (-24 * 50, "recently pregnant"))
    assert made(events(charted=charted)) == {"news2": [True] * 8, "nice_pregnant": [False] * 8}


def of(sex: str | None, age: float | None) -> pl.DataFrame:
    return stays().with_columns(sex=pl.lit(sex, pl.String), age=pl.lit(age, pl.Float64))


PEOPLE = [  # sex, age, and whether a pregnancy is possible
    ("M", 30, False), ("male", 30, False), ("F", 30, True), ("F", 76, False), ("F", 64.9, True), ("F", 65, False),
    ("F", 8.9, False), (None, 30, True), ("U", 30, True), (None, 76, False), ("F", None, True), (None, None, True), ("M", None, False),
]  # fmt: skip


def for_each(frame_of) -> pl.DataFrame:
    """A frame for each of these people, under a name of their own."""
    named = (frame_of(*one).with_columns(patient=pl.lit(str(n))) for n, one in enumerate(PEOPLE))
    return pl.concat(named)


@pytest.mark.parametrize("as_known", [False, True])
@pytest.mark.parametrize(
    "told",
    [events(charted=((-3, "pregnant"),)), events((-3, "ICD10:O14.1", -3, "c")), events(charted=((-3, "recently pregnant"),))],
)  # fmt: skip
def test_a_pregnancy_that_cannot_be_is_nobodys(told, as_known):
    theirs = for_each(lambda sex, age, _: of(sex, age)).with_columns(stay="patient")
    asked = {"definitions": "news2,nice_pregnant", "as_known": as_known}
    labels = opensepsis.label(stays=theirs, events=for_each(lambda *_: told), **asked)
    for n, (sex, age, possible) in enumerate(PEOPLE):
        grown = age is None or age >= 16
        found = {
            name: (frame.filter(stay=str(n))["rows_known"] > 0).to_list()
            for name, frame in labels.scores.items()
        }
        expected = {"news2": [grown and not possible] * 8, "nice_pregnant": [possible] * 8}
        assert found == expected, (sex, age)


@pytest.mark.parametrize("told", [events(charted=((-3, "pregnant"),)), events((8, DELIVERY, 8, "c"))])
def test_it_is_counted_and_the_explanation_has_the_score(tmp_path, told):
    labels = opensepsis.label(stays=of("M", 30.0), events=told, definitions="news2", out=tmp_path / "out")
    (counted,) = [one for one in labels.run["counts"]["rejections"] if one["concept"] == "pregnancy"]
    assert (counted["count"], counted["reason"]) == (1, "a pregnancy of a man: not counted")
    assert "pregnant" not in why_stay(tmp_path / "out", "hospital", at(4))


def test_ng253_and_maternal_sepsis_go_by_the_same_rule():
    told = events(charted=((-3, "pregnant"),))
    more = [
        {"patient": "a", "concept": "culture", "time": at(2), "known": at(2), "text": "blood"},
        {"patient": "a", "concept": "antibiotic", "time": at(2), "known": at(2), "text": "ceftriaxone|IV"},
    ]
    told = pl.concat([told, pl.DataFrame(more)], how="diagonal_relaxed")
    for sex, possible in (("M", False), ("F", True)):
        labels = opensepsis.label(
            stays=of(sex, 30.0), events=told, definitions="nice_ng253,maternal_early_warning"
        )
        assert (labels.clocks.height == 0) is possible
        known = labels.scores["maternal_early_warning"]["rows_known"].to_list()
        assert any(known) is possible

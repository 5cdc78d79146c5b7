"""Which visits are part of a stay, and how old a patient was on the day of presentation."""

from datetime import UTC, datetime, timedelta
from random import Random

import polars as pl
import pytest

from opensepsis.engine.batch.arrivals import arrivals
from opensepsis.engine.live.arrivals import Span, arrival
from opensepsis.engine.semantics.calendar import UTC_DAYS, Calendar

MICROSECOND = timedelta(microseconds=1)


def at(day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, 3, day, hour, minute, tzinfo=UTC)


def told(*stays: tuple, calendar: Calendar = UTC_DAYS) -> dict[str, dict]:
    """What is told of each stay (name, patient, kind, admitted, discharged, born, age)."""
    names = ("stay", "patient", "kind", "admitted", "discharged", "born", "age")
    kinds = {"born": pl.Datetime("us", "UTC"), "age": pl.Float64}
    frame = pl.DataFrame(
        [(*s, *[None] * (7 - len(s))) for s in stays], schema=names, schema_overrides=kinds, orient="row"
    )
    frame = frame.with_columns(
        pl.col("admitted", "discharged").cast(kinds["born"]), sex=pl.lit("F"), person=0, pid=0
    ).with_row_index("sid")
    found = arrivals(frame, frame.drop("sid", "pid"), calendar)
    found = found.with_columns(pl.col("presented", "on_ward").cast(kinds["born"]))
    return {row["stay"]: row for row in frame.select("sid", "stay").join(found, on="sid").to_dicts()}


def test_visits_chain_back_from_the_admission():
    found = told(
        ("ward", "a", "hospital", at(2, 6), at(9, 12)),
        ("watched", "a", "observation", at(1, 20), at(2, 5)),
        ("arrived", "a", "emergency", at(1, 12), at(1, 19)),
        ("day before", "a", "emergency", at(1, 8), at(1, 10, 59)),
    )
    assert found["ward"]["presented"] == at(1, 12)
    assert [name for name, row in found.items() if row["led_on"]] == ["watched", "arrived"]
    assert [row["visits"] for row in found.values()] == [2, 0, 0, 1]
    assert [name for name, row in found.items() if row["by_itself"]] == ["day before"]


def test_a_visit_that_goes_on_after_the_admission_is_part_of_the_stay():
    found = told(
        ("ward", "a", "hospital", at(2, 6), at(9, 12)), ("boarding", "a", "emergency", at(1, 12), at(2, 9))
    )
    assert found["ward"]["presented"] == at(1, 12) and found["boarding"]["led_on"]


def test_a_visit_at_the_door_of_a_stay_is_part_of_it():
    found = told(
        ("ward", "a", "hospital", at(2, 6), at(9, 12)), ("door", "a", "emergency", at(2, 6), at(2, 11)),
        ("later", "a", "observation", at(4, 6), at(5, 6)), ("after", "a", "emergency", at(9, 12), at(9, 18)),
    )  # fmt: skip
    assert found["ward"]["presented"] == at(2, 6)
    assert found["ward"]["on_ward"] == at(2, 11)
    assert found["door"]["led_on"] and found["later"]["led_on"] and found["after"]["by_itself"]


def test_a_visit_of_another_patient_is_not():
    found = told(
        ("ward", "a", "hospital", at(2, 6), at(9, 12)), ("visit", "b", "emergency", at(1, 12), at(2, 5))
    )
    assert found["ward"]["presented"] == at(2, 6) and found["visit"]["by_itself"]


@pytest.mark.parametrize(
    "born, years",
    [(at(2, 0, year=2008), 18), (at(3, 0, year=2008), 17), (at(1, 0, year=2008), 18)],
)
def test_the_birthday_itself_counts(born, years):
    assert told(("ward", "a", "hospital", at(2, 6), at(9, 12), born, 17.9))["ward"]["years"] == years


@pytest.mark.parametrize("month", range(1, 13))
def test_a_birthday_of_any_month_is_ahead_until_its_day(month):
    came = datetime(2026, month, 15, 6, tzinfo=UTC)
    for day, years in ((14, 18), (15, 18), (16, 17)):
        stay = ("ward", "a", "hospital", came, came, datetime(2008, month, day, tzinfo=UTC), None)
        assert told(stay)["ward"]["years"] == years
    for other in (3, 11):
        stay = ("ward", "a", "hospital", came, came, datetime(2008, other, 15, tzinfo=UTC), None)
        assert told(stay)["ward"]["years"] == (18 if other <= month else 17)


def test_the_day_is_that_of_the_hospital():
    evening = ("ward", "a", "hospital", at(2, 3), at(9, 12), at(2, 5, year=2008), None)
    assert told(evening)["ward"]["years"] == 18
    assert told(evening, calendar=Calendar("America/New_York"))["ward"]["years"] == 17


def test_without_a_birth_the_age_as_recorded_counts():
    assert told(("ward", "a", "hospital", at(2, 6), at(9, 12), None, 17.99))["ward"]["years"] == 17
    assert told(("ward", "a", "hospital", at(2, 6), at(9, 12)))["ward"]["years"] is None


def drawn(draw: Random) -> list[Span]:
    """Spans of one patient, many of them close to one another."""
    kinds = ("hospital", "hospital", "emergency", "emergency", "observation")
    found = []
    for _ in range(draw.randint(1, 6)):
        came = draw.randint(0, 60) * 30  # minutes
        left = came + draw.choice((30, 60, 90, 240, 600))
        found.append(Span(draw.choice(kinds), came * 60_000_000, left * 60_000_000))
    return list({(s.kind, s.came): s for s in found}.values())


def test_the_plain_engine_tells_the_same():
    draw = Random(20260302)
    first = datetime(1970, 1, 1, tzinfo=UTC)
    compared = 0
    for _ in range(300):
        spans = drawn(draw)
        rows = [
            (
                str(n),
                "a",
                s.kind,
                first + timedelta(microseconds=s.came),
                first + timedelta(microseconds=s.left),
            )
            for n, s in enumerate(spans)
        ]
        batch = told(*rows)
        for n, span in enumerate(spans):
            found, row = arrival(span, [s for s in spans if s is not span]), batch[str(n)]
            mine = (found.presented, found.on_ward, found.by_itself, found.led_on)
            theirs = (
                (row["presented"] - first) // MICROSECOND,
                row["on_ward"] and (row["on_ward"] - first) // MICROSECOND,
            )
            assert (mine[0], mine[2:]) == (theirs[0], (row["by_itself"], row["led_on"]))
            if span.kind == "hospital":
                assert (mine[1] or span.came) == (theirs[1] or span.came)
                compared += found.on_ward is not None
    assert compared > 100

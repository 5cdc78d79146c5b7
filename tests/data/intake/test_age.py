"""Ages as they are sent: in years, in other units, as a group, or as what cannot be."""

import pytest

from opensepsis.data.intake.age import read_age
from tests.support.hospitals.csv_folder import EVENTS, convert, folder

SENT = [
    ("71", 71), ("71.5", 71.5), ("71,5", 71.5), ("71y", 71), ("71 y.o.", 71), ("71 Jahre", 71), ("71-year-old", 71),
    ("71 ans", 71), ("18 months", 1.5), ("6 Mo", 0.5), ("18 Monate", 1.5), ("0", 0), ("130", 130), ("131", None),
    (">89", 90), ("90+", 90), ("NA", None), ("-1", None), ("999", None), ("71 F", None), ("71 m", None), ("<1", None),
    ("2 0", None), ("7 1 years", None),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "years"), SENT)
def test_an_age_in_years(sent, years):
    assert read_age(sent) == years


def test_weeks_and_days_of_a_newborn():
    assert read_age("2 weeks") == read_age("14 Tage") == pytest.approx(14 / 365.2425)


def test_ages_that_cannot_be_are_told_and_their_stays_kept(tmp_path):
    ages = ("71 years", "-1", "999", "old", "")
    stays = "patient,stay,admitted,age\n" + "".join(
        f"a,{number},2026-01-01T00:00:00Z,{age}\n" for number, age in enumerate(ages)
    )
    made = convert(folder(tmp_path / "h", stays, EVENTS))
    assert made.stays.sort("stay")["age"].to_list() == [71, None, None, None, None]
    told = [(r["reason"], r["count"], r["rows"]) for r in made.counts["rejections"]]
    assert told == [("'age' is not an age from 0 to 130 years", 3, [3, 4, 5])]

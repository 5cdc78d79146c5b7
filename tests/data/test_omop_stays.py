"""Visits and visit details of a CDM as stays, of version 5.3 and 5.4; deaths."""

import csv

import polars as pl
import pytest

from opensepsis.data.schema import STAYS
from opensepsis.data.sources.omop import open_omop
from opensepsis.data.timeline.stays import shaped_stays, split_stays
from tests.support.hospitals.small_omop import (
    DETAIL,
    PERSON,
    SOMEBODY,
    VISIT,
    at,
    detail,
    moment,
    visit,
    write,
)


def stays(place) -> pl.DataFrame:
    return open_omop(place).stays()


def test_a_visit_and_its_time_in_intensive_care(tmp_path):
    found = stays(write(tmp_path))
    assert dict(found.schema) == STAYS
    assert found.select("stay", "kind", "admitted", "discharged", "discharged_to", "age", "sex").rows() == [
        (str(VISIT), "hospital", moment("08:00"), moment("12:00", 9), "HOME", 70.0, "F"),
        (f"d{DETAIL}", "icu", moment("10:00"), moment("10:00", 5), "WARD", 70.0, "F"),
    ]
    assert found["patient"].unique().to_list() == [str(PERSON)]


def test_version_5_4_calls_the_places_otherwise(tmp_path):
    folder = write(tmp_path)
    file = folder / "visit_occurrence.csv"
    text = (
        file.read_text()
        .replace("discharge_to_", "discharged_to_")
        .replace("admitting_source_value", "admitted_from_source_value")
    )
    file.write_text(text)
    assert stays(folder)["discharged_to"].to_list() == ["HOME", "WARD"]


def test_units_that_follow_on_one_another_are_one_stay(tmp_path):
    details = [
        detail(40481392, at("10:00"), at("11:30", 2), 1),
        detail(4305366, at("11:30", 2), at("09:00", 3), 2),
        detail(38004515, at("09:00", 3), at("10:00", 4), 3),
        detail(8717, at("10:00", 4), at("10:00", 5), 4, care_site_id=1),
        detail(8717, at("10:00", 5), at("10:00", 6), 5, care_site_id=2),
    ]
    sites = [
        {"care_site_id": 1, "care_site_name": "Surgical ICU"},
        {"care_site_id": 2, "care_site_name": "ICU step-down"},
    ]
    found = stays(write(tmp_path, visit_detail=details, care_site=sites)).filter(kind="icu")
    assert found.select("stay", "admitted", "discharged").rows() == [
        ("d1", moment("10:00"), moment("09:00", 3)), ("d4", moment("10:00", 4), moment("10:00", 5)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("concept", "end", "bed", "kind"),
    [
        (9203, at("14:00"), False, "emergency"), (9203, at("14:00"), True, "hospital"), (8870, at("12:00", 3), False, "hospital"),
        (9202, at("14:00"), False, None), (9202, at("14:00"), True, "hospital"), (581385, at("14:00"), False, "observation"),
        (581385, at("12:00", 3), False, "observation"), (581385, at("14:00"), True, "hospital"),
        (0, at("14:00"), False, "hospital"), (0, at("08:00"), False, None), (32037, at("14:00"), False, "icu"),
    ],
)  # fmt: skip
def test_which_visits_are_stays(tmp_path, concept, end, bed, kind):
    details = [detail(4160026, at("09:00"), at("13:00"))] if bed else []
    folder = write(tmp_path, visit_occurrence=[visit(concept, at("08:00"), end)], visit_detail=details)
    assert stays(folder)["kind"].to_list() == ([kind] if kind else [])
    source = open_omop(folder)
    list(source.events(frozenset({"heart_rate"})))
    assert source.counts()["visits"] == {kind or "no stay": {str(concept): 1}}


def test_days_without_a_time_last_to_their_end(tmp_path):
    row = SOMEBODY["visit_occurrence"][0] | {"visit_start_datetime": None, "visit_end_datetime": None}
    found = stays(write(tmp_path, visit_occurrence=[row], visit_detail=[]))
    assert found.select("admitted", "discharged").row(0) == (moment("00:00"), moment("00:00", 10))


@pytest.mark.parametrize(
    ("time", "died"),
    [
        (at("07:30", 9), moment("07:30", 9)),  # a time of its own
        (at("12:00", 9), moment("23:59", 9).replace(second=59)),  # that of leaving: charting may go on
        (at("00:00", 9), moment("23:59", 9).replace(second=59)),
        (None, moment("23:59", 9).replace(second=59)),
    ],
)
def test_a_death_at_discharge_is_known_by_its_day(tmp_path, time, died):
    folder = write(tmp_path, death=[{"death_date": "2021-03-09", "death_datetime": time}])
    assert set(stays(folder)["died"]) == {died}
    kept, aside = split_stays(shaped_stays(stays(folder)))
    assert (kept.height, aside.height) == (2, 0)


def test_a_birth_of_which_only_the_year_is_known_is_no_birthday(tmp_path):
    person = {
        "gender_concept_id": 0,
        "gender_source_value": "X",
        "year_of_birth": 1951,
        "birth_datetime": "1951-01-01 00:00:00",
    }
    found = stays(write(tmp_path, person=[person]))
    assert found.select("born", "age", "sex").row(0) == (None, 70.0, "X")
    whole = stays(write(tmp_path / "b", person=[person | {"month_of_birth": 3, "day_of_birth": 4}]))
    assert whole["born"].dt.date().cast(pl.String).to_list() == ["1951-01-01"] * 2


def test_a_rejected_stay_is_told_with_its_row(tmp_path):
    wrong = [visit(9201, at("08:00", 5), at("08:00", 4)), visit(9201, at("08:00"), at("08:00", 2), 7)]
    folder = write(tmp_path, visit_occurrence=wrong, visit_detail=[])
    source = open_omop(folder)
    _, aside = split_stays(shaped_stays(source.stays()))
    assert source.with_rows(aside).select("table", "id", "row", "reason").rows() == [
        ("visit_occurrence.csv", "visit_occurrence_id", 2, "ends before it starts")
    ]


def test_a_visit_identifier_in_floating_point_is_refused(tmp_path):
    folder = write(tmp_path)
    pl.read_csv(folder / "visit_occurrence.csv").with_columns(
        pl.col("visit_occurrence_id").cast(pl.Float64)
    ).write_parquet(folder / "visit_occurrence.parquet")
    (folder / "visit_occurrence.csv").unlink()
    with pytest.raises(Exception, match=r"visit_occurrence_id holds identifiers as floating-point") as caught:
        stays(folder)
    assert type(caught.value).__name__ == "FormatError"


def test_rows_of_every_table_are_counted(tmp_path):
    folder = write(tmp_path)
    with (folder / "measurement.csv").open(newline="") as lines:
        assert next(csv.reader(lines))[0] == "measurement_id"
    source = open_omop(folder)
    list(source.events(None))
    assert source.counts()["read"]["measurement"] == 0

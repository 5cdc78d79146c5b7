"""Stays and the clock of eICU, on made-up tables."""

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.sources import open_source
from opensepsis.errors import MissingError
from tests.support.hospitals.small_eicu import ENTERED, events, read, stay, values, write


def _local(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def test_a_stay_in_hospital_begins_at_its_time_of_day_and_the_unit_stay_by_its_offset(tmp_path: Path) -> None:
    stays = read(write(tmp_path / "eicu"), tmp_path).stays.sort("kind")
    assert stays["kind"].to_list() == ["hospital", "icu"]
    assert stays["stay"].to_list() == ["101", "1"]
    assert [_local(at) for at in stays["admitted"]] == [datetime(2015, 1, 1, 11, 14), ENTERED]
    assert [_local(at) for at in stays["discharged"]] == [
        ENTERED + timedelta(days=1),
        ENTERED + timedelta(hours=10),
    ]
    assert stays["discharged_to"].to_list() == ["Home", "WARD"]


def test_two_unit_stays_of_one_hospital_stay_are_one_patient_on_one_clock(tmp_path: Path) -> None:
    again = stay(2, patienthealthsystemstayid=101, hospitaladmitoffset=-720, hospitaldischargeoffset=840)
    rows = [
        {"observationoffset": 590, "heartrate": 90},
        {"patientunitstayid": 2, "observationoffset": -10, "heartrate": 95},
    ]
    timeline = read(write(tmp_path / "eicu", [stay(), again], vitalperiodic=rows), tmp_path)
    icu = timeline.stays.filter(pl.col("kind") == "icu").sort("stay")
    assert icu["patient"].to_list() == ["101", "101"]
    assert [_local(at) for at in icu["admitted"]] == [ENTERED, ENTERED + timedelta(hours=10)]
    assert timeline.stays.filter(pl.col("kind") == "hospital").height == 1
    assert values(timeline, "heart_rate") == [(590.0, 90.0), (590.0, 95.0)]


def test_two_hospital_stays_of_one_person_are_two_patients_for_their_order_is_not_told(
    tmp_path: Path,
) -> None:
    timeline = read(
        write(tmp_path / "eicu", [stay(1, uniquepid="002-7"), stay(2, uniquepid="002-7")]), tmp_path
    )
    assert timeline.stays["patient"].n_unique() == 2


@pytest.mark.parametrize(("said", "age"), [("> 89", 90.0), ("87", 87.0), ("", None), ("0", 0.0)])
def test_an_age_above_89_is_90_and_an_empty_one_not_known(
    tmp_path: Path, said: str, age: float | None
) -> None:
    assert read(write(tmp_path / "eicu", [stay(age=said)]), tmp_path).stays["age"].to_list() == [age, age]


@pytest.mark.parametrize(
    ("unit", "hospital", "hours"),
    [
        ("Expired", "Expired", 10),
        ("Alive", "Expired", 24),
        ("Expired", "Alive", 10),
        ("EXPIRED", " expired", 10),
        ("Alive", "Alive", None),
        ("", "", None),
    ],
)
def test_a_death_is_at_the_discharge_that_the_patient_did_not_survive(
    tmp_path: Path, unit: str, hospital: str, hours: int | None
) -> None:
    rows = [stay(unitdischargestatus=unit, hospitaldischargestatus=hospital)]
    died = read(write(tmp_path / "eicu", rows), tmp_path).stays["died"].to_list()
    wanted = None if hours is None else ENTERED + timedelta(hours=hours)
    assert [at and _local(at) for at in died] == [wanted, wanted]


@pytest.mark.parametrize(
    ("status", "place", "said"),
    [("", "", "not told whether dead"), ("Alive", "", None), ("", "Home", "Home"), ("Expired", "", None)],
)
def test_of_whom_neither_status_nor_place_is_told_it_is_not_known_whether_they_died(
    tmp_path: Path, status: str, place: str, said: str | None
) -> None:
    row = stay(unitdischargestatus="Alive", hospitaldischargestatus=status, hospitaldischargelocation=place)
    stays = read(write(tmp_path / "eicu", [row]), tmp_path).stays.filter(pl.col("kind") == "hospital")
    assert stays["discharged_to"].to_list() == [said]


def test_no_stay_is_dropped_in_silence(tmp_path: Path) -> None:
    rows = [stay(n) for n in range(1, 40)] + [stay(40, unitdischargeoffset=-600)]
    timeline = read(write(tmp_path / "eicu", rows), tmp_path)
    assert timeline.stays.height == 79
    assert timeline.rejected_stays.select("reason", "table", "id", "row").rows() == [
        ("ends before it starts", "patient.csv.gz", "patientunitstayid", 41)
    ]


def test_identifiers_above_two_to_the_53_stay_exact(tmp_path: Path) -> None:
    large = 2**60 + 1
    rows = [{"patientunitstayid": large, "observationoffset": 5, "heartrate": 90}]
    made = write(tmp_path / "eicu", [stay(large, patienthealthsystemstayid=large + 2)], vitalperiodic=rows)
    timeline = read(made, tmp_path)
    assert set(timeline.stays["stay"]) == {str(large), str(large + 2)}
    assert events(timeline, "heart_rate")["patient"].to_list() == [str(large + 2)]


def test_a_row_of_a_stay_that_is_not_there_is_rejected(tmp_path: Path) -> None:
    rows = [{"patientunitstayid": 9, "observationoffset": 5, "heartrate": 90}]
    timeline = read(write(tmp_path / "eicu", vitalperiodic=rows), tmp_path)
    assert timeline.rejected["reason"].to_list() == ["no patient"]


def test_weight_and_height_stand_at_the_admission_to_the_unit_and_0_is_nothing(tmp_path: Path) -> None:
    timeline = read(write(tmp_path / "eicu", [stay(admissionheight=0)]), tmp_path)
    assert values(timeline, "weight") == [(0.0, 80.0)]
    assert values(timeline, "height") == []


def test_a_table_that_was_not_sent_is_named_and_no_error(tmp_path: Path) -> None:
    told = read(write(tmp_path / "eicu", lab=[]), tmp_path).counts["source"]
    assert "nursecharting" in told["tables_not_there"] and "lab" not in told["tables_not_there"]


def test_a_folder_without_the_stays_says_what_to_give(tmp_path: Path) -> None:
    (tmp_path / "eicu").mkdir()
    with pytest.raises(
        MissingError, match=r"holds no table patient\. Give the folder of the official release"
    ):
        open_source("eicu", tmp_path / "eicu")


def test_a_duckdb_file_and_parquet_give_the_same_as_csv(tmp_path: Path) -> None:
    import duckdb

    made = write(
        tmp_path / "eicu",
        lab=[{"labresultoffset": 5, "labresultrevisedoffset": 30, "labname": "creatinine", "labresult": 1.2, "labresulttext": "1.2",
              "labmeasurenamesystem": "mg/dL", "labmeasurenameinterface": "mg/dL"}],
        infusiondrug=[{"infusionoffset": 5, "drugname": "Norepinephrine (mcg/min)", "drugrate": "8"}],
    )  # fmt: skip
    (tmp_path / "parquet").mkdir()
    with duckdb.connect(str(tmp_path / "eicu.duckdb")) as store:
        for file in sorted(made.glob("*.csv.gz")):
            name = file.name.split(".")[0]
            store.execute(f"create table {name} as select * from read_csv('{file}', all_varchar=true)")
            store.execute(f"copy {name} to '{tmp_path}/parquet/{name}.parquet'")
    for number, place in enumerate((tmp_path / "eicu.duckdb", tmp_path / "parquet")):
        (tmp_path / str(number)).mkdir()
        other = read(place, tmp_path / str(number))
        here = read(made, tmp_path / str(number))
        assert other.stays.equals(here.stays)
        for concept in ("creatinine", "norepinephrine"):
            assert events(other, concept).rows() == events(here, concept).rows() != []

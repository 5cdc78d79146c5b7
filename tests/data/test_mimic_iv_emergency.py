"""Care in the emergency department: MIMIC-IV-ED beside MIMIC-IV, made up and, where it is at hand, the open demo."""

import csv
import gzip
import os
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from opensepsis import label, open_source
from opensepsis.data.intake.checks import split
from opensepsis.data.sources.mimic_iv import open_mimic_iv
from opensepsis.errors import MissingError, SourceError
from tests.support.hospitals.small_mimic import ADMISSION, PATIENT, STAY, at, moment, write

SHARED = Path(os.environ.get("OPENSEPSIS_SHARED", Path(__file__).parents[3] / "shared"))
DEMO, ED_DEMO = SHARED / "data" / "mimic-iv-demo", SHARED / "data" / "mimic-iv-demo-ed"
COLUMNS = {
    "edstays": "subject_id hadm_id stay_id intime outtime gender disposition",
    "triage": "subject_id stay_id temperature heartrate resprate o2sat sbp dbp pain acuity chiefcomplaint",
    "vitalsign": "subject_id stay_id charttime temperature heartrate resprate o2sat sbp dbp rhythm pain",
    "pyxis": "subject_id stay_id charttime med_rn name gsn_rn gsn",
    "medrecon": "subject_id stay_id charttime name gsn ndc",
}
ARRIVAL = {"intime": at("05:00"), "outtime": at("08:30"), "gender": "F", "disposition": "ADMITTED"}


def write_ed(path: Path, **tables: list[dict]) -> Path:
    """MIMIC-IV-ED with one stay of the one patient; its number is that of the stay in intensive care too."""
    for table, columns in COLUMNS.items():
        rows = tables.get(table, [ARRIVAL] if table == "edstays" else [])
        ids = {"subject_id": PATIENT, "hadm_id": ADMISSION, "stay_id": STAY}
        (path / "ed").mkdir(parents=True, exist_ok=True)
        with gzip.open(path / "ed" / f"{table}.csv.gz", "wt", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, columns.split(), extrasaction="ignore")
            writer.writeheader()
            writer.writerows({**ids, **row} for row in rows)
    return path


def events(tmp_path: Path, *concepts: str, **tables) -> pl.DataFrame:
    own, ed = write(tmp_path / "mimic"), write_ed(tmp_path / "mimic-ed", **tables)
    return pl.concat(open_mimic_iv(own, ed).events(frozenset(concepts)), how="diagonal").sort(
        "time", "concept"
    )


def test_triage_counts_at_arrival_and_later_vital_signs_when_charted(tmp_path):
    found = events(
        tmp_path, "heart_rate", "systolic_pressure",
        triage=[{"heartrate": 120, "sbp": 84}], vitalsign=[{"charttime": at("06:30"), "heartrate": 110}],
    )  # fmt: skip
    assert found.select("time", "known", "value", "concept").cast({"concept": pl.String}).rows() == [
        (moment("05:00"), moment("05:00"), 120, "heart_rate"),
        (moment("05:00"), moment("05:00"), 84, "systolic_pressure"),
        (moment("06:30"), moment("06:30"), 110, "heart_rate"),
    ]


@pytest.mark.parametrize(("charted", "expected"), [(101.3, 38.5), (38.5, 38.5), (98.6, 37.0)])
def test_a_temperature_tells_its_scale(tmp_path, charted, expected):
    found = events(tmp_path, "temperature", triage=[{"temperature": charted}])
    assert found["value"].to_list() == pytest.approx([expected])


def test_a_drug_from_the_cabinet_is_ordered_and_home_medication_is_nothing(tmp_path):
    taken = {"charttime": at("06:00"), "name": "CefTRIAXone", "med_rn": 2}
    found = events(
        tmp_path, "antibiotic", "antibiotic_order",
        pyxis=[{**taken, "gsn_rn": 1, "gsn": "9"}, {**taken, "gsn_rn": 2, "gsn": "10"}, {**taken, "name": "Ondansetron", "med_rn": 3}],
        medrecon=[{"charttime": at("05:10"), "name": "amoxicillin 500 mg"}],
    )  # fmt: skip
    assert found.select(pl.col("concept").cast(pl.String), "text", "time", "origin").rows() == [
        ("antibiotic_order", "ceftriaxone|", moment("06:00"), f"ed/pyxis/{STAY}/2")
    ]


def test_a_stay_in_the_emergency_department_has_its_own_name(tmp_path):
    own, ed = write(tmp_path / "mimic"), write_ed(tmp_path / "mimic-ed")
    stays = open_mimic_iv(own, ed).stays()
    assert dict(stays.select("kind", "stay").rows()) == {
        "hospital": "70",
        "icu": "700",
        "emergency": "ed-700",
    }
    (stay,) = stays.filter(kind="emergency").rows(named=True)
    assert (stay["admitted"], stay["discharged"], stay["age"], stay["sex"]) == (
        moment("05:00"),
        moment("08:30"),
        62,
        "F",
    )
    assert stay["discharged_to"] == "WARD"


def test_a_rejected_stay_is_found_in_its_file(tmp_path):
    own, ed = (
        write(tmp_path / "mimic"),
        write_ed(tmp_path / "mimic-ed", edstays=[{**ARRIVAL, "outtime": at("04:00")}]),
    )
    labels = label("mimic-iv", own, definitions="sofa", ed=ed)
    (rejected,) = labels.run["counts"]["rejections"]
    assert (rejected["table"], rejected["rows"]) == ("ed/edstays.csv.gz", [2])


def test_care_before_the_ward_counts(tmp_path):
    own = write(tmp_path / "mimic")
    ed = write_ed(tmp_path / "mimic-ed", vitalsign=[{"charttime": at("07:50"), "sbp": 84, "resprate": 26}])
    points = [
        label("mimic-iv", own, definitions="qsofa", ed=given).scores["qsofa"]["total"][0]
        for given in (None, ed)
    ]
    assert points[0] in (None, 0) and points[1] == 2


def test_the_folder_ed_itself_may_be_given_and_a_wrong_one_is_told(tmp_path):
    own, ed = write(tmp_path / "mimic"), write_ed(tmp_path / "mimic-ed")
    assert open_mimic_iv(own, ed / "ed").stays().height == 3
    with pytest.raises(MissingError, match="holds no ed/"):
        open_mimic_iv(own, own)
    with pytest.raises(SourceError, match="mimic-iv"):
        open_source("csv", own, ed=ed)


@pytest.mark.skipif(
    not (DEMO.is_dir() and ED_DEMO.is_dir()), reason=f"no {DEMO} and {ED_DEMO}; set OPENSEPSIS_SHARED"
)
def test_the_open_demo():
    source = open_mimic_iv(DEMO, ED_DEMO)
    stays = source.stays()
    assert dict(stays["kind"].value_counts().iter_rows()) == {"hospital": 275, "icu": 140, "emergency": 222}
    parts = [
        split(batch) for batch in source.events(frozenset({"heart_rate", "temperature", "antibiotic_order"}))
    ]
    kept = pl.concat(kept for kept, _ in parts).filter(pl.col("origin").str.starts_with("ed/"))
    counted = dict(kept.group_by(pl.col("concept").cast(pl.String)).len().iter_rows())
    assert counted["heart_rate"] == pytest.approx(1_008 + 208, abs=10)
    temperature = kept.filter(pl.col("concept") == "temperature")["value"]
    assert (
        temperature.quantile(0.02) > 34
        and temperature.quantile(0.99) < 40
        and 36 < temperature.median() < 37.5
    )
    assert counted["antibiotic_order"] == 97
    counts = source.counts()
    assert counts["read"]["ed/vitalsign"] == 1_038 and counts["read"]["ed/triage"] == 222
    assert not any(table.endswith("medrecon") for table in counts["read"])


@pytest.mark.skipif(
    not (DEMO.is_dir() and ED_DEMO.is_dir()), reason=f"no {DEMO} and {ED_DEMO}; set OPENSEPSIS_SHARED"
)
def test_care_before_the_ward_counts_in_the_open_demo():
    asked = "qsofa,sofa,sepsis3:orders"
    without = label("mimic-iv", DEMO, stay_kind="hospital", definitions=asked)
    beside = label("mimic-iv", DEMO, stay_kind="hospital", definitions=asked, ed=ED_DEMO)
    known = [labels.scores["qsofa"]["total"].drop_nulls().len() for labels in (without, beside)]
    septic = [labels.stays["sepsis3:orders"].sum() for labels in (without, beside)]
    assert known == [13_425, 15_046] and septic == [87, 91]
    assert_frame_equal(without.scores["sofa"], beside.scores["sofa"])

"""`opensepsis export --to meds --events`: what the run was made of, in the data schema of MEDS 0.4, with the onsets among it."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import opensepsis
from opensepsis.uses.export import export_meds

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A patient with a corrected and a retracted value, an infusion, a culture, antibiotics and a diagnosis; and the folder."""
    folder = tmp_path_factory.mktemp("events")
    stays = pl.DataFrame(
        {
            "patient": "7",
            "stay": "s",
            "admitted": [at(0)],
            "discharged": at(40),
            "age": 70.0,
            "sex": "F",
            "died": at(39),
        }
    )
    columns = ("concept", "time", "end", "value", "text", "origin", "known")
    rows = [
        ("platelets", at(3), None, 40.1, None, "lab/1", at(4)),
        ("lactate", at(3), None, 9.0, None, "lab/2", at(4)),
        ("lactate", at(3), None, 2.0, None, "lab/2", at(6)),
        ("creatinine", at(3), None, 5.0, None, "lab/3", at(4)),
        ("creatinine", at(3), None, None, None, "lab/3", at(6)),
        ("norepinephrine", at(5), at(8), 0.1, None, "drug/1", at(5)),
        ("antibiotic", at(2), None, None, "ceftriaxone|iv", "drug/2", at(2)),
        ("culture", at(2), None, None, "blood", "micro/1", at(2)),
        ("diagnosis", at(40), None, None, "ICD10:A41.9", "icd/1", at(40)),
    ]
    events = pl.DataFrame(rows, schema=columns, orient="row").with_columns(patient=pl.lit("7"))
    opensepsis.label(
        stays=stays, events=events, definitions="sofa,septic_shock,sepsis3,course", out=folder / "results"
    )
    told = export_meds(folder / "results", folder / "out", "sepsis3", events=True)
    return told, folder / "out"


def test_events_are_those_that_stand_with_the_onsets_among_them(written):
    told, folder = written
    found = pl.read_parquet(folder / "data" / "0.parquet")
    assert told.events == found.height
    hours = (pl.col("time") - START.replace(tzinfo=None)).dt.total_minutes() / 60
    rows = found.select("code", hours.alias("hour"), "numeric_value", "text_value").rows()
    seen = {(code, hour): (number and round(number, 3), text) for code, hour, number, text in rows}
    assert seen["lactate", 3] == (2.0, None) and ("creatinine", 3) not in seen
    assert seen["norepinephrine", 5] == (0.1, None) and ("norepinephrine//end", 8) in seen
    assert seen["antibiotic", 2][1] == "ceftriaxone|iv" and ("diagnosis//ICD10:A41.9", 40) in seen
    assert ("sepsis3//onset", 2) in seen and {
        ("stay//hospital//start", 0),
        ("stay//hospital//end", 40),
    } <= set(seen)
    assert ("sex//F", None) in seen and ("MEDS_DEATH", 39) in seen


def test_a_subject_lies_in_order_of_time_with_what_has_none_first(written):
    found = pl.read_parquet(written[1] / "data" / "0.parquet")
    assert found["time"][0] is None and found["time"].drop_nulls().is_sorted()
    assert found["subject_id"].unique().to_list() == [7]


def test_the_columns_are_those_of_the_data_schema_of_meds(written):
    """As `meds` 0.4.1 declares them: codes are plain strings, values 32-bit, texts large strings."""
    assert pq.read_schema(written[1] / "data" / "0.parquet").remove_metadata() == pa.schema(
        [
            ("subject_id", pa.int64()),
            ("time", pa.timestamp("us")),
            ("code", pa.string()),
            ("numeric_value", pa.float32()),
            ("text_value", pa.large_string()),
        ]
    )


def test_codes_are_described_and_the_data_set_says_what_made_it(written):
    codes = pl.read_parquet(written[1] / "metadata" / "codes.parquet")
    assert set(codes["code"]) == set(pl.read_parquet(written[1] / "data" / "0.parquet")["code"])
    told = dict(codes.select("code", "description").iter_rows())
    assert told["lactate"] == "lactate, mmol/L" and told["sepsis3//onset"] == "Sepsis-3: onset"
    about = json.loads((written[1] / "metadata" / "dataset.json").read_text())
    assert about["etl_name"] == "opensepsis" and about["meds_version"] == "0.4.1"

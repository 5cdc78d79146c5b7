"""What other writers of Parquet make of texts, names and times: databases, Spark, pandas."""

from datetime import datetime
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.hospitals.csv_folder import convert, folder, moment

EVENT = {"patient": ["a"], "concept": ["platelets"], "value": ["90000"], "unit": ["/uL"]}


def written(path, columns: dict) -> list[tuple]:
    """Time and value of the events that are read from these columns."""
    hospital = folder(path / "h")
    (hospital / "events.csv").unlink()
    time = {"time": pa.array([moment(1)], pa.timestamp("us", tz="UTC"))}
    pq.write_table(pa.table(EVENT | time | columns), hospital / "events.parquet")
    made = convert(hospital)
    assert made.counts["rejections"] == []
    return made.events().collect().select("time", "value").rows()


@pytest.mark.parametrize("zone", ["+05:30", "-05:00", "UTC+01:00", "Z", "America/New_York", "EST"])
def test_times_of_any_zone_keep_their_units(tmp_path, zone):
    """The zone of a column that a first look at concepts and units does not ask for must not hide their units."""
    at = pa.array([datetime(2026, 1, 1, 1)], pa.timestamp("us", tz=zone))
    assert written(tmp_path, {"time": at}) == [(moment(1), 90.0)]


@pytest.mark.parametrize("column", ["value", "unit", "concept", "patient"])
@pytest.mark.parametrize("kind", ["categories", "bytes"])
def test_texts_as_categories_or_bytes(tmp_path, column, kind):
    texts = pa.array(EVENT[column])
    coded = texts.dictionary_encode() if kind == "categories" else texts.cast(pa.binary())
    assert written(tmp_path, {column: coded}) == [(moment(1), 90.0)]


@pytest.mark.parametrize("number", ["17", "17.00", "12345678901234567890"])
def test_a_decimal_is_a_name_if_it_is_whole(tmp_path, number):
    """As Oracle exports NUMBER."""
    path = tmp_path / "h"
    path.mkdir()
    name, times = [Decimal(number)], pl.Series([moment(0)])
    pl.DataFrame({"patient": name, "stay": name, "admitted": times}).write_parquet(path / "stays.parquet")
    rows = EVENT | {"patient": [str(int(Decimal(number)))], "time": [moment(1)]}
    pl.DataFrame(rows).write_parquet(path / "events.parquet")
    made = convert(path)
    assert made.events().collect()["patient"].to_list() == rows["patient"]


def test_bytes_that_are_no_text_are_rejected(tmp_path):
    hospital = folder(tmp_path / "h")
    (hospital / "events.csv").unlink()
    rows = {"patient": "a", "concept": "wbc", "time": moment(1), "value": 7.0, "text": [b"\xff", None]}
    pl.DataFrame(rows).write_parquet(hospital / "events.parquet")
    assert [r["reason"] for r in convert(hospital).counts["rejections"]] == ["'text' is not a text"]


FILES = {
    "whole numbers first": ({"value": [90000]}, {"value": [90500.5]}),
    "decimals first": ({"value": [90500.5]}, {"value": [90000]}),
    "texts second": ({"value": [90000]}, {"value": ["90500.5"]}),
    "a unit only in the first": ({"value": ["90500.5"]}, {"value": [90000.0], "unit": None}),
    "a unit only in the second": ({"value": [90000.0], "unit": None}, {"value": ["90500.5"]}),
}


@pytest.mark.parametrize("case", FILES)
def test_files_of_one_table_have_columns_and_types_of_their_own(tmp_path, case):
    """Where other rows have a unit, one without is rejected: so in a file that lacks the column, whichever it is."""
    hospital = folder(tmp_path / "h")
    (hospital / "events.csv").unlink()
    (hospital / "events.parquet").mkdir()
    for number, told in enumerate(FILES[case]):
        columns = EVENT | {"time": pa.array([moment(number + 1)], pa.timestamp("us", tz="UTC"))} | told
        rows = pa.table({name: column for name, column in columns.items() if column is not None})
        pq.write_table(rows, hospital / "events.parquet" / f"{number}.parquet")
    made = convert(hospital, rows_share=1)
    units = [told for told in FILES[case] if "unit" not in told]
    expected = [90.5005 if "90500.5" in str(told["value"]) else 90.0 for told in units]
    assert sorted(made.events().collect()["value"]) == pytest.approx(sorted(expected))
    assert sum(one["count"] for one in made.counts["rejections"]) == 2 - len(units)

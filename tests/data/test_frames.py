"""Frames in memory are read as the csv files with the same rows: units, checks, the value gate, rejections."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import opensepsis
from opensepsis.data.intake.not_given import NOTHING_NAMED
from opensepsis.data.sources.frames import FramesSource
from opensepsis.data.sources.given_frames import Frames
from opensepsis.errors import FormatError, MissingError, SourceError, TimeError

HOSPITAL = Path(__file__).parents[2] / "examples" / "hospital"
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def example(name: str) -> pl.DataFrame:
    read = pl.read_csv(HOSPITAL / f"{name}.csv", comment_prefix="#", infer_schema=False)
    typed = {"age": pl.Float64, "value": pl.Float64}
    return read.with_columns(pl.col(n).cast(t, strict=False) for n, t in typed.items() if n in read.columns)


def as_pandas(frame):
    return frame.to_pandas()


def as_duckdb(frame):
    return duckdb.connect().from_arrow(frame.to_arrow())


def as_ibis(frame):
    native = duckdb.connect()
    native.register("given", frame.to_arrow())
    native.execute("create table t as select * from given")
    return ibis.duckdb.from_connection(native).table("t")


@pytest.fixture(scope="module")
def of_csv():
    return opensepsis.label("csv", HOSPITAL, definitions="sofa,sepsis3")


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")  # of Ibis with DuckDB 2
@pytest.mark.parametrize(
    "kind", [pl.DataFrame, pl.DataFrame.lazy, as_pandas, pl.DataFrame.to_arrow, as_duckdb, as_ibis]
)
def test_every_kind_of_frame_is_labelled_as_the_files(kind, of_csv):
    stays, events = kind(example("stays")), kind(example("events"))
    labels = opensepsis.label(stays=stays, events=events, definitions="sofa,sepsis3")
    assert labels.stays.sort("stay").equals(of_csv.stays.sort("stay"))
    key = ["patient", "stay", "time"]
    assert labels.scores["sofa"].sort(key).equals(of_csv.scores["sofa"].sort(key))
    assert labels.episodes.drop("evidence").equals(of_csv.episodes.drop("evidence"))
    assert labels.run["counts"]["rejections"] == []
    assert labels.run["source"] == {
        "kind": "frames",
        "path": "frames in memory",
        "timezone": None,
        "days_of": "UTC",
    }


def one_stay(**more) -> dict:
    return {
        "patient": ["a"],
        "stay": ["s"],
        "admitted": [hour(0)],
        "discharged": [hour(6)],
        "age": [70],
        **more,
    }


def test_pandas_as_it_comes():
    """Whole numbers that a missing one turned into decimals, NaN and NaT, an index, times of any zone."""
    stays = pd.DataFrame(one_stay(patient=[17], stay=[4])).set_index(pd.Index([9]))
    events = pd.DataFrame(
        {
            "patient": [17, 17, None],
            "concept": pd.Categorical(["platelets", "bilirubin", "platelets"]),
            "time": pd.to_datetime([hour(1)] * 3).tz_convert("Asia/Kolkata"),
            "end": pd.to_datetime([None, None, None]),
            "value": [92.0, float("nan"), 40.0],
        }
    )
    labels = opensepsis.label(stays=stays, events=events, definitions="sofa")
    assert labels.scores["sofa"]["coagulation"].max() == 2
    assert labels.scores["sofa"]["liver"].max() is None
    assert labels.stays["patient"].to_list() == ["17"]
    assert [(r["table"], r["reason"], r["rows"]) for r in labels.run["counts"]["rejections"]] == [
        ("events", "no value", [2]),
        ("events", "no patient", [3]),
    ]


def test_naive_times_need_a_time_zone():
    naive = hour(1).replace(tzinfo=None)
    events = pl.DataFrame({"patient": ["a"], "concept": ["platelets"], "time": [naive], "value": [92]})
    with pytest.raises(TimeError, match="zone"):
        opensepsis.label(stays=pl.DataFrame(one_stay()), events=events, definitions="sofa")
    labels = opensepsis.label(
        stays=pl.DataFrame(one_stay()), events=events, definitions="sofa", timezone="Europe/Berlin"
    )
    assert labels.scores["sofa"].drop_nulls("total")["time"].min() == hour(1)


def wide(**columns) -> pl.DataFrame:
    count = len(next(iter(columns.values())))
    return pl.DataFrame(
        {"pid": ["a"] * count, "at": [hour(i) for i in range(count)], "years": [70] * count, **columns}
    )


NAMES = {"pid": "patient", "at": "time", "years": "age"}


def sofa(frame, columns, **options):
    labels = opensepsis.label(wide=frame, columns=NAMES | columns, definitions="sofa", **options)
    return labels.scores["sofa"], labels


def test_a_wide_table():
    frame = wide(plt=[150.125, None, 92.0], temp_f=[98.6, None, None])
    found, labels = sofa(frame, {"plt": "platelets", "temp_f": ("temperature", "[degF]")}, stay_kind="icu")
    assert found["coagulation"].max() == 2
    assert labels.stays.select("stay", "kind", "admitted", "discharged", "age").rows() == [
        ("a", "icu", hour(0), hour(2), 70.0)
    ]
    assert (
        "no stays given: each lasts from the first to the last row of wide"
        in labels.run["counts"]["source"]["notes"]
    )
    assert labels.run["counts"]["rejections"] == []


def test_units_of_wide_columns_are_converted():
    found, _ = sofa(wide(bili=[None, 110.0, None]), {"bili": ("bilirubin", "umol/L")})
    assert found["liver"].max() == 3  # 6.4 mg/dL


def test_what_lasts_runs_to_the_next_row_of_a_wide_table():
    frame = wide(ne=[0.05, 0.05, 0.0, 0.2, 0.2, 0.0], mean_pressure=[80.0] * 6)
    _, labels = sofa(frame, {"ne": "norepinephrine"})
    events = labels.run["counts"]
    assert events["written"] == 4 + 6
    frame = wide(ne=[0.05] * 2, mean_pressure=[80.0] * 2)
    found, _ = sofa(frame, {"ne": "norepinephrine"})
    assert found["circulation"].max() == 3  # 0.05, not the sum of two that overlap


def test_words_of_wide_columns():
    frame = wide(vent=["invasive", None, "cpap"], gcs_total=[15, 14, 13])
    _, labels = sofa(frame, {"vent": "ventilation"})
    assert labels.run["counts"]["written"] == 5
    assert labels.run["counts"]["rejections"] == []


def test_impossible_values_are_rejected_with_their_row():
    _, labels = sofa(wide(plt=[-4.0, 92.0, 93.0]), {"plt": "platelets"})
    assert [(r["table"], r["rows"], r["count"]) for r in labels.run["counts"]["rejections"]] == [
        ("wide", [1], 1)
    ]


def test_several_stays_of_a_patient():
    frame = wide(plt=[92.0, 93.0, 94.0, 95.0]).with_columns(stay=pl.Series(["x", "x", "y", "y"]))
    _, labels = sofa(frame, {"plt": "platelets"})
    assert labels.stays.select("stay", "admitted").rows() == [("x", hour(0)), ("y", hour(2))]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({}, SourceError, "stays=…, events=…"),
        ({"stays": pl.DataFrame(one_stay())}, MissingError, "events"),
        ({"source": "csv", "path": HOSPITAL, "wide": wide(plt=[1.0])}, SourceError, "not both"),
        ({"source": "csv", "path": pl.DataFrame()}, SourceError, "Name the frames"),
        ({"stays": pl.DataFrame(one_stay()), "events": 7}, FormatError, "not int"),
        ({"wide": wide(plt=[1.0])}, MissingError, "'patient' and 'time'"),
        ({"wide": wide(plt=[1.0]), "columns": NAMES}, MissingError, "no column with a measurement"),
        ({"wide": wide(plt=[1.0]), "columns": NAMES | {"plt": "platelet"}}, SourceError, "Did you mean 'platelets'"),
        ({"wide": wide(plt=[1.0]), "columns": NAMES | {"hr": "heart_rate"}}, MissingError, "no column 'hr'"),
        ({"stays": pl.DataFrame(one_stay()), "events": pl.DataFrame({"patient": ["a"]})}, MissingError, "concept"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(given, error, message):
    with pytest.raises(error, match=message):
        opensepsis.label(**{"definitions": "sofa", **given})


def test_a_column_that_mixes_types_is_named_and_no_value_of_it():
    events = pd.DataFrame(
        {"patient": ["a", "a"], "concept": "platelets", "time": hour(1), "value": ["SECRET-77", 3.5]}
    )
    with pytest.raises(FormatError, match="'value' of events mixes types") as problem:
        opensepsis.label(stays=pd.DataFrame(one_stay()), events=events, definitions="sofa")
    assert "SECRET" not in str(problem.value)


def test_an_arrow_table_with_a_fixed_offset():
    at = pa.array([hour(1).replace(tzinfo=None)], pa.timestamp("us", tz="+05:30"))
    events = pa.table({"patient": ["a"], "concept": ["platelets"], "time": at, "value": [92.0]})
    labels = opensepsis.label(
        stays=pa.table(pl.DataFrame(one_stay()).to_arrow()), events=events, definitions="sofa"
    )
    assert labels.scores["sofa"]["coagulation"].max() == 2


def test_earlier_names_of_arguments_warn():
    with pytest.warns(FutureWarning, match="definitions"):
        labels = opensepsis.label("csv", HOSPITAL, only="sofa")
    assert set(labels.scores) == {"sofa"}
    with pytest.warns(FutureWarning, match="stay_kind"):
        assert (
            opensepsis.label("csv", HOSPITAL, stays="icu", definitions="qsofa").run["stays"]["kind"] == "icu"
        )
    with pytest.warns(FutureWarning, match="daily"):
        assert opensepsis.label("csv", HOSPITAL, days="24h", definitions="sofa").days.height
    with pytest.raises(TypeError, match="onyl"):
        opensepsis.label("csv", HOSPITAL, onyl="sofa")


def test_columns_of_the_user_that_have_our_inner_names():
    odd = {"row": ["x"], "reason": ["y"]}
    events = pl.DataFrame(
        {"patient": ["a"], "concept": ["platelets"], "time": [hour(1)], "value": [92.0], **odd}
    )
    labels = opensepsis.label(stays=pl.DataFrame(one_stay(**odd)), events=events, definitions="sofa")
    assert labels.scores["sofa"]["coagulation"].max() == 2
    frame = wide(plt=[92.0, 93.0]).with_columns(row=pl.lit("x"), reason=pl.lit("y"), _at=pl.lit(1))
    assert sofa(frame, {"plt": "platelets"})[0]["coagulation"].max() == 2


@pytest.mark.parametrize(
    ("column", "cell"),
    [("antibiotic", "none"), ("antibiotic", "No"), ("norepinephrine", "off"), ("norepinephrine", "on hold"), ("ventilation", "none"),
     ("dialysis", "no")],
)  # fmt: skip
def test_a_word_for_nothing_in_a_wide_column_is_nothing_given(column, cell):
    given = Frames(wide=wide(lactate=[2.0, 3.0], **{column: [cell, None]}), columns=NAMES)
    found = [name for batch in FramesSource(given).events(None) for name in batch["concept"].cast(pl.String)]
    assert found == ["lactate", "lactate"]


def test_none_in_place_of_a_drug_is_no_dose():
    stays = pl.DataFrame(
        {"patient": ["a"], "stay": ["1"], "kind": ["icu"], "admitted": [hour(0)], "discharged": [hour(9)]}
    )
    events = pl.DataFrame(
        {
            "patient": "a",
            "concept": "antibiotic",
            "time": [hour(1), hour(2)],
            "text": ["none", "vancomycin|IV"],
        }
    )
    counts = opensepsis.label(stays=stays, events=events, definitions="sepsis3", stay_kind="icu").run[
        "counts"
    ]
    assert [(r["reason"], r["rows"]) for r in counts["rejections"]] == [(NOTHING_NAMED, [1])]


def test_a_wide_table_in_any_order_with_rows_twice_and_rows_without_time():
    frame = wide(ne=[0.05, 0.05, 0.05, 0.05], mean_pressure=[80.0] * 4)
    frame = pl.concat(
        [frame[[2, 0]], frame[[1, 1, 3]], frame[:1].with_columns(at=pl.lit(None, frame.schema["at"]))]
    )
    found, labels = sofa(frame, {"ne": "norepinephrine"})
    assert found["circulation"].max() == 3
    assert {(r["reason"], tuple(r["rows"])) for r in labels.run["counts"]["rejections"]} == {
        ("no time", (6,))
    }


def test_naive_times_of_a_wide_table_are_those_of_the_time_zone():
    frame = wide(plt=[92.0, 93.0]).with_columns(pl.col("at").dt.replace_time_zone(None))
    _, labels = sofa(frame, {"plt": "platelets"}, timezone="Europe/Berlin")
    assert labels.stays["admitted"].item() == hour(-1)


def test_whole_numbers_as_names():
    frame = wide(plt=[92.0, 93.0]).with_columns(pid=pl.lit(1001))
    _, labels = sofa(frame.to_pandas(), {"plt": "platelets"})
    assert labels.stays.select("patient", "stay").rows() == [("1001", "1001")]


def test_results_of_frames_in_a_folder_explain_themselves(tmp_path):
    from opensepsis.uses.label import why_stay

    events = pl.DataFrame({"patient": ["a"], "concept": ["platelets"], "time": [hour(1)], "value": [92.0]})
    opensepsis.label(out=tmp_path / "out", stays=pl.DataFrame(one_stay()), events=events, definitions="sofa")
    assert "platelets 92" in why_stay(tmp_path / "out", "s")


def test_a_wide_table_is_noted_once():
    frame = wide(plt=[92.0, 93.0], hr=[80.0, 90.0], bili=[20.0, 30.0])
    _, labels = sofa(frame, {"plt": "platelets", "hr": "heart_rate", "bili": ("bilirubin", "umol/L")})
    notes = labels.run["counts"]["source"]["notes"]
    assert sum("no units given" in note for note in notes) == 1
    assert labels.events().select("concept", "value").sort("concept").row(0) == (
        "bilirubin",
        pytest.approx(20 / 17.1, rel=0.01),
    )


def test_yes_or_no_columns():
    """0 and false tell that nothing was given; they are no dose and no ventilation."""
    frame = wide(abx=[0, 1, 0], vent=[False, True, False], ne=[0.0, 0.0, 0.0], plt=[92.0] * 3)
    columns = NAMES | {"abx": "antibiotic", "vent": "ventilation", "ne": "norepinephrine", "plt": "platelets"}
    labels = opensepsis.label(wide=frame, columns=columns, definitions="sofa,suspected_infection")
    found = labels.events().filter(pl.col("concept") != "platelets").select("concept", "time", "end")
    assert sorted(found.rows()) == [("antibiotic", hour(1), None), ("ventilation", hour(1), hour(2))]


def test_numbers_with_three_decimals_are_not_taken_for_thousands():
    _, labels = sofa(wide(plt=[150.125, 92.0]), {"plt": "platelets"})
    assert labels.events("platelets")["value"].to_list() == [150.125, 92.0]


@pytest.mark.parametrize("kind", ["icu", "hospital", "emergency"])
def test_stays_without_a_kind_are_of_the_kind_that_is_asked_for(kind):
    stays = pl.DataFrame({"patient": ["a"], "stay": ["s"], "admitted": [hour(0)], "discharged": [hour(3)]})
    events = pl.DataFrame({"patient": ["a"], "concept": ["platelets"], "time": [hour(1)], "value": [92.0]})
    labels = opensepsis.label(stays=stays, events=events, stay_kind=kind, definitions="sofa")
    assert labels.stays["kind"].to_list() == [kind]
    with pytest.raises(MissingError, match="no icu stay"):  # what is said of a stay counts
        said = stays.with_columns(kind=pl.lit("hospital"))
        opensepsis.label(stays=said, events=events, stay_kind="icu", definitions="sofa")

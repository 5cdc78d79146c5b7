"""`--with-values`: put into the table of a score, the values beside the points give these points again."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

import opensepsis
from opensepsis.definitions import SCORES
from opensepsis.engine.batch.deciding_values import value_columns
from opensepsis.rules import Kind
from opensepsis.uses.export import export_csv, export_duckdb
from opensepsis.uses.label.values import write_values

NAMES = ("sofa", "sofa2", "sirs", "news2", "phoenix", "kdigo", "isth_dic_2001")


@pytest.fixture(scope="module", params=[False, True], ids=["in retrospect", "as known"])
def tables(request, tmp_path_factory) -> dict[str, pl.DataFrame]:
    """The scores of the example hospital with their values, by name."""
    folder = tmp_path_factory.mktemp("values")
    opensepsis.label(
        "csv", "examples/hospital", folder / "results", definitions=list(NAMES), as_known=request.param
    )
    export_csv(folder / "results", folder / "out", write_values)
    return {name: _read(folder / "out" / "scores" / f"{name}.csv", name) for name in NAMES}


def _read(file: Path, name: str) -> pl.DataFrame:
    texts = pl.read_csv(file, infer_schema=False, try_parse_dates=False)
    rows = [row.name for row in SCORES[name].rows]
    return texts.with_columns(pl.col(rows).cast(pl.Int8), pl.col("time").str.to_datetime(time_zone="UTC"))


@pytest.mark.parametrize("name", ["sofa", "sirs", "news2"])
def test_the_values_give_the_points(tables, name):
    """Row by row by the public table: of scores whose rows read what holds at one moment."""
    score, shown = SCORES[name], tables[name]
    for row in score.rows:
        known = shown.drop_nulls(row.name)
        values = known.select(
            pl.col(f"{row.name}_{signal}").cast(pl.Float64, strict=False).alias(signal)
            if not _is_word(read)
            else pl.col(f"{row.name}_{signal}").alias(signal)
            for signal, read in row.signals.items()
        )
        again = opensepsis.score(score, values)
        same = again[row.name].eq_missing(known[row.name])
        assert same.all(), (row.name, known.filter(~same).head(2).to_dicts())
        assert known.height


def _is_word(signal) -> bool:
    concept = getattr(signal, "concept", None)
    return concept is not None and concept.kind is Kind.WORD


def test_values_are_as_old_as_the_window_at_most_and_only_beside_points(tables):
    for name, shown in tables.items():
        score = SCORES[name]
        for row, columns in value_columns(score).items():
            at = shown[columns[0]].str.to_datetime(time_zone="UTC")
            told = shown.with_columns(at=at).drop_nulls("at")
            assert (told["at"] <= told["time"]).all()
            if score.window:
                point = told.filter(pl.concat_list(columns[1:]).list.len() > 0)
                assert point.height == told.height
            assert told[row].null_count() == 0
            nothing = shown.filter(pl.col(row).is_null())
            assert all(nothing[column].null_count() == nothing.height for column in columns)


def test_what_is_known_says_when_it_was_measured(tables):
    """The example hospital has no carried points: every row that is known has its moment."""
    shown = tables["sofa"]
    for row, columns in value_columns(SCORES["sofa"]).items():
        assert shown.drop_nulls(row)[columns[0]].null_count() == 0


def test_the_platelets_are_those_that_were_charted(tables):
    shown = tables["sofa"].drop_nulls("coagulation")
    charted = opensepsis.label("csv", "examples/hospital", definitions="sofa").events("platelets")
    charted = charted.select("patient", at="time", charted="value")
    both = shown.with_columns(at=pl.col("coagulation_time").str.to_datetime(time_zone="UTC")).join(
        charted, on=["patient", "at"]
    )
    assert both.height >= shown.height
    nearest = both.group_by("stay", "time").agg(
        same=(pl.col("coagulation_platelets").cast(pl.Float64) == pl.col("charted")).any()
    )
    assert nearest["same"].all()


def test_duckdb_has_them_too_and_without_asking_there_are_none(tmp_path):
    opensepsis.label("csv", "examples/hospital", tmp_path / "r", definitions="sofa")
    export_duckdb(tmp_path / "r", tmp_path / "with.duckdb", write_values)
    export_duckdb(tmp_path / "r", tmp_path / "without.duckdb")
    columns = []
    for name in ("with", "without"):
        with duckdb.connect(str(tmp_path / f"{name}.duckdb"), read_only=True) as database:
            columns.append({row[0] for row in database.execute("describe score_sofa").fetchall()})
    added = {column for names in value_columns(SCORES["sofa"]).values() for column in names}
    assert columns[0] - columns[1] == added

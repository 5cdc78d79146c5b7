"""The comparison of definitions, on counts worked out by hand."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from opensepsis.errors import MissingError
from opensepsis.uses.compare import compare
from opensepsis.uses.compare.agreement import kappa

START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = [0, 0, 0, 0, None, None, None, None]
OTHER = [6, 2, None, None, 0, None, None, None]
DIED = [5, None, 5, None, None, 400, None, 5]  # 400 days later is not in the stay


def results(folder, names=("one", "two")):
    def moments(after, unit):
        return [None if n is None else START + timedelta(**{unit: n}) for n in after]

    frame = pl.DataFrame(
        {
            "patient": [f"p{i}" for i in range(8)],
            "stay": [f"s{i}" for i in range(8)],
            "discharged": [START + timedelta(days=5)] * 8,
            "died": moments(DIED, "days"),
            "one": [o is not None for o in FIRST],
            "one_onset": moments(FIRST, "hours"),
            "two": [o is not None for o in OTHER],
            "two_onset": moments(OTHER, "hours"),
        }
    )
    frame.write_parquet(folder / "stays.parquet")
    definitions = [{"name": name, "kind": "phenotype"} for name in names]
    (folder / "run.json").write_text(json.dumps({"definitions": definitions}))
    return folder


def test_each_definition(tmp_path):
    found = compare(results(tmp_path)).definitions.rows()
    assert found == [("one", 4, 0.5, 2, 0.5, 0.25, 8), ("two", 3, 0.375, 1, 1 / 3, 0.4, 8)]


def test_each_two_definitions(tmp_path):
    (pair,) = compare(results(tmp_path)).pairs.to_dicts()
    counts = [pair[c] for c in ("both", "only_first", "only_other", "neither")]
    assert counts == [2, 2, 1, 3]
    assert pair["kappa"] == pytest.approx((5 / 8 - 0.5) / 0.5)
    spread = [pair[f"onset_later_hours{c}"] for c in ("", "_25", "_75")]
    assert spread == [4, 3, 5]


def test_stays_that_were_not_judged_do_not_count(tmp_path):
    folder = results(tmp_path)
    stays = pl.read_parquet(folder / "stays.parquet")
    judged = pl.when(pl.col("stay").is_in(["s0", "s1", "s7"])).then(None).otherwise(pl.col("two"))
    stays.with_columns(two=judged).write_parquet(folder / "stays.parquet")
    found = compare(folder)
    assert found.definitions.rows()[1] == ("two", 1, 0.2, 0, 0.0, 0.25, 5)
    (pair,) = found.pairs.to_dicts()
    assert [pair[c] for c in ("both", "only_first", "only_other", "neither")] == [0, 2, 1, 2]


@pytest.mark.parametrize(
    "counts, expected", [((5, 0, 0, 5), 1), ((0, 5, 5, 0), -1), ((8, 0, 0, 0), None), ((0, 0, 0, 0), None)]
)
def test_kappa(counts, expected):
    assert kappa(*counts) == expected


def test_tables_and_figure_are_written(tmp_path):
    found = compare(results(tmp_path))
    assert pl.read_parquet(tmp_path / "comparison.parquet").equals(found.definitions)
    assert pl.read_parquet(tmp_path / "comparison_pairs.parquet").equals(found.pairs)
    figure = found.figure.read_text()
    assert figure.startswith("<svg") and "37.5%" in figure and "one and two: 0.25" in figure


def test_no_results(tmp_path):
    with pytest.raises(MissingError, match="opensepsis label"):
        compare(tmp_path)


def test_nothing_to_compare(tmp_path):
    with pytest.raises(MissingError, match="no phenotype"):
        compare(results(tmp_path, names=()))

"""A score of every row of a frame is what `points` gives of that row."""

import random

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import opensepsis
from opensepsis.definitions import SCORES
from opensepsis.engine.semantics.input_values import limits
from opensepsis.errors import DefinitionError, FormatError
from opensepsis.rules import Kind, thresholds

ROWS = 300


def values(score, name, signal, at: random.Random) -> list:
    """Values on the limits of the table and anywhere else, some missing, some impossible."""
    concept = getattr(signal, "concept", None)
    if concept is not None and concept.kind is Kind.WORD:
        return [at.choice([*concept.words, None, "never heard of"]) for _ in range(ROWS)]
    on = [limit for _, of, limit in thresholds(score) if of == name] or [0.0, 1.0]
    low, high = limits(signal)
    odd = [None, low - 1, min(high, 1e6) + 1, 38.05]
    return [
        at.choice(odd) if at.random() < 0.2 else at.choice(on) + at.choice([-0.1, 0.0, 0.1])
        for _ in range(ROWS)
    ]


@pytest.mark.parametrize("name", SCORES)
def test_every_row_has_the_points_of_its_values(name):
    score, at = SCORES[name], random.Random(name)
    given = {n: values(score, n, s, at) for n, s in score.signals.items() if at.random() < 0.9}
    frame = pl.DataFrame(given, strict=False).with_row_index("number")
    found = opensepsis.scores[name](frame)
    assert found["number"].to_list() == list(range(ROWS))
    for asked, row in zip(
        pl.DataFrame(given, strict=False).iter_rows(named=True), found.iter_rows(named=True), strict=True
    ):
        told = opensepsis.points(score, asked)
        assert (row["total"], row["rows_known"]) == (told.total, told.rows_known), asked
        assert {r: row[r] for r in told.rows} == {r: p.points for r, p in told.rows.items()}, asked
        assert set(row["rejected"]) == set(told.rejected)


def test_types_and_columns():
    found = opensepsis.scores.sofa(pl.DataFrame({"stay": ["s"], "platelets": [92]}))
    assert found.schema["total"] == found.schema["coagulation"] == found.schema["rows_known"] == pl.Int8
    assert found.columns[:3] == ["stay", "total", "rows_known"]
    assert opensepsis.scores.sofa.inputs["bilirubin"] == "mg/dL"


def test_pandas_keeps_its_index_and_arrow_stays_arrow():
    frame = pd.DataFrame({"platelets": [92.0, float("nan")]}, index=["x", "y"])
    found = opensepsis.scores.sofa(frame)
    assert list(found.index) == ["x", "y"]
    assert found["total"].isna().tolist() == [False, True]
    assert isinstance(opensepsis.scores.sofa(pa.table({"platelets": [92]})), pa.Table)


def test_missing_is_not_zero():
    found = opensepsis.scores.sofa2(
        pl.DataFrame({"platelets": [None, 300.0]}, schema={"platelets": pl.Float64})
    )
    assert found["total"].to_list() == [None, 0]
    assert found["liver"].to_list() == [None, None]


def test_units_and_names_by_columns():
    frame = pl.DataFrame({"bili": [110.0], "pf_o2": [60.0], "f": [50.0]})
    columns = {"bili": ("bilirubin", "umol/L"), "pf_o2": "pao2", "f": ("fio2", "%")}
    found = opensepsis.score(opensepsis.SOFA, frame, columns)
    assert found.select("liver", "respiration").rows() == [(3, 2)]  # 6.4 mg/dL; 120 without support


def test_an_age_outside_the_score():
    frame = pl.DataFrame({"platelets": [92, 92, 92], "age": [6.0, 70.0, 500.0]})
    found = opensepsis.scores.sofa(frame)
    assert found["total"].to_list() == [None, 2, 2]
    assert found["rows_known"][0] == 0
    assert found["rows_known"][1] > 0
    assert found["rejected"].to_list() == [[], [], ["age"]]


@pytest.mark.parametrize(
    ("frame", "error", "message"),
    [
        ({"platelet": [92], "bilirubin": [1.0]}, DefinitionError, "Did you mean 'platelets'"),
        ({"hr": [92]}, DefinitionError, "none of the columns of sofa"),
        (
            {"platelets": [92], "gcs_total": [9]},
            DefinitionError,
            "'gcs_total' would not be read: sofa reads gcs",
        ),
        ({"platelets": ["low"]}, FormatError, "must be numbers"),
        ({"platelets": [92], "total": [1]}, DefinitionError, "'total'"),
    ],
)
def test_what_is_wrong_is_said(frame, error, message):
    with pytest.raises(error, match=message):
        opensepsis.scores.sofa(pl.DataFrame(frame))


def test_a_unit_that_cannot_be_converted():
    with pytest.raises(FormatError, match="cannot be converted"):
        opensepsis.scores.sofa(pl.DataFrame({"b": [1.0]}), {"b": ("bilirubin", "mmHg")})
    with pytest.raises(FormatError, match=r"'pao2_fio2' is read in mm\[Hg\]. Convert it first"):
        opensepsis.scores.sofa(pl.DataFrame({"ratio": [33.0]}), {"ratio": ("pao2_fio2", "kPa")})
    said = opensepsis.scores.sofa(pl.DataFrame({"ratio": [250.0]}), {"ratio": ("pao2_fio2", "mm[Hg]")})
    assert said["respiration"].to_list() == [2]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"plt": "platelets"}, "no column 'plt'"),
        ({"platelets": "plateletz"}, "no signal 'plateletz'.*platelets"),
    ],
)
def test_a_column_or_a_signal_that_is_not_there(columns, message):
    with pytest.raises(DefinitionError, match=message):
        opensepsis.score(opensepsis.SOFA, pl.DataFrame({"platelets": [90]}), columns=columns)


def test_only_a_score_has_points():
    with pytest.raises(DefinitionError, match="not str"):
        opensepsis.score("sofa", pl.DataFrame({"platelets": [90]}))


def test_a_column_without_a_type_is_not_known():
    found = opensepsis.score(opensepsis.SOFA, pl.DataFrame({"platelets": [92], "bilirubin": [None]}))
    assert found.select("total", "rows_known", "liver").rows() == [(2, 1, None)]
    found = opensepsis.score(opensepsis.NEWS2, pl.DataFrame({"heart_rate": [131], "consciousness": [None]}))
    assert found.select("total", "rows_known").rows() == [(3, 1)]


def test_words_that_are_numbers_are_refused():
    with pytest.raises(FormatError, match="must be words"):
        opensepsis.score(opensepsis.NEWS2, pl.DataFrame({"consciousness": [1]}))


def test_catalogues():
    assert opensepsis.scores.sofa_high_flow is opensepsis.scores["sofa:high_flow"]
    assert opensepsis.points(opensepsis.scores.sofa, {"platelets": 92}).total == 2
    assert "sepsis3" in opensepsis.phenotypes
    assert "hour1" in opensepsis.clocks
    assert opensepsis.concepts.lactate.unit == "mmol/L"
    with pytest.raises(DefinitionError, match="Did you mean 'sofa2'"):
        opensepsis.scores["sofa22"]
    with pytest.raises(AttributeError, match="Did you mean"):
        _ = opensepsis.scores.sofa22


def test_a_concept_that_is_there_worked_out_is_passed_on():
    found = opensepsis.scores.sofa(
        pl.DataFrame({"gcs": [9], "gcs_total": [9], "weight": [80.0], "urine_24h": [100.0]})
    )
    assert found.columns[:2] == ["gcs_total", "weight"]
    assert found.select("brain", "kidney").rows() == [(3, 4)]


def test_a_frame_without_rows():
    found = opensepsis.scores.sofa(pl.DataFrame(schema={"platelets": pl.Float64, "age": pl.Int64}))
    assert found.height == 0
    assert found.schema["total"] == pl.Int8

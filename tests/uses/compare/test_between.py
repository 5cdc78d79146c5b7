"""Who moves between two definitions and why, on stays counted by hand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import opensepsis
from opensepsis.errors import DefinitionError, MissingError
from opensepsis.uses.compare import between
from opensepsis.uses.compare.between import area
from opensepsis.uses.compare.moves import counted, phenotype_moves, score_moves
from tests.support.nhsn_cases import CASES, rows, stays

HOSPITAL = Path(__file__).parents[3] / "examples" / "hospital"
START = datetime(2026, 1, 1, tzinfo=UTC)
DRAFT, TOOLKIT = "adult_sepsis_event:nhsn_draft", "adult_sepsis_event"


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def test_a_phenotype_moves_by_its_first_rule_that_is_not_met():
    told = [  # stay, definition, met, rule
        ("s1", "a", True, "creatinine"), ("s1", "b", False, "organ dysfunction"), ("s2", "a", False, "culture"),
        ("s2", "b", True, "lactate"), ("s3", "a", True, None), ("s3", "b", True, None), ("s4", "a", True, None),
        ("s4", "b", True, None), ("s5", "a", False, "culture"), ("s5", "b", False, "culture"), ("s6", "a", True, None),
    ]  # fmt: skip
    rules = pl.DataFrame(told, schema=("stay", "definition", "met", "rule"), orient="row")
    onsets = [
        ("s1", "a", 0, "community"), ("s2", "b", 0, "community"), ("s3", "a", 0, "community"), ("s3", "b", 30, "hospital"),
        ("s4", "a", 5, "hospital"), ("s4", "b", 3, "hospital"), ("s4", "b", 400, "hospital"),
    ]  # fmt: skip
    found = pl.DataFrame(onsets, schema=("stay", "definition", "hour", "onset_type"), orient="row")
    found = found.with_columns(onset=pl.lit(START) + pl.duration(hours="hour"), withdrawn=pl.lit(None))
    moves = phenotype_moves("a", "b", found, rules).sort("stay")
    assert moves.rows() == [
        ("s1", "only a", "organ dysfunction", "creatinine"),
        ("s2", "only b", "culture", "lactate"),
        ("s3", "both, another onset type", "community → hospital", "by 24 h or more"),
        ("s4", "both, another onset", "b earlier", "by less than 24 h"),
        ("s5", "neither", None, None),
    ]
    assert counted("a", "b", moves)["share"].to_list() == [0.2] * 5


def hours(*rows: tuple) -> pl.DataFrame:
    """Hours of a score with two rows: stay, hour, and the points of both."""
    frame = pl.DataFrame(rows, schema=("stay", "hour", "liver", "brain"), orient="row")
    known = pl.sum_horizontal("liver", "brain").cast(pl.Int8)
    total = pl.when(pl.any_horizontal(pl.col("liver", "brain").is_not_null())).then(known)
    points = pl.col("liver", "brain").cast(pl.Int8)
    return frame.select("stay", points, time=pl.lit(START) + pl.duration(hours="hour"), total=total)


def test_a_score_moves_by_the_first_row_that_differs_at_its_highest():
    first = hours(
        ("s1", 1, 1, 2), ("s1", 2, 0, 0), ("s2", 1, 2, None), ("s3", 1, 4, 4), ("s4", 1, None, None)
    )
    other = hours(("s1", 1, 1, 3), ("s1", 2, 0, 0), ("s2", 1, 2, 1), ("s3", 1, 3, 3), ("s4", 1, 1, 1))
    moves = score_moves(first, other, ["liver", "brain"], ["liver", "brain"]).sort("stay")
    assert moves.rows() == [
        ("s1", "higher", "brain", "2 → 3"),
        ("s2", "higher", "brain", "not known → 1"),
        ("s3", "lower", "liver", "4 → 3"),
    ]


def test_the_area_is_that_of_all_pairs():
    dead, alive = [3, 5, 5], [1, 3, 5, 2]
    pairs = [(d > a) + (d == a) / 2 for d in dead for a in alive]
    values = sorted({*dead, *alive})
    counts = np.array([[dead.count(v) for v in values] + [alive.count(v) for v in values]])
    assert area(counts)[0] == pytest.approx(sum(pairs) / len(pairs))
    assert np.isnan(area(np.array([[0, 1]]))[0])


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    out = tmp_path_factory.mktemp("between") / "out"
    opensepsis.label("csv", HOSPITAL, out, definitions="sofa,sofa2,sepsis3,septic_shock")
    return out


def test_a_run_is_compared_and_the_files_lie_beside_it(hospital):
    found = between(hospital, "sepsis3", "septic_shock", resamples=100)
    labels = opensepsis.read_labels(hospital)
    only = found.moves.filter(move="only sepsis3")
    sepsis, shock = (int(labels.stays[name].sum()) for name in ("sepsis3", "septic_shock"))
    assert only["stays"].sum() == sepsis - shock and set(only["rule"]) == {
        "vasopressor and high lactate together"
    }
    assert found.moves["stays"].sum() == found.stays == labels.stays.height
    assert (hospital / "between.svg").read_text() == found.svg
    assert pl.read_parquet(hospital / "between.parquet").equals(found.moves)


def test_scores_stand_beside_what_was_published(hospital):
    told = {
        row["measure"]: row for row in between(hospital, "sofa", "sofa2", resamples=100).summary.to_dicts()
    }
    assert told["higher"]["published"] == 0.627 and told["same"]["published"] is None
    assert told["higher"]["value"] + told["same"]["value"] + told["lower"]["value"] == pytest.approx(1)


def test_two_kinds_or_a_stranger_are_refused(hospital):
    with pytest.raises(DefinitionError, match="two of the same kind"):
        between(hospital, "sofa", "sepsis3")
    with pytest.raises(MissingError, match="definitions kdigo"):
        between(hospital, "sofa", "kdigo")


def test_the_first_rule_not_met_of_each_worked_patient():
    asked = {
        "3 rise two days after the culture": (DRAFT, "organ dysfunction in the window"),
        "4 without vancomycin": (DRAFT, "qualifying antimicrobial days"),
        "a principal code and a late first drug": (TOOLKIT, "blood culture"),
        "lactate above the limit": (TOOLKIT, "organ dysfunction in the window"),
    }
    cases = [case for case in CASES if case["case"] in asked]
    every = pl.DataFrame([s for case in cases for s in stays(case)], infer_schema_length=None)
    events = [{"patient": case["case"], **row} for case in cases for row in rows(case["events"])]
    labels = opensepsis.label(
        stays=every, events=pl.DataFrame(events, infer_schema_length=None), definitions=[DRAFT, TOOLKIT]
    )
    told = {(row["patient"], row["definition"]): row for row in labels.rules.to_dicts()}
    for name, (definition, rule) in asked.items():
        assert (told[name, definition]["met"], told[name, definition]["rule"]) == (False, rule)
    assert told["lactate above the limit", DRAFT]["rule"] == "lactate"
    assert told["3 rise two days after the culture", TOOLKIT]["rule"] == "creatinine"


@pytest.mark.parametrize(
    ("other", "words"),
    [("sofa", "both are sofa"), ("sofa3", "no definition 'sofa3'"), ("SOFA2", "no definition 'SOFA2'")],
)
def test_a_name_that_is_none_and_one_name_twice_are_said(hospital, other, words):
    with pytest.raises(DefinitionError, match=words):
        between(hospital, "sofa", other)

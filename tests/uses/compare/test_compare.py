"""The comparison of definitions, on counts worked out by hand."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import opensepsis
from opensepsis.errors import FormatError, MissingError
from opensepsis.uses.compare import agreement, compare
from opensepsis.uses.compare.agreement import kappa
from opensepsis.uses.compare.medians import _near, sampled_medians

HOSPITAL = Path(__file__).parents[3] / "examples" / "hospital"
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
            "died_in_stay": [n is not None and n <= 5 for n in DIED],
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
    found = [row[:7] for row in compare(results(tmp_path)).definitions.rows()]
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
    assert found.definitions.rows()[1][:7] == ("two", 1, 0.2, 0, 0.0, 0.25, 5)
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
    assert found.figure
    figure = found.figure.read_text()
    assert figure.startswith("<svg") and "37.5%" in figure and ">0.25<" in figure


def test_a_figure_of_an_earlier_run_goes_where_none_can_be_drawn(tmp_path, monkeypatch):
    found = compare(results(tmp_path))
    assert found.figure and found.figure.exists()
    monkeypatch.setattr(agreement, "can_draw", lambda: False)
    assert compare(tmp_path).figure is None
    assert not (tmp_path / "comparison.svg").exists() and (tmp_path / "comparison.parquet").exists()


def test_no_results(tmp_path):
    with pytest.raises(MissingError, match="opensepsis label"):
        compare(tmp_path)


def test_nothing_to_compare(tmp_path):
    with pytest.raises(MissingError, match="no phenotype"):
        compare(results(tmp_path, names=()))


def test_the_same_results_have_the_same_intervals(tmp_path):
    first, again = (compare(results(tmp_path)) for _ in range(2))
    assert first.definitions.equals(again.definitions) and first.pairs.equals(again.pairs)
    assert "1,000 bootstrap samples of 8 patients" in first.interval
    other = compare(results(tmp_path), seed=2)
    assert not other.definitions.equals(first.definitions) or not other.pairs.equals(first.pairs)


def many(folder, stays_of_a_patient: int, patients: int = 200):
    """A hospital in which all stays of a patient are alike: one in four has the definition, and half of those die."""
    rows = [
        (f"p{i}", f"s{i}-{n}", i % 4 == 0, i % 8 == 0)
        for i in range(patients)
        for n in range(stays_of_a_patient)
    ]
    frame = pl.DataFrame(rows, schema=["patient", "stay", "one", "died_in_stay"], orient="row")
    onset = pl.when(pl.col("one")).then(pl.lit(START))
    frame.with_columns(one_onset=onset).write_parquet(folder / "stays.parquet")
    (folder / "run.json").write_text(json.dumps({"definitions": [{"name": "one", "kind": "phenotype"}]}))
    return compare(folder).definitions.row(0, named=True)


def test_stays_of_one_patient_are_not_independent(tmp_path):
    """Ten stays of each patient that are alike tell no more than one."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    once, often = many(tmp_path / "a", 1), many(tmp_path / "b", 10)
    for end in ("low", "high"):
        assert often[f"prevalence_{end}"] == pytest.approx(once[f"prevalence_{end}"], abs=0.01)


def test_the_interval_is_that_of_the_binomial_where_stays_are_independent(tmp_path):
    found, half = many(tmp_path, 1), 1.96 * (0.25 * 0.75 / 200) ** 0.5
    assert found["prevalence_low"] == pytest.approx(0.25 - half, abs=0.015)
    assert found["prevalence_high"] == pytest.approx(0.25 + half, abs=0.015)
    assert found["mortality_without"] == 0 and found["mortality_without_low"] is None


def one_by_one(values, patients, number, seed):
    """Medians of samples in which every patient is drawn and every value repeated."""
    at, own = np.random.default_rng(seed), [values[patients == i] for i in range(patients.max() + 1)]
    draws = at.integers(len(own), size=(number, len(own)))
    return np.array([np.median(np.concatenate([own[i] for i in draw])) for draw in draws])


@pytest.mark.parametrize("of_each", [1, 5])
@pytest.mark.parametrize("rounded", [9, 1])
def test_sampled_medians_are_those_of_repeated_values(of_each, rounded):
    at = np.random.default_rng(3)
    patients = np.sort(at.integers(700, size=700 * of_each))
    patients = np.unique(patients, return_inverse=True)[1]
    values = np.round(at.normal(size=len(patients)) + at.normal(size=700)[patients], rounded)
    found, wanted = sampled_medians(values, patients, 2000, 1), one_by_one(values, patients, 2000, 2)
    for value in np.percentile(wanted, (2.5, 25, 50, 75, 97.5)):
        assert np.mean(found <= value) == pytest.approx(np.mean(wanted <= value), abs=0.05)
    assert np.std(found) == pytest.approx(np.std(wanted), rel=0.1)


def test_sampled_medians_of_few_and_of_equal_values():
    assert set(sampled_medians(np.array([3.0, 1.0]), np.array([0, 1]), 500, 1)) == {1.0, 2.0, 3.0}
    assert set(sampled_medians(np.array([5.0, 7.0]), np.array([0, 0]), 9, 1)) == {6.0}
    assert set(sampled_medians(np.zeros(5000), np.arange(5000), 9, 1)) == {0.0}


def test_a_median_beyond_those_near_is_sought_among_all():
    values, patients = np.arange(300.0), np.arange(300)
    assert _near(values, patients, 1, 200, 1) is None
    assert len(sampled_medians(values, patients, 200, 1)) == 200


def test_results_in_memory():
    labels = opensepsis.label("csv", HOSPITAL, definitions="sepsis3,sepsis2")
    found = opensepsis.compare(labels)
    assert found.path is found.figure is None
    assert found._repr_html_().count("<svg") == 1
    assert found.definitions["stays"].to_list() == [7, 11]


def test_results_of_an_earlier_release(tmp_path):
    folder = results(tmp_path)
    pl.read_parquet(folder / "stays.parquet").drop("died_in_stay").write_parquet(folder / "stays.parquet")
    with pytest.raises(FormatError, match="earlier"):
        compare(folder)


def test_a_cohort_alone(tmp_path):
    folder = results(tmp_path)
    cohort = pl.DataFrame({"stay": ["s0", "s1", "s5"]})
    found = compare(folder, stays=cohort)
    assert [row[:3] for row in found.definitions.rows()] == [("one", 2, 2 / 3), ("two", 2, 2 / 3)]
    assert found.path is None and not (folder / "comparison.parquet").exists()
    with pytest.raises(MissingError, match="1 stay of the cohort is"):
        compare(folder, stays=pl.DataFrame({"stay": ["s0", "nobody"]}))

"""Labels against the truth: counts, onset errors and the page, on people typed by hand and on a small simulation."""

import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from opensepsis.uses.simulate import SimulationError, compare_with_truth, simulate, truth_page
from opensepsis.uses.simulate.report.accuracy import Share, around_onset
from opensepsis.uses.simulate.report.html import histogram_of

START = datetime(2030, 1, 1, tzinfo=UTC)


def at(hours):
    return None if hours is None else START + timedelta(hours=hours)


def people(rows):
    """(true onset, labelled onset) in hours from admission."""
    names = [f"p{i}" for i in range(len(rows))]
    truth = pl.DataFrame(
        {
            "patient": names,
            "admitted": [START] * len(rows),
            "onset": [at(true) for true, _ in rows],
            "shock_onset": [at(None)] * len(rows),
        },
        schema_overrides={"onset": pl.Datetime("us", "UTC"), "shock_onset": pl.Datetime("us", "UTC")},
    )
    stays = pl.DataFrame(
        {
            "patient": names,
            "sepsis3": [said is not None for _, said in rows],
            "sepsis3_onset": [at(said) for _, said in rows],
        },
        schema_overrides={"sepsis3_onset": pl.Datetime("us", "UTC")},
    )
    return stays, truth


def test_counts_and_onset_errors():
    stays, truth = people([(2, 5), (-30, 1), (4, None), (None, 3), (None, None), (None, None)])
    found = compare_with_truth(stays, truth, "sepsis3")
    assert (found.sensitivity.part, found.sensitivity.whole) == (2, 3)
    assert (found.specificity.part, found.specificity.whole) == (2, 3)
    assert (found.predictive_value.part, found.predictive_value.whole) == (2, 3)
    # An onset before arrival counts from arrival: 1 hour late, not 31.
    assert sorted(found.onset_errors) == [1.0, 3.0]
    assert found.quartiles()[1] == pytest.approx(2.0)
    assert sum(count for _, count in histogram_of(found)) == 2


def test_a_patient_with_several_stays_counts_once_and_not_judged_is_not_labelled():
    stays, truth = people([(2, 5), (2, None)])
    again = stays[:1].with_columns(pl.lit(None, pl.Boolean).alias("sepsis3"))
    found = compare_with_truth(pl.concat([stays, again]), truth, "sepsis3")
    assert found.patients.height == 2 and found.sensitivity.part == 1


def test_nobody_to_judge_is_not_known_rather_than_zero():
    stays, truth = people([(None, None)])
    found = compare_with_truth(stays, truth, "sepsis3")
    assert found.sensitivity.value != found.sensitivity.value and found.quartiles()[1] != found.quartiles()[1]
    assert Share(0, 0).interval[0] != Share(0, 0).interval[0]


def test_an_unknown_definition_is_refused_and_the_nearest_offered():
    stays, truth = people([(1, 1)])
    with pytest.raises(SimulationError, match="sepsis3"):
        compare_with_truth(stays, truth, "sepsis_3")


def test_points_are_aligned_on_the_true_onset():
    _, truth = people([(5, None)])
    courses = pl.DataFrame({"patient": ["p0"] * 3, "hour": [4, 5, 6], "sofa": [0.0, 2.0, 3.0]})
    scores = pl.DataFrame({"patient": ["p0"] * 2, "time": [at(5), at(7)], "total": [1, 4]})
    found = {row["from_onset"]: row for row in around_onset(scores, courses, truth).to_dicts()}
    assert found[0] == {"from_onset": 0, "true_points": 2.0, "charted_points": 1.0}
    assert found[-1]["true_points"] == 0.0 and found[2]["charted_points"] == 4.0


def test_the_page_stands_alone(tmp_path):
    simulation = simulate(120, 60, 6, tmp_path / "hospital")
    truth = simulation.truth.collect()
    # A detector that knows the truth and tells it two hours late.
    moment = (pl.max_horizontal("onset", "admitted") + pl.duration(hours=2)).alias("sepsis3_onset")
    stays = truth.select("patient", pl.col("onset").is_not_null().alias("sepsis3"), moment)
    stays = stays.with_columns(pl.when("sepsis3").then("sepsis3_onset").alias("sepsis3_onset"))
    scores = truth.select("patient", pl.col("admitted").alias("time"), pl.lit(3).alias("total"))
    found = compare_with_truth(stays, truth, "sepsis3")
    assert found.sensitivity.value == found.specificity.value == 1.0 and set(found.onset_errors) == {2.0}
    page = truth_page(simulation, [found], scores)
    assert (
        page.count("<figure ") >= 6 and "prefers-color-scheme: dark" in page and "width=device-width" in page
    )
    outside = [
        url for url in re.findall(r"https?://[^\"' )]+", page) if not url.startswith("http://www.w3.org/")
    ]
    assert outside == [] and "<script" not in page and "<link" not in page and "@import" not in page

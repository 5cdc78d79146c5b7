"""Features are a pure function of what came before, the same for one patient as for many."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from opensepsis.uses.predict.batch import all_features
from opensepsis.uses.predict.catalogue import TAGS, layout
from opensepsis.uses.predict.grid import Grid
from opensepsis.uses.predict.inputs import read_inputs
from opensepsis.uses.predict.live import PatientState


def alike(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Whether each number is the other to the last bit; NaN is NaN."""
    return (some.view(np.uint32) == others.view(np.uint32)) | (np.isnan(some) & np.isnan(others))


@pytest.fixture
def crowd(random_values):
    """Ninety stays of 1 to 60 hours with every input."""
    drawn = np.random.default_rng(5)
    sizes = drawn.integers(1, 60, 90)
    begin = np.concatenate([[0], np.cumsum(sizes)])
    person = drawn.normal(50, 10, (90, 3)).astype(np.float32)
    stays = pl.DataFrame({"stay": [str(i) for i in range(90)]})
    inputs = read_inputs()
    return Grid(inputs, stays, begin, random_values(int(begin[-1]), len(inputs)), person)


def test_batch_and_live_are_equal_to_the_last_bit(crowd):
    rows = all_features(crowd)
    for stay in range(0, 90, 3):
        patient = PatientState(layout(crowd.inputs), crowd.person[stay])
        hours = slice(crowd.begin[stay], crowd.begin[stay + 1])
        assert alike(np.array([patient.advance(v) for v in crowd.values[hours]]), rows[hours]).all()


def test_no_hour_sees_a_later_one(crowd):
    """A prefix alone gives the same, and whatever stands after it changes nothing."""
    rows, drawn = all_features(crowd), np.random.default_rng(1)
    for stay in range(60):
        first, last = crowd.begin[stay], crowd.begin[stay + 1]
        cut = int(drawn.integers(1, last - first + 1))
        values = crowd.values.copy()
        drawn.shuffle(values[first + cut : last])
        other = all_features(replace(crowd, values=values).of_stays(np.array([stay])))
        assert alike(other[:cut], rows[first : first + cut]).all()
        prefix = Grid(
            crowd.inputs,
            crowd.stays[:1],
            np.array([0, cut]),
            crowd.values[first : first + cut],
            crowd.person[[stay]],
        )
        assert alike(all_features(prefix), rows[first : first + cut]).all()


def test_windows_are_those_of_a_plain_reading(crowd):
    rows, names = all_features(crowd), layout(crowd.inputs).names
    heart = crowd.values[:, 0].astype(np.float64)
    for stay in range(0, 90, 7):
        first, last = crowd.begin[stay], crowd.begin[stay + 1]
        for row in range(first, last):
            seen = heart[first : row + 1]
            for hours, name in ((6, "6h"), (24, "24h")):
                window = seen[-hours:][~np.isnan(seen[-hours:])]
                told = [
                    rows[row, names.index(f"heart_rate.{kind}_{name}")] for kind in ("low", "high", "mean")
                ]
                plain = [window.min(), window.max(), window.mean()] if len(window) else [np.nan] * 3
                np.testing.assert_allclose(told, plain, rtol=1e-5)
            known = np.flatnonzero(~np.isnan(seen))
            assert rows[row, names.index("heart_rate.count")] == len(known)
            since = rows[row, names.index("heart_rate.since")]
            assert since == len(seen) - 1 - known[-1] if len(known) else np.isnan(since)


def test_every_feature_has_one_tag_and_its_words():
    plan = layout(read_inputs())
    assert len(set(plan.names)) == len(plan.names)
    assert all(one.tag in TAGS and one.words for one in plan.features)
    told = {one.name: one.tag for one in plan.features}
    assert told["lactate.since"] == told["fio2.count"] == "observation" and told["unit_hours"] == "time"
    assert told["hospital_hours"] == "site"
    assert (
        told["fio2.last"] == told["norepinephrine.count"] == "treatment"
        and told["lactate.last"] == "physiology"
    )


def test_scores_are_those_of_the_definitions(crowd):
    import opensepsis

    rows, plan = all_features(crowd), layout(crowd.inputs)
    concepts = ("temperature", "heart_rate", "respiratory_rate", "paco2", "wbc", "bands")
    last = {name: rows[:, plan.names.index(f"{name}.last")].astype(float) for name in concepts}
    from opensepsis.definitions import SCORES
    from opensepsis.engine.live.score_tables import row_points

    expected = [
        sum(
            row_points(row, {n: v[i] for n, v in last.items() if not np.isnan(v[i])}) or 0
            for row in SCORES["sirs"].rows
        )
        for i in range(len(rows))
    ]
    assert opensepsis.SIRS.name == "sirs"
    assert rows[:, plan.names.index("sirs")].tolist() == expected

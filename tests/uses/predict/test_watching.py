"""A drifted feed is noticed in its week; quiet weeks are quiet. A gate that a worse model does not pass."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from opensepsis.errors import DefinitionError
from opensepsis.uses.predict.gate import gate
from opensepsis.uses.predict.grid import Grid
from opensepsis.uses.predict.judged_rows import prepared
from opensepsis.uses.predict.learners import LABEL, Member
from opensepsis.uses.predict.score import score_grid
from opensepsis.uses.predict.train import train
from opensepsis.uses.predict.watch import watch

pytest.importorskip("lightgbm")
_WEEKS, _REFERENCE, _A_WEEK = 34, 8, 40


@pytest.fixture(scope="module")
def half_a_year(a):
    """Stays of the hospital a, drawn again for each of 34 weeks."""
    drawn = np.random.default_rng(11)
    chosen = drawn.integers(0, len(a.septic), _WEEKS * _A_WEEK)
    sizes = np.diff(a.grid.begin)[chosen]
    rows = np.concatenate([np.arange(a.grid.begin[i], a.grid.begin[i + 1]) for i in chosen])
    first = datetime(2026, 1, 5, tzinfo=UTC)
    admitted = [
        first + timedelta(hours=float(168 * (k // _A_WEEK) + drawn.uniform(0, 100)))
        for k in range(len(chosen))
    ]
    stays = a.grid.stays[chosen].with_columns(
        admitted=pl.Series(admitted), stay=pl.Series([str(k) for k in range(len(chosen))])
    )
    # the same patient comes many times: his values differ a little each time
    values = a.grid.values[rows] * drawn.normal(1, 0.02, (len(rows), 1)).astype(np.float32)
    return Grid(a.grid.inputs, stays, np.concatenate([[0], np.cumsum(sizes)]), values, a.grid.person[chosen])


def notices(model, grid):
    return watch(
        model, grid, score_grid(model, grid.with_inputs(model.inputs), 1), reference_weeks=_REFERENCE
    ).notices


def test_half_a_quiet_year_is_quiet(trained, half_a_year):
    assert notices(trained.model, half_a_year).height <= 1


@pytest.mark.parametrize(
    ("concept", "change", "words"),
    [
        ("creatinine", lambda v: v * 88.4, "creatinine, value: more"),  # another unit
        ("lactate", lambda v: np.full_like(v, np.nan), "lactate, measured: less"),  # the laboratory is silent
        ("systolic_pressure", lambda v: v + 12, "systolic pressure, value: more"),  # another monitor
    ],
)
def test_a_drifted_feed_is_noticed_in_its_week(trained, half_a_year, concept, change, words):
    grid = half_a_year
    column = [one.concept for one in grid.inputs].index(concept)
    since = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(weeks=20)
    late = (grid.stays["admitted"] >= since).to_numpy()[grid.stay_of_row]
    values = grid.values.copy()
    values[late, column] = change(values[late, column])
    told = notices(trained.model, replace(grid, values=values))
    assert told.filter(pl.col("words").str.starts_with(words))["week"].min() == 20
    assert told.filter(pl.col("week") < 20).height <= 1


def test_a_short_timeline_cannot_be_watched(trained, a):
    with pytest.raises(DefinitionError, match="weeks"):
        watch(trained.model, a.grid, score_grid(trained.model, a.grid.with_inputs(trained.model.inputs), 1))


def test_a_worse_model_does_not_pass_the_gate(trained, a, b):
    poor = train(a, threads=1, members=(Member("poor", LABEL, ("time",), 4, 5, 500),))
    old, new = (prepared(model.model, b, threads=1) for model in (trained, poor))
    assert any(one.worse for one in gate(old, new)) and not any(one.worse for one in gate(new, old))
    assert not any(one.worse for one in gate(old, old))
    with pytest.raises(DefinitionError, match="same hours"):
        gate(old, prepared(trained.model, a, threads=1))

"""What changes in a hospital's data and in a model's scores from week to week, before labels are there and after.

Each week is compared with the first weeks, stay by stay: the hours of one stay are not independent, so a stay gives one number a
week. A notice needs a difference far beyond chance, so that half a year of quiet weeks is quiet.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from opensepsis.engine.semantics.time import HOUR
from opensepsis.errors import DefinitionError
from opensepsis.uses.predict.alarms import raise_alarms, sums
from opensepsis.uses.predict.familiarity import OK, STATES
from opensepsis.uses.predict.grid import Grid
from opensepsis.uses.predict.labels import Labels
from opensepsis.uses.predict.model import Model
from opensepsis.uses.predict.score import Scored

REFERENCE_WEEKS = 8
_FAR = 5.0  # standard errors
_SLACK, _SUM = 0.75, 6.0  # of the CUSUM of alarms, in standard errors of a week
_FEWEST = 15  # stays of a week; fewer tell nothing
_WEEK = 168 * HOUR


@dataclass(frozen=True)
class Watched:
    """`weeks`: week, begins, what, stays, mean, usual, z. `notices`: those weeks that are far from usual, with words."""

    weeks: pl.DataFrame
    notices: pl.DataFrame


def watch(
    model: Model,
    grid: Grid,
    scored: Scored,
    labels: Labels | None = None,
    reference_weeks: int = REFERENCE_WEEKS,
    point: str = "budget_2%",
) -> Watched:
    """Every week against the first `reference_weeks`. DefinitionError: fewer weeks than that and one more."""
    grid = grid.with_inputs(model.inputs)
    admitted = grid.stays["admitted"].dt.epoch("us").to_numpy()
    moment = admitted[grid.stay_of_row] + grid.unit_hours * HOUR
    first = int(moment.min())
    week = (moment - first) // _WEEK
    if week.max() < reference_weeks:
        raise DefinitionError(
            f"The timeline spans {int(week.max()) + 1} weeks; {reference_weeks} reference weeks and at least one more are needed."
        )
    parts = [
        _series(name, values, grid, week) for name, values in _numbers(model, grid, scored, point).items()
    ]
    table = pl.concat([_compared(part, reference_weeks) for part in parts])
    if labels is not None:
        table = pl.concat([table, _with_labels(model, grid, scored, labels, week, point, reference_weeks)])
    begins = [
        datetime.fromtimestamp(first / 1e6, UTC) + timedelta(weeks=w) for w in range(int(week.max()) + 1)
    ]
    table = table.with_columns(begins=pl.Series(begins)[table["week"].to_numpy()])
    return Watched(table, _notices(table, reference_weeks))


def _numbers(model: Model, grid: Grid, scored: Scored, point: str) -> dict[str, np.ndarray]:
    """What is averaged over the hours of each stay in each week; NaN hours are left out."""
    found = {}
    for i, one in enumerate(grid.inputs):
        values = grid.values[:, i].astype(np.float64)
        found[f"{one.title}, measured"] = (~np.isnan(values)).astype(float)
        found[f"{one.title}, value"] = values
    found["score"] = scored.score
    found["abstained"] = (scored.state != STATES.index(OK)).astype(float)
    found["hours above the threshold"] = (scored.risk > model.thresholds[point]).astype(float)
    return found


def _series(name: str, values: np.ndarray, grid: Grid, week: np.ndarray) -> pl.DataFrame:
    """week, number: the mean of each stay in each week."""
    frame = pl.DataFrame({"stay": grid.stay_of_row, "week": week, "number": values}).filter(
        pl.col("number").is_not_nan()
    )
    return (
        frame.group_by("stay", "week")
        .agg(pl.col("number").mean())
        .select("week", "number", what=pl.lit(name))
    )


def _compared(part: pl.DataFrame, reference_weeks: int) -> pl.DataFrame:
    """The mean of each week and how many standard errors it lies from the reference; each stay's number is held within what is usual."""
    usual = part.filter(pl.col("week") < reference_weeks)["number"]
    if usual.len() < _FEWEST:
        return _empty()
    low, high = (_number(usual.quantile(q)) for q in (0.01, 0.99))
    reach = max(high - low, 1e-9)
    held = part.with_columns(pl.col("number").clip(low - reach, high + reach))
    kept = held.filter(pl.col("week") < reference_weeks)["number"]
    mean = _number(kept.mean())
    spread = max(_number(kept.std()), 1e-3 * max(abs(mean), 1e-3))
    # weeks of the reference differ by more than chance alone: seasons, shifts, a busy ward
    weekly = (
        held.filter(pl.col("week") < reference_weeks)
        .group_by("week")
        .agg(pl.col("number").mean(), stays=pl.len())
    )
    chance = spread**2 / weekly["stays"].to_numpy()
    extra = max(float(((weekly["number"].to_numpy() - mean) ** 2 - chance).mean()), 0.0)
    by_week = held.group_by("what", "week").agg(mean=pl.col("number").mean(), stays=pl.len()).sort("week")
    error = np.sqrt(spread**2 / by_week["stays"].to_numpy() + spread**2 / kept.len() + extra)
    z = (by_week["mean"].to_numpy() - mean) / error
    return by_week.with_columns(
        usual=pl.lit(mean),
        z=pl.when(pl.col("stays") >= _FEWEST).then(pl.Series(z)),
        week=pl.col("week").cast(pl.Int64),
    ).select("what", "week", pl.col("stays").cast(pl.Int64), "mean", "usual", "z")


def _number(found: object) -> float:
    """What a column of numbers gave; never null, for there were enough stays."""
    if not isinstance(found, int | float):
        raise TypeError(f"no number but {type(found).__name__}")
    return float(found)


def _empty() -> pl.DataFrame:
    kinds = {
        "what": pl.String,
        "week": pl.Int64,
        "stays": pl.Int64,
        "mean": pl.Float64,
        "usual": pl.Float64,
        "z": pl.Float64,
    }
    return pl.DataFrame(schema=kinds)


def _with_labels(model, grid, scored, labels, week, point, reference_weeks) -> pl.DataFrame:
    """Observed less expected positive hours of each stay, and whether septic stays were found, in weeks whose labels are there."""
    at = np.flatnonzero(labels.counted)
    values = np.full(grid.hours, np.nan)
    values[at] = labels.positive[at] - scored.risk[at]
    parts = [_compared(_series("observed less expected", values, grid, week), reference_weeks)]
    over = np.zeros(grid.hours, bool)
    over[at] = scored.risk[at] > model.thresholds[point]
    of_row = grid.stay_of_row
    raised = raise_alarms(over, of_row, grid.unit_hours, labels.onset)
    one = sums(raised, labels.onset, np.bincount(of_row[at], minlength=len(labels.onset)))
    septic = np.flatnonzero(one.septic)
    last = grid.begin[1:] - 1
    found = pl.DataFrame(
        {"week": week[last[septic]], "number": one.found[septic].astype(float)}
    ).with_columns(what=pl.lit("recall at the budget"))
    return pl.concat([*parts, _compared(found, reference_weeks)])


def _notices(table: pl.DataFrame, reference_weeks: int) -> pl.DataFrame:
    later = table.filter(pl.col("week") >= reference_weeks, pl.col("z").is_not_null()).sort("what", "week")
    alarms = later.filter(pl.col("what") == "hours above the threshold")
    high = low = 0.0
    slow = []
    for row in alarms.iter_rows(named=True):
        high, low = max(0.0, high + row["z"] - _SLACK), max(0.0, low - row["z"] - _SLACK)
        if max(high, low) > _SUM:
            slow.append(row["week"])
            high = low = 0.0
    far = pl.col("z").abs() > _FAR
    crept = (pl.col("what") == "hours above the threshold") & pl.col("week").is_in(slow)
    told = later.filter(far | crept)
    direction = pl.when(pl.col("z") > 0).then(pl.lit("more")).otherwise(pl.lit("less"))
    words = pl.format("{}: {} than usual", pl.col("what"), direction)
    return told.with_columns(words=words).sort("week", "what")

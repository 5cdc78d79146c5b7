"""Labels one shard: its stays and the events of their patients."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from opensepsis.data.schema import MOMENT
from opensepsis.engine.as_known import score_ticks_as_known
from opensepsis.engine.batch import Given, score_ticks
from opensepsis.engine.charts import Charts, charts, close_open_intervals
from opensepsis.engine.episodes import episodes
from opensepsis.engine.evidence import evidence
from opensepsis.engine.ticks import Ticks, hourly
from opensepsis.rules import OrganFailure, Phenotype, Score, Shock
from opensepsis.uses.label.selection import Selection

TIMES = ("onset", "known", "suspected", "organ_failure", "shock")


@dataclass(frozen=True)
class Labelled:
    """The labels of one shard: ticks of each score, and all episodes."""

    scores: dict[str, pl.DataFrame]
    episodes: pl.DataFrame


@dataclass(frozen=True)
class Shard:
    """One shard made ready: numbered stays, their ticks, events and charts."""

    stays: pl.DataFrame
    ticks: Ticks
    events: pl.DataFrame
    charts: Charts


def prepare(stays: pl.DataFrame, events: pl.LazyFrame, selection: Selection) -> Shard:
    """Numbers the stays and patients, reads the events that are needed, and settles them."""
    numbers = stays.select("patient").unique(maintain_order=True).with_row_index("pid")
    stays = stays.join(numbers, on="patient", maintain_order="left").with_row_index("sid")
    ticks = hourly(stays.select("sid", "pid", pl.col("admitted", "discharged").to_physical()))
    seen = events.filter(pl.col("concept").is_in(list(selection.concepts))).collect()
    seen = seen.with_columns(_numbered(seen["patient"].cast(pl.Categorical), numbers))
    seen = seen.select(
        "pid",
        pl.col("concept").cast(pl.Categorical),
        pl.col("time", "end", "known").to_physical(),
        "value",
        "text",
        "origin",
    ).drop_nulls("pid")
    closed = close_open_intervals(
        seen, ticks.stays.select("pid", time="discharged"), selection.concepts
    )
    traced = frozenset(p.lactate.name for p in selection.phenotypes if isinstance(p, Shock))
    return Shard(stays, ticks, closed, charts(closed, selection.concepts, traced))


def _numbered(patients: pl.Series, numbers: pl.DataFrame) -> pl.Series:
    """The `pid` of each patient, null for those without a stay: looked up by the code of the category."""
    codes = patients.to_physical()
    theirs = numbers.select("pid", code=pl.col("patient").cast(pl.Categorical).to_physical())
    most = max(codes.max() or 0, theirs["code"].max() or 0)
    every = pl.DataFrame({"code": pl.int_range(most + 1, dtype=codes.dtype, eager=True)})
    return every.join(theirs, on="code", how="left", maintain_order="left")["pid"].gather(codes)


def label_shard(shard: Shard, selection: Selection, as_known: bool = False) -> Labelled:
    """Every score at every tick, and every episode of every phenotype."""
    given: dict[str, dict[str, Given]] = {}
    points: dict[str, pl.DataFrame] = {}
    for score in selection.needed_scores:
        given[score.name] = {}
        retrospective = score_ticks(score, shard.ticks, shard.charts, given[score.name])
        found = score_ticks_as_known(score, shard.ticks, shard.events) if as_known else retrospective
        points[score.name] = _refuse_too_young(score, found, shard)
    found = [_episodes(p, shard, points, given) for p in selection.phenotypes]
    written = {score.name: _named(points[score.name], shard) for score in selection.scores}
    return Labelled(written, pl.concat(found) if found else pl.DataFrame())


def _refuse_too_young(score: Score, points: pl.DataFrame, shard: Shard) -> pl.DataFrame:
    """A score is not known below the age it was made for."""
    if score.lowest_age is None:
        return points
    young = (shard.stays["age"] < score.lowest_age).fill_null(False)
    if not young.any():
        return points
    masked = shard.ticks.ticks["sid"].is_in(shard.stays.filter(young)["sid"].implode())
    rows = [row.name for row in score.rows]
    unknown = [pl.when(~masked).then(pl.col(c)).alias(c) for c in ("total", *rows)]
    basis = [
        pl.when(~masked).then(pl.col(f"{r}_basis")).otherwise(pl.lit("not known")).alias(f"{r}_basis")
        for r in rows
    ]
    basis = [b.cast(points.schema[f"{r}_basis"]) for b, r in zip(basis, rows, strict=True)]
    known = pl.when(~masked).then(pl.col("rows_known")).otherwise(pl.lit(0, pl.Int8)).alias("rows_known")
    return points.with_columns(*unknown, *basis, known)


def _named(points: pl.DataFrame, shard: Shard) -> pl.DataFrame:
    """Ticks with patient, stay and time in front, by stay and time."""
    head = shard.ticks.ticks.select("sid", pl.col("time").cast(MOMENT))
    ticks = pl.concat([head, points], how="horizontal")
    if not ticks["sid"].is_sorted():  # within a stay they lie in order of time
        ticks = ticks.sort("sid", maintain_order=True)
    who = shard.stays.select("patient", "stay")[ticks["sid"]]
    return pl.concat([who, ticks.drop("sid")], how="horizontal")


def _episodes(phenotype: Phenotype, shard: Shard, points, given) -> pl.DataFrame:
    ticks = shard.ticks.ticks.select("sid", "time").with_columns(total=pl.lit(None, pl.Int8))
    for score in _resting_on(phenotype):
        ticks = ticks.with_columns(points[score.name]["total"])
    found = episodes(phenotype, shard.ticks.stays, shard.charts, ticks)
    found = found.join(shard.stays.select("sid", "pid", "patient", "stay"), on="sid", maintain_order="left")
    traced = evidence(phenotype, found, shard.charts, shard.events, given)
    return found.select(
        pl.lit(phenotype.name).alias("definition"),
        "patient",
        "stay",
        pl.col(*TIMES).cast(MOMENT),
        "points",
        "baseline",
        traced.alias("evidence"),
    )


def _resting_on(phenotype: Phenotype) -> Iterator[Score]:
    if isinstance(phenotype, Shock):
        phenotype = phenotype.sepsis
    if isinstance(phenotype, OrganFailure):
        yield phenotype.score

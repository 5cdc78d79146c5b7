"""Many patients' charts: the events of each concept, corrections settled, sorted by patient and time. Polars.

Patients are numbers (`pid`), times whole microseconds (UTC).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from opensepsis.rules import Concept, Kind

NEVER = 2**62  # the end of what has no end
THOUSANDTHS = 1000  # amounts add up in whole thousandths, so that no order of adding matters
ORDER = ["pid", "time"]


@dataclass
class Charts:
    """Settled events by concept: measurements (pid, time, value), intervals and events with all their columns."""

    concepts: dict[str, Concept]
    series: dict[str, pl.DataFrame] = field(default_factory=dict)
    standing: dict[str, pl.DataFrame] = field(default_factory=dict)
    measured: dict[str, pl.DataFrame] = field(default_factory=dict)
    steps: dict[int, pl.DataFrame] = field(default_factory=dict)
    tables: dict = field(
        default_factory=dict
    )  # what tables gave, so that scores that share one work it out once
    # by phenotype, what decided each episode: sid, onset, concept, time, origin; origin null for measurements
    deciding: dict[str, pl.DataFrame] = field(default_factory=dict)


def charts(
    events: pl.DataFrame, concepts: dict[str, Concept], traced: frozenset[str] = frozenset()
) -> Charts:
    """The charts of all patients in `events` (pid, concept, time, end, known, value, text, origin).

    For measurements in `traced` the rows that stand are kept whole in `measured`, to know when they were known.
    """
    made = Charts(concepts)
    narrow = _parts(events.select("concept", "pid", "time", "value", "text"))
    for name, concept in concepts.items():
        mine = pl.col("concept") == name
        if concept.kind in (Kind.INTERVAL, Kind.EVENT):
            made.standing[name] = _settled_events(events.filter(mine).drop("concept").sort(ORDER), concept)
            made.series[name] = made.standing[name].select(ORDER).unique(maintain_order=True)
        else:
            few = narrow.get((name,), _nothing(events))
            made.series[name] = _settled_series(
                few, concept, lambda mine=mine: events.filter(mine).drop("concept")
            )
        if name in traced:
            made.measured[name] = (
                _standing(events.filter(mine).drop("concept"), concept).drop_nulls("value").sort(ORDER)
            )
    return made


def _parts(narrow: pl.DataFrame) -> dict[tuple, pl.DataFrame]:
    return narrow.partition_by("concept", as_dict=True, include_key=False)


def _nothing(events: pl.DataFrame) -> pl.DataFrame:
    return events.clear().select("pid", "time", "value", "text")


def _ties(frame: pl.DataFrame) -> pl.Series:
    """Which rows share patient and moment with another; the frame is sorted."""
    same = (pl.col("pid") == pl.col("pid").shift()) & (pl.col("time") == pl.col("time").shift())
    marked = frame.select(same=same.fill_null(False))["same"]
    return marked | marked.shift(-1, fill_value=False)


def _settled_series(few: pl.DataFrame, concept: Concept, whole: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """One value a moment. Most moments have one row and need few columns; `whole` gives all columns for the others."""
    word = concept.kind is Kind.WORD
    amount = (pl.col("value") * THOUSANDTHS).round(mode="half_away_from_zero").cast(pl.Int64)
    value = pl.col("text") if word else amount if concept.kind is Kind.AMOUNT else pl.col("value")
    narrow = few.select("pid", "time", value=value).sort(ORDER)
    tied = _ties(narrow)
    if not tied.any():
        return narrow.drop_nulls("value")
    moments = narrow.filter(tied).select(ORDER).unique()
    several = whole().with_columns(value=value).join(moments, on=ORDER, how="semi")
    if several.select(pl.struct("pid", "time", "origin").is_duplicated().any()).item():
        several = _standing(several, concept)  # something was said twice or corrected
    several = several.group_by(ORDER).agg(_one(concept)).select("pid", "time", "value")
    return pl.concat([narrow.filter(~tied), several]).drop_nulls("value").sort(ORDER)


def _one(concept: Concept) -> pl.Expr:
    """The one value of several at a moment."""
    value = pl.col("value")
    if concept.kind is Kind.WORD:
        rank = value.replace_strict(
            {word: i for i, word in enumerate(concept.words)}, default=-1, return_dtype=pl.Int64
        )
        return value.drop_nulls().sort_by(rank.filter(value.is_not_null())).last()
    if concept.kind is Kind.AMOUNT:
        return pl.when(value.count() > 0).then(value.sum()).otherwise(None).alias("value")
    return value.min() if concept.worse == "low" else value.max()


def _settled_events(frame: pl.DataFrame, concept: Concept) -> pl.DataFrame:
    """The events that still stand, with `first_known`: when the earliest version of each could be known."""
    tied = _ties(frame)
    single = frame.filter(~tied).with_columns(first_known="known")
    if not tied.any():
        return single
    said = pl.col("known").min().over("pid", "time", "origin", "text")
    several = frame.filter(tied)
    several = several.with_columns(
        first_known=pl.when(pl.col("origin").is_null()).then(pl.col("known")).otherwise(said)
    )
    return pl.concat([single, _standing(several, concept)]).sort(ORDER)


def _standing(frame: pl.DataFrame, concept: Concept) -> pl.DataFrame:
    """Rows said once and not replaced by a later-known version with the same origin."""
    same = ["pid", "time", "end", "value", "text", "origin"]
    others = [c for c in frame.columns if c not in same]  # known and, for events, first_known
    frame = frame.group_by(same).agg(pl.col(others).min()).select(frame.columns)
    version = ["pid", "time", "origin"]
    has_origin = pl.col("origin").is_not_null()
    if concept.kind not in (Kind.EVENT, Kind.INTERVAL):
        replaced = has_origin & (pl.col("known") < pl.col("known").max().over(version))
        retraction = pl.col("value").is_null() & pl.col("text").is_null()
        return frame.filter(~replaced & ~retraction)
    empty = pl.col("value").is_null() & pl.col("text").is_null()
    blank_known = pl.when(empty).then(pl.col("known")).max().over(version)
    same_text = pl.col("known").max().over([*version, "text"])
    replaced = has_origin & ((pl.col("known") < same_text) | (pl.col("known") < blank_known).fill_null(False))
    retracts = has_origin & empty & (pl.col("known") > pl.col("known").min().over(version))
    if concept.kind is Kind.INTERVAL:
        retracts = retracts & (pl.col("end") == pl.col("time")).fill_null(False)
    return frame.filter(~replaced & ~retracts)


def close_open_intervals(
    events: pl.DataFrame, ends: pl.DataFrame, concepts: dict[str, Concept]
) -> pl.DataFrame:
    """Open-ended intervals run to the next end of a stay (`ends`: pid, time) at or after their start."""
    lasting = [name for name, concept in concepts.items() if concept.kind is Kind.INTERVAL]
    is_open = pl.col("end").is_null() & pl.col("concept").is_in(lasting)
    if not events.select(is_open.any()).item():
        return events
    opened = events.filter(is_open).sort(ORDER).drop("end")
    stops = ends.select("pid", "time", end=pl.col("time")).sort(ORDER)
    closed = opened.join_asof(stops, on="time", by="pid", strategy="forward", check_sortedness=False)
    closed = closed.with_columns(pl.col("end").fill_null(NEVER)).select(events.columns)
    return pl.concat([events.filter(~is_open), closed])

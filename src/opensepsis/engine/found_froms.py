"""From when on a tick's points could be found, of many patients. Polars twin of `found_from.py`.

Every moment that is tried becomes a patient of its own who ends at the tick, so no rule is written twice.
"""

from collections.abc import Sequence

import polars as pl
import polars.selectors as cs

from opensepsis.engine.as_known import SNAPSHOTS_AT_ONCE, snapshots
from opensepsis.engine.charts import Charts
from opensepsis.engine.judged import Judged
from opensepsis.engine.steps import micro
from opensepsis.rules import Score

FIRST_TRIES = 4  # of an episode; most are found among them


def with_knowledge(
    phenotype, scores: Sequence[Score], patients: Charts, first: pl.DataFrame, ticks: pl.DataFrame, enough
) -> pl.DataFrame:
    """`first` (sid, pid, suspected, time, known) with `known` not before its tick, or a later one of its window, could
    be found. `ticks`: sid, time of those that are good enough; of one suspicion only where `suspected` is there.
    """
    last = pl.col("suspected") + micro(phenotype.after)
    return with_knowledge_until(scores, patients, first, ticks, enough, last)


def with_knowledge_until(
    scores: Sequence[Score], patients: Charts, first: pl.DataFrame, ticks: pl.DataFrame, enough, last: pl.Expr
) -> pl.DataFrame:
    """As `with_knowledge`, with the ticks up to `last`."""
    if patients.judged is not Judged.IN_RETROSPECT or first.is_empty():
        return first
    points = [points.cast(pl.Int64).alias(f"enough{number}") for number, points in enumerate(enough)]
    asked = first.with_columns(last=last).with_row_index("row")
    key = ["sid", "suspected"] if "suspected" in ticks.columns else ["sid"]
    later = asked.select("row", *key, "last", tick="time").join(ticks, on=key)
    later = later.filter((pl.col("time") > pl.col("tick")) & (pl.col("time") <= pl.col("last")))
    later = later.with_columns(points).select("row", "time", cs.starts_with("enough"))
    asked = asked.with_columns(points).select("pid", "time", cs.starts_with("enough"), **{"from": "known"})
    return first.with_columns(known=found_from(scores, patients, asked, later))


def found_from(
    scores: Sequence[Score], patients: Charts, first: pl.DataFrame, later: pl.DataFrame
) -> pl.Series:
    """For each row of `first` (pid, time, from) the first moment at which it, or one of `later`, could be found.

    `first` has its tick; `later` (row, time) the ticks after it; both in `enough0` … the points for each score.
    """
    first = first.with_row_index("row")
    names = sorted({name for score in scores for name in score.concepts})
    needed = pl.col("concept").is_in(names) & pl.col("pid").is_in(first["pid"].unique().implode())
    events = patients.events.filter(needed)
    late = _late(first, events)
    if late.is_empty():
        return first["from"]
    unsure = first.filter(pl.col("row").is_in(late["row"].unique().implode()))
    tries = _tries(unsure, late, later)
    found = _first_success(scores, _up_to_the_last(tries, events), tries)
    known = first.join(found, on="row", how="left", maintain_order="left")
    sure = ~pl.col("row").is_in(unsure["row"].implode())
    reached = (
        pl.when(sure).then(pl.col("from")).otherwise(pl.coalesce("moment", pl.max_horizontal("from", "time")))
    )
    return known.select(reached).to_series()


def _up_to_the_last(tries: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """What was charted of each patient up to the last tick that is tried."""
    last = tries.group_by("pid").agg(last=pl.col("time").max())
    theirs = events.join(last, on="pid", maintain_order="left")
    return theirs.filter(pl.col("time") <= pl.col("last")).drop("last")


def _late(first: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """row, moment: when values up to each tick were filed that were not known at `from`."""
    values = events.filter(pl.col("known") > pl.col("time")).select("pid", at="time", moment="known")
    late = first.select("row", "pid", "time", "from").join(values, on="pid")
    late = late.filter((pl.col("moment") > pl.col("from")) & (pl.col("at") <= pl.col("time")))
    return late.select("row", "moment").unique()


def _tries(unsure: pl.DataFrame, late: pl.DataFrame, later: pl.DataFrame) -> pl.DataFrame:
    """row, moment, pid, time and what is enough, in the order in which they are tried."""
    enough = [name for name in unsure.columns if name.startswith("enough")]
    at_tick = pl.concat([unsure.select("row", moment="from"), late])
    own = at_tick.join(unsure.drop("from"), on="row")
    after = later.join(unsure.select("row", "pid", "from"), on="row")
    after = after.with_columns(moment=pl.max_horizontal("from", "time"))
    columns = ["row", "moment", "pid", "time", *enough]
    return pl.concat([own.select(columns), after.select(columns)]).unique().sort(columns[:2] + columns[3:])


def _first_success(scores: Sequence[Score], events: pl.DataFrame, tries: pl.DataFrame) -> pl.DataFrame:
    """row, moment of the first try that has its points; a few of each row at a time, then more."""
    found, begin, size = [], 0, FIRST_TRIES
    tries = tries.with_columns(number=pl.int_range(pl.len()).over("row"))
    while tries.height:
        some = tries.filter(pl.col("number").is_between(begin, begin + size - 1))
        good = some.filter(_reached(scores, events, some))
        found.append(good.sort("row", "number").unique("row", keep="first", maintain_order=True))
        done = found[-1]["row"].implode()
        begin, size = begin + size, 4 * size
        tries = tries.filter((pl.col("number") >= begin) & ~pl.col("row").is_in(done))
    schema = {"row": pl.UInt32, "moment": pl.Int64}
    return pl.concat(
        [pl.DataFrame(schema=schema), *(f.select(*schema) for f in found)], how="vertical_relaxed"
    )


def _reached(scores: Sequence[Score], events: pl.DataFrame, tries: pl.DataFrame) -> pl.Series:
    """Whether each try has the points of every score, from what was known at its moment."""
    parts = [pl.Series([], dtype=pl.Boolean)]
    by_patient = tries.with_row_index("place").sort("pid")
    for some in by_patient.iter_slices(SNAPSHOTS_AT_ONCE):
        theirs = events.filter(pl.col("pid").is_between(some["pid"][0], some["pid"][-1]))
        asked = some.select("pid", "time", by="moment")
        reached = pl.repeat(True, some.height, dtype=pl.Boolean, eager=True)
        for number, score in enumerate(scores):
            needed = theirs.filter(pl.col("concept").is_in(list(score.concepts)))
            total = snapshots(score, asked, needed)["total"]
            reached = reached & (total >= some[f"enough{number}"]).fill_null(False)
        parts.append(reached)
    return by_patient.select("place", reached=pl.concat(parts)).sort("place")["reached"]

"""From when on a tick's points could be found, of many patients. Polars twin of `live/availability.py`.

Every moment that is tried becomes a patient of its own who ends at the tick, so no rule is written twice.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
import polars.selectors as cs

from opensepsis.engine.batch.as_known import charted, known_at, snapshots_of
from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.semantics.perspective import Perspective
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Score

FIRST_TRIES = 4  # of an episode; most are found among them


def with_knowledge(
    phenotype, scores: Sequence[Score], patients: Charts, first: pl.DataFrame, ticks: pl.DataFrame, enough
) -> pl.DataFrame:
    """`first` (sid, pid, suspected, time, known) with `known` not before its tick, or a later one of its window, could
    be found. `ticks`: sid, time of those that are good enough; of one suspicion only where `suspected` is there.
    """
    last = pl.col("suspected") + to_microseconds(phenotype.after)
    return with_knowledge_until(scores, patients, first, ticks, enough, last)


def with_knowledge_until(
    scores: Sequence[Score], patients: Charts, first: pl.DataFrame, ticks: pl.DataFrame, enough, last: pl.Expr
) -> pl.DataFrame:
    """As `with_knowledge`, with the ticks up to `last`."""
    if patients.judged is not Perspective.IN_RETROSPECT or first.is_empty():
        return first
    points = [points.cast(pl.Int64).alias(f"enough{number}") for number, points in enumerate(enough)]
    asked = first.with_columns(last=last).with_row_index("row")
    key = ["sid", "suspected"] if "suspected" in ticks.columns else ["sid"]
    later = asked.select("row", *key, "last", tick="time").join(ticks, on=key)
    later = later.filter((pl.col("time") > pl.col("tick")) & (pl.col("time") <= pl.col("last")))
    later = later.with_columns(points).select("row", "time", cs.starts_with("enough"))
    asked = asked.with_columns(points).select("pid", "time", cs.starts_with("enough"), **{"from": "known"})
    return first.with_columns(known=first_computable_at(scores, patients, asked, later))


def first_computable_at(
    scores: Sequence[Score], patients: Charts, first: pl.DataFrame, later: pl.DataFrame
) -> pl.Series:
    """For each row of `first` (pid, time, from) the first moment at which it, or one of `later`, could be found.

    `first` has its tick; `later` (row, time) the ticks after it; both in `enough0` … the points for each score.
    """
    first = first.with_row_index("row")
    late = _late(scores, first, patients)
    if late.is_empty():
        return first["from"]
    unsure = first.filter(pl.col("row").is_in(late["row"].unique().implode()))
    tries = _tries(unsure, late, later)
    found = _first_success(scores, patients, tries)
    known = first.join(found, on="row", how="left", maintain_order="left")
    sure = ~pl.col("row").is_in(unsure["row"].implode())
    reached = (
        pl.when(sure).then(pl.col("from")).otherwise(pl.coalesce("moment", pl.max_horizontal("from", "time")))
    )
    return known.select(reached).to_series()


def _late(scores: Sequence[Score], first: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """row, moment: when values up to each tick were filed that were not known at `from`."""
    pid, time, since = (first[name].to_numpy().astype(np.int64) for name in ("pid", "time", "from"))
    row, event = charted(scores, pid, time, time, patients).pairs()
    known = known_at(patients)[event]
    late = known > since[row]
    filed = pl.DataFrame({"row": first["row"].gather(row[late]), "moment": known[late]})
    return filed.unique()


def _tries(unsure: pl.DataFrame, late: pl.DataFrame, later: pl.DataFrame) -> pl.DataFrame:
    """row, moment, pid, time and what is enough, in the order in which they are tried."""
    enough = [name for name in unsure.columns if name.startswith("enough")]
    at_tick = pl.concat([unsure.select("row", moment="from"), late])
    own = at_tick.join(unsure.drop("from"), on="row")
    after = later.join(unsure.select("row", "pid", "from"), on="row")
    after = after.with_columns(moment=pl.max_horizontal("from", "time"))
    columns = ["row", "moment", "pid", "time", *enough]
    return pl.concat([own.select(columns), after.select(columns)]).unique().sort(columns[:2] + columns[3:])


def _first_success(scores: Sequence[Score], patients: Charts, tries: pl.DataFrame) -> pl.DataFrame:
    """row, moment of the first try that has its points; a few of each row at a time, then more."""
    found, begin, size = [], 0, FIRST_TRIES
    tries = tries.with_columns(number=pl.int_range(pl.len()).over("row"))
    while tries.height:
        some = tries.filter(pl.col("number").is_between(begin, begin + size - 1))
        good = some.filter(_reached(scores, patients, some))
        found.append(good.sort("row", "number").unique("row", keep="first", maintain_order=True))
        done = found[-1]["row"].implode()
        begin, size = begin + size, 4 * size
        tries = tries.filter((pl.col("number") >= begin) & ~pl.col("row").is_in(done))
    schema = {"row": pl.UInt32, "moment": pl.Int64}
    return pl.concat(
        [pl.DataFrame(schema=schema), *(f.select(*schema) for f in found)], how="vertical_relaxed"
    )


def _reached(scores: Sequence[Score], patients: Charts, tries: pl.DataFrame) -> pl.Series:
    """Whether each try has the points of every score, from what was known at its moment."""
    points = snapshots_of(scores, tries.select("pid", "time", by="moment"), patients)
    reached = np.ones(tries.height, bool)
    for number, found in enumerate(points):
        reached &= (found["total"] >= tries[f"enough{number}"]).fill_null(False).to_numpy()
    return pl.Series(reached)

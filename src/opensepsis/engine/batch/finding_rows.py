"""Many stays as their course is read: their spans, and the rows of what shows a finding. Polars."""

from dataclasses import dataclass, field

import polars as pl

from opensepsis.engine.batch.chart import NEVER, Charts
from opensepsis.engine.batch.provenance import named
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Course, Edge, Kind, Span

HIT = {
    "finding": pl.Int32,
    "sid": pl.UInt32,
    "time": pl.Int64,
    "known": pl.Int64,
    "origin": pl.String,
    "text": pl.String,
    "value": pl.Float64,
}
WHY = {"finding": pl.Int32, "mark": pl.Int32, "sid": pl.UInt32, "reason": pl.String}
LONG_AGO = -NEVER


@dataclass(frozen=True)
class Reach:
    """Of one score or row: `told`, sid and value (the highest) where it is known; `first`, sid, time and origin of the
    tick that reaches it."""

    told: pl.DataFrame
    first: pl.DataFrame


@dataclass
class StayFindings:
    """Many stays: sid, pid, admitted, discharged, died, age, discharged_to, hospital_from, hospital_to; `others`: pid,
    start, stop of every hospital stay; what was worked out of them; and what is found."""

    course: Course
    stays: pl.DataFrame
    others: pl.DataFrame
    patients: Charts
    episodes: dict[str, pl.DataFrame]
    reached: dict[str, Reach]
    silent: frozenset[str] = frozenset()
    hits: list[pl.DataFrame] = field(default_factory=lambda: [pl.DataFrame(schema=HIT)])
    whys: list[pl.DataFrame] = field(default_factory=lambda: [pl.DataFrame(schema=WHY)])

    def __post_init__(self):
        onsets = (
            self.episodes[self.course.infection.name].group_by("sid").agg(infection=pl.col("onset").min())
        )
        self.stays = self.stays.join(onsets, on="sid", how="left", maintain_order="left")

    def found(self, finding: int, rows: pl.DataFrame) -> None:
        """Takes in what shows a finding; columns that are not there are empty."""
        if rows.is_empty():
            return
        own = {c: pl.col(c).cast(t) if c in rows.columns else pl.lit(None, t) for c, t in HIT.items()}
        self.hits.append(rows.select(**own | {"finding": pl.lit(finding, HIT["finding"])}))

    def not_known(self, finding: int, mark: int, reason: str, sids: pl.Series) -> None:
        """Takes in the stays of which a mark is not known."""
        if sids.is_empty():
            return
        told = {
            "finding": pl.lit(finding),
            "mark": pl.lit(mark),
            "sid": pl.lit(sids),
            "reason": pl.lit(reason),
        }
        self.whys.append(pl.select(told[c].cast(t).alias(c) for c, t in WHY.items()))

    def bounds(self, span: Span) -> tuple[pl.Expr, pl.Expr]:
        """From and to when something counts for a stay."""
        starts = {
            Edge.STAY: pl.col("admitted"),
            Edge.ADMISSION: pl.col("hospital_from"),
            Edge.EVER: pl.lit(LONG_AGO),
        }
        ends = {
            Edge.STAY: pl.col("discharged"),
            Edge.ADMISSION: pl.col("hospital_to"),
            Edge.INFECTION: pl.coalesce("infection", "discharged"),
        }
        return starts[span.start] - to_microseconds(span.before), ends[span.end]


def in_span(rows: pl.DataFrame, concept: str, kind: Kind, span: Span, cases: StayFindings) -> pl.DataFrame:
    """The rows that fall into a span of each stay, with when they were known and what they are called."""
    from_, to = cases.bounds(span)
    mine = cases.stays.select("sid", "pid", from_=from_, to=to)
    rows = rows.join(mine, on="pid")
    last = pl.col("end").fill_null(NEVER) if kind is Kind.INTERVAL else pl.col("time")
    rows = rows.filter((pl.col("time") <= pl.col("to")) & (last >= pl.col("from_")))
    known = "first_known" if kind is Kind.EVENT else "known"
    rows = rows.with_columns(known=pl.max_horizontal("time", known), origin=named(concept))
    return rows.drop("from_", "to", "end", "place", "first_known", "value", strict=False)

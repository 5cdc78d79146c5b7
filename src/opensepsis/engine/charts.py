"""Many patients' charts: the events of each concept, corrections settled, sorted by patient and time. Polars.

Patients are numbers (`pid`), times whole microseconds (UTC); `place` is both in one number (see `axis.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import polars as pl

from opensepsis.engine.axis import Axis
from opensepsis.engine.batch.moments import Moments, Readings
from opensepsis.engine.civil import UTC_DAYS, Calendar
from opensepsis.engine.judged import Judged
from opensepsis.engine.limits import SIGNS, ends, is_limit
from opensepsis.rules import Concept, Kind

NEVER = 2**62  # the end of what has no end
THOUSANDTHS = 1000  # amounts add up in whole thousandths, so that no order of adding matters
ORDER = ["pid", "time"]
MOMENT = [*ORDER, "place"]


@dataclass
class Charts:
    """Settled events by concept: measurements (pid, time, place, value), intervals and events with all columns."""

    concepts: dict[str, Concept]
    axis: Axis
    series: dict[str, pl.DataFrame] = field(default_factory=dict)
    standing: dict[str, pl.DataFrame] = field(default_factory=dict)
    measured: dict[str, pl.DataFrame] = field(default_factory=dict)
    steps: dict[int, pl.DataFrame] = field(default_factory=dict)
    tables: dict = field(default_factory=dict)  # what tables gave: scores that share one work it out once
    # by phenotype, what decided each episode: sid, onset, concept, time, origin; origin null for measurements
    deciding: dict[str, pl.DataFrame] = field(default_factory=dict)
    rows: dict[str, pl.DataFrame] = field(
        default_factory=dict
    )  # where each concept lies in the events: row, place
    calendar: Calendar = UTC_DAYS  # whose days count where a definition counts days
    judged: Judged = Judged.NOW
    events: pl.DataFrame = field(
        default_factory=pl.DataFrame
    )  # every version, where not only what stands counts
    once: dict[tuple, tuple] = field(default_factory=dict)
    read: dict[str, Readings] = field(default_factory=dict)  # `series` as arrays
    moments: dict[tuple, Moments] = field(
        default_factory=dict
    )  # at which something of these concepts was recorded
    known: dict[int, Readings] = field(
        default_factory=dict
    )  # the known values of a signal at its own moments

    def readings(self, name: str) -> Readings:
        """The series of a concept as arrays; a word is its number in the order of the concept's words, something done is 1."""
        if name not in self.read:
            self.read[name] = _readings(self.series[name], self.concepts[name])
        return self.read[name]

    limited: tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]] = (
        {},
        {},
    )  # series at the ends of limits
    other: "Charts | None" = None

    @property
    def flipped(self) -> "Charts":
        """The charts in which limits stand at their other end: of those without ends, themselves."""
        return self.other or self

    @cached_property
    def at_ends(self) -> "tuple[Charts, Charts]":
        """The charts in which every limit stands at its lowest, and at its highest; all else is shared."""
        low, high = (
            replace(self, series=self.series | series, read={}, moments={}, known={}, tables={})
            for series in self.limited
        )
        low.other, high.other = high, low
        return low, high

    def worked_out(self, make: Callable, *of) -> pl.DataFrame:
        """What `make` gives of these and the charts: worked out once, whichever phenotypes rest on it."""
        key = (make, *map(id, of))
        if key not in self.once:
            self.once[key] = (make(*of, self), of)  # kept, or another could come by its id
        return self.once[key][0]


def _readings(series: pl.DataFrame, concept: Concept) -> Readings:
    pid, time, place = (series[name].to_numpy() for name in MOMENT)
    if "value" not in series.columns:
        value = np.ones(len(pid))
    elif concept.kind is Kind.WORD:
        order = {word: float(i) for i, word in enumerate(concept.words)}
        value = series["value"].replace_strict(order, default=-1.0, return_dtype=pl.Float64).to_numpy()
    else:
        value = series["value"].to_numpy()
    return Readings(pid.astype(np.int64), time, place, value)


def charts(
    events: pl.DataFrame,
    concepts: dict[str, Concept],
    traced: frozenset[str] = frozenset(),
    calendar: Calendar = UTC_DAYS,
    judged: Judged = Judged.NOW,
) -> Charts:
    """The charts of all patients in `events` (pid, concept, time, end, known, value, text, origin).

    For measurements in `traced` the rows that stand are kept whole in `measured`, to know when they were known.
    """
    made = Charts(concepts, Axis.of(events), calendar=calendar, judged=judged, limited=({}, {}))
    if judged is not Judged.NOW:
        made.events = events
    places = events.select(made.axis.place())["place"]
    events = events.with_columns(places)
    rows = _rows(events["concept"])
    limits = _with_limits(events, concepts)
    events = events.drop("concept")
    for name, concept in concepts.items():
        mine = rows.get(name, pl.Series([], dtype=pl.UInt32))
        made.rows[name] = pl.DataFrame({"row": mine, "place": places.gather(mine)}).sort("place")
        mine = made.rows[name]["row"]
        if concept.kind in (Kind.INTERVAL, Kind.EVENT):
            standing = made.standing[name] = _settled_events(events[mine], concept)
            made.series[name] = standing.select(MOMENT).filter(_fresh())
        else:
            made.series[name] = _settled_series(events, mine, concept)
        if name in limits:
            for end, held in enumerate(made.limited):
                held[name] = _settled_at_end(events[mine], concept, end)
        if name in traced:
            made.measured[name] = _standing(events[mine], concept).drop_nulls("value").sort("place")
    return made


def surely_above(limit: float) -> pl.Expr:
    """Whether the columns `value` and `text` say that something was above a limit, whatever a printed limit leaves open."""
    text, value = pl.col("text"), pl.col("value")
    told = pl.when(text.is_in(["<", "<="])).then(False).when(text == ">").then(value >= limit)
    return told.otherwise(value > limit)


def _with_limits(events: pl.DataFrame, concepts: dict[str, Concept]) -> set[str]:
    """The concepts of which a value was given as a limit."""
    named = events["concept"].filter(events["text"].is_in(SIGNS).fill_null(False)).unique().to_list()
    return {name for name in named if name in concepts and is_limit(concepts[name], 0.0, SIGNS[0])}


def _settled_at_end(mine: pl.DataFrame, concept: Concept, end: int) -> pl.DataFrame:
    """The series of a concept with every limit at its lowest (0) or highest (1) value."""
    limit = mine["text"].is_in(SIGNS) & mine["value"].is_not_null()
    rows = limit.fill_null(False).arg_true()
    told = mine.select("value", "text")[rows].iter_rows()
    values = pl.Series([ends(concept, value, sign)[end] for value, sign in told], dtype=pl.Float64)
    at_end = mine.with_columns(mine["value"].clone().scatter(rows, values))
    return _settled_series(at_end, pl.int_range(mine.height, dtype=pl.UInt32, eager=True), concept)


def _rows(concepts: pl.Series) -> dict[str, pl.Series]:
    """The row numbers of each concept: few columns need then be gathered, and those of strings seldom."""
    found = concepts.to_frame("concept").with_row_index("row").group_by("concept").agg("row")
    return dict(zip(found["concept"].cast(pl.String), found["row"], strict=True))


def _fresh() -> pl.Expr:
    """Whether a row is the first of its moment; the frame is sorted."""
    return (pl.col("place") != pl.col("place").shift()).fill_null(True)


def _ties(frame: pl.DataFrame) -> pl.Series:
    """Which rows share their moment with another; the frame is sorted."""
    again = frame.select(~_fresh()).to_series()
    return again | again.shift(-1, fill_value=False)


def _settled_series(events: pl.DataFrame, rows: pl.Series, concept: Concept) -> pl.DataFrame:
    """One value a moment, from these rows in order of place. Only moments with several rows need all their columns."""
    said = "text" if concept.kind is Kind.WORD else "value"
    narrow = events.select(*MOMENT, pl.col(said).alias("value"))[rows]
    if concept.kind is Kind.AMOUNT:
        narrow = narrow.with_columns(thousandths())
    tied = _ties(narrow)
    if tied.any():
        several = _one_each(events[rows.filter(tied)], concept)
        narrow = narrow.filter(~tied).merge_sorted(several, key="place")
    return narrow.drop_nulls("value") if narrow["value"].null_count() else narrow


def thousandths() -> pl.Expr:
    """The column `value` in whole thousandths of its unit, half away from zero."""
    return (pl.col("value") * THOUSANDTHS).round(mode="half_away_from_zero").cast(pl.Int64)


def _one_each(several: pl.DataFrame, concept: Concept) -> pl.DataFrame:
    """The value of each moment that has several rows."""
    at_once, corrected = _by_knowledge(several)
    if concept.kind is Kind.AMOUNT:  # what was said twice must not count twice
        at_once = at_once.unique(["place", "end", "value", "text", "origin"])
    several = pl.concat([at_once, _standing(corrected, concept)]) if corrected.height else at_once
    if concept.kind is Kind.AMOUNT:
        several = several.with_columns(thousandths())
    elif concept.kind is Kind.WORD:
        several = several.with_columns(value="text")
    return (
        several.group_by("place")
        .agg(pl.col(ORDER).first(), _one(concept))
        .select(*MOMENT, "value")
        .sort("place")
    )


def _by_knowledge(several: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of moments all known at once, and the others: only among those can a row replace another."""
    once = (pl.col("known").min() == pl.col("known").max()).fill_null(False).over("place")
    once = several.select(once).to_series()
    return several.filter(once), several.filter(~once)


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
    at_once, corrected = _by_knowledge(frame.filter(tied).with_columns(first_known="known"))
    at_once = at_once.unique(["place", "end", "value", "text", "origin"])
    if corrected.height:
        said = pl.col("known").min().over("place", "origin", "text")
        first = pl.when(pl.col("origin").is_null()).then(pl.col("known")).otherwise(said)
        corrected = _standing(corrected.with_columns(first_known=first), concept)
        at_once = pl.concat([at_once, corrected])
    return single.merge_sorted(at_once.sort("place"), key="place")


def _said_once(frame: pl.DataFrame, concept: Concept) -> pl.DataFrame:
    """Without the rows that say what the version before them said; without an origin, what any row before them did."""
    said = ["end", "value", "text"]
    same = ["pid", "time", "place", *said, "origin"]
    others = [c for c in frame.columns if c not in same]  # known and, for events, first_known
    once = frame.group_by(same).agg(pl.col(others).min()).select(frame.columns)
    if once.height == frame.height:
        return once
    named = frame.filter(pl.col("origin").is_not_null()).unique().with_row_index("row")
    before = named.select("place", "origin", "known", *said)
    pairs = named.join(before, on=["place", "origin"], suffix="_before")
    pairs = pairs.filter(pl.col("known_before") < pl.col("known"), _of_one_thing(concept))
    latest = pairs.filter(pl.col("known_before") == pl.col("known_before").max().over("row"))
    again = latest.filter(pl.all_horizontal(pl.col(c).eq_missing(pl.col(f"{c}_before")) for c in said))
    news = named.filter(~pl.col("row").is_in(again["row"].implode())).select(frame.columns)
    return pl.concat([once.filter(pl.col("origin").is_null()), news])


def _of_one_thing(concept: Concept) -> pl.Expr:
    """Whether two versions can replace one another: the text of what was done names it, so another text is another thing."""
    if concept.kind not in (Kind.EVENT, Kind.INTERVAL):
        return pl.lit(True)
    blank = pl.col("value").is_null() & pl.col("text").is_null()
    blank_before = pl.col("value_before").is_null() & pl.col("text_before").is_null()
    return blank | blank_before | pl.col("text").eq_missing(pl.col("text_before"))


def _standing(frame: pl.DataFrame, concept: Concept) -> pl.DataFrame:
    """Rows said once and not replaced by a later-known version with the same origin."""
    frame = _said_once(frame, concept)
    version = ["place", "origin"]
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
    rows = events.select(is_open).to_series().arg_true()
    if rows.is_empty():
        return events
    opened = events.select("pid", "time")[rows].with_columns(row=rows).sort(ORDER)
    stops = ends.select("pid", "time", end=pl.col("time")).sort(ORDER)
    closed = opened.join_asof(stops, on="time", by="pid", strategy="forward", check_sortedness=False)
    end = events["end"].clone().scatter(closed["row"], closed["end"].fill_null(NEVER))
    return events.with_columns(end)

"""Many patients' charts: the events of each concept, corrections settled, sorted by patient and time. Polars.

Patients are numbers (`pid`), times whole microseconds (UTC); `place` is both in one number (see `axis.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from weakref import ref

import numpy as np
import polars as pl

from opensepsis.engine.batch.axis import Axis
from opensepsis.engine.batch.moments import Moments, Readings
from opensepsis.engine.batch.offs import until_off
from opensepsis.engine.batch.versions import standing_rows
from opensepsis.engine.semantics.calendar import UTC_DAYS, Calendar
from opensepsis.engine.semantics.limits import SIGNS, ends, is_limit
from opensepsis.engine.semantics.perspective import Perspective
from opensepsis.rules import Concept, Kind

NEVER = 2**62  # the end of what has no end
THOUSANDTHS = 1000  # amounts add up in whole thousandths, so that no order of adding matters
ORDER = ["pid", "time"]
MOMENT = [*ORDER, "place"]
LASTING_OR_DONE = (Kind.INTERVAL, Kind.EVENT)


@dataclass(frozen=True, eq=False)
class Recorded:
    """Where the rows of a concept lie in the events, in order of their place."""

    row: np.ndarray
    place: np.ndarray


@dataclass
class Charts:
    """Settled events by concept: measurements as arrays, intervals and events as frames with all columns."""

    concepts: dict[str, Concept]
    axis: Axis
    series: dict[str, Readings] = field(default_factory=dict)
    standing: dict[str, pl.DataFrame] = field(default_factory=dict)
    measured: dict[str, pl.DataFrame] = field(default_factory=dict)
    rows: dict[str, Recorded] = field(default_factory=dict)
    calendar: Calendar = UTC_DAYS  # whose days count where a definition counts days
    judged: Perspective = Perspective.NOW
    # every version, where not only what stands counts
    events: pl.DataFrame = field(default_factory=pl.DataFrame)
    # by phenotype, what decided each episode: sid, onset, concept, time, origin; origin null for measurements
    trigger_events: dict[str, pl.DataFrame] = field(default_factory=dict)
    # by phenotype of surveillance, each rule but the last with the stays (sid) that meet it and those before it
    reached: dict[str, list[tuple[str, pl.Series]]] = field(default_factory=dict)
    # worked out once and shared: the steps of what runs, what tables gave, the moments of several concepts, what signals gave;
    # where the key is an id(), beside what has it
    steps: dict[int, tuple] = field(default_factory=dict)
    tables: dict = field(default_factory=dict)
    moments: dict[tuple, Moments] = field(default_factory=dict)
    known: dict[int, tuple[Readings, object]] = field(default_factory=dict)
    once: dict[tuple, tuple] = field(default_factory=dict)
    paired: dict[str, pl.DataFrame] = field(
        default_factory=dict
    )  # by infection the evidence of each suspicion
    limited: tuple[dict[str, Readings], dict[str, Readings]] = ({}, {})  # series at the ends of limits
    other: "ref[Charts] | None" = None

    def readings(self, name: str) -> Readings:
        """The series of a concept; a word is its number in the order of the concept's words, something done is 1."""
        return self.series[name]

    def frame(self, name: str) -> pl.DataFrame:
        """The series of a concept as a frame: pid, time, place, value."""
        return self.series[name].frame().with_columns(pl.Series("value", self.series[name].value))

    @property
    def flipped(self) -> "Charts":
        """The charts in which limits stand at their other end: of those without ends, themselves."""
        return self if self.other is None else self.other() or self

    @cached_property
    def at_ends(self) -> "tuple[Charts, Charts]":
        """The charts in which every limit stands at its lowest, and at its highest; all else is shared."""
        low, high = (
            replace(self, series=self.series | series, moments={}, known={}, tables={})
            for series in self.limited
        )
        low.other, high.other = ref(high), ref(low)  # a circle would keep the shard in memory
        return low, high

    def worked_out(self, make: Callable, *of) -> Any:
        """What `make` gives of these and the charts: worked out once, whatever rests on it."""
        key = (make, *map(id, of))
        if key not in self.once:
            self.once[key] = (make(*of, self), of)  # kept, or another could come by its id
        return self.once[key][0]


def charts(
    events: pl.DataFrame,
    concepts: dict[str, Concept],
    traced: frozenset[str] = frozenset(),
    calendar: Calendar = UTC_DAYS,
    judged: Perspective = Perspective.NOW,
) -> Charts:
    """The charts of all patients in `events` (pid, concept, time, end, known, value, text, origin).

    For measurements in `traced` the rows that stand are kept whole in `measured`, to know when they were known.
    """
    made = Charts(concepts, Axis.of(events), calendar=calendar, judged=judged, limited=({}, {}))
    if judged is not Perspective.NOW:
        made.events = events
    pid, time = events["pid"].to_numpy().astype(np.int64), events["time"].to_numpy()
    at = Moments(pid, time, made.axis.places(pid, time))
    rows, limits = _rows(events["concept"], at.place), _with_limits(events, concepts)
    events = events.drop("concept").with_columns(pl.Series("place", at.place))
    nothing = events.clear()
    unsaid = nothing.with_columns(first_known="known")
    for name, concept in concepts.items():
        mine = made.rows[name] = rows.get(name, NOTHING_RECORDED)
        if not len(mine.row):
            made.series[name] = NO_AMOUNTS if concept.kind is Kind.AMOUNT else NO_READINGS
            made.standing |= {name: unsaid} if concept.kind in LASTING_OR_DONE else {}
            made.measured |= {name: nothing} if name in traced else {}
            continue
        if name in traced:
            made.measured[name] = _standing_values(events[mine.row], mine.place, concept)
        if concept.kind in LASTING_OR_DONE:
            standing = _settled_events(events[mine.row], mine.place, concept)
            standing = until_off(standing) if concept.kind is Kind.INTERVAL else standing
            made.standing[name] = _until_next(standing) if concept.one_at_a_time else standing
            made.series[name] = once_each(made.standing[name])
            continue
        made.series[name] = _settled_series(events, at, mine, concept)
        if name in limits:
            for end, held in enumerate(made.limited):
                held[name] = _settled_at_end(events, at, mine, concept, end)
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


def _settled_at_end(
    events: pl.DataFrame, at: Moments, mine: Recorded, concept: Concept, end: int
) -> Readings:
    """The series of a concept with every limit at its lowest (0) or highest (1) value."""
    told = events.select("value", "text")[mine.row]
    limit = told["text"].is_in(SIGNS) & told["value"].is_not_null()
    rows = limit.fill_null(False).arg_true()
    values = [ends(concept, value, sign)[end] for value, sign in told[rows].iter_rows()]
    # two limits with one end are still two statements: <60 does not repeat <50
    said = [f"{sign}{value!r}" for value, sign in told[rows].iter_rows()]
    here = mine.row[rows.to_numpy()]
    value = events["value"].clone().scatter(here, pl.Series(values, dtype=pl.Float64))
    text = events["text"].cast(pl.String).scatter(here, pl.Series(said, dtype=pl.String))
    return _settled_series(events.with_columns(value, text), at, mine, concept)


def _rows(concepts: pl.Series, places: np.ndarray) -> dict[str, Recorded]:
    """The rows of each concept: few columns need then be gathered, and those of strings seldom."""
    found = concepts.to_frame("concept").with_row_index("row").group_by("concept").agg("row")
    rows = {}
    for name, mine in zip(found["concept"].cast(pl.String), found["row"], strict=True):
        row = mine.to_numpy()
        place = places[row]
        order = np.argsort(place, kind="stable")
        rows[name] = Recorded(row[order], place[order])
    return rows


NOTHING_RECORDED = Recorded(np.empty(0, np.uint32), np.empty(0, np.int64))
_NOWHERE = np.empty(0, np.int64)
NO_READINGS = Readings(_NOWHERE, _NOWHERE, _NOWHERE, np.empty(0))
NO_AMOUNTS = Readings(_NOWHERE, _NOWHERE, _NOWHERE, _NOWHERE)


def _fresh(place: np.ndarray) -> np.ndarray:
    """Which of these sorted places are the first of their moment."""
    return np.append(True, place[1:] != place[:-1])[: len(place)]


def _ties(place: np.ndarray) -> np.ndarray:
    """Which of these sorted places share their moment with another."""
    again = ~_fresh(place)
    return again | np.append(again[1:], False)[: len(place)]


def once_each(standing: pl.DataFrame) -> Readings:
    """1 at each moment at which something was done or began."""
    pid, time, place = (standing[name].to_numpy() for name in MOMENT)
    first = _fresh(place)
    pid, time, place = pid[first].astype(np.int64), time[first], place[first]
    return Readings(pid, time, place, np.ones(len(pid)))


def _settled_series(events: pl.DataFrame, at: Moments, mine: Recorded, concept: Concept) -> Readings:
    """One value a moment. Only moments with several rows need all their columns."""
    tied = _ties(mine.place)
    several_rows = tied.any()
    alone = mine.row[~tied] if several_rows else mine.row
    parts = [(at.take(alone), _values(events, alone, concept))]
    if several_rows:
        several = _one_each(events[mine.row[tied]], concept)
        pid, time, place = (several[name].to_numpy() for name in MOMENT)
        parts.append((Moments(pid.astype(np.int64), time, place), _numbers(several["value"], concept)))
    parts = [_told(moments, value) for moments, value in parts]
    moments, value = parts[0] if len(parts) == 1 else _in_order(parts)
    if concept.kind is Kind.AMOUNT:
        value = value.astype(np.int64)
    return Readings(moments.pid, moments.time, moments.place, value)


def _told(moments: Moments, value: np.ndarray) -> tuple[Moments, np.ndarray]:
    """The moments whose value is known."""
    unknown = np.isnan(value)
    return (moments.take(~unknown), value[~unknown]) if unknown.any() else (moments, value)


def _in_order(parts: list[tuple[Moments, np.ndarray]]) -> tuple[Moments, np.ndarray]:
    """All these moments and their values in order of place."""
    pid, time, place = (np.concatenate([getattr(m, name) for m, _ in parts]) for name in MOMENT)
    order = np.argsort(place, kind="stable")
    return Moments(pid, time, place).take(order), np.concatenate([value for _, value in parts])[order]


def _values(events: pl.DataFrame, rows: np.ndarray, concept: Concept) -> np.ndarray:
    """The values of these rows as numbers, amounts in whole thousandths; NaN where there is none."""
    if not len(rows):
        return np.empty(0)
    if concept.kind is Kind.WORD:
        return _numbers(events["text"].gather(rows), concept)
    value = events["value"].gather(rows).to_numpy()
    return whole_thousandths(value) if concept.kind is Kind.AMOUNT else value


def _numbers(values: pl.Series, concept: Concept) -> np.ndarray:
    """Settled values as numbers; a word is its number in the order of the concept's words, -1 if it is none of them."""
    if concept.kind is Kind.WORD:
        order = {word: float(i) for i, word in enumerate(concept.words)}
        values = values.replace_strict(
            order, default=pl.when(values.is_not_null()).then(-1.0), return_dtype=pl.Float64
        )
    return values.cast(pl.Float64).to_numpy()


def whole_thousandths(amount: np.ndarray) -> np.ndarray:
    """Whole thousandths as numbers, half away from zero; NaN stays.

    >>> whole_thousandths(np.array([0.0125, -0.0125, 0.0004])).tolist()
    [13.0, -13.0, 0.0]
    """
    scaled = amount * THOUSANDTHS
    whole = np.trunc(scaled)
    return whole + np.where(np.abs(scaled - whole) >= 0.5, np.sign(scaled), 0)


def thousandths() -> pl.Expr:
    """The column `value` in whole thousandths of its unit, half away from zero."""
    return (pl.col("value") * THOUSANDTHS).round(mode="half_away_from_zero").cast(pl.Int64)


def _one_each(several: pl.DataFrame, concept: Concept) -> pl.DataFrame:
    """The value of each moment that has several rows."""
    at_once, corrected = _by_knowledge(several)
    if concept.kind is Kind.AMOUNT:  # what was said twice must not count twice
        at_once = at_once.unique(["place", "end", "value", "text", "origin"])
    several = pl.concat([at_once, standing_rows(corrected, concept)]) if corrected.height else at_once
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


def _settled_events(frame: pl.DataFrame, place: np.ndarray, concept: Concept) -> pl.DataFrame:
    """The events that still stand, with `first_known`: when the earliest version of each could be known."""
    frame, tied = frame.with_columns(frame["known"].alias("first_known")), _ties(place)
    if not tied.any():
        return frame
    single = frame.filter(pl.Series(~tied))
    at_once, corrected = _by_knowledge(frame.filter(pl.Series(tied)))
    at_once = at_once.unique(["place", "end", "value", "text", "origin"])
    if corrected.height:
        said = pl.col("known").min().over("place", "origin", "text")
        first = pl.when(pl.col("origin").is_null()).then(pl.col("known")).otherwise(said)
        corrected = standing_rows(corrected.with_columns(first_known=first), concept)
        at_once = pl.concat([at_once, corrected])
    return single.merge_sorted(at_once.sort("place"), key="place")


def _standing_values(frame: pl.DataFrame, place: np.ndarray, concept: Concept) -> pl.DataFrame:
    """The rows with a value that stand, in order of place; only those that share a moment can take one another away."""
    tied = _ties(place)
    if not tied.any():
        return frame.drop_nulls("value")
    single = frame.filter(pl.Series(~tied)).drop_nulls("value")
    several = standing_rows(frame.filter(pl.Series(tied)), concept).drop_nulls("value")
    return single.merge_sorted(several.sort("place"), key="place")


def close_open_intervals(
    events: pl.DataFrame, ends: pl.DataFrame, concepts: dict[str, Concept]
) -> pl.DataFrame:
    """Open-ended intervals run to the next end of a stay (`ends`: pid, time) at or after their start; `open` tells which."""
    lasting = [name for name, concept in concepts.items() if concept.kind is Kind.INTERVAL]
    is_open = pl.col("end").is_null() & pl.col("concept").is_in(lasting)
    is_open = events.select(is_open.alias("open")).to_series()
    events, rows = events.with_columns(is_open), is_open.arg_true()
    if rows.is_empty():
        return events
    opened = events.select("pid", "time")[rows].with_columns(row=rows).sort(ORDER)
    stops = ends.select("pid", "time", end=pl.col("time")).sort(ORDER)
    closed = opened.join_asof(stops, on="time", by="pid", strategy="forward", check_sortedness=False)
    end = events["end"].clone().scatter(closed["row"], closed["end"].fill_null(NEVER))
    return events.with_columns(end)


def _until_next(standing: pl.DataFrame) -> pl.DataFrame:
    """Of what a patient has one at a time, what is charted without an end holds until the next that is."""
    if "open" not in standing.columns or not standing["open"].any():
        return standing
    is_open = pl.col("open") & (pl.col("time") < pl.col("end"))
    starts = standing.filter(is_open).select("pid", "time").unique().sort(ORDER)
    following = starts.with_columns(next=pl.col("time").shift(-1).over("pid")).drop_nulls()
    if following.is_empty():
        return standing
    found = standing.join(following, on=ORDER, how="left", maintain_order="left")
    end = pl.when("open").then(pl.min_horizontal("end", "next")).otherwise("end")
    return found.with_columns(end=end).drop("next")

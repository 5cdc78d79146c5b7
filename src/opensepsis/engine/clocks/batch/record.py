"""What stands in many patients' charts, as the clocks read it: arrays by concept. Twin of `clocks/record.py`.

Only what a clock can read around its own time zeros is taken: that keeps it cheap, and no clock depends on which others are
asked for. Patients with corrections get the plain record, which tells how it stood before each.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from opensepsis.engine.batch.axis import Axis
from opensepsis.engine.batch.chart import NEVER, charts
from opensepsis.engine.batch.moments import Moments, Numbers, Whole
from opensepsis.engine.clocks.record import Record, record_of
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import (
    Clock,
    Concept,
    Kind,
    Seen,
    Volume,
    clock_concepts,
    excluded_by,
    read_by,
)

EVENT = ("time", "end", "known", "value", "text", "origin")
ORDER = ("known", "origin", "text", "value")  # of one moment, as `record.py` has it
ALWAYS = None


@dataclass(frozen=True, eq=False)
class Entries(Moments):
    """The standing events of a concept, in order of place: of measurements one a moment. `value` is NaN where there is none."""

    concept: Concept
    end: Whole  # NEVER where there is none
    known: Whole
    value: Numbers
    said: pl.DataFrame  # their text and origin

    def take(self, which: np.ndarray) -> "Entries":
        """Those at these positions, or where the mask is true."""
        pid, time, place, end, known, value = (
            held[which] for held in (self.pid, self.time, self.place, self.end, self.known, self.value)
        )
        said = self.said.filter(pl.Series(which)) if which.dtype == bool else self.said[which]
        return Entries(pid, time, place, self.concept, end, known, value, said)


@dataclass(frozen=True, eq=False)
class Entered:
    """The entries of every concept on one axis."""

    by_concept: Mapping[str, Entries]
    axis: Axis

    def of(self, concept: Concept) -> Entries:
        """The standing events of a concept."""
        return self.by_concept[concept.name]


def bounds(clocks: Iterable[Clock]) -> dict[str, tuple[int | None, int | None]]:
    """For each concept how long before and after a time zero the clocks read it, in microseconds; None: always."""
    found: dict[str, list[tuple[int | None, int | None]]] = defaultdict(list)
    for clock in clocks:
        for task in (task for arm in clock.arms for task in arm.tasks):
            for seen in (s for s in (task.when, task.advanced_by) if isinstance(s, Seen)):
                for concept in read_by(seen):
                    found[concept.name].append((to_microseconds(seen.before), to_microseconds(seen.until)))
            for concept in read_by(task.closed_by):
                weight = isinstance(task.closed_by, Volume) and concept is task.closed_by.weight
                always = weight or concept.kind is Kind.INTERVAL
                found[concept.name].append((ALWAYS if always else to_microseconds(task.reach), ALWAYS))
        for exclusion in clock.exclusions:
            for concept in excluded_by(exclusion):
                found[concept.name].append((ALWAYS, ALWAYS))
    return {
        name: (_widest(b for b, _ in pairs), _widest(a for _, a in pairs)) for name, pairs in found.items()
    }


def _widest(lengths: Iterable[int | None]) -> int | None:
    every = list(lengths)
    limited = [length for length in every if length is not None]
    return ALWAYS if len(limited) < len(every) else max(limited)


def readable(events: pl.DataFrame, clocks: Iterable[Clock]) -> pl.DataFrame:
    """row, pid, concept, time, origin and whether blank, of the events of concepts that the clocks read."""
    names = pl.Series(sorted({name for clock in clocks for name in clock_concepts(clock)}), dtype=pl.String)
    rows = events.select(pl.col("concept").is_in(names.cast(events.schema["concept"]).implode()).arg_true())
    rows = rows.to_series().alias("row")
    narrow = events.select("pid", "concept", "time", "origin", "value")[rows]
    return narrow.select(rows, "pid", "concept", "time", "origin", blank=pl.col("value").is_null())


def around(narrow: pl.DataFrame, zeros: pl.DataFrame, clock: Clock) -> pl.Series:
    """The rows of the `readable` events that a clock can read around each of its time zeros (`zeros`: pid, zero)."""
    limits = _limits(clock).cast({"concept": narrow.schema["concept"]})
    span = zeros.group_by("pid").agg(first=pl.col("zero").min(), last=pl.col("zero").max())
    asked = pl.col("pid").is_in(span["pid"].implode()) & pl.col("concept").is_in(limits["concept"].implode())
    there = narrow.filter(asked).join(limits, on="concept").join(span, on="pid")
    there = there.filter(_within("first", "last"))
    others = there.filter(~pl.col("measured"))
    near = _near_a_zero(_when_enough(there), zeros)
    return pl.concat([others["row"], near["row"]])


def _limits(clock: Clock) -> pl.DataFrame:
    """concept, before, until: how far around a time zero it is read; whether it is measured, and not read always; and
    `looked`: how long after a time zero every measurement of it is read, for a task that may become indicated.
    """
    concepts, looked = clock_concepts(clock), _looked_for(clock)
    rows = [
        (
            name,
            before,
            until,
            concepts[name].kind is Kind.MEASURE and before is not ALWAYS,
            looked.get(name, 0),
        )
        for name, (before, until) in bounds([clock]).items()
    ]
    schema = {
        "concept": pl.String,
        "before": pl.Int64,
        "until": pl.Int64,
        "measured": pl.Boolean,
        "looked": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _looked_for(clock: Clock) -> dict[str, int]:
    """How long after a time zero the conditions of the tasks are looked for, by the concepts they read."""
    found: dict[str, int] = {}
    tasks = [task for arm in clock.arms for task in arm.tasks]
    conditions = (seen for task in tasks for seen in (task.when, task.advanced_by))
    for seen in (seen for seen in conditions if isinstance(seen, Seen)):
        for concept in read_by(seen):
            found[concept.name] = max(found.get(concept.name, 0), to_microseconds(seen.until))
    return found


def _within(first: str, last: str) -> pl.Expr:
    """Whether an event lies where its concept is read around the time zeros from `first` to `last`."""
    begun = pl.col("before").is_null() | (pl.col("time") >= pl.col(first) - pl.col("before"))
    return begun & (pl.col("until").is_null() | (pl.col("time") <= pl.col(last) + pl.col("until")))


def _near_a_zero(there: pl.DataFrame, zeros: pl.DataFrame) -> pl.DataFrame:
    """Those that are read around some time zero: around the last that begins early enough, if around any."""
    asked = there.with_columns(begun=pl.col("time") + pl.col("before")).sort("begun")
    zeros = zeros.sort("zero")
    last = asked.join_asof(zeros, left_on="begun", right_on="zero", by="pid", check_sortedness=False)
    return last.filter(_within("zero", "zero"))


def _when_enough(there: pl.DataFrame) -> pl.DataFrame:
    """The measurements up to the second moment after the last time zero, and all that a condition is looked for in.

    A task is closed by the first record, or by the first after another task's first: nothing later is read. Of patients
    with a correction everything is, for the first that was known before it may lie anywhere.
    """
    corrected = _of_one_moment(there)
    corrected = corrected.filter(pl.struct("pid", "concept", "time", "origin").is_duplicated())[
        "pid"
    ].unique()
    there = there.filter("measured")
    later = there.filter(
        pl.col("time") > pl.col("last"), ~pl.col("blank"), ~pl.col("pid").is_in(corrected.implode())
    )
    later = later.select("pid", "concept", "time").unique().group_by("pid", "concept")
    second = later.agg(enough=pl.col("time").bottom_k(2).max(), moments=pl.len()).filter(
        pl.col("moments") > 1
    )
    there = there.join(second, on=["pid", "concept"], how="left")
    enough = pl.max_horizontal("enough", pl.col("last") + pl.col("looked"))
    return there.filter(pl.col("enough").is_null() | (pl.col("time") <= enough))


def _of_one_moment(events: pl.DataFrame) -> pl.DataFrame:
    """The events with an origin that share patient, concept and time with another: few, and only they can correct one another."""
    named = events.filter(pl.col("origin").is_not_null())
    # should two moments share a hash, a few events more are looked at
    hashed = named.select("pid", "concept", "time").hash_rows().to_numpy()
    every = np.sort(hashed)
    shared = every[1:][every[1:] == every[:-1]]
    return named.filter(pl.Series(np.isin(hashed, shared)))


def records(events: pl.DataFrame, clocks: Iterable[Clock]) -> tuple[Entered, dict[int, Record]]:
    """What clocks read of each patient, from events with their open ends closed; and the plain records of those corrected (pid)."""
    concepts = {name: concept for clock in clocks for name, concept in clock_concepts(clock).items()}
    corrected = _corrected(events, concepts)
    theirs = pl.col("pid").is_in(corrected.implode())
    plain = {}
    for (pid,), mine in events.filter(theirs).partition_by("pid", as_dict=True).items():
        chart = Chart(concepts)
        for row in mine.select("concept", *EVENT).iter_rows():
            chart.see(Event(*row))
        plain[pid] = record_of(chart)
    return _entered(events.filter(~theirs) if plain else events, concepts), plain


def _corrected(events: pl.DataFrame, concepts: dict[str, Concept]) -> pl.Series:
    """The patients with a row that a later one takes away or changes, or with a word: only they need a chart."""
    worded = [name for name, concept in concepts.items() if concept.kind is Kind.WORD]
    done = [name for name, concept in concepts.items() if concept.kind is Kind.EVENT]
    blank = pl.col("value").is_null() & pl.col("text").is_null()
    versions = _of_one_moment(events).group_by("pid", "concept", "time", "origin")
    counted = versions.agg(again=pl.col("known").n_unique() > 1, blank=blank.any())
    counted = counted.filter(pl.col("again") & (~pl.col("concept").is_in(done) | pl.col("blank")))
    said = events.filter(pl.col("concept").is_in(worded)).select("pid")
    return pl.concat([counted.select("pid"), said]).unique()["pid"]


def _entered(events: pl.DataFrame, concepts: dict[str, Concept]) -> Entered:
    """The entries of patients without corrections."""
    measured = frozenset(n for n, c in concepts.items() if c.kind in (Kind.MEASURE, Kind.AMOUNT))
    settled = charts(events, concepts, measured)
    frames = {
        name: settled.measured[name] if name in measured else settled.standing[name]
        for name, concept in concepts.items()
        if concept.kind is not Kind.WORD  # patients with a word have a plain record
    }
    entries = {name: _entries(frame, concepts[name]) for name, frame in frames.items()}
    return Entered(entries, settled.axis)


def _entries(frame: pl.DataFrame, concept: Concept) -> Entries:
    if concept.kind is Kind.EVENT:  # that a thing was done is known from its first version on
        frame = frame.with_columns(known="first_known")
    frame = _ordered(frame, concept)
    columns = frame.select(
        pl.col("pid").cast(pl.Int64),
        "time",
        "place",
        pl.col("end", "known").fill_null(NEVER),
        pl.col("value").fill_null(float("nan")),
    )
    pid, time, place, end, known, value = (column.to_numpy() for column in columns.iter_columns())
    return Entries(pid, time, place, concept, end, known, value, frame.select("text", "origin"))


def _ordered(frame: pl.DataFrame, concept: Concept) -> pl.DataFrame:
    """A frame in order of place, with those of one moment as `record.py` has them: of measurements the first is the worst there."""
    place = frame["place"].to_numpy()
    again = place[1:] == place[:-1]
    if not again.any():
        return frame
    tied = np.flatnonzero(np.append(again, False) | np.append(False, again))
    measured = concept.kind is Kind.MEASURE
    by = ["place", *(["value"] if measured else []), *ORDER]
    falling = [measured and name == "value" and concept.worse == "high" for name in by[:2]]
    falling += [False] * (len(by) - 2)
    rows = np.arange(frame.height)
    rows[tied] = (
        frame[tied].with_columns(pl.Series("row", tied)).sort(by, descending=falling)["row"].to_numpy()
    )
    return frame[rows[np.append(True, ~again)] if measured else rows]

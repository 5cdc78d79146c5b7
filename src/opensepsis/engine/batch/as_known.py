"""What could be known at each tick: a tick whose final record was all known by then is scored with the others of its patient.

Every other tick becomes a patient of its own who ends there, with what was known by then: the batch engine scores these as it
scores any patients, so no rule is written twice.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from opensepsis.engine.batch.chart import NEVER, Charts, charts
from opensepsis.engine.batch.evaluation_times import EvaluationTimes
from opensepsis.engine.batch.moments import Moments, Whole, moments_of_frame, spread
from opensepsis.engine.batch.scores import score_moments, score_ticks
from opensepsis.engine.semantics.time import HOUR, to_microseconds
from opensepsis.rules import Score
from opensepsis.rules.look_back import look_backs

EVER = 2**60  # how far back, where no length of time bounds it
ROWS_AT_ONCE = 500_000  # each event is copied to every snapshot after it, so some snapshots at a time
SNAPSHOTS_AT_ONCE = 2000  # they lie on one axis, each with room for a whole life


class Charted(NamedTuple):
    """By concept, from which to before which of its rows lie those that can matter to each of some spans of time."""

    rows: list[np.ndarray]
    first: list[np.ndarray]
    behind: list[np.ndarray]

    def counts(self) -> np.ndarray | int:
        """How many rows there are to each span."""
        return sum(np.maximum(b - f, 0) for f, b in zip(self.first, self.behind, strict=True))

    def pairs(self, begin: int = 0, end: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The number of a span, counted from `begin`, and a row that can matter to it, of the spans up to `end`."""
        found = [
            (span, rows[position])
            for rows, first, behind in zip(*self, strict=True)
            for span, position in [spread(first[begin:end], behind[begin:end])]
        ]
        empty = np.empty(0, np.int64), np.empty(0, np.uint32)
        spans, every = zip(empty, *found, strict=True)
        return np.concatenate(spans), np.concatenate(every)


def charted(
    scores: Sequence[Score], pid: np.ndarray, begin: np.ndarray, end: np.ndarray, patients: Charts
) -> Charted:
    """The events of each patient that can matter to one of the scores from `begin` to `end`, in microseconds."""
    until, found = patients.axis.places(pid, end), Charted([], [], [])
    for name, back in reach(scores).items():
        recorded = patients.rows[name]
        if len(recorded.row):
            since = patients.axis.places(pid, begin - back)
            found.rows.append(recorded.row)
            found.first.append(np.searchsorted(recorded.place, since))
            found.behind.append(np.searchsorted(recorded.place, until, side="right"))
    return found


AtTicks = Callable[[Score, EvaluationTimes, Charts], pl.DataFrame]


def score_ticks_as_known(
    score: Score, ticks: EvaluationTimes, patients: Charts, at_ticks: AtTicks = score_ticks
) -> pl.DataFrame:
    """As `score_ticks`, or what else is worked out `at_ticks`, from the events known by each. `patients` keep all their events."""
    return _as_known(score, ticks.ticks, patients, at_ticks(score, ticks, patients), at_ticks)


def score_moments_as_known(score: Score, moments: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """As `score_moments`, likewise."""
    return _as_known(score, moments, patients, score_moments(score, moments, patients))


def _as_known(
    score: Score,
    moments: pl.DataFrame,
    patients: Charts,
    final: pl.DataFrame,
    at_ticks: AtTicks = score_ticks,
) -> pl.DataFrame:
    """`final`, what the whole record gives, with the moments scored again at which some of it was not known yet."""
    unlike = _unlike_final(score, moments, patients)
    if not len(unlike):
        return final
    row = np.arange(moments.height)
    row[unlike] = moments.height + np.arange(len(unlike))
    return pl.concat([final, snapshots(score, moments[unlike], patients, at_ticks)])[row]


def _unlike_final(score: Score, moments: pl.DataFrame, patients: Charts) -> np.ndarray:
    """Which of these moments (pid, time; in order) came when a row that can matter there was charted but not known yet."""
    at = moments_of_frame(moments, patients.axis).place
    change = np.zeros(len(at) + 1, np.int64)
    for name, back in reach([score]).items():
        late = patients.worked_out(_filed_late, name)
        back = EVER if "until" in moments.columns else back  # a day may end after what counts of it
        last = patients.axis.places(late.pid, np.minimum(late.known - 1, late.time + back))
        np.add.at(change, np.searchsorted(at, late.place), 1)
        np.add.at(change, np.searchsorted(at, last, side="right"), -1)
    return np.flatnonzero(np.cumsum(change)[:-1])


@dataclass(frozen=True, eq=False)
class _Late(Moments):
    """The rows of a concept that were known after they happened, in order of place, and when they were."""

    known: Whole


def _filed_late(name: str, patients: Charts) -> _Late:
    recorded = patients.rows[name]
    known = known_at(patients)[recorded.row]
    pid, time = patients.axis.patient_and_time(recorded.place)
    late = known > time
    return _Late(pid[late], time[late], recorded.place[late], known[late])


def known_at(patients: Charts) -> Whole:
    """When each event was known, worked out once; never, where nothing tells."""
    return patients.worked_out(_known_at)


def _known_at(patients: Charts) -> Whole:
    return patients.events["known"].fill_null(NEVER).to_numpy()


def snapshots(
    score: Score, ticks: pl.DataFrame, patients: Charts, at_ticks: AtTicks = score_ticks
) -> pl.DataFrame:
    """The score at each tick (pid, time) from what was known at it, or at `by` where that is given; up to `until`."""
    return snapshots_of([score], ticks, patients, at_ticks)[0]


def snapshots_of(
    scores: Sequence[Score], ticks: pl.DataFrame, patients: Charts, at_ticks: AtTicks = score_ticks
) -> list[pl.DataFrame]:
    """As `snapshots`, for several scores: what was known is put together once for all of them."""
    at = ticks if "until" in ticks.columns else ticks.with_columns(until="time")
    at = at if "by" in at.columns else at.with_columns(by="time")
    pid, until = (at[name].to_numpy().astype(np.int64) for name in ("pid", "until"))
    there = charted(scores, pid, until, until, patients)
    parts = [
        _some_snapshots(scores, at[begin:end], *there.pairs(begin, end), patients, at_ticks)
        for begin, end in _some_at_once(np.broadcast_to(there.counts(), len(pid)))
    ]
    if len(parts) == 1:
        return parts[0]
    return [pl.concat([part[of] for part in parts]) for of in range(len(scores))]


def _some_at_once(counts: np.ndarray) -> Iterator[tuple[int, int]]:
    """From which to before which of the snapshots lie those that together have so many rows; one pair if there is none."""
    heavy = np.maximum(counts, ROWS_AT_ONCE // SNAPSHOTS_AT_ONCE)
    group = (np.cumsum(heavy) - heavy) // ROWS_AT_ONCE
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1])) if len(group) else np.zeros(1, np.int64)
    yield from zip(starts.tolist(), [*starts[1:].tolist(), len(counts)], strict=True)


def _some_snapshots(
    scores: Sequence[Score],
    at: pl.DataFrame,
    snapshot: np.ndarray,
    row: np.ndarray,
    patients: Charts,
    at_ticks: AtTicks,
) -> list[pl.DataFrame]:
    """The scores at each of these from the rows that can matter to them, as far as they were known."""
    by, until = (at[name].to_numpy() for name in ("by", "until"))
    seen = known_at(patients)[row] <= by[snapshot]
    snapshot, row = snapshot[seen], row[seen]
    ends = pl.Series("until", until[snapshot])
    whole = patients.events[row].with_columns(ends, pid=pl.Series(snapshot.astype(np.uint32)))
    beyond = pl.col("end") > pl.col("until")
    whole = whole.with_columns(end=pl.when(beyond).then(pl.col("until") + 1).otherwise("end")).drop("until")
    at = at.with_row_index("snapshot")
    alone = at.select(sid="snapshot", pid="snapshot", hour=pl.lit(1, pl.Int64), time="time")
    stays = at.select(
        sid="snapshot",
        pid="snapshot",
        admitted=pl.col("time") - HOUR,
        discharged="time",
        hours=pl.lit(1, pl.Int64),
    )
    ticks, concepts = EvaluationTimes(stays, alone), {}
    for score in scores:
        concepts |= score.concepts
    known = charts(whole, concepts)
    return [at_ticks(score, ticks, known) for score in scores]


def reach(scores: Sequence[Score]) -> dict[str, int]:
    """For how long before a moment the records of each concept can matter to one of the scores, in microseconds."""
    longest: dict[str, int] = {}
    for score in scores:
        backs = look_backs(score)
        for name in score.concepts:
            back = to_microseconds(backs[name]) if name in backs else EVER
            longest[name] = max(back, longest.get(name, 0))
    return longest

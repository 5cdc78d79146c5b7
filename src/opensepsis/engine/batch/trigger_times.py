"""When in a stay the triggers of clocks are judged: at admission, at every hour, and whenever something is new. Polars.

Something is new when a row of what the trigger's scores read is charted, when infection is suspected, and when an
infusion has run long enough to count. With `filed`, a row is new when it is known.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from opensepsis.engine.batch.chart import NEVER, Charts
from opensepsis.engine.batch.evaluation_times import EvaluationTimes
from opensepsis.engine.batch.infusions import step_function
from opensepsis.engine.batch.moments import distinct, spread
from opensepsis.engine.semantics.infusion_delays import counting_later
from opensepsis.engine.semantics.time import HOUR, to_microseconds
from opensepsis.rules import (
    BandTrigger,
    Baseline,
    CriteriaMet,
    Infection,
    OrganFailure,
    Phenotype,
    Score,
    Shock,
    Worsened,
    scores_of,
)


@dataclass(frozen=True, eq=False)
class TriggerWindow:
    """The scores a trigger is judged by, from so long before to so long after each suspicion, in microseconds.

    `enough`: whether the trigger is met at a moment, by the totals in columns of the scores' names; nothing after the
    first hour at which it is can matter. Without it everything may. `from_start`: the first moment of that time
    counts as a look, for a score that may have been high already.
    """

    infection: Infection
    scores: tuple[Score, ...]
    before: int
    after: int
    enough: pl.Expr | None = None
    from_start: bool = False

    @cached_property
    def key(self) -> tuple:
        """What two triggers have alike that are judged at the same moments by the same scores."""
        names = tuple(s.name for s in self.scores)
        return self.infection.name, self.before, self.after, names, str(self.enough), self.from_start


def around_band(trigger: BandTrigger, infection: Infection, score: Score, gravest: int) -> TriggerWindow:
    """Where the score of a band is looked at; `gravest`: the points at which no graver band is left to look for."""
    enough = pl.col(score.name) >= gravest
    return TriggerWindow(
        infection,
        (score,),
        to_microseconds(trigger.before),
        to_microseconds(trigger.after),
        enough,
        from_start=True,
    )


def around_phenotype(phenotype: Phenotype) -> TriggerWindow | None:
    """Where a phenotype is looked for; None when it does not rest on scores at moments."""
    enough = None
    match phenotype:
        case OrganFailure(infection=infection, before=before, after=after):
            reach = to_microseconds(before), to_microseconds(after)
            if phenotype.baseline is Baseline.ZERO:
                enough = pl.col(phenotype.score.name) >= phenotype.by
        case Shock(sepsis=sepsis):
            return around_phenotype(sepsis)
        case CriteriaMet(infection=infection, before=before, after=after, criteria=criteria):
            reach = to_microseconds(before), to_microseconds(after)
            enough = pl.all_horizontal(*(pl.col(c.score.name) >= c.points for c in criteria))
        case Worsened(after=met, within=within):
            infection, reach = (
                met.infection,
                (to_microseconds(met.before), to_microseconds(met.after) + to_microseconds(within)),
            )
        case _:
            return None
    return TriggerWindow(infection, tuple(scores_of(phenotype)), *reach, enough)


def moments_around(
    around: TriggerWindow,
    suspected: pl.DataFrame,
    ticks: EvaluationTimes,
    hours: pl.DataFrame,
    patients: Charts,
    filed: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """sid, pid, time of every moment between the hours at which a trigger is judged, in order of patient and time.

    `suspected`: sid, pid, time of each suspicion. `hours`: sid, time, the total of each score, for the stays to look
    at, in order of patient and time. `filed`: the events (pid, concept, time, known), when what counts is when they
    were known.
    """
    stays = ticks.stays.filter(pl.col("sid").is_in(hours["sid"].unique().implode()))
    suspected = suspected.filter(pl.col("sid").is_in(stays["sid"].implode()))
    spans = _spans(suspected, around, stays, hours)
    names = sorted({name for score in around.scores for name in score.concepts})
    places = [step_function(running, patients).place for running in counting_later(around.scores)]
    if filed is None:
        places += [patients.rows[name].place for name in names]
    parts = [suspected, spans.select("sid", "pid", time="admitted")]
    if around.from_start:
        parts.append(suspected.with_columns(pl.col("time") - around.before))
    if places:
        parts.append(_between(spans, distinct(places), patients))
    if filed is not None:
        parts.append(_filed_between(spans, filed, names))
    return _between_hours(pl.concat(parts), spans, ticks)


def _between_hours(found: pl.DataFrame, spans: pl.DataFrame, ticks: EvaluationTimes) -> pl.DataFrame:
    """Of these (sid, pid, time) the moments in the stays of the spans that are no hour of theirs, each once and in order."""
    stays = ticks.stays.select("sid", "admitted", "hours")
    numbers = np.append(stays["sid"].to_numpy(), spans["sid"].to_numpy()).astype(np.int64)
    admitted, hours = (np.zeros(numbers.max(initial=0) + 1, np.int64) for _ in range(2))
    admitted[stays["sid"].to_numpy()] = stays["admitted"].to_numpy()
    hours[stays["sid"].to_numpy()] = stays["hours"].to_numpy()
    last = np.full(len(admitted), -NEVER)
    last[spans["sid"].to_numpy()] = spans["last"].to_numpy()
    sid, pid, time = (found[name].to_numpy() for name in ("sid", "pid", "time"))
    into = time - admitted[sid]
    hour = (into % HOUR == 0) & (into >= HOUR) & (into <= hours[sid] * HOUR)
    there = np.flatnonzero((into >= 0) & (time <= last[sid]) & ~hour)
    there = there[np.lexsort((sid[there], time[there], pid[there]))]
    sid, pid, time = sid[there], pid[there], time[there]
    once = np.append(True, (sid[1:] != sid[:-1]) | (time[1:] != time[:-1]))[: len(sid)]
    return pl.DataFrame({"sid": sid[once], "pid": pid[once], "time": time[once]})


def _spans(
    suspected: pl.DataFrame, around: TriggerWindow, stays: pl.DataFrame, hours: pl.DataFrame
) -> pl.DataFrame:
    """Where in each stay to look, overlaps merged: sid, pid, admitted, last (its last hour), from, to."""
    last = hours.group_by("sid").agg(last=pl.col("time").max())
    spans = suspected.with_columns(pl.col("time") - around.before, to=pl.col("time") + around.after)
    spans = spans.sort("sid", "time")
    if around.enough is not None:
        met = hours.filter(around.enough).select("sid", "time", met="time")
        spans = spans.join_asof(met, on="time", by="sid", strategy="forward", check_sortedness=False)
        spans = spans.with_columns(to=pl.min_horizontal("to", "met"))
    reached = pl.col("to").cum_max().shift().over("sid")
    spans = spans.with_columns(span=(pl.col("time") > reached).fill_null(True).cum_sum())
    spans = spans.group_by("span").agg(pl.col("sid", "pid").first(), pl.col("time").min(), pl.col("to").max())
    spans = spans.join(stays.select("sid", "admitted"), on="sid").join(last, on="sid")
    return spans.select(
        "sid",
        "pid",
        "admitted",
        "last",
        pl.max_horizontal("time", "admitted").alias("from"),
        to=pl.min_horizontal("to", "last"),
    ).filter(pl.col("from") <= pl.col("to"))


def _between(spans: pl.DataFrame, places: np.ndarray, patients: Charts) -> pl.DataFrame:
    """sid, pid, time of what lies in the spans, of these places in their order."""
    pid = spans["pid"].to_numpy().astype(np.int64)
    begin, end = (patients.axis.places(pid, spans[name].to_numpy()) for name in ("from", "to"))
    row, position = spread(np.searchsorted(places, begin), np.searchsorted(places, end, side="right"))
    _, time = patients.axis.patient_and_time(places[position])
    return spans.select("sid", "pid")[row].with_columns(pl.Series("time", time))


def _filed_between(spans: pl.DataFrame, events: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """sid, pid, time at which rows of these concepts were known, in the spans."""
    theirs = events.filter(pl.col("concept").is_in(names), pl.col("pid").is_in(spans["pid"].implode()))
    known = theirs.select("pid", time=pl.max_horizontal("time", "known")).unique()
    found = spans.join(known, on="pid").filter(pl.col("time").is_between(pl.col("from"), pl.col("to")))
    return found.select("sid", "pid", "time")

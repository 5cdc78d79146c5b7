"""Labels one shard: its stays and the events of their patients."""

from dataclasses import dataclass, field, replace
from functools import cached_property, partial, reduce
from operator import or_

import polars as pl

from opensepsis.data.schema import MOMENT
from opensepsis.data.timeline.births import births
from opensepsis.data.timeline.stays import persons
from opensepsis.engine.batch.ages import outside_age, refuse
from opensepsis.engine.batch.arrivals import arrivals
from opensepsis.engine.batch.as_known import score_moments_as_known, score_ticks_as_known
from opensepsis.engine.batch.chart import Charts, charts, close_open_intervals
from opensepsis.engine.batch.evaluation_times import EvaluationTimes, hourly
from opensepsis.engine.batch.evidence import evidence
from opensepsis.engine.batch.finding_rows import StayFindings
from opensepsis.engine.batch.phenotypes import episodes
from opensepsis.engine.batch.scores import nothing_known, score_moments, score_ticks
from opensepsis.engine.batch.signal_math import whole_months
from opensepsis.engine.clocks.time_zero import TimeZero
from opensepsis.engine.live.score_tables import refused_uncharted
from opensepsis.engine.semantics.calendar import UTC_DAYS, Calendar
from opensepsis.engine.semantics.perspective import Perspective
from opensepsis.rules import (
    NhsnBacteremia,
    NhsnSepsisEvent,
    PerWeight,
    Phenotype,
    Score,
    Shock,
    Surveillance,
    concepts_read,
    marks_of,
    scores_of,
)
from opensepsis.uses.label.clocks import time_zeros
from opensepsis.uses.label.course import hospital_stays, inside_hospital, label_course, reached
from opensepsis.uses.label.deaths import scored_until
from opensepsis.uses.label.phenotype_rules import rules_of
from opensepsis.uses.label.retracted_triggers import with_cancelled
from opensepsis.uses.label.selection import Selection
from opensepsis.uses.label.shard_events import events_of_stays, spans_of
from opensepsis.uses.label.triggers import Starts

ARRIVING = NhsnSepsisEvent | NhsnBacteremia  # they ask how patients came to their stays
PERSON = ["patient", "person"]
# without any of these that a definition reads its infection is not known, and no longer "none"
_INFECTION = frozenset({"antibiotic", "antibiotic_order", "culture", "organism"})
TIMES = ("onset", "known", "suspected", "organ_failure", "shock", "withdrawn")


@dataclass(frozen=True)
class Labelled:
    """The labels of one shard: ticks of each score, all episodes, every task of every clock, the course of every stay, and days."""

    scores: dict[str, pl.DataFrame]
    episodes: pl.DataFrame
    course: pl.DataFrame
    unjudged: dict[str, pl.DataFrame]  # by phenotype patient and stay of those it was not made for
    rules: pl.DataFrame = field(default_factory=pl.DataFrame)
    tasks: pl.DataFrame = field(default_factory=pl.DataFrame)
    days: pl.DataFrame = field(default_factory=pl.DataFrame)


@dataclass(frozen=True)
class Shard:
    """One shard made ready: numbered stays, their ticks, events and charts."""

    stays: pl.DataFrame
    ticks: EvaluationTimes
    events: pl.DataFrame
    charts: Charts
    born: pl.DataFrame
    hospital: pl.DataFrame

    def months(self, moments: pl.DataFrame) -> pl.Series:
        """The age in whole months at each of these moments (pid, time)."""
        return self._months if moments is self.ticks.ticks else self._months_at(moments)

    @cached_property
    def outside_ages(self) -> dict[tuple, pl.Series]:
        """By lowest age and age below: the hours at which the patient is outside them, each worked out once."""
        return {}

    @cached_property
    def _months(self) -> pl.Series:
        return self._months_at(self.ticks.ticks)

    def _months_at(self, moments: pl.DataFrame) -> pl.Series:
        born = self.born.rename({"time": "at"})
        found = moments.select("pid", "time").join(born, on="pid", how="left", maintain_order="left")
        months = whole_months(
            found["at"].fill_null(0).to_numpy(), found["time"].to_numpy(), self.charts.calendar
        )
        return pl.Series(months).set(found["at"].is_null(), None)


def prepare(
    every: pl.DataFrame,
    kind: str,
    events: pl.LazyFrame,
    selection: Selection,
    calendar: Calendar = UTC_DAYS,
    as_known: bool = False,
) -> Shard:
    """Numbers the stays of a kind and their patients, reads the events that are needed, and settles them."""
    every = every.with_columns(persons(every).alias("person"))
    stays = every.filter(pl.col("kind") == kind)
    numbers = stays.select(PERSON).unique(maintain_order=True).with_row_index("pid")
    stays = stays.join(numbers, on=PERSON, maintain_order="left").drop("person").with_row_index("sid")
    spans = scored_until(spans_of(stays))
    told = {p.name for p in selection.needed_phenotypes if isinstance(p, ARRIVING)}
    ticks = hourly(
        spans.join(arrivals(stays, every, calendar), on="sid", maintain_order="left") if told else spans
    )
    born, every = births(stays), every.join(numbers, on=PERSON)
    ends = ticks.stays.select("pid", time="discharged")
    seen = events_of_stays(events, stays, every, born, selection, calendar)
    closed = close_open_intervals(seen, ends, selection.concepts)
    del seen  # as large as what was made of it
    traced = frozenset(p.lactate.name for p in selection.needed_phenotypes if isinstance(p, Shock))
    if selection.course:
        traced |= {m.amount.name for m in marks_of(selection.course) if isinstance(m, PerWeight)}
    hospital = hospital_stays(every.drop("person"))
    judged = Perspective.HOUR_BY_HOUR if as_known else Perspective.IN_RETROSPECT
    made = charts(closed, selection.concepts, traced, calendar, judged)
    return Shard(stays, ticks, closed, made, born, hospital)


def labels_of(
    shard: Shard,
    selection: Selection,
    as_known: bool = False,
    feed_alive_until: dict[str, int] | None = None,
    not_sent: pl.DataFrame | None = None,
) -> tuple[Labelled, dict[int, list[TimeZero]]]:
    """Every score at every tick, every episode of every phenotype, the course of every stay; and what starts clocks, by sid.

    The clocks are then judged by `label_clocks`, without the shard's charts. `not_sent`: stay and concept of what a hospital never sent.
    """
    points = _scored(shard, selection, as_known)
    told = [*selection.phenotypes, *(selection.course.phenotypes if selection.course else ())]
    totals = _totals(shard, points)
    found = {p.name: _episodes(p, shard, totals) for p in dict.fromkeys(told)}
    written = _named({score.name: points[score.name] for score in selection.scores}, shard)
    shown = [found[p.name] for p in selection.phenotypes]
    shown = shown if as_known else [standing(episodes) for episodes in shown]
    zeros = _standing_and_cancelled(shard, selection, found, points, as_known)
    course = _course(shard, selection, found, points, as_known, feed_alive_until)
    unjudged = {p.name: _unjudged(p, shard, not_sent) for p in selection.phenotypes}
    rules = rules_of(shard.stays, shard.ticks.stays, shard.charts, totals, found, unjudged)
    return Labelled(written, pl.concat(shown) if shown else pl.DataFrame(), course, unjudged, rules), zeros


def _unjudged(phenotype: Phenotype, shard: Shard, not_sent: pl.DataFrame | None) -> pl.DataFrame:
    """patient, stay of the stays for which a phenotype is not judged.

    At no hour is the patient of the age for all that it rests on, or the hospital never sent what an infection is told by.
    """
    ticks = shard.ticks.ticks
    masks = [_outside_age(score, shard, ticks) for score in scores_of(phenotype)]
    if isinstance(phenotype, ARRIVING):
        arrived, lowest = shard.ticks.stays, getattr(phenotype, "lowest_age", 0)
        barred = (arrived["years"] < lowest).fill_null(False) | arrived["led_on"]
        masks.append(ticks["sid"].is_in(arrived["sid"].filter(barred).implode()))
    elif isinstance(phenotype, Surveillance):
        young = shard.stays.filter((pl.col("age") < phenotype.lowest_age).fill_null(False))["sid"]
        masks.append(ticks["sid"].is_in(young.implode()))
    masked = pl.Series([False]).new_from_index(0, ticks.height) if not masks else reduce(or_, masks)
    judged = ticks["sid"].filter(~masked).unique()
    unjudged = ~pl.col("sid").is_in(judged.implode())
    if not_sent is not None and not_sent.height:
        asked = sorted(_INFECTION & concepts_read(phenotype).keys())
        silent = not_sent.filter(pl.col("concept").is_in(asked))["stay"]
        unjudged = unjudged | pl.col("stay").is_in(silent.implode())
    return shard.stays.filter(unjudged).select("patient", "stay")


def _scored(shard: Shard, selection: Selection, as_known: bool) -> dict[str, pl.DataFrame]:
    """Every score that is needed at every tick."""
    points: dict[str, pl.DataFrame] = {}
    for score in selection.needed_scores:
        masked = _outside_age(score, shard, shard.ticks.ticks)
        if not masked.all():
            masked = masked | _refused(score, shard, as_known)
        if masked.all():
            points[score.name] = nothing_known(score, shard.ticks)
            continue
        if as_known:
            found = score_ticks_as_known(score, shard.ticks, shard.charts)
        else:
            found = score_ticks(score, shard.ticks, shard.charts)
        points[score.name] = refuse(masked, score, found)
    return points


def standing(episodes: pl.DataFrame) -> pl.DataFrame:
    """The episodes that no correction took away."""
    return episodes.filter(pl.col("withdrawn").is_null()) if episodes.width else episodes


def _course(
    shard: Shard, selection: Selection, found, points, as_known: bool, feed_alive_until
) -> pl.DataFrame:
    """The course of every stay, from its charts, episodes and ticks."""
    course = selection.course
    if course is None:
        return pl.DataFrame()
    who = shard.stays.select("sid", "patient", "stay")
    episodes = {
        p.name: standing(found[p.name])
        .with_columns(pl.col("onset", "known").to_physical())
        .join(who, on=["patient", "stay"])
        .select("sid", "onset", "known", "evidence")
        for p in course.phenotypes
    }
    scored = reached(course, shard.ticks, points, shard.charts, shard.events, as_known)
    stays = inside_hospital(spans_of(shard.stays), shard.hospital)
    cases = StayFindings(
        course, stays, shard.hospital, shard.charts, episodes, scored, frozenset(feed_alive_until or {})
    )
    return label_course(cases, who)


def _standing_and_cancelled(
    shard: Shard, selection: Selection, found, points, as_known: bool
) -> dict[int, list[TimeZero]]:
    """The time zeros of the clocks, and in retrospect those that a correction cancelled."""
    if not selection.clocks:
        return {}
    zeros = _time_zeros(shard, selection, found, points, as_known)
    if as_known:
        return zeros
    starting = replace(selection, scores=(), phenotypes=(), course=None)
    return with_cancelled(zeros, shard, starting, _time_zeros_alone)


def _time_zeros_alone(shard: Shard, selection: Selection) -> dict[int, list[TimeZero]]:
    """The time zeros of a shard of which nothing has been worked out."""
    points = _scored(shard, selection, as_known=False)
    return _time_zeros(shard, selection, {}, points, as_known=False)


def _time_zeros(
    shard: Shard, selection: Selection, found, points, as_known: bool
) -> dict[int, list[TimeZero]]:
    """What starts the clocks, by sid: triggers are judged at every moment at which something was new."""
    hourly = {score.name: points[score.name]["total"] for score in selection.needed_scores}
    meant, total = partial(_meant, shard=shard), partial(_total_between, shard=shard, as_known=as_known)
    starts = Starts(shard.ticks, shard.charts, hourly, meant, total, shard.events if as_known else None)
    started = []
    for phenotype in (d for d in selection.triggers if isinstance(d, Phenotype)):
        ticks = starts.of_phenotype(phenotype)
        if ticks is None and phenotype.name in found:
            started.append(found[phenotype.name])
        else:
            ticks = _totals(shard, points) if ticks is None else ticks
            started.append(_episodes(phenotype, shard, ticks))
    who = shard.stays.select("sid", "patient", "stay")
    episodes = pl.concat(started).with_columns(pl.col(*TIMES).to_physical()).join(who, on=["patient", "stay"])
    bands = starts.of_bands(selection.clocks)
    return time_zeros(selection.clocks, episodes, bands, starts.of_band_known)


def _meant(score: Score, shard: Shard) -> pl.Series:
    """The stays in which a score is made for the patient's age at some hour."""
    ticks = shard.ticks.ticks
    return ticks["sid"].filter(~_outside_age(score, shard, ticks)).unique()


def _total_between(score: Score, moments: pl.DataFrame, shard: Shard, as_known: bool) -> pl.Series:
    """The total of a score at moments (sid, pid, time) between the hours; not known where it is not made for the patient."""
    meant = ~_outside_age(score, shard, moments)
    asked = moments.filter(meant)
    found = _points_between(score, asked, shard, as_known)["total"]
    if score.refusal is not None:
        refused = _points_between(score.refusal, asked, shard, as_known)["total"] == 1
        found = found.set(refused.fill_null(False), None)
    return pl.repeat(None, moments.height, dtype=pl.Int8, eager=True).scatter(meant.arg_true(), found)


def _points_between(score: Score, moments: pl.DataFrame, shard: Shard, as_known: bool) -> pl.DataFrame:
    if as_known and moments.height:
        return score_moments_as_known(score, moments, shard.charts)
    return score_moments(score, moments, shard.charts)


def of_age(score: Score, shard: Shard, ticks: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """The points of a score at these ticks, not known for patients outside its ages."""
    return refuse(_outside_age(score, shard, ticks), score, points)


def _outside_age(score: Score, shard: Shard, ticks: pl.DataFrame) -> pl.Series:
    """The ticks of patients too young or too old for a score at the tick: where an age lies, one score ends and another begins."""
    if score.lowest_age is None and score.age_below is None:
        return pl.repeat(False, ticks.height, eager=True)
    if ticks is not shard.ticks.ticks:
        return outside_age(score, shard.months(ticks))
    ages = score.lowest_age, score.age_below
    if ages not in shard.outside_ages:
        shard.outside_ages[ages] = outside_age(score, shard.months(ticks))
    return shard.outside_ages[ages]


def _refused(score: Score, shard: Shard, as_known: bool) -> pl.Series:
    """The ticks at which the score is not made for the patient, as in pregnancy."""
    height = shard.ticks.ticks.height
    if score.refusal is None:
        return pl.repeat(False, height, eager=True)
    if not any(len(shard.charts.rows[name].row) for name in score.refusal.concepts):
        return pl.repeat(refused_uncharted(score), height, eager=True)
    if as_known:
        found = score_ticks_as_known(score.refusal, shard.ticks, shard.charts)
    else:
        found = score_ticks(score.refusal, shard.ticks, shard.charts)
    return (found["total"] == 1).fill_null(False)


def _named(points: dict[str, pl.DataFrame], shard: Shard) -> dict[str, pl.DataFrame]:
    """Ticks with patient, stay and time in front, by stay and time; the scores share what is in front."""
    ticks = shard.ticks.ticks.select("sid", pl.col("time").cast(MOMENT))
    if not ticks["sid"].is_sorted():  # within a stay they lie in order of time
        order = ticks.with_row_index("row").sort("sid", maintain_order=True)["row"]
        ticks, points = ticks[order], {name: rows[order] for name, rows in points.items()}
    who = shard.stays.select("patient", "stay")[ticks["sid"]]
    head = who.hstack(ticks.select("time"))
    return {name: pl.concat([head, rows], how="horizontal") for name, rows in points.items()}


def _totals(shard: Shard, points: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The hours with the total of each score in a column of its name."""
    totals = [score["total"].alias(name) for name, score in points.items()]
    return shard.ticks.ticks.select("sid", "time").with_columns(totals)


def _episodes(phenotype: Phenotype, shard: Shard, ticks: pl.DataFrame) -> pl.DataFrame:
    """The episodes of a phenotype from the totals at these ticks, with their evidence."""
    found = episodes(phenotype, shard.ticks.stays, shard.charts, ticks)
    found = found.join(shard.stays.select("sid", "pid", "patient", "stay"), on="sid", maintain_order="left")
    traced = evidence(phenotype, found, shard.charts, shard.events)
    return found.select(
        pl.lit(phenotype.name).alias("definition"),
        "patient",
        "stay",
        pl.col(*TIMES).cast(MOMENT),
        "points",
        "baseline",
        "onset_type",
        "strata",
        traced.alias("evidence"),
    )

"""Organ dysfunction of the NHSN draft in many windows. Polars twin of `live/nhsn_dysfunction.py`."""

from functools import partial

import polars as pl

from opensepsis.engine.batch.adult_sepsis_event import FAILED, TYPES
from opensepsis.engine.batch.chart import NEVER, Charts
from opensepsis.engine.batch.nhsn_stay import Diagnoses
from opensepsis.engine.batch.surveillance_days import begin_of, days_of, inside, new_starts
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import LabDysfunction, LowPressure, NhsnSepsisEvent

COMMUNITY, HOSPITAL = TYPES
DAY_OF = ["window", "day"]


def dysfunctions(
    phenotype: NhsnSepsisEvent, windows: pl.DataFrame, diagnoses: Diagnoses, patients: Charts
) -> pl.DataFrame:
    """Every moment of organ dysfunction in a window, by the rules of each kind of onset: window, kind, concept, time, origin."""
    parts = [
        pl.DataFrame(schema=FAILED),
        *_circulation(phenotype, windows, patients),
        *_lungs(phenotype, windows, patients),
    ]
    for lab in phenotype.labs:
        excluded = diagnoses.coded(lab.not_with, phenotype.excluded_only_on_admission)
        parts += _failing(phenotype, lab, windows.join(excluded, on="sid", how="anti"), diagnoses, patients)
    return pl.concat([part.select(*FAILED) for part in parts])


def _of(kind: str, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(kind=pl.lit(kind))


def _day_after(days: pl.DataFrame, *of: str) -> pl.DataFrame:
    """The days that follow these."""
    return days.select(*of, day=pl.col("day") + 1).unique()


def _circulation(phenotype: NhsnSepsisEvent, windows: pl.DataFrame, patients: Charts) -> list[pl.DataFrame]:
    """Low pressures and new vasopressors; in hospital only those that are new or follow hypotension."""
    day_of = partial(days_of, patients.calendar)
    low = patients.worked_out(low_pressures, phenotype.pressure).with_columns(day=day_of("time"))
    running = pl.concat([ran(patients, drug.concept.name) for drug in phenotype.support])
    treated = _day_after(days_run(running, windows, patients.calendar), "window")
    near = inside(windows, low, patients.calendar)
    fresh = near.join(_day_after(low, "pid"), on=["pid", "day"], how="anti")
    found = [_of(COMMUNITY, near), _of(HOSPITAL, fresh.join(treated, on=DAY_OF, how="anti"))]
    for drug in phenotype.support:
        started = inside(windows, patients.worked_out(new_starts, drug), patients.calendar)
        started = started.with_columns(day=day_of("time"))
        alone = started if phenotype.added_vasopressor else started.join(treated, on=DAY_OF, how="anti")
        found += [_of(COMMUNITY, started), _of(HOSPITAL, alone)]
    return found


def low_pressures(rule: LowPressure, patients: Charts) -> pl.DataFrame:
    """pid, time, concept, origin of the moments that complete two low readings; with `from_first` of those that begin them."""
    hard = patients.at_ends[1]  # where limits were given, low for certain
    parts = [
        hard.frame(concept.name).select(
            "pid", "time", low=pl.col("value") < limit, concept=pl.lit(concept.name)
        )
        for concept, limit in ((rule.systolic, rule.systolic_below), (rule.mean, rule.mean_below))
    ]
    readings = pl.concat(parts)
    low_rows = readings.filter("low")
    asked = readings if rule.in_a_row else low_rows
    moments = asked.group_by("pid", "time").agg(pl.col("low").any()).sort("pid", "time")
    by = 1 if rule.from_first else -1
    other = pl.col("time").shift(-by).over("pid") - pl.col("time")
    beside = pl.col("low").shift(-by).over("pid")
    pairs = moments.filter(pl.col("low") & beside & (other.abs() <= to_microseconds(rule.within)))
    found = low_rows.join(pairs.select("pid", "time"), on=["pid", "time"], how="semi")
    return found.select("pid", "time", "concept", origin=pl.lit(None, pl.String))


def ran(patients: Charts, concept: str, words: tuple[str, ...] = ()) -> pl.DataFrame:
    """pid, time, end, origin, concept of what ran, at a rate above 0 where one is told."""
    there = patients.standing[concept].filter(pl.col("value").is_null() | (pl.col("value") > 0))
    there = there.filter(pl.col("text").is_in(words)) if words else there
    there = there.with_columns(pl.col("end").fill_null(NEVER)).filter(pl.col("time") < pl.col("end"))
    return there.select("pid", "time", "end", "origin", concept=pl.lit(concept))


def days_run(ran: pl.DataFrame, windows: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """The days on which something ran, of each window with the day before and the day after it."""
    pairs = windows.select("window", "pid", "first", "last").join(ran, on="pid")
    from_ = pl.max_horizontal(days_of(calendar, "time"), pl.col("first") - 1)
    to = pl.min_horizontal(days_of(calendar, pl.col("end") - 1), pl.col("last") + 1)
    pairs = pairs.with_columns(day=pl.int_ranges(from_, to + 1))
    return pairs.filter(pl.col("day").list.len() > 0).explode("day")


def _lungs(phenotype: NhsnSepsisEvent, windows: pl.DataFrame, patients: Charts) -> list[pl.DataFrame]:
    """Days of invasive ventilation, and the first of two days in a row of support by mask or high flow."""
    rule, calendar = phenotype.ventilated, patients.calendar
    breathing = rule.ventilation.name
    tube = days_run(ran(patients, breathing, rule.invasive), windows, calendar)
    masks = [ran(patients, breathing, rule.noninvasive), ran(patients, rule.oxygen.name, rule.devices)]
    mask = days_run(pl.concat(masks), windows, calendar)
    intubated_before = _day_after(tube, "window")
    again = mask.select("window", day=pl.col("day") - 1).unique()
    new = mask.join(_day_after(mask, "window"), on=DAY_OF, how="anti").join(again, on=DAY_OF, how="semi")
    found = []
    for rows in (tube, new):
        mine = rows.filter(pl.col("day").is_between(pl.col("first"), pl.col("last")))
        mine = mine.with_columns(time=pl.max_horizontal("time", begin_of(calendar, pl.col("day"))))
        fresh = mine.join(intubated_before, on=DAY_OF, how="anti")
        found += [_of(COMMUNITY, mine), _of(HOSPITAL, fresh)]
    return found


def _failing(
    phenotype: NhsnSepsisEvent,
    lab: LabDysfunction,
    windows: pl.DataFrame,
    diagnoses: Diagnoses,
    patients: Charts,
) -> list[pl.DataFrame]:
    """The values in each window that fail against the baseline of each kind of onset."""
    hard, easy = patients.at_ends if lab.rises else reversed(patients.at_ends)  # where limits were given
    against = pl.Series("against", easy.readings(lab.concept.name).value)
    series = hard.frame(lab.concept.name).select("pid", "time", "value").hstack([against])
    limits = [(sex, lab.limit_of(sex), lab.assumed_of(sex)) for sex in ("female", "male", None)]
    kinds = {"sex": pl.String, "limit": pl.Float64, "assumed": pl.Float64}
    windows = windows.join(
        pl.DataFrame(limits, schema=kinds, orient="row"), on="sex", how="left", nulls_equal=True
    )
    series = series.with_columns(day=days_of(patients.calendar, "time"))
    series = series.join(windows.select("pid").unique(), on="pid", how="semi")
    judged = windows.select("window", "sid", "pid", "first", "last", "limit")
    near = judged.join(series, on="pid").filter(pl.col("day").is_between(pl.col("first"), pl.col("last")))
    value, limit = pl.col("value"), pl.col("limit")
    past = value < limit if not lab.rises else value > limit if lab.strictly else value >= limit
    near = near.filter(past).with_columns(concept=pl.lit(lab.concept.name), origin=pl.lit(None, pl.String))
    if lab.times is None:
        return [_of(kind, near) for kind in TYPES]
    found = []
    for kind in TYPES:
        baseline = _baselines(phenotype, lab, windows, diagnoses, series, kind)
        reached = lab.times * pl.col("baseline")
        rows = near.join(baseline, on="window").filter(value >= reached if lab.rises else value <= reached)
        if lab.baseline_at_least is not None and kind in lab.asked_of:
            rows = rows.filter(pl.col("baseline") >= lab.baseline_at_least)
        found.append(_of(kind, rows))
    return found


def _baselines(
    phenotype,
    lab: LabDysfunction,
    windows: pl.DataFrame,
    diagnoses: Diagnoses,
    series: pl.DataFrame,
    kind: str,
) -> pl.DataFrame:
    """window and its baseline: the best value measured, or the assumed one where that is better."""
    before = phenotype.hospital_baseline_before
    first, last = pl.col("stay_first"), pl.col("stay_last")
    if kind == HOSPITAL:
        first, last = (
            (pl.col("first"), pl.col("last")) if before is None else (first, pl.col("culture") - before)
        )
    spans = windows.select("window", "pid", from_=first, to=last)
    measured = spans.join(series, on="pid").filter(pl.col("day").is_between(pl.col("from_"), pl.col("to")))
    best = pl.col("against").min() if lab.rises else pl.col("against").max()
    found = windows.join(measured.group_by("window").agg(baseline=best), on="window", how="left")
    if kind == COMMUNITY and lab.assumed is not None:
        spared = diagnoses.coded(lab.assumed_unless, only_on_admission=True)
        lost = pl.col("lost") & ~pl.col("sid").is_in(spared["sid"].implode())
        better = pl.min_horizontal if lab.rises else pl.max_horizontal
        taken = pl.col("assumed") if phenotype.assumed_replaces else better("baseline", "assumed")
        found = found.with_columns(baseline=pl.when(lost).then(taken).otherwise(pl.col("baseline")))
    return found.select("window", "baseline").drop_nulls()

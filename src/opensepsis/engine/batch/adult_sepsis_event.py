"""The CDC Adult Sepsis Event for many stays. Polars twin of `adult_sepsis_event.py`."""

from functools import partial, reduce
from typing import cast

import polars as pl

from opensepsis.data.intake.text_codes import kind_of_place
from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.infection import episodes_frame
from opensepsis.engine.batch.surveillance_days import (
    TRIGGER_EVENTS,
    begin_of,
    blood,
    chosen,
    counted,
    days_of,
    inside,
    new_starts,
    onset_type,
)
from opensepsis.engine.batch.surveillance_days import stay_days as stay_days_of
from opensepsis.engine.batch.surveillance_days import windows as windows_of
from opensepsis.engine.semantics.doses import listed_dose
from opensepsis.engine.semantics.organism_names import diagnosis_is
from opensepsis.rules import AdultSepsisEvent, Concept, DrugList, LabFailure, NhsnSepsisEvent

TYPES = ("community", "hospital")
FAILED = {"window": pl.UInt32, "kind": pl.String, "concept": pl.String, "time": pl.Int64, "origin": pl.String}


def adult_sepsis_events(phenotype: AdultSepsisEvent, stays: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The adult sepsis events that count. What decided them is left in `patients.deciding`."""
    calendar = patients.calendar
    days = stay_days_of(phenotype, stays, calendar)
    cultures = blood(phenotype, patients)
    windows = windows_of(phenotype, days, cultures, calendar)
    doses = qualifying_doses(phenotype, patients)
    treated = presumed_infections(phenotype, windows, doses, _ends(phenotype, days, patients))
    cultured, windows = windows["sid"], windows.join(treated, on="window")
    failed = organ_failures(phenotype, windows, days, patients)
    patients.reached[phenotype.name] = reached("blood culture", cultured, windows, failed)
    first = failed.group_by("window", "kind").agg(organ_failure=pl.col("time").min())
    found = windows.join(first, on="window")
    onset = pl.min_horizontal("culture", "start", days_of(calendar, "organ_failure"))
    found = found.filter(onset_type(phenotype, onset) == pl.col("kind")).with_columns(
        onset=begin_of(calendar, onset)
    )
    found = found.sort("window", "kind", descending=[False, phenotype.hospital_onset_first])
    found = counted(phenotype, found.unique("window", keep="first", maintain_order=True), calendar)
    patients.trigger_events[phenotype.name] = trigger_events(found, cultures, doses, failed)
    return episodes_frame(found.with_columns(known=pl.col("discharged"), onset_type=pl.col("kind")))


def reached(infection: str, infected: pl.Series, treated: pl.DataFrame, failed: pl.DataFrame) -> list:
    """The rules in their order, each with the stays that meet it and those before it; `treated`: the windows with enough days."""
    broken = treated.join(failed, on="window", how="semi")["sid"]
    return [
        (infection, infected),
        ("qualifying antimicrobial days", treated["sid"]),
        ("organ dysfunction in the window", broken),
    ]


def qualifying_doses(phenotype: AdultSepsisEvent | NhsnSepsisEvent, patients: Charts) -> pl.DataFrame:
    """pid, time, origin, concept, drug, parenteral, day and the number, first day and last day of its run."""
    of = phenotype.antimicrobials, phenotype.drugs, phenotype.new_after_days
    return patients.worked_out(_qualifying_doses, *of)


def _qualifying_doses(
    antimicrobials: tuple[Concept, ...], drugs: DrugList, new_after_days: int, patients: Charts
) -> pl.DataFrame:
    parts = [patients.standing[c.name].with_columns(concept=pl.lit(c.name)) for c in antimicrobials]
    doses = pl.concat(parts).drop_nulls("text")
    read = {text: listed_dose(drugs, text) for text in doses["text"].unique().to_list()}
    rows = [(text, *dose) for text, dose in read.items() if dose]
    names = pl.DataFrame(
        rows, schema={"text": pl.String, "drug": pl.String, "parenteral": pl.Boolean}, orient="row"
    )
    doses = (
        doses.join(names, on="text")
        .with_columns(day=days_of(patients.calendar, "time"))
        .sort("pid", "drug", "day")
    )
    gap = pl.col("day") - pl.col("day").shift().over("pid", "drug")
    doses = doses.with_columns(run=(gap > new_after_days).fill_null(True).cum_sum())
    return doses.with_columns(
        run_first=pl.col("day").min().over("run"), run_last=pl.col("day").max().over("run")
    )


def presumed_infections(
    phenotype, windows: pl.DataFrame, doses: pl.DataFrame, ends: pl.DataFrame
) -> pl.DataFrame:
    """Windows with a presumed infection: window, first day `start`, and `treated` days in a row."""
    found = treated_days(phenotype, windows, doses, 2 * phenotype.window_days + 1)
    found = found.join(first_ends(found, ends), on=["window", "start"], how="left")
    cut_short = (pl.col("start") + pl.col("treated") - 1 >= pl.col("end") - 1).fill_null(False)
    found = found.filter((pl.col("treated") >= phenotype.days_needed) | cut_short)
    return found.sort("window", "start").unique("window", keep="first").select("window", "start", "treated")


def first_ends(found: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """The first of the ends of its stay on or after each start: window, start, end."""
    end = found.join(ends, on="sid").filter(pl.col("end") >= pl.col("start"))
    return end.group_by("window", "start").agg(pl.col("end").min())


def treated_days(phenotype, windows: pl.DataFrame, doses: pl.DataFrame, longest: int) -> pl.DataFrame:
    """window, sid, start and how many days in a row from a new drug on, where one was given by vein or muscle in the window.

    `longest`: the days of the longest window; more days than that, or than are needed, are not counted.
    """
    on_first = pl.col("parenteral") & (pl.col("day") == pl.col("run_first"))
    runs = doses.group_by("pid", "run", "run_first", "run_last").agg(parenteral=on_first.any())
    pairs = windows.select("window", "sid", "pid", "first", "last", "stay_last").join(
        runs.drop("run"), on="pid"
    )
    starts = pairs.filter(pl.col("run_first").is_between(pl.col("first"), pl.col("last")))
    starts = starts.select("window", start="run_first").unique()
    if phenotype.only_first_new:
        starts = starts.group_by("window").agg(pl.col("start").min())
    asked = starts.join(pairs, on="window").filter(pl.col("run_first") >= pl.col("start"))
    offsets = range(max(phenotype.days_needed, longest))
    start = pl.col("start")
    given = [
        ((pl.col("run_first") <= start + j) & (start + j <= pl.min_horizontal("run_last", "stay_last")))
        .any()
        .alias(f"day{j}")
        for j in offsets
    ]
    begun = pl.col("parenteral") & (pl.col("run_first") <= pl.col("last"))
    fresh = [(begun & (pl.col("run_first") == start + j)).any().alias(f"new{j}") for j in offsets]
    found = asked.group_by("window", "start").agg(pl.col("sid").first(), *given, *fresh)
    in_a_row = [reduce(lambda a, b: a & b, (pl.col(f"day{i}") for i in range(j + 1))) for j in offsets]
    found = found.with_columns(treated=pl.sum_horizontal(in_a_row).cast(pl.Int64))
    parenteral = pl.any_horizontal(pl.col(f"new{j}") & (pl.col("treated") > j) for j in offsets)
    return found.filter(parenteral).select("window", "sid", "start", "treated")


def _ends(phenotype: AdultSepsisEvent, days: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The days of death, hospice, another hospital and comfort care: sid, end."""
    day_of = partial(days_of, patients.calendar)
    places, texts = phenotype.places, days["discharged_to"].drop_nulls().unique().to_list()
    ending = [text for text in texts if places and kind_of_place(places, text) in phenotype.cut_short_by]
    left = pl.col("discharged_to").is_in(ending).fill_null(False)
    parts = [
        days.select("sid", "stay_last", end=day_of("died")),
        days.filter(left).select("sid", "stay_last", end="stay_last"),
    ]
    if phenotype.comfort_care:
        began = patients.standing[phenotype.comfort_care.name].select("pid", end=day_of("time"))
        parts.append(days.join(began, on="pid").select("sid", "stay_last", "end"))
    return pl.concat(parts).filter(pl.col("end") <= pl.col("stay_last")).select("sid", "end").unique()


def organ_failures(phenotype, windows: pl.DataFrame, days: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """Every moment of new organ failure in a window, by the baselines of each kind of onset."""
    parts = [pl.DataFrame(schema=FAILED)]
    for support in phenotype.support:
        started = inside(windows, patients.worked_out(new_starts, support), patients.calendar)
        parts += [started.with_columns(kind=pl.lit(kind)).select(*FAILED) for kind in TYPES]
    for lab in phenotype.labs:
        judged = windows
        if lab.not_with:
            judged = windows.join(_coded(phenotype, lab, days, patients), on="sid", how="anti")
        parts.append(_failing(lab, judged, patients).select(*FAILED))
    return pl.concat(parts)


def _coded(
    phenotype: AdultSepsisEvent, lab: LabFailure, days: pl.DataFrame, patients: Charts
) -> pl.DataFrame:
    """The stays with a diagnosis that rules a laboratory value out."""
    coded = chosen(patients.standing[cast(Concept, phenotype.diagnosis).name], diagnosis_is, lab.not_with)
    found = coded.select("pid", "time").join(days.select("sid", "pid", "stay_last"), on="pid")
    return found.filter(days_of(patients.calendar, "time") <= pl.col("stay_last")).select("sid").unique()


def _failing(lab: LabFailure, windows: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The values in each window that fail against the baseline of the stay, and of the window."""
    hard, easy = patients.at_ends if lab.rises else reversed(patients.at_ends)  # where limits were given
    against = pl.Series("against", easy.readings(lab.concept.name).value)
    series = hard.frame(lab.concept.name).select("pid", "time", "value").hstack([against])
    value, worst = pl.col("value"), pl.col("against").min() if lab.rises else pl.col("against").max()
    near = inside(windows, series, patients.calendar).with_columns(hospital=worst.over("window"))
    stays = windows.select("sid", "pid", "stay_first", "stay_last").unique("sid").join(series, on="pid")
    stays = stays.filter(
        days_of(patients.calendar, "time").is_between(pl.col("stay_first"), pl.col("stay_last"))
    )
    near = near.join(stays.group_by("sid").agg(community=worst), on="sid")
    long = near.unpivot(TYPES, index=["window", "time", "value"], variable_name="kind", value_name="baseline")
    fails = pl.lit(True)
    if lab.limit is not None:
        fails = fails & (value >= lab.limit if lab.rises else value < lab.limit)
    if lab.times is not None:
        reached = lab.times * pl.col("baseline")
        fails = fails & (value >= reached if lab.rises else value <= reached)
    if lab.baseline_at_least is not None:
        fails = fails & (pl.col("baseline") >= lab.baseline_at_least)
    return long.filter(fails).with_columns(concept=pl.lit(lab.concept.name), origin=pl.lit(None, pl.String))


def trigger_events(
    found: pl.DataFrame, cultures: pl.DataFrame, doses: pl.DataFrame, failed: pl.DataFrame
) -> pl.DataFrame:
    """The culture, the doses of the days that count, and the first organ failure of each event."""
    taken = found.join(cultures, left_on=["pid", "suspected"], right_on=["pid", "time"])
    taken = taken.with_columns(time=pl.col("suspected"), concept=pl.lit("culture"))
    given = found.select("sid", "pid", "onset", "start", "treated").join(doses, on="pid")
    given = given.filter(
        (pl.col("run_first") >= pl.col("start"))
        & pl.col("day").is_between(pl.col("start"), pl.col("start") + pl.col("treated") - 1)
    )
    broke = found.select("window", "kind", "sid", "onset", "organ_failure").join(
        failed, on=["window", "kind"]
    )
    broke = broke.filter(pl.col("time") == pl.col("organ_failure"))
    return pl.concat([part.select(*TRIGGER_EVENTS) for part in (taken, given, broke)], how="vertical_relaxed")

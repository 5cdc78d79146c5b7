"""The events of one shard: read, numbered by patient, with what stays and codes tell, up to death. Polars."""

from typing import cast

import polars as pl

from opensepsis.data.intake.possible_pregnancy import are_impossible, without_impossible
from opensepsis.definitions.concepts.cultures import DIAGNOSIS
from opensepsis.definitions.concepts.person import PREGNANCY
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.uses.label.ages import TOLD_BY_STAYS, stay_events
from opensepsis.uses.label.deaths import alive_with_ends, until_death
from opensepsis.uses.label.pregnancies import coded_pregnancies
from opensepsis.uses.label.selection import Selection

MOMENTS = ("time", "end", "known")
EVENT = ("concept", *MOMENTS, "value", "text", "origin")


def spans_of(stays: pl.DataFrame) -> pl.DataFrame:
    """The stays in whole microseconds, with what became of the patient."""
    moments = pl.col("admitted", "discharged", "died").to_physical()
    return stays.select("sid", "pid", moments, "age", "discharged_to")


def events_of_stays(
    events: pl.LazyFrame,
    stays: pl.DataFrame,
    every: pl.DataFrame,
    born: pl.DataFrame,
    selection: Selection,
    calendar: Calendar,
) -> pl.DataFrame:
    """The events that are needed of the patients with a stay, numbered by `pid`, in whole microseconds.

    `every`: all stays of these patients, of whatever kind, with pid and person.
    """
    names = list(selection.concepts)
    seen = events.filter(pl.col("concept").is_in(names)).collect()
    numbers = stays.select("patient", "pid").unique(maintain_order=True)
    first = numbers.unique("patient", keep="first", maintain_order=True)
    pid = _numbered(seen.drop_in_place("patient").cast(pl.Categorical), first).alias("pid")
    seen = pl.DataFrame([pid, *(seen.drop_in_place(name) for name in EVENT)])
    seen = seen.with_columns(pl.col("concept").cast(pl.Categorical), pl.col(*MOMENTS).to_physical())
    needed = seen.select(pl.col("pid").is_not_null() & ~pl.col("concept").is_in(TOLD_BY_STAYS)).to_series()
    more = stay_events(stays, born, seen).filter(pl.col("concept").is_in(names))
    if first.height < numbers.height:
        more = pl.concat([_of_other_persons(seen.filter(needed), numbers, first), more])
    if PREGNANCY.name in selection.concepts:
        coded = pl.col("concept") == DIAGNOSIS.name
        told = pl.concat([seen.filter(coded, needed), more.filter(coded)])
        more = pl.concat([more, coded_pregnancies(told, every, calendar)])
        more = without_impossible(more, every, born)
        needed = needed & ~are_impossible(seen, every, born)
    spans = spans_of(stays)
    seen, alive = alive_with_ends(seen, spans)
    return _together(seen, needed & alive, until_death(more, spans))


def _together(seen: pl.DataFrame, kept: pl.Series, more: pl.DataFrame) -> pl.DataFrame:
    """The rows that are kept, and more; column after column, so that they are not held twice, and each in one piece to gather from."""
    columns, whole = [], kept.all()
    for name in list(seen.columns):
        column = seen.drop_in_place(name)
        columns.append(pl.concat([column if whole else column.filter(kept), more[name]], rechunk=True))
    return pl.DataFrame(columns)


def _of_other_persons(seen: pl.DataFrame, numbers: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    """The events of a patient whose stays are of several persons once more for each other: whose they are, the times of stays tell."""
    others = numbers.join(first.select("patient", first="pid"), on="patient").filter(
        pl.col("pid") != pl.col("first")
    )
    again = seen.join(others.select("first", other="pid"), left_on="pid", right_on="first")
    return again.with_columns(pid=pl.col("other")).select(seen.columns)


def _numbered(patients: pl.Series, numbers: pl.DataFrame) -> pl.Series:
    """The `pid` of each patient, null for those without a stay: looked up by the code of the category."""
    codes = patients.to_physical()
    theirs = numbers.select("pid", code=pl.col("patient").cast(pl.Categorical).to_physical())
    most = max(cast(int, codes.max() or 0), cast(int, theirs["code"].max() or 0))
    every = pl.DataFrame({"code": pl.int_range(most + 1, eager=True).cast(codes.dtype)})
    return every.join(theirs, on="code", how="left", maintain_order="left")["pid"].gather(codes)

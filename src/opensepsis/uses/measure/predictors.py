"""What the model of mortality may rest on: values of the first hours from presentation, one row a stay. Polars."""

import csv
from dataclasses import dataclass
from importlib.resources import files

import polars as pl

from opensepsis.data.timeline.timeline import Timeline
from opensepsis.rules import hours

FIRST = hours(6)  # from presentation: the draft considers 3, 6 and 24 h


@dataclass(frozen=True)
class Predictor:
    """A value by which the risk of death is adjusted, in the order in which few deaths let it in."""

    name: str
    title: str
    concepts: tuple[str, ...]
    reading: str  # highest, lowest or given; empty: of the stay itself
    words: tuple[str, ...]
    log: bool


def _read() -> tuple[Predictor, ...]:
    text = files("opensepsis.uses.measure").joinpath("predictors.csv").read_text(encoding="utf-8")
    return tuple(
        Predictor(
            row["name"],
            row["title"],
            tuple(row["concept"].split()),
            row["reading"],
            tuple(row["words"].split()),
            row["log"] == "yes",
        )
        for row in csv.DictReader(text.splitlines())
    )


PREDICTORS = _read()


def predictors_of(stays: pl.DataFrame, timeline: Timeline) -> pl.DataFrame:
    """The predictors in their order, a row for each of these stays (stay, patient, presented, years, sex); null where not measured."""
    asked = [concept for p in PREDICTORS for concept in p.concepts]
    events = timeline.events().filter(
        pl.col("concept").cast(pl.String).is_in(asked),
        pl.col("patient").cast(pl.String).is_in(stays["patient"].unique().implode()),
    )
    events = events.select(
        pl.col("patient", "concept").cast(pl.String), "time", "end", "value", "text"
    ).collect()
    here = stays.select("patient", "stay", "presented").join(events, on="patient")
    until = pl.col("presented") + FIRST
    inside = here.filter(pl.col("time").is_between("presented", until))
    ran = here.filter(pl.col("time") <= until, (pl.col("end") > pl.col("presented")).fill_null(True))
    found = stays.select(
        "stay", age=pl.col("years").cast(pl.Float64), female=(pl.col("sex") == "female").cast(pl.Float64)
    )
    there = set(events["concept"])
    for predictor in PREDICTORS:
        if predictor.reading == "given":
            told = _given(predictor, ran) if there & set(predictor.concepts) else None
            empty = 0.0 if told is not None else None
        elif predictor.reading:
            told, empty = _extreme(predictor, inside), None
        else:
            continue
        column = pl.lit(None, pl.Float64).alias(predictor.name)
        found = found.with_columns(column) if told is None else found.join(told, on="stay", how="left")
        found = found.with_columns(pl.col(predictor.name).fill_null(empty)) if empty is not None else found
    ordered = stays.select("stay").join(found, on="stay", how="left", maintain_order="left")
    return ordered.select(predictor.name for predictor in PREDICTORS)


def _given(predictor: Predictor, ran: pl.DataFrame) -> pl.DataFrame:
    """The stays in which something ran, at a rate above 0 where one is told."""
    mine = ran.filter(pl.col("concept").is_in(predictor.concepts), (pl.col("value") > 0).fill_null(True))
    mine = mine.filter(pl.col("text").is_in(predictor.words)) if predictor.words else mine
    return mine.select("stay").unique().with_columns(pl.lit(1.0).alias(predictor.name))


def _extreme(predictor: Predictor, inside: pl.DataFrame) -> pl.DataFrame:
    """The highest or lowest value of each stay, a limit as its number."""
    mine = inside.filter(pl.col("concept").is_in(predictor.concepts)).drop_nulls("value")
    value = pl.col("value").max() if predictor.reading == "highest" else pl.col("value").min()
    found = mine.group_by("stay").agg(value.alias(predictor.name))
    if predictor.log:
        found = found.with_columns(pl.col(predictor.name).clip(0.05).log())
    return found

"""Weights and heights: at admission to the unit, and weights charted with intake and output."""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

import polars as pl

from opensepsis.data.sources.eicu.clock import PATIENT, STAY, timed, unit_stays
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.definitions.concepts.vitals import WEIGHT

_KILOGRAMS = "flowsheet|Flowsheet Cell Labels|I&O|Weight|Bodyweight (kg)"
_KEPT: WeakKeyDictionary[Tables, pl.DataFrame] = WeakKeyDictionary()
_AT_ADMISSION = {"weight": "admissionweight", "height": "admissionheight"}


def charted_weights(tables: Tables) -> pl.DataFrame:
    """Unit stay, time and weight in kg, plausible ones only; read once."""
    if tables not in _KEPT:
        stays = unit_stays(tables)
        parts = [stays.select(STAY, time="entered", weight="admissionweight"), *_from_intake(tables)]
        _KEPT[tables] = pl.concat(parts).filter(pl.col("weight").is_between(*WEIGHT.limits))
    return _KEPT[tables]


def _from_intake(tables: Tables) -> Iterator[pl.DataFrame]:
    if not tables.has("intakeoutput"):
        return
    columns = (STAY, "intakeoutputoffset", "cellvaluenumeric")
    for rows in tables.of_codes("intakeoutput", "cellpath", pl.Series([_KILOGRAMS]), *columns):
        yield timed(tables, rows, time="intakeoutputoffset").select(STAY, "time", weight="cellvaluenumeric")


def at_admission(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Height and weight as the table of stays has them, at the admission to the unit; 0 is nothing."""
    for concept in sorted(concepts & _AT_ADMISSION.keys()):
        column = _AT_ADMISSION[concept]
        rows = unit_stays(tables).filter(pl.col(column) > 0)
        yield rows.select(
            PATIENT,
            concept=pl.lit(concept),
            time="entered",
            value=column,
            origin=pl.format("patient/{}", STAY),
        )

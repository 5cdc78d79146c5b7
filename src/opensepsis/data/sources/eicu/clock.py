"""The clock of eICU: minutes from the admission to a unit, as moments on one calendar for each stay in hospital.

The tables have no dates. A stay in hospital begins on 1 January of the year of its discharge, at the time of day at which the
patient was admitted; its unit stays begin by their offsets. Stays of one person in hospital cannot be put in order, so each is a patient.
"""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

import polars as pl

from opensepsis.data.sources.relational.tables import Tables

PATIENT = "patienthealthsystemstayid"
STAY = "patientunitstayid"
_YEAR_NOT_TOLD = 2014
_KEPT: WeakKeyDictionary[Tables, pl.DataFrame] = WeakKeyDictionary()
_COLUMNS = (
    STAY, PATIENT, "uniquepid", "hospitalid", "wardid", "gender", "age", "hospitaladmittime24", "hospitaladmitoffset",
    "hospitaldischargeyear",
    "hospitaldischargeoffset", "hospitaldischargestatus", "hospitaldischargelocation", "unittype", "unitstaytype",
    "unitdischargeoffset", "unitdischargestatus", "unitdischargelocation", "admissionheight", "admissionweight",
)  # fmt: skip


def unit_stays(tables: Tables) -> pl.DataFrame:
    """The table of unit stays, with `entered`, `left` and `hospital_entered` as moments; read once."""
    if tables not in _KEPT:
        rows = tables.fetch(tables.get("patient", *_COLUMNS), "patient")
        _KEPT[tables] = filled(rows).sort(STAY).with_columns(**_moments())
    return _KEPT[tables]


def set_clock(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Reads the unit stays before any table is streamed, for a store answers one question at a time; gives no events."""
    unit_stays(tables)
    yield from ()


def _moments() -> dict[str, pl.Expr]:
    day = pl.datetime(pl.col("hospitaldischargeyear").fill_null(_YEAR_NOT_TOLD), 1, 1, time_unit="us")
    part = pl.col("hospitaladmittime24").str.extract_groups(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?")
    hour, minute = (part.struct.field(n).cast(pl.Int64).fill_null(0) for n in ("1", "2"))
    hospital = day + pl.duration(hours=hour, minutes=minute)
    entered = hospital - pl.duration(minutes=pl.col("hospitaladmitoffset").fill_null(0))
    return {
        "hospital_entered": hospital,
        "entered": entered,
        "left": entered + pl.duration(minutes=pl.col("unitdischargeoffset")),
        "hospital_left": entered + pl.duration(minutes=pl.col("hospitaldischargeoffset")),
    }


def filled(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with empty texts as nothing: the release quotes them, and a database that loads it keeps them as texts."""
    return rows.with_columns(pl.col(pl.String).replace("", None))


def timed(tables: Tables, rows: pl.DataFrame, **offsets: str) -> pl.DataFrame:
    """The rows with their patient, the end of their unit stay (`left`) and a moment for each named offset.

    A row of a unit stay that the table of stays lacks has no patient, and is rejected for it.
    """
    stays = unit_stays(tables).select(STAY, PATIENT, "entered", "left", "hospital_left")
    joined = filled(rows).join(stays, on=STAY, how="left")
    moments = {
        name: pl.col("entered") + pl.duration(minutes=pl.col(column)) for name, column in offsets.items()
    }
    return joined.with_columns(**moments)

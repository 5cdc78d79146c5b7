"""Hospital and intensive care stays of MIMIC-IV."""

import ibis
import ibis.expr.types as ir
import polars as pl

from opensepsis.data.schema import ID, ROW, STAYS, TABLE, in_shape
from opensepsis.data.sources.mimic_iv.finding import FOLDER_OF, file_of
from opensepsis.data.sources.mimic_iv.tables import Tables

# kind of stay -> its table and identifier
_TABLE_OF = {"hospital": ("admissions", "hadm_id"), "icu": ("icustays", "stay_id")}
_MOMENTS = ("admitted", "discharged", "died")


def read_stays(tables: Tables) -> pl.DataFrame:
    """Every admission and every intensive care stay; age in years at its start, times as the naive local clock gives them."""
    admissions = _admissions(tables)
    rows = pl.concat(
        [
            tables.fetch(_hospital(admissions), "admissions"),
            tables.fetch(_icu(admissions, tables), "icustays"),
        ]
    )
    moments = [pl.col(m).cast(pl.Datetime("us")).dt.replace_time_zone("UTC") for m in _MOMENTS]
    # no store promises an order
    return in_shape(rows.with_columns(moments), STAYS).sort("patient", "admitted", "kind", "stay")


def with_rows(tables: Tables, stays: pl.DataFrame) -> pl.DataFrame:
    """Rejected stays with their table, kind of identifier and row: the line of a CSV, counted from 1 in Parquet; none in a database."""
    kinds = [kind for kind in _TABLE_OF if (stays["kind"] == kind).any()]
    found = [
        _rows(tables, *_TABLE_OF[kind], kind, stays.filter(pl.col("kind") == kind)["stay"]) for kind in kinds
    ]
    placed = pl.concat(found)
    return (
        stays.drop(TABLE, ID, ROW)
        .join(placed, on=["kind", "stay"], how="left", maintain_order="left")
        .select(stays.columns)
    )


def _rows(tables: Tables, table: str, name: str, kind: str, asked: pl.Series) -> pl.DataFrame:
    """kind, stay, table, id and row of the asked stays."""
    file = file_of(tables.path, table) if tables.path else None
    place = f"{FOLDER_OF[table]}/{file.name if file else table}"
    named = {"kind": pl.lit(kind), TABLE: pl.lit(place), ID: pl.lit(name)}
    if file is None:
        return asked.to_frame("stay").with_columns(**named, row=pl.lit(None, pl.UInt32))
    parquet = file.is_dir() or file.suffix == ".parquet"
    if parquet:
        rows = pl.scan_parquet(sorted(file.glob("*.parquet")) if file.is_dir() else file, glob=False)
    else:
        rows = pl.scan_csv(file, infer_schema=False, glob=False)
    theirs = {column.lower(): column for column in rows.collect_schema().names()}
    stay = pl.col(theirs[name]).cast(pl.String).str.strip_chars().alias("stay")
    numbered = rows.select(stay).with_row_index(ROW, 1 if parquet else 2)  # a CSV has its header in line 1
    found = numbered.filter(pl.col("stay").is_in(asked.implode())).collect()
    return found.select("stay", pl.col(ROW).cast(pl.UInt32)).with_columns(**named)


def _admissions(tables: Tables) -> ir.Table:
    admissions = tables.get(
        "admissions", "subject_id", "hadm_id", "admittime", "dischtime", "deathtime", "discharge_location"
    )
    patients = tables.get("patients", "subject_id", "gender", "anchor_age", "anchor_year", "dod")
    joined = admissions.left_join(patients, "subject_id")
    return joined.select(
        patient=joined.subject_id.cast("string"),
        hadm_id=joined.hadm_id,
        admitted=joined.admittime,
        discharged=joined.dischtime,
        birth_year=joined.anchor_year - joined.anchor_age,
        sex=joined.gender,
        # the date of death has no time of day: who left alive that day did not die before leaving. One before the
        # day of admission stays what it is, and the stay is rejected
        died=ibis.coalesce(
            joined.deathtime,
            ibis.ifelse(
                (joined.dischtime > joined.dod)
                & (joined.admittime.truncate("D") <= joined.dod.truncate("D")),
                joined.dischtime,
                joined.dod,
            ),
        ),
        discharged_to=joined.discharge_location,
        deathtime=joined.deathtime,
    )


def _hospital(admissions: ir.Table) -> ir.Table:
    return admissions.select(
        "patient",
        stay=admissions.hadm_id.cast("string"),
        kind=ibis.literal("hospital"),
        admitted=admissions.admitted,
        discharged=admissions.discharged,
        age=_age(admissions.admitted, admissions.birth_year),
        sex=admissions.sex,
        died=admissions.died,
        discharged_to=admissions.discharged_to,
    )


def _icu(admissions: ir.Table, tables: Tables) -> ir.Table:
    icu = tables.get("icustays", "subject_id", "hadm_id", "stay_id", "intime", "outtime")
    joined = icu.left_join(admissions, "hadm_id")
    discharged = ibis.coalesce(joined.outtime, joined.discharged)
    left_hospital = (discharged >= joined.discharged) | (joined.deathtime <= discharged)
    return joined.select(
        patient=joined.subject_id.cast("string"),
        stay=joined.stay_id.cast("string"),
        kind=ibis.literal("icu"),
        admitted=joined.intime,
        discharged=discharged,
        age=_age(joined.intime, joined.birth_year),
        sex=joined.sex,
        died=joined.died,
        discharged_to=ibis.cases((left_hospital, joined.discharged_to), else_=ibis.literal("WARD")),
    )


def _age(start: ir.TimestampColumn, birth_year: ir.IntegerColumn) -> ir.FloatingColumn:
    return (start.year() - birth_year).cast("float64")

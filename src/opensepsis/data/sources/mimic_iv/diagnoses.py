"""Coded diagnoses and procedures, known when the patient leaves: the hospital codes at discharge."""

from collections.abc import Iterator

import ibis
import polars as pl

from opensepsis.data.sources.mimic_iv.maps import read_map
from opensepsis.data.sources.relational.expressions import Query
from opensepsis.data.sources.relational.tables import Tables


def diagnoses(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Every code at the time of discharge, text `ICD9:…` or `ICD10:…` as stored, without a dot; the first listed is the principal one."""
    lasting = read_map("diagnoses").filter(pl.col("concept").is_in(concepts))
    if "diagnosis" not in concepts and lasting.is_empty():
        return
    rows = _coded(tables, "diagnoses_icd", "seq_num")
    if "diagnosis" in concepts:
        principal = ibis.ifelse(rows.seq_num.cast("int64") == 1, "|principal", "")
        coded = rows.mutate(text=rows.text + principal).select(
            "subject_id", "text", "origin", concept=ibis.literal("diagnosis"), time="dischtime"
        )
        yield from tables.stream(coded, "diagnoses_icd")
    if not lasting.is_empty():
        yield from _states(tables, rows, lasting)


def _states(tables: Tables, rows: Query, listed: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """What a code says of the whole admission, from its start to its end; known when it was coded."""
    text = pl.format("ICD{}:{}", "version", "code")
    found = rows.join(tables.lookup(listed.select("concept", text=text)), "text")
    spans = found.select(
        "subject_id", "concept", "origin", time="admittime", end="dischtime", known="dischtime"
    )
    yield from tables.stream(spans, "diagnoses_icd")


def operations(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Every coded procedure, text as of a diagnosis. Only its day is recorded: it counts from midnight, inside the admission."""
    if "procedure" not in concepts:
        return
    rows = _coded(tables, "procedures_icd", "seq_num", "chartdate")
    day = ibis.least(ibis.greatest(rows.chartdate, rows.admittime), rows.dischtime)
    done = rows.select(
        "subject_id", "text", "origin", concept=ibis.literal("procedure"), time=day, known="dischtime"
    )
    yield from tables.stream(done, "procedures_icd")


def _coded(tables: Tables, table: str, *columns: str) -> Query:
    codes = tables.get(table, "subject_id", "hadm_id", "icd_code", "icd_version", *columns)
    rows = codes.join(tables.get("admissions", "hadm_id", "admittime", "dischtime"), "hadm_id")
    number = rows.hadm_id.cast("string") + ibis.literal("/") + rows.seq_num.cast("string")
    return rows.mutate(
        text=ibis.literal("ICD") + rows.icd_version.cast("string") + ":" + rows.icd_code.strip(),
        origin=ibis.literal(f"{table}/") + number,
    )

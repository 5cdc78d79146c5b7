"""Coded diagnoses, known when the patient leaves: the hospital codes at discharge."""

from collections.abc import Iterator

import ibis
import polars as pl

from opensepsis.data.sources.mimic_iv.tables import Tables


def diagnoses(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Every code at the time of discharge, text `ICD9:…` or `ICD10:…` as stored, without a dot."""
    if "diagnosis" not in concepts:
        return
    codes = tables.get("diagnoses_icd", "subject_id", "hadm_id", "seq_num", "icd_code", "icd_version")
    discharged = tables.get("admissions", "hadm_id", "dischtime")
    rows = codes.join(discharged, "hadm_id")
    coded = rows.select(
        "subject_id",
        concept=ibis.literal("diagnosis"),
        time="dischtime",
        text=ibis.literal("ICD") + rows.icd_version.cast("string") + ":" + rows.icd_code.strip(),
        origin=ibis.literal("diagnoses_icd/")
        + rows.hadm_id.cast("string")
        + "/"
        + rows.seq_num.cast("string"),
    )
    yield from tables.stream(coded, "diagnoses_icd")

"""Diagnoses and procedures, known when the patient leaves, and comfort care from the code status."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital, instants
from opensepsis.data.sources.clif.words import folded, words
from opensepsis.data.sources.mimic_iv.maps import read_map as read_mimic_map

_MARKS = ("diagnosis_primary", "poa_present")


def diagnoses(hospital: Hospital, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Every code at discharge, text `ICD9:…` or `ICD10:…` without a dot; what lasts, from admission to discharge."""
    table = "hospital_diagnosis"
    lasting = read_mimic_map("diagnoses").filter(pl.col("concept").is_in(concepts))
    if not hospital.tables.has(table) or ("diagnosis" not in concepts and lasting.is_empty()):
        return
    rows = hospital.tables.get(table, ADMISSION, "diagnosis_code", "diagnosis_code_format", *_MARKS)
    for batch in hospital.tables.stream(rows, table):
        coded = _coded(hospital, batch, "diagnosis_code").with_columns(
            origin=pl.format(table + "/{}", ADMISSION), known="discharged"
        )
        if "diagnosis" in concepts:
            yield coded.select(
                "patient",
                "origin",
                "known",
                text=pl.col("text") + _marks(),
                concept=pl.lit("diagnosis"),
                time="discharged",
            )
        if not lasting.is_empty():
            listed = lasting.select("concept", text=pl.format("ICD{}:{}", "version", "code"))
            states = coded.join(listed, on="text")
            yield states.select("patient", "concept", "origin", "known", time="admitted", end="discharged")


def _marks() -> pl.Expr:
    """What is told of a diagnosis beside its code: whether it is the principal one and was there on admission."""
    primary, present = (pl.col(name) for name in _MARKS)
    principal = pl.when(primary == 1).then(pl.lit("|principal")).otherwise(pl.lit(""))
    admitted_with = pl.when(present == 1).then(pl.lit("|poa")).when(present == 0).then(pl.lit("|not_poa"))
    return principal + admitted_with.otherwise(pl.lit(""))


def procedures(hospital: Hospital, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Every coded procedure at its billed time, inside the admission, text as of a diagnosis."""
    table = "patient_procedures"
    if "procedure" not in concepts or not hospital.tables.has(table):
        return
    rows = hospital.tables.get(
        table, ADMISSION, "procedure_code", "procedure_code_format", "procedure_billed_dttm"
    )
    for batch in hospital.tables.stream(rows, table):
        coded = _coded(hospital, batch, "procedure_code")
        day = pl.min_horizontal(pl.max_horizontal("procedure_billed_dttm", "admitted"), "discharged")
        yield coded.select(
            "patient", "text", concept=pl.lit("procedure"), time=day, known="discharged",
            origin=pl.format(table + "/{}", ADMISSION),
        )  # fmt: skip


def comfort(hospital: Hospital, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Comfort care, from *allow natural death* until another code status of the patient."""
    table = "code_status"
    if "comfort_care" not in concepts or not hospital.tables.has(table):
        return
    rows = hospital.tables.get(table, "patient_id", "start_dttm", "code_status_category")
    found = (
        instants(hospital.tables.fetch(rows, table))
        .drop_nulls()
        .sort("patient_id", "start_dttm", "code_status_category")
    )
    said = [c for c in found["code_status_category"].unique() if folded(c) in words("comfort")]
    lasting = found.with_columns(end=pl.col("start_dttm").shift(-1).over("patient_id"))
    lasting = lasting.filter(pl.col("code_status_category").is_in(said))
    yield lasting.select(
        patient="patient_id",
        time="start_dttm",
        end="end",
        concept=pl.lit("comfort_care"),
        origin=pl.lit(f"{table}/"),
    )


def _coded(hospital: Hospital, rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """The rows with patient, admission, discharge and the code in `text`."""
    form = f"{column}_format"
    systems = {raw: _system(raw) for raw in rows[form].drop_nulls().unique()}
    system = pl.col(form).replace_strict(systems, default=None, return_dtype=pl.String).fill_null("")
    code = pl.col(column).str.strip_chars().str.replace_all(".", "", literal=True)
    owners = hospital.admissions
    joined = instants(rows).join(owners, on=ADMISSION, how="left", maintain_order="left")
    return joined.filter(pl.col(column).is_not_null()).with_columns(text=pl.format("{}:{}", system, code))


def _system(said: str) -> str:
    """The code system in the timeline's words."""
    word = folded(said)
    if word in words("code format"):
        return "ICD10" if word.startswith("icd10") else "ICD9"
    return said.strip()

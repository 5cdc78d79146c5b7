"""Coded diagnoses and procedures, known when the visit ends: hospitals code at discharge."""

import re
from collections.abc import Iterator

import polars as pl

from opensepsis.data.sources.mimic_iv.maps import read_map as read_mimic_map
from opensepsis.data.sources.omop.used import distinct_codes, keyed
from opensepsis.data.sources.omop.visits import read_visits
from opensepsis.data.sources.omop.vocabulary import Concept, vocabulary_of
from opensepsis.data.sources.relational.tables import Tables

# concept ids of the vocabulary ICD9CM lie together; those of ICD10CM lie elsewhere
_ICD9CM = range(44_819_000, 44_839_000)
_DIAGNOSIS_9 = re.compile(r"\d{3}\.?\d{0,2}|V\d{2}\.?\d{0,2}|E\d{3}\.?\d?")
_DIAGNOSIS_10 = re.compile(r"[A-Z]\d[0-9A-Z]\.?[0-9A-Z]{0,4}")
_PROCEDURE_9 = re.compile(r"\d{2}\.?\d{1,2}")
_PROCEDURE_10 = re.compile(r"[0-9A-HJ-NP-Z]{7}")
# concept ids of the domain Condition Status: primary diagnosis, primary discharge diagnosis
_PRINCIPAL = (32_902, 32_903)
_TIME = {"condition_occurrence": "condition_start", "procedure_occurrence": "procedure"}


def diagnoses(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Every ICD code at the end of its visit, and what a code says of the whole visit; text `ICD10:…` without a dot."""
    lasting = read_mimic_map("diagnoses").with_columns(pl.col("concept").cast(pl.String))
    lasting = lasting.filter(pl.col("concept").is_in(sorted(concepts)))
    if ("diagnosis" not in concepts and lasting.is_empty()) or not tables.has("condition_occurrence"):
        return
    for rows in _coded(tables, "condition_occurrence"):
        if "diagnosis" in concepts:
            at_end = pl.coalesce("left", "time")
            mark = (
                pl.when(pl.col("status").is_in(_PRINCIPAL)).then(pl.lit("|principal")).otherwise(pl.lit(""))
            )
            text = pl.col("text") + mark
            yield rows.select(
                "person_id", "origin", text=text, concept=pl.lit("diagnosis"), time=at_end, known=at_end
            )
        states = lasting.select("concept", text=pl.format("ICD{}:{}", "version", "code"))
        found = rows.join(states, on="text").filter(pl.col("left") > pl.col("entered"))
        yield found.select("person_id", "concept", "origin", time="entered", end="left", known="left")


def operations(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Every procedure with an ICD code, known at the end of its visit."""
    if "procedure" in concepts and tables.has("procedure_occurrence"):
        for rows in _coded(tables, "procedure_occurrence"):
            known = pl.coalesce("left", "time")
            yield rows.select("person_id", "text", "origin", "time", concept=pl.lit("procedure"), known=known)


def icd_codes(tables: Tables, table: str) -> pl.DataFrame:
    """source, said and text of the ICD codes of a table."""
    codes = distinct_codes(tables, table).select("source", "said").unique(maintain_order=True)
    concepts = vocabulary_of(tables).concepts
    found = [
        (source, said, text)
        for source, said in codes.iter_rows()
        if (text := icd_text(table, source, said, concepts.get(source)))
    ]
    return pl.DataFrame(
        found, schema={"source": pl.Int64, "said": pl.String, "text": pl.String}, orient="row"
    )


def icd_text(table: str, source: int, said: str, concept: Concept | None) -> str | None:
    """`ICD9:` or `ICD10:` and the code without its dot; None for what is no ICD code, or may be of either.

    >>> icd_text("condition_occurrence", 0, "N17.9", None), icd_text("condition_occurrence", 44821949, "E8800", None)
    ('ICD10:N179', 'ICD9:E8800')
    >>> icd_text("condition_occurrence", 0, "SR (Sinus Rhythm)", None), icd_text("condition_occurrence", 0, "V451", None)
    (None, None)
    """
    if concept is not None and concept.vocabulary.startswith(("ICD9", "ICD10")):
        version = "9" if concept.vocabulary.startswith("ICD9") else "10"
        return f"ICD{version}:{concept.code.replace('.', '')}"
    if concept is not None and concept.vocabulary:
        return None
    nine, ten = (
        (_DIAGNOSIS_9, _DIAGNOSIS_10) if table == "condition_occurrence" else (_PROCEDURE_9, _PROCEDURE_10)
    )
    code = said.upper()
    of_nine, of_ten = bool(nine.fullmatch(code)), bool(ten.fullmatch(code))
    if of_nine and of_ten and source:
        of_nine, of_ten = source in _ICD9CM, source not in _ICD9CM
    if of_nine == of_ten:
        return None
    return f"ICD{'9' if of_nine else '10'}:{code.replace('.', '')}"


def _coded(tables: Tables, table: str) -> Iterator[pl.DataFrame]:
    """person_id, text, origin, time, and the start and end of the visit of every row with an ICD code."""
    listed = icd_codes(tables, table)
    if listed.is_empty():
        return
    start = _TIME[table]
    status = ("condition_status_concept_id",) if table == "condition_occurrence" else ()
    rows = keyed(
        tables, table, "person_id", f"{table}_id", f"{start}_date", f"{start}_datetime", "visit_occurrence_id", *status,
    )  # fmt: skip
    found = rows.join(tables.lookup(listed), ["source", "said"]).select(
        "person_id",
        "text",
        row_id=f"{table}_id",
        day=f"{start}_date",
        moment=f"{start}_datetime",
        visit="visit_occurrence_id",
        **({"status": status[0]} if status else {}),
    )
    visits = read_visits(tables).select(visit="stay", entered="start", left="end")
    for batch in tables.stream(found, table):
        placed = batch.join(visits, on="visit", how="left")
        yield placed.with_columns(
            origin=pl.format("{}/{}", pl.lit(table), "row_id"), time=pl.coalesce("moment", "day")
        )

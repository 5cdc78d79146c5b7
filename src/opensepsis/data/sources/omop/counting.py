"""What was read of a CDM: mapped and unmapped codes by volume, how each meaning was found, and which visits are stays."""

import polars as pl

from opensepsis.data.sources.omop.codes import icd_codes
from opensepsis.data.sources.omop.maps import read_map
from opensepsis.data.sources.omop.meanings import meanings
from opensepsis.data.sources.omop.medicines import TABLE as DRUGS
from opensepsis.data.sources.omop.medicines import drug_meanings
from opensepsis.data.sources.omop.rows import PRINTED
from opensepsis.data.sources.omop.support import meant_procedures
from opensepsis.data.sources.omop.used import CODES, distinct_codes, used_codes
from opensepsis.data.sources.omop.visits import read_visits
from opensepsis.data.sources.omop.vocabulary import Vocabulary, vocabulary_of
from opensepsis.data.sources.relational.counting import top_codes
from opensepsis.data.sources.relational.tables import Tables

NO_DOSES = (
    "no drug exposure is recorded as given: definitions that rest on doses, such as sepsis3, are not judged. "
    "Their variants with orders, such as sepsis3:orders, take what was ordered."
)
KNOWN = {
    "measurement, observation": "the time of the row: a CDM has none of storing or reporting",
    "drug_exposure": "the start of the row; a fluid at its end",
    "culture results, organisms": "the end of the visit: no table records when they were reported",
    "condition_occurrence, coded procedures": "the end of the visit: they are coded at discharge",
    "procedures and devices": "their start",
}
NOTES = (
    "times without a zone are local times of --timezone, else taken as UTC",
    "a visit to a clinic that led to no bed is no stay; one to an emergency department that led to a bed, or lasted a day, is in hospital",
    "adjoining visit details in intensive care are one stay, named d and the id of the first",
    "a death at the end of a visit, at midnight, or with a date only is known by its day: nothing of that day comes after it",
    "a row with a date and no time cannot be placed among the hours and is rejected",
    "PaO2, PaCO2 and oxygen saturation of blood that is not marked as arterial are not used",
    "what is recorded as ordered, dispensed or only as EHR was not proven to be given: antibiotics of it are orders",
    "infusions run where start and end are recorded; an amount is spread over that time; without a dose they run at one that is not known",
    "ventilation and dialysis without an end run to the next, to an extubation or to the end of the visit; a line needs an end",
)


def count_tables(tables: Tables) -> dict:
    """Rows per table, shares mapped, how meanings were found, and the codes that no list has, the most frequent first."""
    told: dict[str, dict] = {"read": {}, "mapped_rows": {}, "unmapped": {}, "found_by": {}}
    for table in PRINTED:
        if tables.has(table):
            _tell(tables, told, table, meanings(tables, table))
    if tables.has(DRUGS):
        _tell(tables, told, DRUGS, drug_meanings(tables))
    for table in ("procedure_occurrence", "device_exposure"):
        if tables.has(table):
            meant = meant_procedures(tables, table, read_map("procedures")).with_columns(
                how=pl.lit("standard concept")
            )
            if table == "procedure_occurrence":
                meant = pl.concat([meant.select(*CODES, "how"), _with_icd(tables, table)])
            _tell(tables, told, table, meant)
    if tables.has("condition_occurrence"):
        _tell(tables, told, "condition_occurrence", _with_icd(tables, "condition_occurrence"))
    types = _types(tables)
    warnings = [] if not types or types.get("given") else [NO_DOSES]
    return told | {"drug_types": types, "visits": _visits(tables), "known": KNOWN, "warnings": warnings}


def _with_icd(tables: Tables, table: str) -> pl.DataFrame:
    found = distinct_codes(tables, table).join(icd_codes(tables, table), on=["source", "said"])
    return found.select(*CODES, how=pl.lit("ICD code"))


def _tell(tables: Tables, told: dict, table: str, meant: pl.DataFrame) -> None:
    joined = distinct_codes(tables, table).join(
        meant.select(*CODES, "how").unique(CODES), on=CODES, how="left"
    )
    mapped = joined.filter(pl.col("how").is_not_null())
    told["read"][table] = int(joined["count"].sum())
    told["mapped_rows"][table] = int(mapped["count"].sum())
    by = mapped.group_by("how").agg(pl.col("count").sum()).sort("count", descending=True)
    told["found_by"][table] = dict(by.iter_rows())
    told["unmapped"][table] = _named(tables, joined.filter(pl.col("how").is_null()))


def _named(tables: Tables, codes: pl.DataFrame) -> list[dict]:
    """The codes by volume, each by its concept id, else by what the source calls it, with the name that the vocabulary has."""
    code = (
        pl.when(pl.col("standard") != 0)
        .then(pl.col("standard").cast(pl.String))
        .otherwise(pl.format("source: {}", "said"))
    )
    counted = codes.with_columns(code=code).group_by("code").agg(
        pl.col("count").sum(), pl.col("standard").first(), pl.col("source").first()
    )  # fmt: skip
    first = counted.sort("count", "code", descending=[True, False]).head(200)
    vocabulary = vocabulary_of(tables)
    labels = [_label(vocabulary, *ids) for ids in first.select("standard", "source").iter_rows()]
    return top_codes(first.select("code", "count", label=pl.Series(labels, dtype=pl.String)))


def _label(vocabulary: Vocabulary, *ids: int) -> str | None:
    return next((vocabulary.concepts[number].name for number in ids if number in vocabulary.concepts), None)


def _types(tables: Tables) -> dict[str, int]:
    """How many drug exposures were given, ordered or are a list of what is taken at home."""
    if not tables.has(DRUGS):
        return {}
    means = read_map("drug_types").select(type_id="concept_id", means="means")
    rows = used_codes(tables, DRUGS).join(means, on="type_id", how="left")
    named = rows.with_columns(pl.col("means").replace("", None).fill_null("not recorded: read as orders"))
    return dict(named.group_by("means").agg(pl.col("count").sum()).sort("means").iter_rows())


def _visits(tables: Tables) -> dict[str, dict[str, int]]:
    """How many visits of each concept are stays of which kind, or none."""
    counted = read_visits(tables).group_by("kind", "concept_id").len().sort("kind", "concept_id")
    told: dict[str, dict[str, int]] = {}
    for kind, concept, count in counted.iter_rows():
        told.setdefault(kind, {})[str(concept)] = count
    return told

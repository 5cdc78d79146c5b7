"""The codes of a CDM by volume, named by its vocabulary: a standard concept by its id, else what the source calls it."""

from collections.abc import Iterator

import ibis
import polars as pl

from opensepsis.data.site.local_code import DRUG, NUMBER, LocalCode
from opensepsis.data.sources.omop.answers import answers_of
from opensepsis.data.sources.omop.meanings import SOURCE_CODE, code_of, meanings
from opensepsis.data.sources.omop.medicines import TABLE as DRUGS
from opensepsis.data.sources.omop.medicines import drug_meanings
from opensepsis.data.sources.omop.used import CODES, distinct_codes, keyed
from opensepsis.data.sources.omop.vocabulary import Vocabulary, vocabulary_of
from opensepsis.data.sources.relational.local_codes import as_text, code_counts, spread_of
from opensepsis.data.sources.relational.tables import Tables

_SYSTEMS = ("LOINC", "RxNorm", "ATC")
_TABLES = {"measurement": NUMBER, "observation": NUMBER, DRUGS: DRUG}


def codes_in_use(tables: Tables) -> Iterator[LocalCode]:
    """Every code of measurement, observation and drug_exposure."""
    vocabulary = vocabulary_of(tables)
    for table, kind in _TABLES.items():
        if tables.has(table):
            yield from _of_table(tables, table, kind, vocabulary)


def _of_table(tables: Tables, table: str, kind: str, vocabulary: Vocabulary) -> Iterator[LocalCode]:
    rows = keyed(
        tables,
        table,
        "person_id",
        *(("value_as_number", "unit_concept_id", "unit_source_value") if kind == NUMBER else ()),
    )
    by_standard = ibis.ifelse(
        rows.standard != 0, rows.standard.cast("string"), SOURCE_CODE + as_text(rows.said)
    )
    if kind == NUMBER:
        # a concept of the unit as its number, a text as it is: both in one column
        by_concept = ibis.ifelse(
            ibis.coalesce(rows.unit_concept_id, 0) != 0,
            rows.unit_concept_id.cast("string"),
            ibis.null("string"),
        )
        unit, number = ibis.coalesce(by_concept, rows.unit_source_value), rows.value_as_number
        units = {str(number): said for number, said in answers_of(tables, table).units.iter_rows()}
    else:
        unit, number, units = ibis.null("string"), ibis.null("float64"), {}
    counted = code_counts(
        tables, table, rows.select(code=by_standard, unit=unit, number=number, patient=rows.person_id)
    )
    known = {row["code"]: row for row in _known(tables, table, kind, vocabulary).iter_rows(named=True)}
    for row in counted.iter_rows(named=True):
        told, said = known.get(row["code"], {}), row["unit"] or ""
        yield LocalCode(
            table, row["code"], told.get("name") or row["code"].removeprefix(SOURCE_CODE), kind, row["all"], row["patients"],
            units.get(said, "" if said.isdigit() else said), spread_of(row, row["patients_of_unit"]),
            tuple(told.get("codes") or ()), told.get("concept") or "", row["code"].startswith(SOURCE_CODE), row["numbers"],
        )  # fmt: skip


def _known(tables: Tables, table: str, kind: str, vocabulary: Vocabulary) -> pl.DataFrame:
    """code, name, standard codes and the concept of our own list, of each code."""
    meant = meanings(tables, table) if kind == NUMBER else drug_meanings(tables)
    own = {tuple(row[:3]): row[3] for row in meant.select(*CODES, "concept").iter_rows()}
    rows: dict[str, tuple] = {}
    for standard, source, said in distinct_codes(tables, table).select(CODES).iter_rows():
        ids = dict.fromkeys(
            (standard, source, *vocabulary.with_standard(standard), *vocabulary.with_standard(source))
        )
        found = [vocabulary.concepts[number] for number in ids if number in vocabulary.concepts]
        name = next((c.name for c in found if c.name), "")
        codes = [f"{c.vocabulary}/{c.code}" for c in found if c.vocabulary in _SYSTEMS]
        key, concept = code_of(standard, said), own.get((standard, source, said), "")
        before = rows.get(key)
        rows[key] = (
            (key, name, codes, concept)
            if before is None
            else (key, before[1] or name, before[2] or codes, before[3] or concept)
        )
    schema = {"code": pl.String, "name": pl.String, "codes": pl.List(pl.String), "concept": pl.String}
    return pl.DataFrame(list(rows.values()), schema=schema, orient="row")

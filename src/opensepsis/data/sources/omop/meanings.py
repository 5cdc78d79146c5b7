"""What the concepts of a table of measurements mean here: by standard concept, source concept, their mapping, or source code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import polars as pl

from opensepsis.data.intake.specimen import wrong_by_name
from opensepsis.data.sources.omop.maps import loinc, read_map
from opensepsis.data.sources.omop.used import CODES, KEYS, distinct_codes
from opensepsis.data.sources.omop.vocabulary import Vocabulary, vocabulary_of
from opensepsis.data.sources.relational.tables import Tables

_LOINC_CODE = re.compile(r"\d{1,5}-\d")
SOURCE_CODE = "source: "
STANDARD, SOURCE, MAPPED, CODE = (
    "standard concept", "source concept", "concept_relationship (Maps to)", "source code",
)  # fmt: skip
CONFIRMED = "confirmed by the site"
MEANT = KEYS | dict.fromkeys(
    ("concept", "property", "rule", "own_unit", "material", "misnamed", "how"), pl.String()
)


@dataclass(frozen=True)
class Meaning:
    """A concept of ours, the LOINC property of its code, and the rule that its rows need."""

    concept: str
    property: str = ""
    rule: str = ""
    unit: str = ""  # of values that come without one
    material: str = ""  # the specimen that the code itself names


def code_of(standard: int, said: str) -> str:
    """How a code is called in `mapping.csv` and `run.json`.

    >>> code_of(3027018, "8867-4"), code_of(0, "HF")
    ('3027018', 'source: HF')
    """
    return str(standard) if standard else f"{SOURCE_CODE}{said}"


def meanings(tables: Tables, table: str) -> pl.DataFrame:
    """The combinations that mean something: standard, source, said, concept, property, rule, why the name denies it, and how found."""
    return tables.once(("meanings", table), lambda: _meant(tables, table))


def _meant(tables: Tables, table: str) -> pl.DataFrame:
    vocabulary = vocabulary_of(tables)
    rows = []
    for standard, source, said in distinct_codes(tables, table).select(CODES).iter_rows():
        found = next(_candidates(vocabulary, standard, source, said), None)
        found = found or _confirmed(tables, table, code_of(standard, said))
        if found:
            meaning, how = found
            told = (meaning.concept, meaning.property, meaning.rule, meaning.unit, meaning.material)
            misnamed = wrong_by_name(meaning.concept, said) if how != CONFIRMED else ""
            rows.append((standard, source, said, *told, misnamed, how))
    return pl.DataFrame(rows, schema=MEANT, orient="row")


def _confirmed(tables: Tables, table: str, code: str) -> tuple[Meaning, str] | None:
    found = tables.confirmed.get(table, code)
    return (Meaning(found.concept, unit=found.unit), CONFIRMED) if found else None


def _candidates(
    vocabulary: Vocabulary, standard: int, source: int, said: str
) -> Iterator[tuple[Meaning, str]]:
    """The meanings of one combination, the surest first."""
    told = vocabulary.concepts.get(standard)
    found = meaning_of(vocabulary, standard)
    if found:
        yield found, STANDARD
    elif told is not None and told.vocabulary == "LOINC":
        return  # it says what was measured, and that is nothing of ours
    for number in (standard, source):
        for other in vocabulary.maps_to.get(number, ()):
            found = meaning_of(vocabulary, other)
            if found:
                yield found, MAPPED
    found = meaning_of(vocabulary, source)
    if found:
        yield found, SOURCE
    code = vocabulary.concepts[source].code if source in vocabulary.concepts else said
    for text in dict.fromkeys((said, code)):
        found = _by_code(text) if _LOINC_CODE.fullmatch(text) else None
        if found:
            yield found, CODE


def meaning_of(vocabulary: Vocabulary, concept_id: int) -> Meaning | None:
    """What a concept means here: by its LOINC or SNOMED CT code where the vocabulary tells it, else by the list of concept ids."""
    concept = vocabulary.concepts.get(concept_id)
    if concept is not None and concept.vocabulary:
        return {"LOINC": _codes, "SNOMED": _snomed}.get(concept.vocabulary, dict)().get(concept.code)
    return _by_id().get(concept_id)


def _by_code(code: str) -> Meaning | None:
    return _codes().get(code)


@cache
def _codes() -> dict[str, Meaning]:
    return {
        code: Meaning(concept, kind, rule, material=material)
        for code, concept, kind, rule, material in loinc().iter_rows()
    }


@cache
def _snomed() -> dict[str, Meaning]:
    return {
        code: Meaning(concept) for code, concept in read_map("snomed").select("code", "concept").iter_rows()
    }


@cache
def _by_id() -> dict[int, Meaning]:
    listed = read_map("measurements").select("concept_id", "loinc")
    return {number: _codes()[code] for number, code in listed.iter_rows()}

"""What the unit and value concepts of a table stand for."""

from dataclasses import dataclass

import polars as pl

from opensepsis.data.decode.answers import points_of
from opensepsis.data.intake.text_codes import word_of
from opensepsis.data.sources.omop.maps import read_map
from opensepsis.data.sources.omop.meanings import meanings
from opensepsis.data.sources.omop.used import CODES, used_codes
from opensepsis.data.sources.omop.vocabulary import Concept, Vocabulary, vocabulary_of
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

_WORDS = frozenset(c.name for c in CONCEPTS.values() if c.kind is Kind.WORD)


@dataclass(frozen=True)
class Answers:
    """`units`: unit_id and its UCUM code in unit_of_concept. `values`: concept, value_id and what that says, in answer."""

    units: pl.DataFrame
    values: pl.DataFrame


def answers_of(tables: Tables, table: str) -> Answers:
    """The units and answers of a table: by the vocabulary where the CDM has it, else by the list of common units."""
    units, vocabulary = used_codes(tables, table)["unit_id"].unique().to_list(), vocabulary_of(tables)
    listed = dict(read_map("units").select("concept_id", "unit").iter_rows())
    found = [(number, _unit(vocabulary, number, listed)) for number in units if number]
    names = {"unit_id": pl.Int64, "unit_of_concept": pl.String}
    return Answers(
        pl.DataFrame(found, schema=names, orient="row").drop_nulls(), _values(tables, table, vocabulary)
    )


def _unit(vocabulary: Vocabulary, number: int, listed: dict[int, str]) -> str | None:
    for one in vocabulary.with_standard(number):
        concept = vocabulary.concepts.get(one)
        if concept is not None and concept.vocabulary == "UCUM":
            return concept.code
    return listed.get(number)


def _values(tables: Tables, table: str, vocabulary: Vocabulary) -> pl.DataFrame:
    pairs = used_codes(tables, table).join(meanings(tables, table), on=CODES).select("concept", "value_id")
    rows = []
    for concept, number in pairs.unique().drop_nulls().iter_rows():
        said = vocabulary.concepts.get(number)
        if said is not None and (answer := _answer(concept, said)):
            rows.append((concept, number, answer))
    names = {"concept": pl.String, "value_id": pl.Int64, "answer": pl.String}
    return pl.DataFrame(rows, schema=names, orient="row")


def _answer(concept: str, said: Concept) -> str | None:
    """The points of a coded answer, the word of a concept of words, the name of what a culture grew."""
    if concept in _WORDS:
        return word_of(concept, said.name)
    if concept == "culture":
        return said.name
    return points_of(concept, [said.code])

"""Treatments that clinicians noted, by their path: what was on at that moment; neither a start, an end nor a rate is told."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.medicines import find_medicine
from opensepsis.data.sources.eicu.clock import PATIENT, STAY, timed
from opensepsis.data.sources.eicu.maps import read_map
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

_COLUMNS = (STAY, "treatmentid", "treatmentoffset")
_HOLDS = pl.duration(hours=1)
_ANY_ANTIBIOTIC = "antibacterial"
_NOT_ON = ("removal", "prophylactic", "insertion", "digoxin")
_DOSES = ("<", ">", "micrograms", "(")
_LASTING = [name for name, concept in CONCEPTS.items() if concept.kind is Kind.INTERVAL]
_INFUSED = [name for name in _LASTING if CONCEPTS[name].unit]


def treatments(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """The asked treatments: support for the hour after its note, at a rate that is not known; antibiotics as orders."""
    if not tables.has("treatment"):
        return
    listed = meanings(tables).filter(pl.col("concept").is_in(concepts))
    if listed.is_empty():
        return
    for rows in tables.of_codes("treatment", "treatmentstring", listed["treatmentstring"], *_COLUMNS):
        placed = timed(tables, rows, time="treatmentoffset").join(listed, on="treatmentstring")
        lasts = pl.col("concept").is_in(_LASTING)
        yield placed.select(
            PATIENT, "concept", "time", "text", end=pl.when(lasts).then(pl.col("time") + _HOLDS),
            # the note speaks of the drug that the pump gives: of one origin the higher rate counts, of two the sum
            origin=pl.when(pl.col("concept").is_in(_INFUSED)).then(pl.format("infusion/{}", "concept"))
            .otherwise(pl.format("treatment/{}", "treatmentid")),
        )  # fmt: skip


def meanings(tables: Tables) -> pl.DataFrame:
    """The paths in use that the list means something by: treatmentstring, concept, text."""
    paths = tables.names("treatment", "treatmentstring")["name"].drop_nulls().to_list()
    found = [(path, *said) for path in paths if (said := meaning(path))]
    schema = {"treatmentstring": pl.String, "concept": pl.String, "text": pl.String}
    return pl.DataFrame(found, schema=schema, orient="row")


def meaning(path: str) -> tuple[str, str | None] | None:
    """The concept and text of a path; of several listed parts the one that ends deepest counts. None where nothing is meant by it."""
    listed = read_map("treatments").iter_rows()
    there = [(end, len(part), concept, text) for part, concept, text in listed if (end := _end(part, path))]
    if not there or any(word in path for word in _NOT_ON):
        return None
    _, _, concept, text = max(there, key=lambda one: one[:2])
    return concept, _antibiotic(path) if concept == "antibiotic_order" else text


def _end(part: str, path: str) -> int:
    """The step of a path with which a listed part of it ends, from 1; 0 where it is no part.

    A part is of whole steps; of its last one the first words are enough where a dose or a name in brackets follows.

    >>> _end("vasopressors|dopamine", "cardiovascular|shock|vasopressors|dopamine  5-15 micrograms/kg/min")
    4
    >>> _end("vasopressors|epinephrine", "cardiovascular|shock|vasopressors|norepinephrine > 0.1 micrograms/kg/min")
    0
    >>> _end("renal|dialysis|C V V H", "renal|dialysis|C V V H D")
    0
    """
    steps, wanted = path.split("|"), part.split("|")
    for first in range(len(steps) - len(wanted) + 1):
        last = first + len(wanted)
        if steps[first : last - 1] == wanted[:-1] and _same(steps[last - 1], wanted[-1]):
            return last
    return 0


def _same(step: str, wanted: str) -> bool:
    return step == wanted or (step.startswith(f"{wanted} ") and any(mark in step for mark in _DOSES))


def _antibiotic(path: str) -> str:
    """`ingredient|` of the antibiotic that a path ends with, or of any where it names none; no route is told."""
    said = find_medicine(path.split("|")[-1])
    named = said.ingredient if said and said.concept == "antibiotic" else _ANY_ANTIBIOTIC
    return f"{named}|"

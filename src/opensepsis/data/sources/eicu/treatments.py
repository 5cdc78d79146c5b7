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
_NOT_ON = ("removal", "prophylactic", "insertion")
_LASTING = [name for name, concept in CONCEPTS.items() if concept.kind is Kind.INTERVAL]


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
            origin=pl.format("treatment/{}", "treatmentid"),
        )  # fmt: skip


def meanings(tables: Tables) -> pl.DataFrame:
    """The paths in use that the list means something by: treatmentstring, concept, text. The longest listed part of a path counts."""
    listed = [tuple(row) for row in read_map("treatments").iter_rows()]
    listed.sort(key=lambda row: -len(row[0]))
    found = []
    for path in tables.names("treatment", "treatmentstring")["name"].drop_nulls().to_list():
        if any(word in path for word in _NOT_ON):
            continue
        for part, concept, text in listed:
            if _stands(part, path):
                found.append((path, concept, _antibiotic(path) if concept == "antibiotic_order" else text))
                break
    schema = {"treatmentstring": pl.String, "concept": pl.String, "text": pl.String}
    return pl.DataFrame(found, schema=schema, orient="row")


def _stands(part: str, path: str) -> bool:
    """Whether a listed path is a part of a path: whole steps, of the last one its first words (a dose may follow).

    >>> _stands("vasopressors|dopamine", "cardiovascular|shock|vasopressors|dopamine  5-15 micrograms/kg/min")
    True
    >>> _stands("vasopressors|epinephrine", "cardiovascular|shock|vasopressors|norepinephrine > 0.1 micrograms/kg/min")
    False
    >>> _stands("renal|dialysis|C V V H", "renal|dialysis|C V V H D")
    False
    """
    steps, wanted = path.split("|"), part.split("|")
    for first in range(len(steps) - len(wanted) + 1):
        here = steps[first : first + len(wanted)]
        last, asked = here[-1], wanted[-1]
        dosed = last == asked or (
            last.startswith(f"{asked} ") and any(m in last for m in ("<", ">", "micrograms", "("))
        )
        if here[:-1] == wanted[:-1] and dosed:
            return True
    return False


def _antibiotic(path: str) -> str:
    """`ingredient|` of the antibiotic that a path ends with, or of any where it names none; no route is told."""
    said = find_medicine(path.split("|")[-1])
    named = said.ingredient if said and said.concept == "antibiotic" else _ANY_ANTIBIOTIC
    return f"{named}|"

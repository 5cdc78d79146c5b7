"""Intake and output: urine, fluids, weights and what a dialysis machine took, by their paths; the totals are never read."""

import re
from collections.abc import Iterator
from functools import cache

import polars as pl

from opensepsis.data.sources.eicu.clock import PATIENT, STAY, timed
from opensepsis.data.sources.eicu.maps import read_map
from opensepsis.data.sources.relational.tables import Tables

_COLUMNS = (STAY, "intakeoutputid", "intakeoutputoffset", "intakeoutputentryoffset", "cellvaluenumeric")
_AN_HOUR = pl.duration(hours=1)


def outputs(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """All asked volumes and weights at their time, known when they were entered.

    A volume that a dialysis machine took is told at the end of its time: dialysis ran in the hour before it.
    """
    if not tables.has("intakeoutput"):
        return
    listed = meanings(tables).filter(pl.col("concept").is_in(concepts))
    if listed.is_empty():
        return
    for rows in tables.of_codes("intakeoutput", "cellpath", listed["cellpath"], *_COLUMNS):
        placed = timed(tables, rows, time="intakeoutputoffset", known="intakeoutputentryoffset")
        placed = placed.join(listed, on="cellpath").filter(pl.col("cellvaluenumeric").is_not_null())
        machine = pl.col("concept") == "dialysis"
        placed = placed.filter(~machine | (pl.col("cellvaluenumeric") > 0))
        yield placed.select(
            PATIENT, "concept", "known", "text",
            time=pl.when(machine).then(pl.col("time") - _AN_HOUR).otherwise("time"),
            end=pl.when(machine).then("time"),
            value=pl.when(~machine).then("cellvaluenumeric"),
            origin=pl.format("intakeoutput/{}", "intakeoutputid"),
        )  # fmt: skip


def meanings(tables: Tables) -> pl.DataFrame:
    """The paths in use that the list, or the site, means something by: cellpath, concept, text."""
    paths = tables.names("intakeoutput", "cellpath")["name"].drop_nulls().to_list()
    own = tables.confirmed.of("intakeoutput")
    found = [(path, *said) for path in paths if (said := meaning(path))]
    meant = {path for path, *_ in found}
    found += [(path, own[path].concept, None) for path in paths if path in own and path not in meant]
    schema = {"cellpath": pl.String, "concept": pl.String, "text": pl.String}
    return pl.DataFrame(found, schema=schema, orient="row")


def meaning(path: str) -> tuple[str, str | None] | None:
    """The concept and text of a path; None where the list means nothing by it.

    >>> meaning("flowsheet|Flowsheet Cell Labels|I&O|Output (ml)|Urine Output-Foley")
    ('urine_output', None)
    >>> meaning("flowsheet|Flowsheet Cell Labels|I&O|Output (ml)|Urine Count")
    """
    *above, label = path.lower().split("|")
    label = label.strip()
    for concept, text, below, pattern, excluded in _rules():
        if below in above and pattern.search(label) and not excluded.search(label):
            return concept, text
    return None


@cache
def _rules() -> tuple[tuple[str, str | None, str, re.Pattern, re.Pattern], ...]:
    return tuple(
        (
            row["concept"],
            row["text"],
            row["below"],
            re.compile(row["pattern"]),
            re.compile(row["not"] or r"(?!)"),
        )
        for row in read_map("intake_output").iter_rows(named=True)
    )

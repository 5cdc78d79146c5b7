"""Antibiotics ordered: by the drug's name, or by its code where the hospital sent no name. eICU records no dose as given."""

import re
from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.medicines import find_medicine, local_form, taken_by_mouth
from opensepsis.data.intake.not_given import why_not_given
from opensepsis.data.sources.eicu.clock import PATIENT, STAY, filled, timed
from opensepsis.data.sources.eicu.maps import read_map
from opensepsis.data.sources.relational.expressions import coalesce
from opensepsis.data.sources.relational.tables import Tables

_COLUMNS = (
    STAY, "medicationid", "drugorderoffset", "drugstartoffset", "drugordercancelled", "drugname", "drughiclseqno", "routeadmin",
)  # fmt: skip
_ORDERED = ("antibiotic", "antibiotic_order")
_YES = ("yes", "y", "true", "t", "1")
_NO_DOSE = re.compile(r"consult|pharmacy to dose|protocol|level|trough|desensiti", re.I)


def orders(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Orders that were not cancelled, from their start on, known when they were ordered; text is `ingredient|route`."""
    if "antibiotic_order" not in concepts or not tables.has("medication"):
        return
    rows = tables.get("medication", *_COLUMNS)
    cancelled = coalesce(rows.drugordercancelled, "").strip().lower().isin(_YES)
    kept = rows.filter(~cancelled)
    codes = read_map("drug_codes").select(pl.col("code").cast(pl.Int64), coded="ingredient")
    names = named_antibiotics(tables)
    for batch in tables.stream(kept, "medication"):
        found = (
            filled(batch)
            .join(names, on="drugname", how="left")
            .join(codes, left_on="drughiclseqno", right_on="code", how="left")
        )
        by_code = pl.when(pl.col("drugname").is_null()).then("coded")
        found = found.with_columns(ingredient=pl.coalesce("ingredient", by_code)).drop_nulls("ingredient")
        placed = timed(tables, found, time="drugstartoffset", known="drugorderoffset")
        yield placed.select(
            PATIENT, "time", "known", concept=pl.lit("antibiotic_order"),
            text=pl.concat_str("ingredient", pl.lit("|"), _route(found)),
            origin=pl.format("medication/{}", "medicationid"),
        )  # fmt: skip


def _route(rows: pl.DataFrame) -> pl.Series:
    """The route of each order: of a local form in its name, else as sent, else of a form taken by mouth; empty where none is told."""
    listed = {route: text or "" for route, text in read_map("routes").iter_rows()}
    asked = rows.select("drugname", "routeadmin").unique()
    table = [
        (name, sent, _routed(name or "", (sent or "").strip(), listed)) for name, sent in asked.iter_rows()
    ]
    told = pl.DataFrame(table, schema=dict.fromkeys((*asked.columns, "route"), pl.String), orient="row")
    return rows.join(told, on=asked.columns, how="left", nulls_equal=True, maintain_order="left")["route"]


def _routed(name: str, sent: str, listed: dict[str, str]) -> str:
    """What was sent but for words cut short, and those that are no route."""
    return local_form(name) or listed.get(sent.upper(), sent) or taken_by_mouth(name)


def named_antibiotics(tables: Tables) -> pl.DataFrame:
    """drugname, ingredient of the names in use that are antibiotics."""
    names = tables.names("medication", "drugname")["name"].drop_nulls().to_list()
    own = tables.confirmed.of("medication")
    found = [(name, ingredient) for name in names if (ingredient := antibiotic(name)) is not None]
    meant = {name for name, _ in found}
    found += [
        (n, own[n].ingredient) for n in names if n in own and n not in meant and own[n].concept in _ORDERED
    ]
    return pl.DataFrame(found, schema={"drugname": pl.String, "ingredient": pl.String}, orient="row")


def antibiotic(name: str) -> str | None:
    """The ingredient of an antibiotic; None for other drugs, for a consultation or a level, which are no dose, and for what is held.

    >>> antibiotic("VANCOMYCIN HCL 1 GM VIAL"), antibiotic("VANCOMYCIN CONSULT TO PHARMACY")
    ('vancomycin', None)
    """
    said = None if _NO_DOSE.search(name) or why_not_given(name) else find_medicine(name)
    return said.ingredient if said and said.concept == "antibiotic" else None

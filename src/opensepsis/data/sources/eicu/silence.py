"""What the hospital of a stay never sent: there nothing is known of it, and its absence tells nothing."""

import polars as pl

from opensepsis.data.sources.eicu.clock import PATIENT, STAY, unit_stays
from opensepsis.data.sources.eicu.cultures import counted_sites
from opensepsis.data.sources.eicu.orders import named_antibiotics
from opensepsis.data.sources.eicu.treatments import meanings
from opensepsis.data.sources.relational.tables import Tables

_NEVER = ("antibiotic",)  # eICU records no dose as given


def not_sent(tables: Tables) -> pl.DataFrame:
    """stay, concept for unit stays and stays in hospital: cultures of hospitals that sent none of any stay, and antibiotics likewise."""
    stays = unit_stays(tables).select(STAY, PATIENT, "hospitalid")
    without_cultures = _silent(stays, _with_cultures(tables))
    silent = {
        "culture": without_cultures,
        "organism": without_cultures,
        "antibiotic_order": _silent(stays, _with_orders(tables)),
        **dict.fromkeys(_NEVER, stays),
    }
    parts = [
        rows.select(stay=pl.col(column).cast(pl.String), concept=pl.lit(concept))
        for concept, rows in silent.items()
        for column in (STAY, PATIENT)
    ]
    return pl.concat(parts).unique(maintain_order=True)


def _silent(stays: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """The stays of hospitals none of whose stays is among those that are there."""
    sending = stays.join(there, on=STAY, how="semi")["hospitalid"].unique()
    return stays.filter(~pl.col("hospitalid").is_in(sending.implode()))


def _with_cultures(tables: Tables) -> pl.DataFrame:
    if not tables.has("microlab"):
        return pl.DataFrame(schema={STAY: pl.Int64})
    rows = tables.get("microlab", STAY, "culturesite")
    sites = counted_sites(tables.names("microlab", "culturesite")["name"])
    return tables.fetch(rows.filter(rows.culturesite.isin(sites)).select(STAY).distinct(), "microlab")


def _with_orders(tables: Tables) -> pl.DataFrame:
    """Stays with any order of an antibiotic, or any noted."""
    parts = [pl.DataFrame(schema={STAY: pl.Int64})]
    if tables.has("medication"):
        rows = tables.get("medication", STAY, "drugname")
        named = named_antibiotics(tables)["drugname"].to_list()
        parts.append(
            tables.fetch(rows.filter(rows.drugname.isin(named)).select(STAY).distinct(), "medication")
        )
    if tables.has("treatment"):
        rows = tables.get("treatment", STAY, "treatmentstring")
        noted = meanings(tables).filter(pl.col("concept") == "antibiotic_order")["treatmentstring"].to_list()
        parts.append(
            tables.fetch(rows.filter(rows.treatmentstring.isin(noted)).select(STAY).distinct(), "treatment")
        )
    return pl.concat(parts).unique()

"""What a CDM has of nobody: doses, orders or cultures that its hospital did not send."""

import polars as pl

from opensepsis.data.sources.omop.drugs import GIVEN, HOME
from opensepsis.data.sources.omop.maps import read_map
from opensepsis.data.sources.omop.meanings import meanings
from opensepsis.data.sources.omop.medicines import TABLE, drug_meanings
from opensepsis.data.sources.omop.stays import read_stays
from opensepsis.data.sources.omop.used import CODES, used_codes
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.data.sources.silence import silent_for_all


def not_sent(tables: Tables) -> pl.DataFrame:
    """stay, concept for every stay: antibiotics where none is recorded as given, or as ordered; cultures where there are none."""
    given, ordered = _antibiotics(tables)
    silent = {
        "antibiotic": not given,
        "antibiotic_order": not ordered,
        **dict.fromkeys(("culture", "organism"), not _has_cultures(tables)),
    }
    return silent_for_all(read_stays(tables)["stay"], [concept for concept, none in silent.items() if none])


def _antibiotics(tables: Tables) -> tuple[bool, bool]:
    """Whether any antibiotic was given, and whether any was ordered."""
    if not tables.has(TABLE):
        return False, False
    listed = drug_meanings(tables).filter(pl.col("concept") == "antibiotic")
    means = read_map("drug_types").select(type_id="concept_id", means="means")
    used = used_codes(tables, TABLE).join(listed, on=CODES, how="semi").join(means, on="type_id", how="left")
    said = set(used["means"].to_list())
    return GIVEN in said, bool(said - {GIVEN, HOME})


def _has_cultures(tables: Tables) -> bool:
    return (meanings(tables, "measurement")["concept"] == "culture").any()

"""What a hospital never sent, by the tables that are absent: of it nothing is known, and its absence tells nothing."""

import polars as pl

from opensepsis.data.sources.clif.cultures import CULTURE, NONCULTURE
from opensepsis.data.sources.clif.doses import TABLE as DOSES
from opensepsis.data.sources.clif.hospital import Hospital
from opensepsis.data.sources.clif.stays import known_stays
from opensepsis.data.sources.silence import silent_for_all

_ALWAYS = ("antibiotic_order",)  # orders are not read
_TOLD_BY = {"antibiotic": (DOSES,), "culture": (CULTURE,), "organism": (CULTURE, NONCULTURE)}


def not_sent(hospital: Hospital) -> pl.DataFrame:
    """stay, concept for every stay: cultures, organisms and antibiotics given where no table tells them, orders always."""
    has = hospital.tables.has
    silent = [*_ALWAYS, *(concept for concept, tables in _TOLD_BY.items() if not any(map(has, tables)))]
    return silent_for_all(known_stays(hospital)["stay"], silent)

"""Of which concept a row of MIMIC-III would have been that holds a cell which cannot be read."""

from collections.abc import Mapping
from functools import cache

import polars as pl

from opensepsis.data.sources.mimic_iv import rejected
from opensepsis.data.sources.mimic_iv.maps import of_both_systems, read_map

_ITEMS = ("chartevents", "outputevents", "procedureevents")


def concept_of(table: str, cells: Mapping[str, str]) -> str | None:
    """The concept of a rejected row; empty where that cannot be told, None where nothing is read from such a row.

    >>> concept_of("chartevents", {"itemid": "211"}), concept_of("inputevents_cv", {"itemid": "30120"})
    ('heart_rate', 'norepinephrine')
    >>> concept_of("chartevents", {"itemid": "1"}), concept_of("labevents", {"itemid": "50912"})
    (None, 'creatinine')
    """
    code = cells.get("itemid") or ""
    if code.isdigit() and table in (*_ITEMS, "inputevents_cv"):
        return _items(table).get(int(code))
    return rejected.concept_of(table, cells)


@cache
def _items(table: str) -> dict[int, str]:
    carevue = table == "inputevents_cv"
    listed = (
        read_map("infusions", "mimic_iii")
        if carevue
        else of_both_systems("items").filter(pl.col("table") == table)
    )
    return {
        code: str(concept) for code, concept in listed.select("itemid", "concept").drop_nulls().iter_rows()
    }

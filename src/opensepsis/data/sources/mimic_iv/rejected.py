"""Of which concept a row of MIMIC-IV would have been that holds a cell which cannot be read."""

from collections.abc import Mapping
from functools import cache

from opensepsis.data.sources.mimic_iv.drugs import GIVEN, meanings
from opensepsis.data.sources.mimic_iv.maps import read_map

_OF_TABLE = {"microbiologyevents": "culture", "diagnoses_icd": "diagnosis", "procedures_icd": "procedure"}
_ITEMS = ("chartevents", "inputevents", "outputevents", "procedureevents", "labevents")


def concept_of(table: str, cells: Mapping[str, str]) -> str | None:
    """The concept of a rejected row; empty where that cannot be told, None where nothing is read from such a row.

    >>> concept_of("labevents", {"itemid": "50912"}), concept_of("labevents", {"itemid": "1"})
    ('creatinine', None)
    >>> concept_of("labevents", {"itemid": "garbage"})
    ''
    """
    if table in _ITEMS:
        code = cells.get("itemid") or ""
        return _items(table).get(int(code)) if code.isdigit() else ""
    if table == "prescriptions":
        return "antibiotic_order" if _named(cells.get("drug"), frozenset({"antibiotic"})) else None
    if table == "emar":
        return _named(cells.get("medication"), GIVEN)
    return _OF_TABLE.get(table, "")


@cache
def _items(table: str) -> dict[int, str]:
    if table == "labevents":
        listed = read_map("labs").select("itemid", "concept")
    else:
        listed = read_map("items").filter(table=table).select("itemid", "concept")
    found = {code: str(concept) for code, concept in listed.drop_nulls().iter_rows()}
    fluids = read_map("fluids")["itemid"] if table == "inputevents" else ()
    return found | dict.fromkeys(fluids, "crystalloid")


def _named(name: str | None, concepts: frozenset[str]) -> str | None:
    found = meanings([name or ""], concepts)
    return found["concept"][0] if found.height else None

"""Of which concept a row of CLIF would have been that holds a cell which cannot be read."""

from collections.abc import Mapping
from functools import cache

import polars as pl

from opensepsis.data.intake.medicines import find_medicine
from opensepsis.data.sources.clif.words import folded, read_map

_BY_CATEGORY = {
    "vitals": "vital_category",
    "labs": "lab_category",
    "patient_assessments": "assessment_category",
}
_DRUGS = ("medication_admin_continuous", "medication_admin_intermittent")
_OF_TABLE = {
    "microbiology_culture": "culture", "microbiology_nonculture": "organism", "hospital_diagnosis": "diagnosis",
    "patient_procedures": "procedure", "code_status": "comfort_care", "crrt_therapy": "dialysis",
    "renal_replacement_therapy": "dialysis", "intermittent_dialysis": "dialysis",
}  # fmt: skip


def concept_of(table: str, cells: Mapping[str, str]) -> str | None:
    """The concept of a rejected row; empty where that cannot be told, None where nothing is read from such a row.

    >>> [concept_of("vitals", {"vital_category": name}) for name in ("Heart Rate", "intracranial_pressure")]
    ['heart_rate', None]
    >>> concept_of("medication_admin_continuous", {"med_category": "norepinephrine"}), concept_of("respiratory_support", {})
    ('norepinephrine', '')
    """
    if table in _BY_CATEGORY:
        return _numbers(table).get(folded(cells.get(_BY_CATEGORY[table]) or ""))
    if table in _DRUGS:
        word = folded(cells.get("med_category") or "")
        found = find_medicine(word.replace("_", " "))
        return _infused().get(word) or (found.concept if found else None)
    return _OF_TABLE.get(table, "")


@cache
def _numbers(table: str) -> dict[str, str]:
    return dict(
        read_map("numbers").filter(pl.col("table") == table).select("category", "concept").iter_rows()
    )


@cache
def _infused() -> dict[str, str]:
    return dict(read_map("infusions").select("category", "concept").iter_rows())

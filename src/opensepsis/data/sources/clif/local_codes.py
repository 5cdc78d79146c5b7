"""The categories of CLIF's tables by volume: vital signs, laboratory, assessments and both medication tables."""

from collections.abc import Callable, Iterator

import ibis
import ibis.expr.types as ir

from opensepsis.data.intake.medicines import find_medicine
from opensepsis.data.site.local_code import DRUG, LocalCode
from opensepsis.data.sources.clif.doses import CONTINUOUS
from opensepsis.data.sources.clif.doses import TABLE as DOSES
from opensepsis.data.sources.clif.hospital import ADMISSION
from opensepsis.data.sources.clif.words import folded, read_map
from opensepsis.data.sources.relational.local_codes import as_text, local_codes
from opensepsis.data.sources.relational.tables import Tables

# category, number and unit of each table of measurements
_MEASURED = {
    "vitals": ("vital_category", "vital_value", ""),
    "labs": ("lab_category", "lab_value_numeric", "reference_unit"),
    "patient_assessments": ("assessment_category", "numerical_value", ""),
}


def codes_in_use(tables: Tables) -> Iterator[LocalCode]:
    """Every category of the tables that are there."""
    for table, (category, number, unit) in _MEASURED.items():
        if tables.has(table):
            rows = _with_patients(tables, table, category, number, *([unit] if unit else []))
            units = as_text(rows[unit]).strip().nullif(ibis.literal("")) if unit else ibis.null("string")
            said = rows.select(code=rows[category], unit=units, number=rows[number], patient=rows.patient_id)
            yield from local_codes(tables, table, said, mapped=_numbers(table), name=_spoken)
    for table in (CONTINUOUS, DOSES):
        if tables.has(table):
            rows = _with_patients(tables, table, "med_category")
            said = rows.select(
                code=rows.med_category,
                unit=ibis.null("string"),
                number=ibis.null("float64"),
                patient=rows.patient_id,
            )
            yield from local_codes(tables, table, said, kind=DRUG, mapped=_drug, name=_spoken)


def _with_patients(tables: Tables, table: str, *columns: str) -> ir.Table:
    """The columns of a table, with whose they are."""
    owners = tables.get("hospitalization", ADMISSION, "patient_id")
    return tables.get(table, ADMISSION, *columns).join(owners, ADMISSION)


def _numbers(table: str) -> Callable[[str], str]:
    listed = read_map("numbers").select("table", "category", "concept").iter_rows()
    own = {category: concept for place, category, concept in listed if place == table}
    return lambda code: own.get(folded(code), "")


def _drug(code: str) -> str:
    """The concept of a category of drugs by our lists; empty where none has it.

    >>> _drug("norepinephrine"), _drug("heparin")
    ('norepinephrine', '')
    """
    listed = dict(read_map("infusions").select("category", "concept").iter_rows())
    found = find_medicine(_spoken(code))
    return listed.get(folded(code)) or (found.concept if found else "")


def _spoken(code: str) -> str:
    return code.replace("_", " ")

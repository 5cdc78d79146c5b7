"""What was read, what no list maps, and what hospitals did not send."""

from collections.abc import Callable

import polars as pl

from opensepsis.data.sources.eicu.clock import STAY, unit_stays
from opensepsis.data.sources.eicu.infusions import infused
from opensepsis.data.sources.eicu.listed import lab_names, nurse_names, respiratory_labels
from opensepsis.data.sources.eicu.maps import read_map
from opensepsis.data.sources.eicu.orders import named_antibiotics
from opensepsis.data.sources.eicu.outputs import meanings as volumes
from opensepsis.data.sources.eicu.treatments import meanings as noted
from opensepsis.data.sources.relational.counting import count_codes
from opensepsis.data.sources.relational.tables import Tables

NOTES = (
    "times are minutes from the admission to a unit; a stay in hospital begins on 1 January of the year of its discharge, "
    "at its time of day",
    "each stay in hospital is a patient: those of one person cannot be put in order",
    "a death is placed at the discharge that the patient did not survive; eICU has no other time",
    "a laboratory value is of the time of drawing, known at the revised time if that is later; it is read as printed, "
    "in the unit that was sent",
    "charted rows are known when they were entered; values of monitors, infusions, treatments and diagnoses at their time",
    "the unit of an infusion stands in its name; mL/h need a concentration, and whole rates a weight: of the row, else charted last. "
    "Without them the infusion runs at a rate that is not known",
    "a rate holds to the next of its name, at most 4 h; a device or ventilator 14 h, oxygen 8 h; a noted treatment 1 h",
    "antibiotics are orders: eICU records no dose as given. Use sepsis3:orders",
    "the result of a culture is known at discharge from hospital, for the table has no time of it",
    "temperatures above 50 are Fahrenheit; where no device is charted (room air) the patient breathes 21 % oxygen",
    "intake and output by their paths; the columns of totals, worst values of APACHE, and free text are never read",
)
_BY_NAME = {
    "lab": "labname", "respiratorycharting": "respchartvaluelabel", "intakeoutput": "cellpath", "infusiondrug": "drugname",
    "medication": "drugname", "treatment": "treatmentstring", "microlab": "culturesite", "nursecharting": "nursingchartcelltypevallabel",
}  # fmt: skip
_KNOWN: dict[str, Callable[[Tables, pl.Series], pl.Series]] = {
    "lab": lambda tables, names: lab_names(tables)["labname"],
    "respiratorycharting": lambda tables, names: respiratory_labels(tables)["label"],
    "nursecharting": lambda tables, names: nurse_names(tables)["label"],
    "microlab": lambda tables, names: read_map("specimens")["site"],
    "intakeoutput": lambda tables, names: volumes(tables)["cellpath"],
    "treatment": lambda tables, names: noted(tables)["treatmentstring"],
    "medication": lambda tables, names: named_antibiotics(tables)["drugname"],
    "infusiondrug": lambda tables, names: names.filter([infused(tables, n) is not None for n in names]),
}


def count_tables(tables: Tables) -> dict:
    """Rows per table, how many are of mapped names, the names that no list maps, and how many hospitals sent each table."""
    rows, mapped, unmapped = {}, {}, {}
    read = sorted(frozenset(tables.read))
    for table in read:
        if table not in _BY_NAME:
            continue
        counted = tables.names(table, _BY_NAME[table]).rename({"name": "code"})
        known = _KNOWN[table](tables, counted["code"].drop_nulls())
        rows[table], mapped[table], unmapped[table] = count_codes(counted, known)
    absent = [table for table in tables.form.tables if not tables.has(table)]
    return {
        "read": rows,
        "rows_mapped": mapped,
        "unmapped": unmapped,
        "sent": {table: _sent(tables, table) for table in read if table != "patient"},
        "tables_not_there": absent,
    }


def _sent(tables: Tables, table: str) -> dict[str, int]:
    """In how many stays and hospitals the table has any row; of the others it tells nothing."""
    stays = unit_stays(tables).select(STAY, "hospitalid")
    there = tables.fetch(tables.get(table, STAY).distinct(), table)
    sending = stays.join(there, on=STAY, how="semi")
    return {
        "stays": sending.height, "of_stays": stays.height,
        "hospitals": sending["hospitalid"].n_unique(), "of_hospitals": stays["hospitalid"].n_unique(),
    }  # fmt: skip

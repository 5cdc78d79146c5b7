"""How MIMIC-III is read: by the readers of MIMIC-IV for what MetaVision charted, and by its own for CareVue."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.sources.mimic_iii.carevue import carevue_infusions
from opensepsis.data.sources.mimic_iii.rejected import concept_of
from opensepsis.data.sources.mimic_iii.stays import STAY_TABLES, read_births, rows_of
from opensepsis.data.sources.mimic_iv.charted import charted
from opensepsis.data.sources.mimic_iv.cultures import cultures
from opensepsis.data.sources.mimic_iv.diagnoses import diagnoses
from opensepsis.data.sources.mimic_iv.drugs import ordered
from opensepsis.data.sources.mimic_iv.infusions import infusions
from opensepsis.data.sources.mimic_iv.labs import labs
from opensepsis.data.sources.mimic_iv.maps import of_both_systems, read_map
from opensepsis.data.sources.mimic_iv.organisms import organisms
from opensepsis.data.sources.mimic_iv.procedures import procedures
from opensepsis.data.sources.mimic_iv.urine import urine
from opensepsis.data.sources.relational.counting import count_codes
from opensepsis.data.sources.relational.source import Reading
from opensepsis.data.sources.relational.tables import Tables

_BY_ITEM = {
    "chartevents": "d_items",
    "inputevents": "d_items",
    "inputevents_cv": "d_items",
    "outputevents": "d_items",
    "procedureevents": "d_items",
    "labevents": "d_labitems",
}
NOTES = (
    "times are the local clock without a zone, taken as UTC; every patient is moved by an interval of their own",
    "known is the stored time of what is charted; laboratory results have no such time and are known when taken, which is too early",
    "cultures and organisms have no time of result: at the latest they are known at discharge",
    "orders have a day only and count from 00:00; there is no record of what was given outside intensive care",
    "patients over 89 have a hidden date of birth: their age is taken as 91 years",
    "a rate of CareVue holds to the next charting, at most 4 h; one per patient is divided by the weight charted last",
    "a rate of MetaVision is known as entered (originalrate) from its storing on, and as delivered (rate) when it closes",
    "coded procedures have no day and are not read; rows marked as errors are left out",
    "a verbal coma score under a tube is left out; temperatures above 50 are Fahrenheit; FiO2 above 1 is in percent",
)


def orders(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Antibiotics ordered, from 00:00 of the day of the order."""
    if "antibiotic_order" in concepts:
        yield from tables.stream(ordered(tables), "prescriptions")


def count_tables(tables: Tables) -> dict:
    """Rows per table, and the codes that no list maps with their label and count, the most frequent first."""
    rows, unmapped = {}, {}
    for table in sorted(tables.read & set(_BY_ITEM)):
        found = tables.get(table, "itemid")
        counted = tables.fetch(found.group_by("itemid").aggregate(count=found.count()), table)
        labels = tables.fetch(tables.get(_BY_ITEM[table], "itemid", "label"), _BY_ITEM[table])
        counted = counted.join(labels, on="itemid", how="left").rename({"itemid": "code"})
        rows[table], _, unmapped[table] = count_codes(counted, _mapped(table))
    return {"read": rows, "unmapped": unmapped}


def _mapped(table: str) -> pl.Series:
    if table == "labevents":
        return read_map("labs")["itemid"]
    if table == "inputevents_cv":
        return read_map("infusions", "mimic_iii")["itemid"]
    listed = of_both_systems("items").filter(pl.col("table") == table)["itemid"]
    return pl.concat([listed, read_map("fluids")["itemid"]]) if table == "inputevents" else listed


MIMIC_III_READING = Reading(
    name="mimic-iii",
    patient="subject_id",
    stays=read_births,
    with_rows=rows_of,
    readers=(
        charted, procedures, labs, urine, infusions, carevue_infusions, orders, cultures, organisms, diagnoses,
    ),
    count=count_tables,
    notes=NOTES,
    concept_of=concept_of,
    only_in={"diagnosis": "diagnoses_icd"},
    shifted_dates=True,
    stay_tables=STAY_TABLES,
)  # fmt: skip

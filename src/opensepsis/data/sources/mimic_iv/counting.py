"""What was read and what no list maps, by code and volume."""

import polars as pl

from opensepsis.data.sources.mimic_iv.drugs import meanings
from opensepsis.data.sources.mimic_iv.maps import read_map
from opensepsis.data.sources.relational.counting import count_codes
from opensepsis.data.sources.relational.tables import Tables

_BY_ITEM = {
    "chartevents": "d_items",
    "inputevents": "d_items",
    "outputevents": "d_items",
    "procedureevents": "d_items",
    "labevents": "d_labitems",
}
_BY_NAME = {"emar": "medication", "prescriptions": "drug", "microbiologyevents": "spec_type_desc"}
NOTES = (
    "times are the local clock without a zone, taken as UTC",
    "known is the stored time; it equals time where a table stores none: procedureevents, prescriptions, and rows without it",
    "a rate is known as entered (originalrate) from its storing on, and as delivered (rate) when it closes",
    "a result given only as a limit in its comment (such as <0.2) has that limit as its value",
    "a verbal coma score under a tube is left out; temperatures above 50 are Fahrenheit; FiO2 above 1 is in percent",
    "a charted ventilator mode or device holds to the next, at most 14 h; an oxygen device at most 8 h; a flow at most 4 h",
    "where no device is charted (None) the patient breathes 21 % oxygen",
    "irrigation is netted with its outflow at the same minute, not below 0",
    "sedatives are hypnotics running at a rate; opioids and single pushes are left out",
    "crystalloids count at the end of each bag or rate; only those charted in intensive care: fluids of a ward stand in emar without the "
    "name of a drug, by product, and are not read",
    "cultures with a date only count from 00:00 of that day; screens, viral tests and serology are no cultures",
    "antibiotics are antibacterial drugs by a systemic route or by a route that is not stated",
    "diagnoses and coded procedures are known at discharge; a coded procedure counts from 00:00 of its day",
    "a code or a tick for long-term dialysis holds for the whole admission, or from the tick to the end of the stay",
    "both pupils are fixed when both are charted so at one minute",
)


def count_tables(tables: Tables) -> dict:
    """Rows per table, and the codes that no list maps with their label and count, the most frequent first."""
    rows: dict[str, int] = {}
    unmapped: dict[str, list[dict]] = {}
    read = frozenset(tables.read)
    for table in sorted(read & set(_BY_ITEM)):
        rows[table], _, unmapped[table] = count_codes(_items(tables, table), _mapped(table))
    for table in sorted(read & set(_BY_NAME)):
        counted = tables.names(table, _BY_NAME[table]).rename({"name": "code"})
        rows[table], _, unmapped[table] = count_codes(counted, _known_names(table, counted))
    nameless = {"emar": _nameless(tables)} if "emar" in read else {}
    return {"read": rows, "unmapped": unmapped, "not_read": nameless}


def _nameless(tables: Tables) -> int:
    """Rows of emar without the name of a drug: fluids, told by their product and rate alone."""
    named = tables.names("emar", _BY_NAME["emar"])
    return int(named.filter(pl.col("name").fill_null("").str.strip_chars() == "")["count"].sum())


def _items(tables: Tables, table: str) -> pl.DataFrame:
    rows = tables.get(table, "itemid")
    counted = tables.fetch(rows.group_by("itemid").aggregate(count=rows.count()), table)
    labels = tables.fetch(tables.get(_BY_ITEM[table], "itemid", "label"), _BY_ITEM[table])
    return counted.join(labels, on="itemid", how="left").rename({"itemid": "code"})


def _mapped(table: str) -> pl.Series:
    if table == "labevents":
        return read_map("labs")["itemid"]
    listed = read_map("items").filter(pl.col("table") == table)["itemid"]
    return pl.concat([listed, read_map("fluids")["itemid"]]) if table == "inputevents" else listed


def _known_names(table: str, counted: pl.DataFrame) -> pl.Series:
    names = [name for name in counted["code"].to_list() if name]
    if table == "microbiologyevents":
        listed = set(read_map("specimens")["specimen"].str.to_lowercase())
        return pl.Series([name for name in names if name.strip().lower() in listed], dtype=pl.String)
    every = frozenset({"antibiotic", *read_map("drugs")["concept"]})
    return meanings(names, every)["name"]

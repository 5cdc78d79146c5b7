"""MIMIC-IV-ED: care in the emergency department before the ward, beside MIMIC-IV of the same patients."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import ibis
import polars as pl

from opensepsis.data.schema import ID, ROW, TABLE
from opensepsis.data.sources.mimic_iv.drugs import meanings
from opensepsis.data.sources.mimic_iv.maps import read_map
from opensepsis.data.sources.mimic_iv.source import MIMIC_IV_READING
from opensepsis.data.sources.relational.address import as_place
from opensepsis.data.sources.relational.counting import count_codes
from opensepsis.data.sources.relational.form import Form, Table, columns, tables
from opensepsis.data.sources.relational.opening import open_tables
from opensepsis.data.sources.relational.source import Reading
from opensepsis.data.sources.relational.stay_rows import with_rows
from opensepsis.data.sources.relational.tables import Tables

_VITALS = columns(
    whole="subject_id stay_id", time="charttime", number="temperature heartrate resprate o2sat sbp dbp"
)
MIMIC_IV_ED = Form(
    title="MIMIC-IV-ED",
    layout="opensepsis reads the official MIMIC-IV-ED layout, version 1.0 or newer.",
    repair="Compare it with the checksums of the official release (SHA256SUMS.txt) and copy it again.",
    absent="Give the folder of the official release of MIMIC-IV-ED, the one that holds ed/.",
    schemas=("mimiciv_{}", "mimic_{}", "{}"),
    tables=tables(
        Table("edstays", columns(whole="subject_id hadm_id stay_id", time="intime outtime"), "ed"),
        Table("triage", _VITALS, "ed"),
        Table("vitalsign", _VITALS, "ed"),
        Table("pyxis", columns(whole="subject_id stay_id med_rn gsn_rn", time="charttime"), "ed"),
    ),
)
NOTES = (
    "vital signs of triage have no time of their own and count at arrival; temperatures above 50 are Fahrenheit",
    "a drug taken from the cabinet (pyxis) is not one that was given: antibiotics count as ordered; home medication is not read",
    "stays in the emergency department are named ed- and their stay_id, which may be that of a stay in intensive care",
)
# as for charted temperatures: no living body is hotter in Celsius nor colder in Fahrenheit
_HOTTEST_CELSIUS = 50


def reading_with(place) -> Reading:
    """How MIMIC-IV is read together with the MIMIC-IV-ED at `place`."""
    ed = open_tables(MIMIC_IV_ED, _folder(place))

    def stays(own: Tables) -> pl.DataFrame:
        theirs = MIMIC_IV_READING.stays(own)
        return pl.concat([theirs, _stays(ed, own, theirs).select(theirs.columns)], how="vertical_relaxed")

    def rows(own: Tables, aside: pl.DataFrame) -> pl.DataFrame:
        emergency = pl.col("kind") == "emergency"
        # the file has no prefix
        here = aside.filter(emergency).with_columns(pl.col("stay").str.strip_prefix("ed-"))
        found = with_rows(ed, here, {"emergency": ("edstays", "stay_id")})
        found = found.with_columns(stay=pl.lit("ed-") + pl.col("stay"))
        there = MIMIC_IV_READING.with_rows(own, aside.filter(~emergency))
        placed = pl.concat([there, found.select(there.columns)], how="vertical_relaxed")
        return (
            aside.drop(TABLE, ID, ROW)
            .join(placed.select("stay", TABLE, ID, ROW), on="stay", how="left")
            .select(aside.columns)
        )

    def count(own: Tables) -> dict:
        counted = MIMIC_IV_READING.count(own)
        here = _count(ed)
        return {name: {**counted[name], **here.get(name, {})} for name in counted}

    return replace(
        MIMIC_IV_READING,
        stays=stays,
        with_rows=rows,
        readers=(
            *MIMIC_IV_READING.readers,
            lambda _, asked: _vitals(ed, asked),
            lambda _, asked: _dispensed(ed, asked),
        ),
        count=count,
        notes=(*MIMIC_IV_READING.notes, *NOTES),
    )


def _folder(place):
    """The folder that holds `ed/`, also where that one itself was given."""
    place = as_place(place)
    if isinstance(place, Path) and place.is_dir() and place.name.lower() == "ed":
        return place.parent
    return place


def _stays(ed: Tables, own: Tables, theirs: pl.DataFrame) -> pl.DataFrame:
    """Every stay in the emergency department, with age, sex and death of the patient."""
    found = ed.fetch(
        ed.get("edstays", "subject_id", "hadm_id", "stay_id", "intime", "outtime", "gender", "disposition"),
        "edstays",
    )
    people = own.fetch(own.get("patients", "subject_id", "anchor_age", "anchor_year", "dod"), "patients")
    admissions = theirs.filter(pl.col("kind") == "hospital").select(
        hadm_id=pl.col("stay").cast(pl.Int64), death="died"
    )
    joined = found.join(people, on="subject_id", how="left", maintain_order="left")
    joined = joined.join(admissions, on="hadm_id", how="left", maintain_order="left")
    died_here = pl.when(pl.col("disposition").str.strip_chars().str.to_uppercase() == "EXPIRED").then(
        "outtime"
    )
    admitted = pl.col("disposition").str.strip_chars().str.to_uppercase() == "ADMITTED"
    return joined.select(
        patient=pl.col("subject_id").cast(pl.String), stay=pl.format("ed-{}", "stay_id"), kind=pl.lit("emergency"),
        admitted="intime", discharged="outtime", sex="gender", died=pl.coalesce(died_here, "death", "dod"),
        age=(pl.col("intime").dt.year() - (pl.col("anchor_year") - pl.col("anchor_age"))).cast(pl.Float64),
        discharged_to=pl.when(admitted).then(pl.lit("WARD")).otherwise("disposition"),
    )  # fmt: skip


def _vitals(ed: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Vital signs of triage, at arrival, and those charted later."""
    listed = read_map("ed_vitals").filter(pl.col("concept").is_in(concepts))
    if listed.is_empty():
        return
    names = listed["column"].to_list()
    arrivals = ed.get("edstays", "stay_id", "intime")
    triage = ed.get("triage", "subject_id", "stay_id", *names).join(arrivals, "stay_id")
    later = ed.get("vitalsign", "subject_id", "stay_id", "charttime", *names)
    for table, rows, time in (("triage", triage, "intime"), ("vitalsign", later, "charttime")):
        for batch in ed.stream(rows.select("subject_id", *names, time=time), table):
            for column, concept in listed.iter_rows():
                value = pl.col(column)
                if concept == "temperature":
                    value = pl.when(value > _HOTTEST_CELSIUS).then((value - 32) / 1.8).otherwise(value)
                yield batch.filter(pl.col(column).is_not_null()).select(
                    "subject_id",
                    "time",
                    value=value,
                    concept=pl.lit(concept),
                    origin=pl.lit(f"ed/{table}/{column}/"),
                )


def _dispensed(ed: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Antibiotics taken from the cabinet, once each: a row stands there for every code of the drug."""
    if "antibiotic_order" not in concepts:
        return
    names = ed.names("pyxis", "name")["name"].to_list()
    meant = meanings(names, frozenset({"antibiotic"})).select("name", "ingredient")
    rows = ed.get("pyxis", "subject_id", "stay_id", "charttime", "med_rn", "name").join(
        ed.lookup(meant), "name"
    )
    taken = rows.select(
        "subject_id", time="charttime", concept=ibis.literal("antibiotic_order"), text=rows.ingredient + "|",
        origin=ibis.literal("ed/pyxis/") + rows.stay_id.cast("string") + "/" + rows.med_rn.cast("string"),
    )  # fmt: skip
    yield from ed.stream(taken.distinct(), "pyxis")


def _count(ed: Tables) -> dict:
    """Rows per table, and the drugs of the cabinet that no list maps."""
    rows, unmapped = {}, {}
    for table in sorted(ed.read):
        if table == "pyxis":
            counted = ed.names("pyxis", "name").rename({"name": "code"})
            known = meanings([name for name in counted["code"] if name], frozenset({"antibiotic"}))["name"]
            rows["ed/pyxis"], _, unmapped["ed/pyxis"] = count_codes(counted, known)
        else:
            stays = ed.get(table, "stay_id")
            rows[f"ed/{table}"] = int(ed.fetch(stays.count().as_table(), table)[:, 0].item())
    return {"read": rows, "unmapped": unmapped}

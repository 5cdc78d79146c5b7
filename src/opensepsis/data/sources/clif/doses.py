"""Doses, from medication_admin_intermittent and the starts of medication_admin_continuous."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.medicines import find_medicine, local_form, taken_by_mouth
from opensepsis.data.sources.clif.actions import ACTIONS, says
from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital
from opensepsis.data.sources.clif.infusions import no_fluid
from opensepsis.data.sources.clif.names import misnamed_drug
from opensepsis.data.sources.clif.words import RAW, read_map, spellings
from opensepsis.data.sources.relational.expressions import coalesce
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

TABLE = "medication_admin_intermittent"
CONTINUOUS = "medication_admin_continuous"
_BEGUN = ("start",)
_COLUMNS = (
    ADMISSION,
    "med_category",
    "admin_dttm",
    "med_order_id",
    "med_name",
    "med_dose",
    "med_dose_unit",
    "med_route_category",
)


def doses(hospital: Hospital, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Doses given and drips begun, text `ingredient|route`; boluses of crystalloid in mL, unless the hospital charts its inputs."""
    asked = frozenset(name for name in concepts if CONCEPTS[name].kind is Kind.EVENT)
    fluids = frozenset({"crystalloid"} & concepts) if not hospital.tables.has("input") else frozenset()
    yield from _given(hospital, TABLE, asked | fluids)
    yield from _given(hospital, CONTINUOUS, asked)


def _given(hospital: Hospital, table: str, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    tables = hospital.tables
    if not tables.has(table):
        return
    meant = medicines_of(hospital, table, concepts)
    if meant.is_empty():
        return
    rows = tables.get(table, *_COLUMNS, *ACTIONS)
    given = ~says(hospital, table, rows, "not given", "stops") & (coalesce(rows.med_dose, 1.0) != 0)
    if table == CONTINUOUS:
        given = given & rows.mar_action_category.lower().strip().isin(_BEGUN)
    kept = rows.filter(rows.med_category.isin(meant["med_category"].to_list()) & given)
    for batch in tables.stream(kept.drop(*ACTIONS), table):
        named = hospital.whose(batch).join(meant, on="med_category", maintain_order="left")
        yield _events(named.filter(pl.col("concept") != "crystalloid"), table)
        yield _boluses(named.filter(pl.col("concept") == "crystalloid"))


def medicines_of(hospital: Hospital, table: str, concepts: frozenset[str]) -> pl.DataFrame:
    """med_category as the table writes it, with the concept and ingredient it stands for."""
    listed = dict(
        read_map("infusions")
        .filter(pl.col("concept") == "crystalloid")
        .select("category", "text")
        .iter_rows()
    )
    found = []
    for raw, word in spellings(hospital.tables, table, "med_category").select(RAW, "word").iter_rows():
        if word in listed:
            found.append((raw, "crystalloid", listed[word]))
        elif medicine := find_medicine(word.replace("_", " ")):
            found.append((raw, medicine.concept, medicine.ingredient or word.replace("_", " ")))
        elif own := hospital.tables.confirmed.get(table, raw):
            found.append((raw, own.concept, own.ingredient))
    schema = {"med_category": pl.String, "concept": pl.String, "ingredient": pl.String}
    return pl.DataFrame(found, schema, orient="row").filter(pl.col("concept").is_in(sorted(concepts)))


def _events(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    route = _routes(rows)
    routed = pl.col("concept").is_in([c.name for c in CONCEPTS.values() if c.routed])
    return rows.select(
        "patient", "concept", time="admin_dttm",
        text=pl.when(routed).then(pl.format("{}|{}", "ingredient", route)).otherwise("ingredient"),
        origin=pl.format(table + "/{}/{}", "ingredient", pl.col("med_order_id").fill_null("")),
        reason=misnamed_drug(rows),
    )  # fmt: skip


def _routes(rows: pl.DataFrame) -> pl.Series:
    """The route of each dose: that of a local form in its name, else its category, else that of a form taken by mouth."""
    asked = rows.select("med_name", "med_route_category").unique()
    table = [
        (name, category, local_form(name or "") or (category or "").strip() or taken_by_mouth(name or ""))
        for name, category in asked.iter_rows()
    ]
    found = pl.DataFrame(table, schema=dict.fromkeys((*asked.columns, "route"), pl.String), orient="row")
    return rows.join(found, on=asked.columns, how="left", nulls_equal=True, maintain_order="left")["route"]


def _boluses(rows: pl.DataFrame) -> pl.DataFrame:
    unit = pl.col("med_dose_unit").str.strip_chars().str.to_lowercase()
    told = rows.filter(unit == "ml", pl.col("med_dose").is_not_null())
    return told.select(
        "patient", "concept", time="admin_dttm", value="med_dose", text="ingredient",
        origin=pl.format(TABLE + "/{}/{}", "ingredient", pl.col("med_order_id").fill_null("")),
        reason=no_fluid(told),
    )  # fmt: skip

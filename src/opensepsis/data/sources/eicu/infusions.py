"""Infusions: the drug, the unit and at times the concentration stand in one name, and a rate holds to the next.

A rate per kilogram of what is given for the whole patient needs a weight: that of the row, else the one charted last. Where the
unit, the concentration or the weight is not told, the infusion runs at a rate that is not known; no rate is ever guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import polars as pl

from opensepsis.data.intake.medicines import find_medicine
from opensepsis.data.intake.units import find_conversion
from opensepsis.data.sources.eicu.clock import PATIENT, STAY, timed
from opensepsis.data.sources.eicu.holding import INFUSION_HOLDS, held
from opensepsis.data.sources.eicu.weights import charted_weights
from opensepsis.data.sources.pump_rates import by_weight
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.vitals import WEIGHT
from opensepsis.rules import Kind

_COLUMNS = (
    STAY, "infusiondrugid", "infusionoffset", "drugname", "drugrate", "infusionrate", "drugamount", "volumeoffluid", "patientweight",
)  # fmt: skip
_UNIT = re.compile(r"\(([^()]*)\)\s*$")
_STRENGTH = re.compile(r"([\d.,]+)\s*(mcg|mg|g|units?)\b.*?([\d.,]+)\s*ml\b", re.I)
_VOLUME = frozenset({"ml/hr", "ml/h", "ml/hour"})
_STOPPED = ("off", "stopped", "held", "dc'd")
_INFUSED = frozenset(n for n, c in CONCEPTS.items() if c.kind is Kind.INTERVAL)
_UNITS = frozenset({"vasopressin"})  # given in units, not by mass
NO_UNIT, NO_STRENGTH, NO_WEIGHT = "no unit in the name", "no concentration", "no weight charted before"


@dataclass(frozen=True)
class Named:
    """What a name says: the concept, the unit of its rate, and how much of the drug is in a millilitre, in mg or units."""

    concept: str
    unit: str
    per_ml: float | None = None


@cache
def read_name(name: str) -> Named | None:
    """What the name of an infusion says; None for drugs that no concept is.

    >>> read_name("Norepinephrine (mcg/min)")
    Named(concept='norepinephrine', unit='mcg/min', per_ml=None)
    >>> read_name("Vasopressin 40 Units Sodium Chloride 0.9% 100 ml (ml/hr)").per_ml
    0.4
    >>> read_name("Norepinephrine ()").unit, read_name("Heparin (ml/hr)")
    ('', None)
    """
    said = _UNIT.search(name)
    unit = said.group(1).strip().lower() if said else ""
    drug = _UNIT.sub("", _UNIT.sub("", name))
    found = find_medicine(re.sub(r"^volume\s*\(?ml\)?\s*-?", "", drug.strip(), flags=re.I))
    if found is None or found.concept not in _INFUSED:
        found = _lorazepam(drug)
        if found is None:
            return None
    strength = _STRENGTH.search(drug)
    return Named(found if isinstance(found, str) else found.concept, unit, _per_ml(strength))


def infused(tables: Tables, name: str) -> Named | None:
    """What the name of an infusion says, else what the site confirmed of it, in the unit of its name."""
    found = read_name(name)
    if found is None and (own := tables.confirmed.get("infusiondrug", name)) and own.concept in _INFUSED:
        said = _UNIT.search(name)
        strength = _STRENGTH.search(_UNIT.sub("", name))
        return Named(own.concept, (said.group(1) if said else own.unit).strip().lower(), _per_ml(strength))
    return found


def _lorazepam(drug: str) -> str | None:
    """Lorazepam by mouth is no sedative infusion, but a name of this table is."""
    return "sedative" if re.match(r"(?i)\s*(?:lorazepam|ativan)\b", drug) else None


def _per_ml(strength: re.Match | None) -> float | None:
    if strength is None:
        return None
    amount, unit, volume = strength.groups()
    number, millilitres = float(amount.replace(",", "")), float(volume.replace(",", ""))
    factor = {"mcg": 0.001, "g": 1000.0}.get(unit.lower(), 1.0)
    return number * factor / millilitres if millilitres else None


def infusions(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """The asked infusions, each charting to the next of the same name, at most four hours."""
    if not concepts & _INFUSED or not tables.has("infusiondrug"):
        return
    names = tables.names("infusiondrug", "drugname")["name"].drop_nulls().to_list()
    meant = [(name, said) for name in names if (said := infused(tables, name)) and said.concept in concepts]
    if not meant:
        return
    listed = pl.DataFrame(
        [(name, said.concept, said.unit, said.per_ml) for name, said in meant],
        schema={"drugname": pl.String, "concept": pl.String, "unit": pl.String, "per_ml": pl.Float64}, orient="row",
    )  # fmt: skip
    parts = [
        timed(tables, rows, time="infusionoffset").join(listed, on="drugname")
        for rows in tables.of_codes("infusiondrug", "drugname", listed["drugname"], *_COLUMNS)
    ]
    if parts:
        yield _running(rated(pl.concat(parts), charted_weights(tables)))


def _running(rows: pl.DataFrame) -> pl.DataFrame:
    spans = held(rows, INFUSION_HOLDS, "drugname").filter(pl.col("number") > 0)
    return spans.select(
        PATIENT, "concept", "time", "end",
        value=pl.when(pl.col("concept") != "sedative").then("value"),
        text=pl.when(pl.col("concept") == "other_vasoactive").then("drugname"),
        origin=pl.format("infusion/{}", "concept"),
    )  # fmt: skip


def rated(rows: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """The rows with `number` (as charted, 0 where it stopped) and `value`, the rate in the concept's unit, or `unknown`: why not.

    Rows that chart neither a number nor a stop are left out.
    """
    number = {name: pl.col(name).str.strip_chars().cast(pl.Float64, strict=False) for name in
              ("drugrate", "drugamount", "volumeoffluid", "patientweight")}  # fmt: skip
    stopped = pl.col("drugrate").str.strip_chars().str.to_lowercase().is_in(_STOPPED)
    rows = rows.with_columns(
        number=pl.when(stopped).then(0.0).otherwise(number["drugrate"]),
        per_ml=pl.coalesce(
            pl.when(number["drugamount"] > 0, number["volumeoffluid"] > 0).then(
                number["drugamount"] / number["volumeoffluid"]
            ),
            "per_ml",
        ),
        own=pl.when(number["patientweight"].is_between(*WEIGHT.limits)).then(number["patientweight"]),
    ).filter(pl.col("number").is_not_null())
    by_volume = pl.col("unit").is_in(_VOLUME)
    per_hour = pl.when(pl.col("concept").is_in(_UNITS)).then(pl.lit("units/hr")).otherwise(pl.lit("mg/hr"))
    rows = rows.with_columns(
        rate=pl.when(by_volume).then(pl.col("number") * pl.col("per_ml")).otherwise("number"),
        meant=pl.when(by_volume).then(per_hour).otherwise("unit"),
        by_volume=by_volume,
    )
    rows = rows.join(_conversions(rows), on=["concept", "meant"], how="left", maintain_order="left")
    weighed = rows.sort("time").join_asof(
        weights.sort("time"), on="time", by=STAY, strategy="backward", check_sortedness=False
    )
    weight = pl.coalesce("own", "weight")
    base = pl.col("rate") * pl.col("multiply") / pl.col("divide")
    value = (
        pl.when(pl.col("needs") == "divide").then(base / weight)
        .when(pl.col("needs") == "multiply").then(base * weight)
        .otherwise(base)
    )  # fmt: skip
    unknown = (
        pl.when(pl.col("by_volume") & pl.col("per_ml").is_null()).then(pl.lit(NO_STRENGTH))
        .when(pl.col("multiply").is_null()).then(pl.lit(NO_UNIT))
        .when((pl.col("needs") != "") & weight.is_null()).then(pl.lit(NO_WEIGHT))
    )  # fmt: skip
    return weighed.with_columns(value=value.round(9), unknown=unknown)


def _conversions(rows: pl.DataFrame) -> pl.DataFrame:
    """How each unit of each concept becomes the concept's own: by factors, and perhaps by the weight."""
    found = []
    for concept, unit in rows.select("concept", "meant").unique().drop_nulls().iter_rows():
        if not CONCEPTS[concept].unit:
            continue
        plain, weighed = find_conversion(concept, unit), by_weight(concept, unit)
        if unit and plain is not None:
            found.append((concept, unit, plain.multiply, plain.divide, ""))
        elif unit and weighed is not None:
            needs = "divide" if weighed[1] else "multiply"
            found.append((concept, unit, weighed[0].multiply, weighed[0].divide, needs))
    schema = {
        "concept": pl.String,
        "meant": pl.String,
        "multiply": pl.Float64,
        "divide": pl.Float64,
        "needs": pl.String,
    }
    return pl.DataFrame(found, schema=schema, orient="row")

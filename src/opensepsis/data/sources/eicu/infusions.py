"""Infusions: the drug, the unit and at times the concentration stand in one name, and a rate holds to the next.

A rate per kilogram of what is given for the whole patient needs a weight: that of the row, else the one charted last. Where the
unit, the concentration or the weight is not told, the infusion runs at a rate that is not known; no rate is ever guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import polars as pl

from opensepsis.data.intake.medicines import find_medicine, form_of, has_local_anaesthetic
from opensepsis.data.intake.not_given import why_not_given
from opensepsis.data.intake.offs import stands_still
from opensepsis.data.intake.printed import is_missing, read_printed
from opensepsis.data.intake.units import find_conversion
from opensepsis.data.intake.value import NOT_A_NUMBER
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
_AMOUNT = re.compile(r"([\d.,]+)\s*(mcg|ug|µg|mg|gm|g|units?)\b(\s*/\s*ml\b)?", re.I)
_MILLILITRES = re.compile(r"([\d.,]+)\s*ml\b", re.I)
_IN_MILLIGRAMS = {"mcg": 0.001, "ug": 0.001, "µg": 0.001, "g": 1000.0, "gm": 1000.0}
_VOLUME = frozenset({"ml/hr", "ml/h", "ml/hour"})
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
    if why_not_given(drug) or has_local_anaesthetic(drug) or form_of(drug):
        return None
    found = find_medicine(re.sub(r"^volume\s*\(?ml\)?\s*-?", "", drug.strip(), flags=re.I))
    if found is None or found.concept not in _INFUSED:
        found = _lorazepam(drug)
        if found is None:
            return None
    return Named(found if isinstance(found, str) else found.concept, unit, _per_ml(drug))


def infused(tables: Tables, name: str) -> Named | None:
    """What the name of an infusion says, else what the site confirmed of it, in the unit of its name."""
    found = read_name(name)
    if found is None and (own := tables.confirmed.get("infusiondrug", name)) and own.concept in _INFUSED:
        said = _UNIT.search(name)
        unit = (said.group(1) if said else own.unit).strip().lower()
        return Named(own.concept, unit, _per_ml(_UNIT.sub("", name)))
    return found


def _lorazepam(drug: str) -> str | None:
    """Lorazepam by mouth is no sedative infusion, but a name of this table is."""
    return "sedative" if re.match(r"(?i)\s*(?:lorazepam|ativan)\b", drug) else None


def _per_ml(drug: str) -> float | None:
    """How much of the drug is in a millilitre, in mg or units; None where the name tells none, or may tell several.

    >>> _per_ml("Norepinephrine 4 mg Dextrose 5% 250 ml"), _per_ml("Norepinephrine 16 mcg/ml 250 ml")
    (0.016, 0.016)
    >>> _per_ml("Norepinephrine 4 mg/4 ml in 250 ml"), _per_ml("Norepinephrine")
    (None, None)
    """
    amounts = [(_milligrams(number, unit), bool(per_ml)) for number, unit, per_ml in _AMOUNT.findall(drug)]
    if len(amounts) != 1:
        return None
    amount, is_strength = amounts[0]
    if is_strength or amount is None:
        return amount
    volumes = [read_printed(said, ".") for said in _MILLILITRES.findall(drug)]
    if len(volumes) != 1 or volumes[0] is None or not volumes[0].number:
        return None
    return amount / volumes[0].number


def _milligrams(number: str, unit: str) -> float | None:
    read = read_printed(number, ".")
    return None if read is None else read.number * _IN_MILLIGRAMS.get(unit.lower(), 1.0)


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
        charted = read_rates(pl.concat(parts))
        yield _running(rated(charted.drop_nulls("number"), charted_weights(tables)))
        yield _unread(charted)


def _running(rows: pl.DataFrame) -> pl.DataFrame:
    # in one minute the row that runs holds, of two the faster: a stop and the next bag share it
    owner = (STAY, "drugname", "time")
    one = rows.sort(*owner, "number", descending=[False, False, False, True]).unique(
        owner, keep="first", maintain_order=True
    )
    spans = held(one, INFUSION_HOLDS, "drugname").filter(pl.col("number") > 0)
    return spans.select(
        PATIENT, "concept", "time", "end",
        value=pl.when(pl.col("concept") != "sedative").then("value"),
        text=pl.when(pl.col("concept") == "other_vasoactive").then("drugname"),
        origin=pl.format("infusion/{}", "concept"),
    )  # fmt: skip


def _unread(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows whose rate is neither a number nor a stop, with the reason."""
    return rows.filter(pl.col("number").is_null(), ~pl.col("empty")).select(
        PATIENT, "concept", "time", origin=pl.format("infusion/{}", "concept"), reason=pl.lit(NOT_A_NUMBER)
    )


def read_rates(rows: pl.DataFrame) -> pl.DataFrame:
    """`number`, the rate as charted and 0 where it stopped, null where it tells neither, and whether the cell is `empty`."""
    said = rows["drugrate"].drop_nulls().unique()
    table = [(text, _rate(text), is_missing(text)) for text in said]
    names = {"drugrate": pl.String, "number": pl.Float64, "empty": pl.Boolean}
    told = pl.DataFrame(table, schema=names, orient="row")
    found = rows.join(told, on="drugrate", how="left", maintain_order="left")
    return found.with_columns(pl.col("empty").fill_null(True))


def _rate(said: str) -> float | None:
    """A rate as a number, 0 for one that stands still; None for a limit, for less than nothing and for any other text.

    >>> _rate("0.05"), _rate("OFF"), _rate("on hold"), _rate(">0.2"), _rate("-1"), _rate("ERROR")
    (0.05, 0.0, 0.0, None, None, None)
    """
    if stands_still(said):
        return 0.0
    read = read_printed(said, ".")
    return None if read is None or read.limit or read.number < 0 else read.number


def rated(rows: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """The rows with `value`, their `number` in the concept's unit, or `unknown`: why not."""
    number = {name: pl.col(name).str.strip_chars().cast(pl.Float64, strict=False) for name in
              ("drugamount", "volumeoffluid", "patientweight")}  # fmt: skip
    rows = rows.with_columns(
        per_ml=pl.coalesce(
            pl.when(number["drugamount"] > 0, number["volumeoffluid"] > 0).then(
                number["drugamount"] / number["volumeoffluid"]
            ),
            "per_ml",
        ),
        own=pl.when(number["patientweight"].is_between(*WEIGHT.limits)).then(number["patientweight"]),
    )
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

"""Rates of pumps that are given for the whole patient, µg/min or mg/h, as rates per kilogram, by the weight charted last."""

from functools import cache

import polars as pl

from opensepsis.data.intake.printed import is_missing, read_printed
from opensepsis.data.intake.unit_spelling import fold
from opensepsis.data.intake.units import Conversion, find_conversion
from opensepsis.data.intake.value import AMBIGUOUS, NOT_A_NUMBER
from opensepsis.data.intake.value_columns import read_values
from opensepsis.data.schema import REASON
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.vitals import WEIGHT
from opensepsis.rules import Kind

NO_WEIGHT = "no weight charted before to convert the rate with"
_LIGHTEST, _HEAVIEST = WEIGHT.limits
_HIGHEST = {c.name: float(c.plausible[1]) for c in CONCEPTS.values() if c.plausible}


@cache
def by_weight(concept: str, unit: str) -> tuple[Conversion, bool] | None:
    """The conversion of a unit that needs a weight, and whether the rate is divided by it; None for all others.

    >>> by_weight("norepinephrine", "mg/h"), by_weight("vasopressin", "U/kg/h")[1], by_weight("norepinephrine", "mL/h")
    ((Conversion(multiply=1000, divide=60, subtract=0.0), True), False, None)
    """
    known = CONCEPTS.get(concept)
    if known is None or known.kind is not Kind.INTERVAL or find_conversion(concept, unit) is not None:
        return None
    amount, *per = fold(unit).split("/")
    if "/kg/" in known.unit and len(per) == 1:
        found = find_conversion(concept, f"{amount}/kg/{per[0]}")
        return (found, True) if found else None
    if "/kg/" not in known.unit and len(per) == 2 and per[0] == "kg":
        found = find_conversion(concept, f"{amount}/{per[1]}")
        return (found, False) if found else None
    return None


def whole_rate(concept: str, number: float, unit: str) -> tuple[float, str] | None:
    """A rate for the whole patient in the concept's unit times kilograms, to "divide" by the weight; None for all other units.

    A rate per kilogram of a concept that has none is to "multiply".

    >>> whole_rate("norepinephrine", 2.4, "mg/h"), whole_rate("norepinephrine", 0.1, "ug/kg/min")
    ((40.0, 'divide'), None)
    """
    found = by_weight(concept, unit)
    if found is None:
        return None
    conversion, divided = found
    return number * conversion.multiply / conversion.divide, "divide" if divided else "multiply"


def needs_weights(rows: pl.DataFrame) -> bool:
    """Whether any rate of these rows needs a weight."""
    pairs = rows.select("concept", "unit").unique().drop_nulls()
    return any(by_weight(concept, unit) for concept, unit in pairs.iter_rows())


def weights_of(rows: pl.DataFrame, decimal: str = "") -> pl.DataFrame:
    """patient, time and weight in kg of the rows that chart a weight which can be."""
    read = read_values(rows.filter(pl.col("concept") == WEIGHT.name).drop(REASON), decimal=decimal)
    usable = read.filter(
        pl.col(REASON).is_null(),
        pl.col("value").is_between(_LIGHTEST, _HEAVIEST),
        pl.col("time").is_not_null(),
    )
    return usable.select("patient", "time", weight="value")


def per_kilogram(rows: pl.DataFrame, weights: pl.DataFrame, decimal: str = "") -> pl.DataFrame:
    """`rate` of each row in its concept's unit where its unit needs a weight, and `reason` where no weight was charted before."""
    pairs = rows.select("concept", "unit").unique().drop_nulls()
    table = pl.DataFrame(
        [
            (concept, unit, found[0].multiply, found[0].divide, found[1])
            for concept, unit in pairs.iter_rows()
            if (found := by_weight(concept, unit))
        ],
        schema={"concept": pl.String, "unit": pl.String, "_multiply": pl.Float64, "_divide": pl.Float64, "_divided": pl.Boolean},
        orient="row",
    )  # fmt: skip
    numbered = rows.with_row_index("_place").select("_place", "patient", "concept", "time", "unit", "value")
    rates = numbered.join(table, on=["concept", "unit"], maintain_order="left")
    rates = rates.with_columns(_numbers(rates["value"], decimal))
    rates = rates.sort("time").join_asof(
        weights.sort("time"), on="time", by="patient", strategy="backward", check_sortedness=False
    )
    number, weight = pl.col("number"), pl.col("weight")
    rate, other = _rate(number), _rate(pl.col("thousands"))
    highest = pl.col("concept").replace_strict(_HIGHEST, default=float("inf"), return_dtype=pl.Float64)
    ambiguous = pl.when(other <= highest).then(pl.lit(AMBIGUOUS))
    lacking = pl.when(number.is_not_null() & (number != 0) & weight.is_null()).then(pl.lit(NO_WEIGHT))
    found = rates.select(
        "_place",
        rate=pl.when(number == 0).then(0.0).otherwise(rate),
        reason=pl.coalesce("wrong", ambiguous, lacking),
        weighed=pl.lit(True),
    )
    whole = numbered.select("_place").join(found, on="_place", how="left", maintain_order="left")
    return whole.select("rate", REASON, pl.col("weighed").fill_null(False))


def _rate(number: pl.Expr) -> pl.Expr:
    base = number * pl.col("_multiply") / pl.col("_divide")
    return pl.when("_divided").then(base / pl.col("weight")).otherwise(base * pl.col("weight")).round(9)


def _numbers(values: pl.Series, decimal: str) -> list[pl.Series]:
    """`number` as it was printed, `thousands`, its other reading, and `wrong`: why it is none."""
    if values.dtype != pl.String:
        number = values.cast(pl.Float64).fill_nan(None)
        wrong = pl.when(pl.lit(number.is_infinite())).then(pl.lit(NOT_A_NUMBER))
        nothing = pl.lit(None, pl.Float64)
        return pl.select(number=pl.lit(number), thousands=nothing, wrong=wrong).get_columns()
    printed = {
        said: read_printed(said, decimal) for said in values.unique().drop_nulls() if not is_missing(said)
    }
    table = pl.DataFrame(
        [(said, one.number, one.thousands, None) if one else (said, None, None, NOT_A_NUMBER) for said, one in printed.items()],
        schema={values.name: pl.String, "number": pl.Float64, "thousands": pl.Float64, "wrong": pl.String}, orient="row",
    )  # fmt: skip
    return (
        values.to_frame()
        .join(table, on=values.name, how="left", maintain_order="left")
        .drop(values.name)
        .get_columns()
    )

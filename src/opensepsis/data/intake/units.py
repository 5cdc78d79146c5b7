"""Exact conversions of what hospitals write to the one unit of each concept: one table.

Factors: reference table of conversions (codes.md, section 1.3). After a conversion the value is rounded to
nine decimals, so that 100.4 °F is 38 °C and not 38.00000000000001, which would cross the limit of SIRS.

>>> convert("temperature", "degF", 100.4), convert("creatinine", "µmol/L", 106.104)
(38.0, 1.2)
"""

from dataclasses import dataclass
from functools import cache

import polars as pl

from opensepsis.data.intake.unit_spelling import fold
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, UnitError, nearest
from opensepsis.rules import Kind


@dataclass(frozen=True)
class Conversion:
    """A value in the concept's unit is (value - subtract) × multiply / divide."""

    multiply: float = 1.0
    divide: float = 1.0
    subtract: float = 0.0


SAME = Conversion()
AIR = CONCEPTS["fio2"].plausible[0] if CONCEPTS["fio2"].plausible else 0.0

# own unit of a concept -> other unit -> conversion
BY_OWN_UNIT: dict[str, dict[str, Conversion]] = {
    "/min": {"/s": Conversion(60)},
    "Cel": {"[degF]": Conversion(5, 9, 32), "K": Conversion(subtract=273.15)},
    "mm[Hg]": {"kPa": Conversion(7.50062), "hPa": Conversion(0.750062)},
    "%": {"1": Conversion(100)},
    "1": {},
    "{score}": {"1": SAME},
    "[pH]": {"1": SAME, "units": SAME},
    "s": {"ms": Conversion(divide=1000)},
    "h": {"min": Conversion(divide=60), "d": Conversion(24)},
    "wk": {"d": Conversion(divide=7)},
    "L/min": {"mL/min": Conversion(divide=1000)},
    "mL/min/{1.73_m2}": {"mL/s/{1.73_m2}": Conversion(60)},
    "kg": {"g": Conversion(divide=1000), "[lb_av]": Conversion(0.45359237), "oz": Conversion(0.028349523125)},
    "cm": {
        "m": Conversion(100),
        "mm": Conversion(divide=10),
        "[in_i]": Conversion(2.54),
        "[ft_i]": Conversion(30.48),
    },
    "mL": {"L": Conversion(1000), "dL": Conversion(100), "cL": Conversion(10)},
    "cm[H2O]": {
        "mbar": Conversion(1.01972),
        "hPa": Conversion(1.01972),
        "kPa": Conversion(10.1972),
        "mm[Hg]": Conversion(1.35951),
    },
    "mmol/L": {
        "meq/L": SAME
    },  # lactate, bicarbonate, base excess, potassium, sodium and chloride are all monovalent
    "mg/dL": {"mg/L": Conversion(divide=10), "g/L": Conversion(100)},
    "g/dL": {"g/L": Conversion(divide=10)},
    "mg/L": {"ug/mL": SAME, "mg/dL": Conversion(10)},
    "ug/mL": {"mg/L": SAME, "ng/mL": Conversion(divide=1000)},
    "ng/mL": {"ug/L": SAME, "ng/L": Conversion(divide=1000), "pg/mL": Conversion(divide=1000)},
    "U/L": {"ukat/L": Conversion(60)},
    "10*3/uL": {
        "10*9/L": SAME,
        "G/L": SAME,
        "/nL": SAME,
        "/uL": Conversion(divide=1000),
        "10*6/L": Conversion(divide=1000),
        "10*4/uL": Conversion(10),  # 万
        "10*5/uL": Conversion(100),  # lakh
        "10*6/mL": SAME,
    },
    "mg/L{FEU}": {
        "ug/mL{FEU}": SAME,
        "ng/mL{FEU}": Conversion(divide=1000),
        "ug/L{FEU}": Conversion(divide=1000),
        "mg/L": SAME,  # without a remark it is read as FEU, as the concept says
        "ug/mL": SAME,
        "ng/mL": Conversion(divide=1000),
        "ug/L": Conversion(divide=1000),
    },
    "ug/kg/min": {
        "mg/kg/min": Conversion(1000),
        "ng/kg/min": Conversion(divide=1000),
        "ug/kg/h": Conversion(divide=60),
        "mg/kg/h": Conversion(1000, 60),
    },
    "ng/kg/min": {
        "ug/kg/min": Conversion(1000),
        "ng/kg/h": Conversion(divide=60),
        "ug/kg/h": Conversion(1000, 60),
    },
    "[iU]/min": {"[iU]/h": Conversion(divide=60), "m[iU]/min": Conversion(divide=1000)},
}

# concept -> unit that only this concept may have -> conversion
BY_CONCEPT: dict[str, dict[str, Conversion]] = {
    "fio2": {"%": Conversion(divide=100)},
    "lactate": {"mg/dL": Conversion(divide=9.008), "umol/L": Conversion(divide=1000), "umol/mL": SAME},
    "creatinine": {
        "umol/L": Conversion(divide=88.42),
        "nmol/mL": Conversion(divide=88.42),
        "ug/mL": Conversion(divide=10),
    },
    "bilirubin": {"umol/L": Conversion(divide=17.104)},
    "bun": {"mmol/L": Conversion(divide=0.357)},
    "direct_bilirubin": {"umol/L": Conversion(divide=17.104)},
    "calcium": {"mmol/L": Conversion(4.008), "meq/L": Conversion(2.004)},
    "magnesium": {"mmol/L": Conversion(2.4305), "meq/L": Conversion(1.21525)},
    "phosphate": {"mmol/L": Conversion(3.0974)},
    "glucose": {"mmol/L": Conversion(18.016)},
    "norepinephrine": {
        "ug/kg/min{base}": SAME,
        "ug/kg/min{bitartrate}": Conversion(divide=2),  # 2 mg bitartrate hold about 1 mg base
        "ug/kg/min{tartrate}": Conversion(divide=2),
    },
}

# for these a wrong guess goes unnoticed: the usual units overlap, or the rate may not be per kilogram
_UNIT_MUST_BE_GIVEN = frozenset(
    {
        "lactate",
        "creatinine",
        "baseline_creatinine",
        "bilirubin",
        "bun",
        "direct_bilirubin",
        "calcium",
        "magnesium",
        "phosphate",
        "troponin_i",
        "glucose",
        "temperature",
        "d_dimer",
        "crp",
    }
    | {c.name for c in CONCEPTS.values() if c.kind is Kind.INTERVAL and c.unit}
)


def needs_unit(concept: str) -> bool:
    """Whether a value of a concept is rejected where other values come with a unit and it has none.

    >>> needs_unit("lactate"), needs_unit("platelets")
    (True, False)
    """
    return concept in _UNIT_MUST_BE_GIVEN


_WITHOUT_WEIGHT = {
    "ug/min",
    "mg/min",
    "ng/min",
    "ug/h",
    "mg/h",
    "u/min",
    "u/h",
    "ml/h",
    "ml/min",
    "u/kg/min",
    "u/kg/h",
}


@cache
def conversions(concept: str) -> dict[str, Conversion]:
    """All units a concept may be given in, its own first.

    >>> list(conversions("lactate"))
    ['mmol/L', 'meq/L', 'mg/dL', 'umol/L', 'umol/mL']
    """
    if concept not in CONCEPTS:
        raise ConceptError(f"There is no concept {concept!r}. {nearest(concept, CONCEPTS)}")
    unit = CONCEPTS[concept].unit
    return {unit: SAME, **BY_OWN_UNIT.get(unit, {}), **BY_CONCEPT.get(concept, {})} if unit else {}


@cache
def find_conversion(concept: str, unit: str) -> Conversion | None:
    """How a unit becomes the concept's own; None if nothing is known. A concept without a unit takes any."""
    known = conversions(concept)
    if not known or unit == CONCEPTS[concept].unit:
        return SAME
    if CONCEPTS[concept].unit == "10*3/uL" and fold(unit) == "g/l" and unit.strip()[:2] not in ("G/", "G "):
        return None  # grams, not giga
    return {fold(name): found for name, found in known.items()}.get(fold(unit))


@cache
def is_unit(text: str) -> bool:
    """Whether a text is a unit in which some concept can be given.

    >>> is_unit("mmol/L"), is_unit("monitor")
    (True, False)
    """
    return bool(text) and any(c.unit and find_conversion(c.name, text) is not None for c in CONCEPTS.values())


def refusal(concept: str, unit: str) -> str:
    """Why a unit cannot be converted and what to do, as sentences without any value of a patient."""
    own, key = CONCEPTS[concept].unit, fold(unit)
    if "ddu" in key:
        return f"D-dimer units (DDU) are not fibrinogen equivalent units; give {own}."
    if own.endswith("/min") and key in ("ml/h", "ml/min"):
        return (
            f"The concentration of the infusion is needed{', and the weight' * ('/kg/' in own)}: give {own}."
        )
    if "/kg/" in own and key in _WITHOUT_WEIGHT:
        return f"The weight is needed: divide by the patient's weight in kg and give {own}."
    if own == "[iU]/min" and key in _WITHOUT_WEIGHT:
        return f"The weight is needed: multiply by the patient's weight in kg and give {own}."
    if concept in ("neutrophils", "lymphocytes") and key == "%":
        return f"A share of the white cells is not a count: multiply by the white cells and give {own}."
    return f"There is no conversion to {own}. {nearest(unit, conversions(concept))}"


def conversion(concept: str, unit: str) -> Conversion:
    """The conversion of a concept from a unit in any usual spelling; UnitError if there is none.

    >>> conversion("norepinephrine", "mcg/kg/hr")
    Conversion(multiply=1.0, divide=60, subtract=0.0)
    """
    found = find_conversion(concept, unit)
    if found is None:
        raise UnitError(f"{CONCEPTS[concept].label} cannot be read in {unit!r}. {refusal(concept, unit)}")
    return found


def convert(concept: str, unit: str, value: float) -> float:
    """One value in the concept's own unit; UnitError if there is no conversion.

    >>> convert("glucose", "mmol/L", 10), convert("fio2", "%", 40), convert("fio2", "1", 40)
    (180.16, 0.4, 0.4)
    """
    return in_own_unit(concept, conversion(concept, unit), float(value))


def in_own_unit(concept: str, found: Conversion, value: float) -> float:
    """A finite value after a conversion that was looked up; FiO₂ of 21 to 100 is read as percent.

    >>> in_own_unit("temperature", find_conversion("temperature", "degF"), 100.4)
    38.0
    """
    fio2 = concept == "fio2"
    if found != SAME and not (fio2 and AIR <= value <= 1):  # 1 % of oxygen never occurs: 1 "%" is all oxygen
        value = _rounded((value - found.subtract) * found.multiply / found.divide)
    return _rounded(value / 100) if fio2 and 100 * AIR <= value <= 100 else value


def _rounded(value: float) -> float:
    """To nine decimals, to the last digit as Polars rounds."""
    return value if abs(value) > 1e9 else round(value * 1e9) / 1e9


def convert_column(events: pl.DataFrame) -> pl.DataFrame:
    """The frame with `value` in each concept's own unit; a blank or unknown `unit` leaves it as it is."""
    pairs = events.select("concept", "unit").unique().drop_nulls()
    table = [
        (concept, unit, found.multiply, found.divide, found.subtract)
        for concept, unit in pairs.iter_rows()
        if concept in CONCEPTS and (found := find_conversion(concept, unit)) not in (None, SAME)
    ]
    if not table:
        return events
    names = {
        "concept": pl.String,
        "unit": pl.String,
        "_multiply": pl.Float64,
        "_divide": pl.Float64,
        "_subtract": pl.Float64,
    }
    right = pl.DataFrame(table, schema=names, orient="row")
    value, fio2 = pl.col("value"), pl.col("concept") == "fio2"
    changed = ((value - pl.col("_subtract")) * pl.col("_multiply") / pl.col("_divide")).round(9)
    as_fraction = fio2 & value.is_between(AIR, 1)  # 1 % of oxygen never occurs, so 1 "%" is all oxygen
    return (
        events.join(right, on=["concept", "unit"], how="left", maintain_order="left")
        .with_columns(
            pl.when(pl.col("_multiply").is_null() | as_fraction).then(value).otherwise(changed).alias("value")
        )
        .drop("_multiply", "_divide", "_subtract")
    )


def rescue_fio2(events: pl.DataFrame) -> pl.DataFrame:
    """The frame with fio2 written as 21 to 100 read as percent; no other concept is ever rescued."""
    value = pl.col("value")
    percent = (pl.col("concept") == "fio2") & value.is_between(100 * AIR, 100)
    return events.with_columns(pl.when(percent).then((value / 100).round(9)).otherwise(value).alias("value"))

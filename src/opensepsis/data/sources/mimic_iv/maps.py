"""The code lists of MIMIC-IV: local code to concept, read from `data/maps`. Lists only; the rules are in the readers."""

import re
from functools import cache
from importlib.resources import files

import polars as pl

from opensepsis.data.schema import NAME

_NUMBERS = {"itemid": pl.Int64, "factor": pl.Float64, "value": pl.Float64}
_FLAGS = {"per_kg", "given", "systemic", "culture", "organism"}


@cache
def read_map(name: str, release: str = "mimic_iv") -> pl.DataFrame:
    """The list `mimic_iv_<name>.csv`, or that of another release, typed by its column names.

    >>> read_map("rates").filter(pl.col("unit") == "units/hour")["amount"].item()
    'activity'
    """
    text = (files("opensepsis.data") / "maps" / f"{release}_{name}.csv").read_bytes()
    frame = pl.read_csv(text, infer_schema=False)
    numbers = [pl.col(c).cast(t) for c, t in _NUMBERS.items() if c in frame.columns]
    flags = [(pl.col(c) == "1").alias(c) for c in _FLAGS if c in frame.columns]
    names = [pl.col(c).cast(NAME) for c in ("concept",) if c in frame.columns]
    return frame.with_columns(numbers + flags + names)


@cache
def of_both_systems(name: str) -> pl.DataFrame:
    """A list for MetaVision and for CareVue, whose codes MIMIC-III has too; no code is in both.

    >>> of_both_systems("items").filter(pl.col("itemid").is_in([211, 220045]))["concept"].unique().to_list()
    ['heart_rate']
    """
    return pl.concat([read_map(name), read_map(name, "mimic_iii")])


def items(table: str, concepts: frozenset[str], *rules: str) -> pl.DataFrame:
    """The mapped items of a table that bear on the concepts, optionally only those read by the given rules."""
    found = of_both_systems("items").filter(pl.col("table") == table, pl.col("concept").is_in(concepts))
    return found.filter(pl.col("rule").is_in(rules)) if rules else found


def first_ingredient(name: str, patterns: tuple[tuple[str, str], ...]) -> str | None:
    """The ingredient of the first pattern found in a drug's name.

    >>> first_ingredient("CefTRIAXone", (("cef", "ceftriaxone"),))
    'ceftriaxone'
    """
    lowered = name.lower()
    if not _any_of(tuple(pattern for pattern, _ in patterns)).search(lowered):
        return None
    return next((ingredient for pattern, ingredient in patterns if re.search(pattern, lowered)), None)


def names_no_systemic_use(name: str) -> bool:
    """True when the name itself says eye drops, cream, lock and the like.

    >>> names_no_systemic_use("Ciprofloxacin 0.3% Ophth Soln")
    True
    """
    return bool(_no_systemic_use().search(name.lower()))


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern:
    """All patterns as one: most names hold none of them, and one search says so."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")


@cache
def _no_systemic_use() -> re.Pattern:
    words = "|".join(re.escape(word) for word in read_map("not_systemic")["word"])
    return re.compile(rf"\b(?:{words})")

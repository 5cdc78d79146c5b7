"""Values of each concept: medians, limits, defaults, copies, days without hours, and jumps that look like a unit."""

from collections.abc import Iterator
from typing import cast

import polars as pl

from opensepsis.data.intake.unit_mistakes import clear_factors
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind
from opensepsis.uses.check.bounds import NATURAL, find, general, named
from opensepsis.uses.check.notices import Notice, likely, notice
from opensepsis.uses.check.results import Results

_ENOUGH, _PATIENTS, _FEW_PATIENTS = 50, 10, 20
_AS_A_UNIT = 0.25  # how near a jump lies to a conversion that it looks like
_NUMBERS = [
    n
    for n, c in CONCEPTS.items()
    if c.kind in (Kind.MEASURE, Kind.AMOUNT) or (c.kind is Kind.INTERVAL and c.unit)
]
_MEASURED = [n for n, c in CONCEPTS.items() if c.kind is Kind.MEASURE]


def value_table(results: Results) -> pl.DataFrame:
    """concept, rows, patients, median, share at the limits, of the commonest value, of copies, at midnight."""
    numbers = results.events.filter(pl.col("concept").is_in(_NUMBERS), pl.col("value").is_not_null())
    limits = pl.DataFrame(
        [(n, *map(float, CONCEPTS[n].plausible or (float("-inf"), float("inf")))) for n in _NUMBERS],
        schema={"concept": pl.String, "lowest": pl.Float64, "highest": pl.Float64}, orient="row",
    )  # fmt: skip
    same = pl.len().over("patient", "concept", "time", "value")
    rows = numbers.join(limits, on="concept").with_columns(copy=same > 1)
    at_limit = (pl.col("value") == pl.col("lowest")) | (pl.col("value") == pl.col("highest"))
    midnight = pl.col("time").dt.time() == pl.time(0, 0)
    return (
        rows.group_by("concept")
        .agg(
            rows=pl.len(),
            patients=pl.col("patient").n_unique(),
            median=pl.col("value").median(),
            at_limit=at_limit.mean(),
            one_value=pl.col("value").unique_counts().max() / pl.len(),
            copies=pl.col("copy").mean(),
            midnight=midnight.mean(),
        )
        .sort("concept")
    )


def values(results: Results, table: pl.DataFrame) -> Iterator[Notice]:
    """Concepts whose values no hospital has."""
    adults = cast(float, (results.stays["age"] >= 16).mean() or 0)
    for row in table.iter_rows(named=True):
        name = row["concept"]
        if row["rows"] < _ENOUGH or row["patients"] < _PATIENTS:
            continue
        bound = find("median", name)
        if bound and adults > 0.5 and not bound.least <= row["median"] <= bound.most:
            hint = _looks_like(name, bound, row["median"])
            yield notice(
                "median", name, f"median {row['median']:.4g} {CONCEPTS[name].unit}", bound, hint=hint
            )
        for check, words in (
            ("at_limit", "on the limits of what is plausible"),
            ("one_value", "one and the same value"),
        ):
            share, most = row[check], general(check)
            if name not in NATURAL and name in _MEASURED and share > most.most:
                yield notice(
                    check.replace("_", " "), name, f"{share:.0%} of {row['rows']:,} values are {words}", most
                )
        for check, words in (("copies", "copies of another row"), ("midnight", "at 00:00")):
            share, most = row[check], general(check)
            if name in _MEASURED and share > most.most:
                yield notice(check, name, f"{share:.0%} of {row['rows']:,} values are {words}", most)


def _looks_like(name: str, bound, median: float) -> str:
    """Which unit the median would be plausible in, if the values came in it."""
    for unit, factor in clear_factors(name).items():
        if bound.least <= median * factor <= bound.most:
            return f"as if in {unit}"
        if bound.least <= median / factor <= bound.most:
            return f"as if converted from {unit} twice, or from a value that was none"
    return ""


def jumps(results: Results) -> Iterator[Notice]:
    """Months and other groups in which most patients are far from the median of all others, with the unit that it looks like.

    What is compared are medians of patients, not rows: one patient sends many rows.
    """
    numbers = results.grouped_events.filter(pl.col("concept").is_in(_NUMBERS), pl.col("value") > 0)
    for group in results.groups:
        own = numbers.drop_nulls(group).group_by("concept", "patient", name=group)
        medians = own.agg(pl.col("value").median()).sort("concept", "name")
        for concept, name, here in _of_enough(medians):
            named = here["name"] == name
            mine, rest = here.filter(named)["value"], here.filter(~named)["value"]
            if len(rest) < _FEW_PATIENTS:
                continue
            usual = cast(float, rest.median())
            ratio = cast(float, mine.median()) / usual
            if _jumped(mine, usual, ratio):
                said = f"the median of {len(mine):,} patients is {ratio:.3g} times that of the others"
                yield notice(
                    "jump", concept, said, general("jump"), f"{group} {name}", _as_unit(concept, ratio)
                )


def _of_enough(medians: pl.DataFrame) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Each concept and group with enough patients, with the medians of all patients of the concept."""
    for here in medians.partition_by("concept", maintain_order=True):
        for name, patients in here.group_by("name", maintain_order=True).len().iter_rows():
            if patients >= _FEW_PATIENTS:
                yield here["concept"][0], name, here


def _jumped(mine: pl.Series, rest: float, ratio: float) -> bool:
    """Whether the median is more than a jump away, and three patients of four on the far side of half of it."""
    most = general("jump").most
    if 1 / most <= ratio <= most:
        return False
    far = mine > rest * most**0.5 if ratio > 1 else mine < rest / most**0.5
    return cast(float, far.mean()) >= 0.75


def _as_unit(concept: str, ratio: float) -> str:
    near = [u for u, f in clear_factors(concept).items() if abs(ratio * f - 1) < _AS_A_UNIT]
    return f"as if in {near[0]}" if near else ""


def two_units(results: Results) -> Iterator[Notice]:
    """Concepts of which a part of the values lies at the distance of a conversion from the others."""
    bound = general("two_units")
    for concept in sorted(named("median")):
        values_of = results.events.filter(pl.col("concept") == concept, pl.col("value") > 0)["value"]
        limits = find("median", concept)
        if limits is None or len(values_of) < 2 * _ENOUGH or not limits.least > 0:
            continue
        for unit, factor in clear_factors(concept).items():
            low, high = sorted((limits.least / factor, limits.most / factor))
            apart = high < limits.least or low > limits.most
            there = int(values_of.is_between(low, high).sum())
            if apart and likely(there, len(values_of))[0] > bound.most and there < 0.9 * len(values_of):
                yield notice(
                    "two units",
                    concept,
                    f"{there / len(values_of):.0%} of {len(values_of):,} values are as if in {unit}",
                    bound,
                )

"""Deaths observed against expected, by group or month, as a funnel plot; and what was published about whole countries."""

from importlib.resources import files
from pathlib import Path

import polars as pl

from opensepsis.errors import MissingError
from opensepsis.report.cells import masked
from opensepsis.report.facts import Facts
from opensepsis.uses.measure import EVENT, expected_deaths
from opensepsis.uses.measure.mortality import LEAST_EXPECTED
from opensepsis.uses.pages.charts import funnel
from opensepsis.uses.pages.section import Section

# z of 95 % and 99.8 %, the limits of a funnel plot (Spiegelhalter 2005, Stat Med 24:1185)
LIMITS = {"inner": 1.959964, "outer": 3.090232}
POINTS = 60


def standardised(facts: Facts, results: Path) -> list[Section]:
    """A funnel plot for each kind of group (of months where there is none and dates are true), and the stays that were left out."""
    title = "Standardised mortality of community-onset sepsis"
    if EVENT not in {d["name"] for d in facts.labels.run["definitions"]}:
        return [_nothing(title, f"Not in these results. Label with the definition {EVENT} too.")]
    try:
        counted, excluded = expected_deaths({"here": results})
    except MissingError:
        return [
            _nothing(title, "No stay has a community-onset event that counts, or the run's timeline is gone.")
        ]
    counted = counted.join(facts.stays.select("stay", *facts.groups), on="stay", how="left")
    months = () if facts.shifted else ("month",)
    sections = [_funnel(facts, counted, by, title) for by in facts.groups or months]
    few = pl.col("stays").is_between(1, facts.mask - 1)
    table = excluded[1:].with_columns(  # without the sum, from which what is hidden could be worked out
        pl.when(~few).then("stays").alias("stays"),
        pl.when(few).then(pl.lit(f"< {facts.mask}")).alias("hidden"),
    )
    left_out = Section(
        "standardised-stays", "Which stays count", "Stays left out of the measure, with the reason.", table
    )
    return [*sections, left_out]


def funnel_limits(expected: pl.Series) -> pl.DataFrame:
    """expected, `low inner`, `high inner`, `low outer`, `high outer`: between which the ratio lies by chance alone.

    Quantiles of a Poisson count by the cube root (Wilson and Hilferty 1931, PNAS 17:684), divided by what is expected.

    >>> limits = funnel_limits(pl.Series([10.0]))
    >>> [round(limits[name][-1], 2) for name in ("expected", "low inner", "high inner")]
    [11.0, 0.5, 1.67]
    """
    numbers = expected.drop_nulls().to_numpy()
    lowest, highest = (float(numbers.min()), float(numbers.max())) if len(numbers) else (1.0, 1.0)
    least, most = max(LEAST_EXPECTED, (lowest or 1.0) * 0.8), (highest or 1.0) * 1.1
    step = (max(most, least) - least) / (POINTS - 1)
    grid = pl.DataFrame({"expected": [least + i * step for i in range(POINTS)]})
    e = pl.col("expected")
    ends = {
        f"{end} {name}": (1 - 1 / (9 * e) + sign * z / (3 * e.sqrt())).clip(lower_bound=0) ** 3
        for name, z in LIMITS.items()
        for end, sign in (("low", -1), ("high", 1))
    }
    return grid.with_columns(**ends)


def _funnel(facts: Facts, counted: pl.DataFrame, by: str, title: str) -> Section:
    sums = [
        pl.len().cast(pl.Int64).alias("of"), pl.col("lost").sum().cast(pl.Int64).alias("found"), pl.col("expected").sum(),
    ]  # fmt: skip
    ratio = pl.when(pl.col("expected") >= LEAST_EXPECTED).then(pl.col("found") / pl.col("expected"))
    table = counted.drop_nulls(by).group_by(by).agg(sums).sort(by).with_columns(ratio=ratio)
    table = masked(table, "found", "of", ["expected", "ratio"], facts.mask, True)
    shown = table.drop_nulls("ratio").rename({by: "site"})
    drawn = funnel(shown, funnel_limits(shown["expected"]), "observed / expected") if shown.height else ""
    columns = {
        by: by,
        "of": "stays",
        "found": "deaths and hospice",
        "expected": "expected",
        "ratio": "observed / expected",
    }
    return Section(
        f"standardised-{by}".replace("/", "_"), f"{title} by {by}",
        "Deaths in hospital and discharges to hospice against those expected by a model fitted on these stays: 1 is their own average, no "
        "standard from elsewhere. Chance alone keeps 95 % within the dashed lines, 99.8 % within the others. A draft of NHSN's, "
        "not verified. Fewer than 1 expected: no ratio.",
        table.select(*columns, "hidden").rename(columns), drawn, f"Funnel plot of observed over expected deaths by {by}.",
    )  # fmt: skip


def _nothing(title: str, text: str) -> Section:
    return Section(
        "standardised", title, text, pl.DataFrame(schema={"group": pl.String, "stays": pl.Int64}), empty=""
    )


def elsewhere() -> Section:
    """What was published about countries, with source and year."""
    table = pl.read_csv(
        (files("opensepsis.report") / "context.csv").read_bytes(), schema_overrides={"year": pl.String}
    )
    names = {"low": "from", "high": "to"}
    return Section(
        "elsewhere", "What was published elsewhere",
        "For orientation, no target: definitions, patients and coding differ, and each of them moves these shares more than care does.",
        table.select("where", "year", "who", "figure", "share", "low", "high", "source", "doi").rename(names),
        percent=frozenset(("share", "from", "to")),
    )  # fmt: skip

"""How much sepsis and shock: by definition, month and group."""

import polars as pl

from opensepsis.report.cells import masked, with_shares
from opensepsis.report.control import control_limits
from opensepsis.report.facts import Facts
from opensepsis.uses.pages.charts import control_chart, shares
from opensepsis.uses.pages.section import Page, Section

BY_MONTH = ("sepsis3", "septic_shock", "adult_sepsis_event", "phoenix_sepsis")
FEWEST_MONTHS = 3
SHARES = frozenset(("share of stays", "from", "to", "centre", "lower limit", "upper limit"))


def burden(facts: Facts) -> Page:
    """The page with the definitions side by side, then month by month, then by group."""
    sections = [_by_definition(facts)]
    if not facts.shifted:
        sections += [_by_month(facts, name) for name in BY_MONTH if name in facts.phenotypes]
    for group in facts.groups:
        sections += [_by_group(facts, name, group) for name in BY_MONTH if name in facts.phenotypes]
    return Page("index", "How much sepsis", tuple(section for section in sections if section is not None))


def counted(facts: Facts, definition: str, by: str | None = None) -> pl.DataFrame:
    """found, of: stays that have a definition, of those for which it was judged; of each month or group if asked."""
    judged = facts.stays.drop_nulls(definition)
    sums = [pl.col(definition).sum().cast(pl.Int64).alias("found"), pl.len().cast(pl.Int64).alias("of")]
    if by is None:
        return judged.select(sums)
    return judged.drop_nulls(by).group_by(by).agg(sums).sort(by)


def _by_definition(facts: Facts) -> Section:
    rows = [
        counted(facts, name).with_columns(definition=pl.lit(facts.title(name)))
        for name in facts.phenotypes
        if facts.stays[name].count()
    ]
    empty = {"found": pl.Int64, "of": pl.Int64, "definition": pl.String}
    table = with_shares(pl.concat(rows) if rows else pl.DataFrame(schema=empty), "found", "of")
    table = masked(table, "found", "of", ["share", "low", "high"], facts.mask)
    return Section(
        "definitions", "Stays with each definition",
        f"Of {facts.stays.height:,} stays; a stay counts where the definition was judged. Bars are 95 % intervals (Wilson). What is not "
        "documented cannot be found: see the page What is not known.",
        _named(table.select("definition", "found", "of", "share", "low", "high", "hidden")),
        shares(table, "definition", "share of stays") if table["share"].count() else "",
        "Share of stays that meet each definition, with intervals.", SHARES,
    )  # fmt: skip


def _by_month(facts: Facts, name: str) -> Section | None:
    months = with_shares(counted(facts, name, "month"), "found", "of")
    if months.height < FEWEST_MONTHS:
        return None
    months = control_limits(months)
    table = masked(
        months,
        "found",
        "of",
        ["share", "low", "high", "signal", "lower limit", "upper limit"],
        facts.mask,
        True,
    )
    if not table["share"].count():
        return None  # every month is of too few people
    broken = table["signal"].count()
    said = f"{broken} months break a rule" if broken != 1 else "1 month breaks a rule"
    return Section(
        f"month-{name}", f"{facts.title(name)} by month",
        f"Control chart (p-chart) of the month of admission; {said}. Limits are three standard errors. A signal needs an explanation: "
        "care, patients, coding and data all move it.",
        _named(table.select("month", "found", "of", "share", "centre", "lower limit", "upper limit", "signal", "hidden")),
        control_chart(table, "share of stays"),
        f"Share of stays with {facts.title(name)} by month, with control limits.", SHARES,
    )  # fmt: skip


def _by_group(facts: Facts, name: str, group: str) -> Section | None:
    table = with_shares(counted(facts, name, group), "found", "of")
    if table.is_empty():
        return None
    table = masked(table, "found", "of", ["share", "low", "high"], facts.mask, True).rename({group: "group"})
    return Section(
        f"{group}-{name}".replace("/", "_"), f"{facts.title(name)} by {group}",
        "Not adjusted for case mix: places differ in the patients they care for.",
        _named(table.select("group", "found", "of", "share", "low", "high", "hidden")).rename({"group": group}),
        shares(table, "group", "share of stays") if table["share"].count() else "",
        f"Share of stays with {facts.title(name)} by {group}, with intervals.", SHARES,
    )  # fmt: skip


def _named(table: pl.DataFrame) -> pl.DataFrame:
    names = {"found": "stays", "of": "judged", "share": "share of stays", "low": "from", "high": "to"}
    return table.rename({ours: shown for ours, shown in names.items() if ours in table.columns})

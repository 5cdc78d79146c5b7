"""What is not known, and why: rows of scores, tasks of care bundles, and data that were rejected or not mapped."""

from collections.abc import Iterator

import polars as pl

from opensepsis.definitions import SCORES
from opensepsis.report.cells import masked, with_shares
from opensepsis.report.facts import Facts
from opensepsis.rules.clocks import State
from opensepsis.uses.pages.charts import shares
from opensepsis.uses.pages.section import Page, Section

SHOWN_SCORES = ("sofa", "sofa2", "phoenix", "news2")
MOST_CODES = 20
SHARES = frozenset(("not known", "from", "to"))


def unknown(facts: Facts) -> Page:
    """How much of each score's rows is not known, why tasks could not be judged, and what of the data was not used."""
    sections = [_rows(facts, name) for name in SHOWN_SCORES if name in facts.labels.scores]
    sections += [_tasks(facts), _data(facts)]
    return Page("unknown", "What is not known", tuple(section for section in sections if section is not None))


def _rows(facts: Facts, name: str) -> Section | None:
    hours = facts.labels.scores[name]
    if hours.is_empty():
        return None
    rows = [c.removesuffix("_basis") for c in hours.columns if c.endswith("_basis")]
    titles = {row.name: row.title[:1].upper() + row.title[1:] for row in SCORES[name].rows}
    table = pl.DataFrame(
        [(titles.get(row, row), int(hours[row].null_count()), hours.height) for row in rows],
        schema={"row": pl.String, "found": pl.Int64, "of": pl.Int64}, orient="row",
    )  # fmt: skip
    table = with_shares(table, "found", "of").with_columns(hidden=pl.lit(None, pl.String))
    shown = table.rename(
        {"found": "hours not known", "of": "hours", "share": "not known", "low": "from", "high": "to"}
    )
    return Section(
        f"rows-{name}", f"{facts.score_title(name)}: hours in which a row is not known",
        "A row that was never measured is not known, never normal: the total is then a lower bound.",
        shown, shares(table, "row", "share of hours"), "Share of hours in which each row is not known.", SHARES,
    )  # fmt: skip


def _tasks(facts: Facts) -> Section | None:
    tasks = facts.labels.clocks
    if tasks.is_empty():
        return None
    people = pl.col("stay").n_unique().cast(pl.Int64)
    unjudged = tasks.filter(pl.col("state") == State.NOT_KNOWN, ~pl.col("clock").str.contains(":"))
    silent = unjudged.group_by("clock", "task", "reason").agg(people.alias("found"))
    every = tasks.group_by("clock", "task").agg(people.alias("of"))
    table = silent.join(every, on=["clock", "task"]).sort("clock", "task", "reason")
    if table.is_empty():
        return None
    names = list(table.select("clock", "task").iter_rows())
    table = table.with_columns(
        pl.Series("clock", [facts.clock_title(clock) for clock, _ in names], pl.String),
        pl.Series("task", [facts.clock_title(clock, task) for clock, task in names], pl.String),
    ).rename({"clock": "care bundle"})
    table = masked(with_shares(table, "found", "of"), "found", "of", ["share", "low", "high"], facts.mask)
    shown = table.drop("low", "high").rename({"found": "stays", "of": "of stays", "share": "not known"})
    return Section(
        "tasks-not-known", "Tasks that could not be judged", "Each with the reason.", shown, percent=SHARES
    )


def _data(facts: Facts) -> Section:
    counts = facts.labels.run["counts"]
    rows = [("rejected", reason, number) for reason, number in counts.get("rejected", {}).items()]
    unmapped = sorted(_unmapped(counts.get("source", {}).get("unmapped", {})), key=lambda code: -code[1])
    rows += [("unmapped code", code, number) for code, number in unmapped[:MOST_CODES]]
    schema = {"kind": pl.String, "what": pl.String, "rows": pl.Int64}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    table = table.with_columns(
        pl.when(~pl.col("rows").is_between(1, facts.mask - 1)).then("rows").alias("rows"),
        pl.when(pl.col("rows").is_between(1, facts.mask - 1))
        .then(pl.lit(f"fewer than {facts.mask}"))
        .alias("hidden"),
    )
    return Section(
        "data", "Rows that were not used",
        "Rejected rows by reason, and the twenty most frequent unmapped codes. All of them are in the file run.json of the results.", table,
    )  # fmt: skip


def _unmapped(told: object, table: str = "") -> Iterator[tuple[str, int]]:
    """Each code without a meaning and how often it came, however a source groups them."""
    if isinstance(told, dict) and isinstance(told.get("count"), int):
        yield (
            " ".join(str(part) for part in (table, told.get("label") or told.get("code")) if part),
            told["count"],
        )
    elif isinstance(told, dict):
        for name, inside in told.items():
            if isinstance(inside, int):
                yield " ".join(part for part in (table, str(name)) if part), inside
            else:
                yield from _unmapped(inside, str(name))
    elif isinstance(told, list):
        for inside in told:
            yield from _unmapped(inside, table)

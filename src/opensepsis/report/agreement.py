"""How far the definitions agree, from `opensepsis compare`."""

import polars as pl

from opensepsis.report.facts import Facts
from opensepsis.uses.compare import compare
from opensepsis.uses.pages.charts import matrix
from opensepsis.uses.pages.section import Page, Section


def agreement(facts: Facts) -> Page:
    """Cohen's kappa of each two definitions that were judged for the same stays."""
    if len(facts.phenotypes) < 2:
        return Page("agreement", "How well definitions agree", ())
    # as a cohort, so that nothing is written beside the results
    found = compare(facts.labels, stays=facts.labels.stays)
    named = set(facts.phenotypes)
    pairs = found.pairs.filter(pl.col("definition").is_in(named), pl.col("other").is_in(named))
    of = {row[0]: row[1] for row in found.definitions.select("definition", "stays").iter_rows()}
    few = [name for name, stays in of.items() if stays is None or stays < facts.mask]
    pairs = pairs.filter(~pl.col("definition").is_in(few), ~pl.col("other").is_in(few))
    columns = [
        c
        for c in ("definition", "other", "kappa", "kappa_low", "kappa_high", "onset_later_hours")
        if c in pairs.columns
    ]
    titled = pl.col("definition", "other").replace({name: facts.title(name) for name in facts.phenotypes})
    table = pairs.select(columns).with_columns(
        titled, pl.col(pl.Float64).round(3), hidden=pl.lit(None, pl.String)
    )
    shown = table.rename(
        {"kappa_low": "from", "kappa_high": "to", "onset_later_hours": "onset later, hours"}, strict=False
    )
    section = Section(
        "agreement", "Agreement beyond chance",
        f"Cohen's kappa. {found.interval} Definitions met by fewer than {facts.mask} stays are not shown.",
        shown, matrix(table, "kappa") if table.height else "", "Agreement of each pair of definitions.",
    )  # fmt: skip
    return Page("agreement", "How well definitions agree", (section,))

"""How much came in of each concept: never, too much, suddenly nothing, or mostly rejected."""

from collections.abc import Iterator

import polars as pl

from opensepsis.definitions import DEFINITIONS
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind, Phenotype, Score, concepts_read
from opensepsis.uses.check.bounds import find, general, named
from opensepsis.uses.check.notices import Notice, likely, notice
from opensepsis.uses.check.results import Results

_ENOUGH_STAYS, _ENOUGH_REJECTED = 30, 100
_LONG_ENOUGH = 12  # hours of a stay in a month
_COUNTED = [
    n
    for n, c in CONCEPTS.items()
    if c.kind is not Kind.INTERVAL and n not in ("born", "admission", "sex", "diagnosis", "procedure")
]


def volume_table(results: Results) -> pl.DataFrame:
    """concept, rows, per_day: how many rows came of each, and how many for each day of a stay."""
    days = results.sampled_hours["hours"].sum() / 24
    counted = results.events.group_by("concept").agg(pl.len().alias("rows"))
    return counted.with_columns(per_day=pl.col("rows") / max(days, 1)).sort("concept")


def volume(results: Results, table: pl.DataFrame) -> Iterator[Notice]:
    """Concepts that never came, and those of which too much came."""
    if results.stays.height >= _ENOUGH_STAYS:
        there = set(table["concept"])
        for name in _expected(results):
            if name not in there:
                bound = {**named("expected"), **named("expected_for_infection")}[name]
                yield Notice("never", name, "", "not one row", "at least one", bound.reason)
    for name, rows, per_day in table.iter_rows():
        bound = find("per_day", name)
        if bound and per_day > bound.most:
            yield notice("too much", name, f"{per_day:,.0f} rows for each day of a stay ({rows:,})", bound)


def _expected(results: Results) -> list[str]:
    """What must have come for the definitions of this run."""
    told = [DEFINITIONS[name] for one in results.run["definitions"] if (name := one["name"]) in DEFINITIONS]
    asked = {concept for one in told if isinstance(one, Phenotype | Score) for concept in concepts_read(one)}
    return [name for name in (*named("expected"), *named("expected_for_infection")) if name in asked]


def silence(results: Results) -> Iterator[Notice]:
    """Months and other groups in hardly any stay of which a concept is, that is in the stays of the others.

    What is counted are stays, not rows: one patient sends many rows, and another none.
    """
    bound = general("silence")
    for group in results.groups:
        spent = results.sampled_hours.drop_nulls(group).filter(pl.col("hours") >= _LONG_ENOUGH)
        present = _present(results, group).join(spent.select("stay", group), on=["stay", group], how="semi")
        of = spent.group_by(name=group).agg(of=pl.col("stay").n_unique())
        there = present.group_by("concept", name=group).agg(some=pl.col("stay").n_unique())
        every = of.join(there.select("concept").unique(), how="cross").join(
            there, on=["concept", "name"], how="left"
        )
        every = every.with_columns(pl.col("some").fill_null(0)).with_columns(
            others=pl.col("some").sum().over("concept") - pl.col("some"),
            of_others=of["of"].sum() - pl.col("of"),
        )
        for row in every.filter(pl.col("of_others") > 0).sort("concept", "name").iter_rows(named=True):
            share, elsewhere = row["some"] / row["of"], row["others"] / row["of_others"]
            by_chance = likely(row["some"], row["of"])[1] >= likely(row["others"], row["of_others"])[0]
            if share < bound.least * elsewhere and not by_chance:
                said = f"in {row['some']:,} of {row['of']:,} stays, elsewhere in {elsewhere:.0%}"
                yield notice("silence", row["concept"], said, bound, f"{group} {row['name']}")


def _present(results: Results, group: str) -> pl.DataFrame:
    """stay, the group, concept: what came of each patient in each of his stays' months or groups."""
    events = results.grouped_events.filter(pl.col("concept").is_in(_COUNTED)).drop_nulls(group)
    pairs = events.select("patient", "concept", group).unique()
    return pairs.join(results.stays.select("patient", "stay"), on="patient").select("stay", "concept", group)


def rejected(results: Results) -> Iterator[Notice]:
    """Concepts of which too many rows were rejected on reading."""
    bound, counts = general("rejected"), results.timeline.counts
    for concept, reasons in sorted(counts.get("rejected_by_concept", {}).items()):
        count = sum(reasons.values())
        rows = count + results.kept.get(concept, 0)
        share = count / rows
        if count > _ENOUGH_REJECTED and share > bound.most:
            said = f"{share:.0%} of {rows:,} rows were rejected"
            yield notice(
                "rejected",
                concept or "rows of no concept",
                said,
                bound,
                hint="most often: " + max(reasons, key=reasons.get),
            )

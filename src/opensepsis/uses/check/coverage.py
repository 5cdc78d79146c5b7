"""What came in: rows and patients of each concept, month by month."""

from pathlib import Path

import polars as pl

from opensepsis.data.io.paths import as_path
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.uses.check.results import MONTH, open_results

ALL = "all"
COLUMNS = ("concept", "label", MONTH, "rows", "patients", "share of patients")


def coverage(results: str | Path) -> pl.DataFrame:
    """concept, label, month (`all` for every month), rows, patients with one, and their share of the patients who were there.

    Of the events that the run was made of, in the order of concepts; a concept that never came has no row. Months are those of the
    events, in UTC; a patient is there in each month that a stay of the run touches. MissingError: no results, or their events are gone.

    >>> import opensepsis, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> labels = opensepsis.label("csv", "examples/hospital", f"{folder}/results", definitions="sofa")
    >>> coverage(f"{folder}/results").filter(concept="platelets", month="all").select("patients").item()
    13
    """
    opened = open_results(as_path(results), None)
    stays = opened.stays.select("patient", "admitted", "discharged")
    there = stays.with_columns(
        pl.date_ranges(
            pl.col("admitted").dt.date().dt.month_start(), pl.col("discharged").dt.date(), "1mo"
        ).alias(MONTH)
    )
    there = (
        there.explode(MONTH)
        .with_columns(pl.col(MONTH).dt.strftime("%Y-%m"))
        .select("patient", MONTH)
        .unique()
    )
    events = opened.timeline.events().select(
        pl.col("patient").cast(pl.String),
        pl.col("concept").cast(pl.String),
        pl.col("time").dt.strftime("%Y-%m").alias(MONTH),
    )
    mine = events.join(stays.lazy().select("patient").unique(), on="patient", how="semi")
    sums = [
        pl.len().cast(pl.Int64).alias("rows"),
        pl.col("patient").n_unique().cast(pl.Int64).alias("patients"),
    ]
    monthly = mine.group_by("concept", MONTH).agg(sums).collect()
    whole = mine.group_by("concept").agg(sums).collect().with_columns(pl.lit(ALL).alias(MONTH))
    of = pl.concat(
        [
            there.group_by(MONTH).agg(of=pl.col("patient").n_unique()),
            pl.DataFrame({MONTH: [ALL], "of": [stays["patient"].n_unique()]}).cast({"of": pl.UInt32}),
        ]
    )
    found = pl.concat([whole.select(monthly.columns), monthly]).join(of, on=MONTH, how="left")
    order = {name: place for place, name in enumerate(CONCEPTS)}
    labels = {name: concept.label for name, concept in CONCEPTS.items()}
    return (
        found.with_columns(
            label=pl.col("concept").replace(labels),
            place=pl.col("concept").replace_strict(order, default=len(order)),
            share=pl.col("patients") / pl.col("of"),
        )
        .sort("place", pl.col(MONTH) != ALL, MONTH)
        .rename({"share": "share of patients"})
        .select(COLUMNS)
    )

"""The tables of `compare`: definitions of a run with one another, and two of them stay by stay."""

import polars as pl

from opensepsis.schema.columns import TEXT, Column, Table, interval_columns

COMPARISONS = (
    Table(
        "comparison",
        "comparison.parquet",
        "definition",
        "after `opensepsis compare`: prevalence and mortality of each definition, with intervals clustered by patient",
        (
            Column("definition", TEXT, "name of the phenotype"),
            Column("stays", pl.Int64(), "stays that meet the definition", "stays"),
            Column(
                "prevalence",
                pl.Float64(),
                "share of the judged stays that meet it",
                "share",
                "no stay was judged",
            ),
            Column("deaths", pl.Int64(), "stays that meet it and in which the patient died", "stays"),
            Column(
                "mortality",
                pl.Float64(),
                "`deaths` as a share of the stays that meet it",
                "share",
                "no such stay, or no outcome recorded",
            ),
            Column(
                "mortality_without",
                pl.Float64(),
                "the same for the judged stays that do not meet it",
                "share",
                "no such stay, or no outcome recorded",
            ),
            Column("judged", pl.Int64(), "stays for which the definition was judged", "stays"),
            *(
                c
                for of in ("prevalence", "mortality", "mortality_without")
                for c in interval_columns(of, "share")
            ),
        ),
    ),
    Table(
        "comparison_pairs",
        "comparison_pairs.parquet",
        "two definitions",
        "after `opensepsis compare`: agreement of each pair of definitions and the hours between their onsets, with "
        "intervals clustered by patient",
        (
            Column("definition", TEXT, "the first"),
            Column("other", TEXT, "the other"),
            Column("both", pl.Int64(), "stays that meet both, among those judged for both", "stays"),
            Column("only_first", pl.Int64(), "stays that meet only the first", "stays"),
            Column("only_other", pl.Int64(), "stays that meet only the other", "stays"),
            Column("neither", pl.Int64(), "stays that meet neither", "stays"),
            Column("kappa", pl.Float64(), "Cohen's kappa", "1", "expected agreement by chance is 1"),
            Column(
                "onset_later_hours",
                pl.Float64(),
                "median number of hours by which the other definition's onset is later",
                "h",
                "no stay has both",
            ),
            Column("onset_later_hours_25", pl.Float64(), "its lower quartile", "h", "no stay has both"),
            Column("onset_later_hours_75", pl.Float64(), "its upper quartile", "h", "no stay has both"),
            *interval_columns("kappa", "1"),
            *interval_columns("onset_later_hours", "h"),
        ),
    ),
    Table(
        "between",
        "between.parquet",
        "reason why stays differ between two definitions",
        "after `opensepsis compare --between A,B`: how stays differ between two phenotypes or scores, and the first rule that "
        "differs",
        (
            Column("first", TEXT, "the first definition"),
            Column("other", TEXT, "the other"),
            Column(
                "move",
                TEXT,
                "only one of them, both with different onsets, both or neither; for scores: higher, lower or same",
            ),
            Column(
                "rule",
                TEXT,
                "the first rule that is not met in the definition without the stay; for scores, the first row that differs",
                empty="nothing differs",
            ),
            Column(
                "detail",
                TEXT,
                "the measurement by which the other definition is met; for scores, the points of that row in both",
                empty="nothing differs, or no single measurement is named",
            ),
            Column("stays", pl.Int64(), "stays", "stays"),
            Column("share", pl.Float64(), "their share of the stays judged by both", "share"),
        ),
    ),
    Table(
        "between_summary",
        "between_summary.parquet",
        "measure of two definitions",
        "after `opensepsis compare --between A,B`: each move as a share, and for scores the AUROC of the highest total for death in the "
        "stay, with intervals clustered by patient, and published results for the same two",
        (
            Column("measure", TEXT, "the move, or the AUROC of a score"),
            Column("value", pl.Float64(), "its value", "1", "nobody died, or everybody"),
            Column("low", pl.Float64(), "lower end of its 95 % interval", "1", "the samples do not differ"),
            Column("high", pl.Float64(), "upper end of its 95 % interval", "1", "the samples do not differ"),
            Column(
                "published",
                pl.Float64(),
                "published result: no validation of this one",
                "1",
                "no published result is known",
            ),
            Column(
                "published_of",
                TEXT,
                "population of the published result",
                empty="no published result is known",
            ),
        ),
    ),
)

"""For each stay and phenotype the first rule that is not met, in the columns that are written."""

from collections.abc import Mapping

import polars as pl

from opensepsis.definitions import PHENOTYPES
from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.unmet import first_unmet


def rules_of(
    stays: pl.DataFrame,
    spans: pl.DataFrame,
    patients: Charts,
    ticks: pl.DataFrame,
    found: Mapping[str, pl.DataFrame],
    unjudged: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    """patient, stay, definition, met, rule of each stay (`stays`, `spans` as the engine has them) that a phenotype was judged for.

    `found`: the episodes of each phenotype; `unjudged`: patient and stay of those it was not judged for, by phenotype to be told of.
    """
    who = stays.select("sid", "patient", "stay")
    parts = []
    for name, barred in unjudged.items():
        episodes = found[name].filter(pl.col("withdrawn").is_null())
        episodes = episodes.with_columns(pl.col("onset", "organ_failure").to_physical())
        episodes = episodes.join(who.select("sid", "stay"), on="stay")
        rules = first_unmet(PHENOTYPES[name], spans, patients, episodes, ticks)
        named = who.join(rules, on="sid", maintain_order="left")
        named = named.join(barred, on=["patient", "stay"], how="anti", maintain_order="left")
        parts.append(named.select("patient", "stay", pl.lit(name).alias("definition"), "met", "rule"))
    return pl.concat(parts) if parts else pl.DataFrame()

"""For each stay and phenotype the first rule that is not met, in the columns that are written."""

from collections.abc import Mapping

import numpy as np
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
    if not unjudged:
        return pl.DataFrame()
    who = stays.select("sid", "patient", "stay")
    standing = pl.concat([found[name] for name in unjudged]).filter(pl.col("withdrawn").is_null())
    standing = standing.with_columns(pl.col("onset", "organ_failure").to_physical())
    standing = standing.join(who.select("sid", "stay"), on="stay")
    episodes = standing.partition_by("definition", as_dict=True)
    told = [
        first_unmet(PHENOTYPES[name], spans, patients, episodes.get((name,), standing.clear()), ticks)
        for name in unjudged
    ]
    rules = _of_definitions(told, list(unjudged)).sort("definition", "sid", maintain_order=True)
    named = rules.join(who, on="sid", maintain_order="left")
    barred = _of_definitions(list(unjudged.values()), list(unjudged))
    named = named.join(barred, on=["definition", "patient", "stay"], how="anti", maintain_order="left")
    return named.select("patient", "stay", pl.col("definition").cast(pl.String), "met", "rule")


def _of_definitions(frames: list[pl.DataFrame], names: list[str]) -> pl.DataFrame:
    """The frames as one, with the definition of each in their order."""
    heights = np.array([frame.height for frame in frames])
    order = pl.Series(np.repeat(np.arange(len(names), dtype=np.uint32), heights))
    definition = pl.Series("definition", names, pl.Enum(names)).gather(order)
    return pl.concat(frames).with_columns(definition)

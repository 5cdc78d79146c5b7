"""Cultures from microLab, one per specimen. Most hospitals sent none: there nothing says that none was taken."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.culture import Growth, growth_named, read_culture
from opensepsis.data.sources.eicu.clock import PATIENT, STAY, filled, timed
from opensepsis.data.sources.eicu.maps import read_map
from opensepsis.data.sources.relational.tables import Tables

_COLUMNS = (STAY, "culturetakenoffset", "culturesite", "organism")
_NO_SITE = "unknown"


def cultures(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Each culture pending when it was taken, and its result; the table has no time of a result, so it is known at discharge."""
    asked = concepts & {"culture", "organism"}
    if not asked or not tables.has("microlab"):
        return
    listed = read_map("specimens").select(culturesite="site", counts=pl.col("culture") == "1", said="text")
    rows = filled(tables.fetch(tables.get("microlab", *_COLUMNS), "microlab")).unique()
    rows = rows.join(listed, on="culturesite", how="left").filter(pl.col("counts").fill_null(True))
    undone = [
        said for said in rows["organism"].drop_nulls().unique() if read_culture(said) is Growth.NOT_PERFORMED
    ]
    rows = rows.filter(~pl.col("organism").is_in(undone).fill_null(False))
    rows = rows.with_columns(
        specimen=pl.coalesce("said", pl.col("culturesite").str.to_lowercase(), pl.lit(_NO_SITE)),
        grown=_grown(rows["organism"]),
    )
    placed = timed(tables, rows, time="culturetakenoffset")
    if "culture" in asked:
        yield from _results(placed)
    if "organism" in asked:
        yield placed.filter(pl.col("grown") == 1).select(
            PATIENT, "time", concept=pl.lit("organism"), known="hospital_left",
            text=pl.concat_str("specimen", pl.lit("|"), "organism"), origin=_origin(),
        )  # fmt: skip


def counted_sites(sites: pl.Series) -> list[str]:
    """Those of the sites from which a specimen is a culture: screening swabs are none, and a site that no list has is one."""
    left_out = set(read_map("specimens").filter(pl.col("culture") == "0")["site"])
    return [site for site in sites.drop_nulls().to_list() if site not in left_out]


def _results(placed: pl.DataFrame) -> Iterator[pl.DataFrame]:
    specimens = placed.group_by(
        STAY, PATIENT, "time", "culturesite", "specimen", "hospital_left", "culturetakenoffset"
    ).agg(
        value=pl.when((pl.col("grown") == 1).any())
        .then(1.0)
        .when(pl.col("grown").is_null().any())
        .then(None)
        .otherwise(0.0)
    )
    told = {"concept": pl.lit("culture"), "text": "specimen", "origin": _origin()}
    pending = specimens.with_columns(value=pl.lit(None, pl.Float64))
    yield pending.select(PATIENT, "time", "value", known="time", **told)
    yield specimens.select(PATIENT, "time", "value", known=pl.max_horizontal("time", "hospital_left"), **told)


def _grown(organisms: pl.Series) -> pl.Series:
    """1 where an organism is named, 0 where none grew, null where it is not told (mixed flora)."""
    named = organisms.fill_null("")
    known = {name: growth_named(name) for name in named.unique()}
    return pl.Series([known[name] for name in named], dtype=pl.Float64)


def _origin() -> pl.Expr:
    return pl.format("microlab/{}/{}", STAY, "culturetakenoffset")

"""Rates of each definition: all, and by month, site, ward and whatever groups there are."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.results import read_result
from opensepsis.uses.check.bounds import find, general
from opensepsis.uses.check.notices import Notice, likely, notice, outside
from opensepsis.uses.check.results import Results

_ENOUGH = 30  # stays


def rate_table(results: Results) -> pl.DataFrame:
    """definition, group, name, judged, found: of all (group empty) and of each group with enough stays."""
    names = [name for name in results.run["found"] if name in results.stays.columns]
    parts = [
        pl.DataFrame(
            schema={
                "definition": pl.String,
                "group": pl.String,
                "name": pl.String,
                "judged": pl.UInt32,
                "found": pl.UInt32,
            }
        )
    ]
    for name in names:
        told = {"judged": pl.col(name).count(), "found": pl.col(name).sum().cast(pl.UInt32)}
        parts.append(results.stays.select(definition=pl.lit(name), group=pl.lit(""), name=pl.lit(""), **told))
        for group in results.groups:
            counted = results.stays.drop_nulls(group).group_by(name=group).agg(**told).sort("name")
            parts.append(
                counted.select(
                    definition=pl.lit(name), group=pl.lit(group), name="name", judged="judged", found="found"
                )
            )
    return pl.concat(parts).filter(pl.col("judged") > 0)


def rates(results: Results, table: pl.DataFrame) -> Iterator[Notice]:
    """Rates that no hospital has, and groups that differ from all others by more than chance and case mix allow."""
    whole = {row["definition"]: row for row in table.filter(pl.col("group") == "").iter_rows(named=True)}
    for row in table.iter_rows(named=True):
        judged, found, name = row["judged"], row["found"], row["definition"]
        if judged < _ENOUGH:
            continue
        bound = find("rate", name, results.kind)
        if not row["group"]:
            if bound and outside(found, judged, bound):
                yield notice("rate", name, f"{found / judged:.1%} of {judged:,} stays", bound)
            continue
        others = whole[name]["judged"] - judged, whole[name]["found"] - found
        if others[0] >= _ENOUGH and _differs((found, judged), (others[1], others[0])):
            said = f"{found / judged:.1%} of {judged:,} stays, elsewhere {others[1] / others[0]:.1%}"
            yield notice("rate differs", name, said, general("rate_ratio"), f"{row['group']} {row['name']}")


def _differs(one: tuple[int, int], other: tuple[int, int]) -> bool:
    low, high = sorted((likely(*one), likely(*other)))
    small, large = sorted((one[0] / one[1], other[0] / other[1]))
    return low[1] < high[0] and large > general("rate_ratio").most * small


def episodes(results: Results) -> Iterator[Notice]:
    """Definitions with more episodes in a stay than there can be."""
    file = results.folder / "episodes.parquet"
    if not file.exists():
        return
    counted = (
        read_result(file)
        .group_by("definition")
        .agg(pl.len(), pl.struct("patient", "stay").n_unique().alias("stays"))
    )
    for name, rows, stays in counted.sort("definition").iter_rows():
        bound = find("episodes_per_stay", name)
        if bound and rows / stays > bound.most:
            yield notice("episodes", name, f"{rows / stays:.0f} episodes in each stay that has any", bound)


def people(results: Results) -> Iterator[Notice]:
    """Ages, sexes and deaths that no hospital has."""
    stays = results.stays
    if stays.height < 100:
        return
    missing, bound = stays["age"].null_count(), general("age_missing")
    if missing / stays.height > bound.most:
        yield notice("age", "age", f"not known in {missing / stays.height:.0%} of stays", bound)
    yield from _most(stays["age"], "age", "one_age")
    yield from _most(stays["sex"], "sex", "one_sex")
    died = stays["died_in_hospital"].drop_nulls()
    named = f"died_{results.kind}"
    if (
        len(died) >= 100
        and named in ("died_icu", "died_hospital")
        and outside(int(died.sum()), len(died), general(named))
    ):
        yield notice(
            "deaths", "died in hospital", f"{died.mean():.1%} of {len(died):,} stays", general(named)
        )


def _most(column: pl.Series, what: str, name: str) -> Iterator[Notice]:
    known, bound = column.drop_nulls(), general(name)
    if len(known) < 100:
        return
    share = known.value_counts(sort=True)["count"][0] / len(known)
    if share > bound.most:
        yield notice(what, what, f"the same in {share:.0%} of stays", bound)

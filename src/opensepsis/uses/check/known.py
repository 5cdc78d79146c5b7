"""How much of each score is not known: all, and by month and other groups."""

from collections.abc import Iterator

import polars as pl

from opensepsis.uses.check.bounds import find, general
from opensepsis.uses.check.notices import Notice, notice
from opensepsis.uses.check.results import Results

_ENOUGH, _ENOUGH_STAYS = 500, 20  # hours, stays
_NO_ROWS = ("total", "rows_known")


def known_table(results: Results) -> pl.DataFrame:
    """score, row, group, name, hours, stays, share: the share of hours in which the row (or the total) is not known."""
    parts = [_schema()]
    for score in results.scores:
        of_stays, rows = _of_stays(results, score)
        for group in ("", *results.groups):
            parts.append(_long(of_stays, score, group, rows))
    return pl.concat(parts)


def _of_stays(results: Results, score: str) -> tuple[pl.DataFrame, list[str]]:
    """Of each stay in each month the hours and in how many of them each row (or the total) is not known; and the names of the rows."""
    kinds = results.scanned(score).collect_schema()
    rows = ["total", *(n for n, kind in kinds.items() if kind == pl.Int8 and n not in _NO_ROWS)]
    return results.counted(score, pl.col(rows).null_count()), rows


def _schema() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "score": pl.String,
            "row": pl.String,
            "group": pl.String,
            "name": pl.String,
            "hours": pl.UInt32,
            "stays": pl.UInt32,
            "share": pl.Float64,
        }
    )


def _long(of_stays: pl.DataFrame, score: str, group: str, rows: list[str]) -> pl.DataFrame:
    """The shares of one score in all hours, or in those of each group of a kind."""
    named = of_stays.drop_nulls(group) if group else of_stays
    summed = (
        named.group_by(name=group if group else pl.lit(""))
        .agg(pl.col("hours", *rows).sum(), pl.col("stay").n_unique().alias("stays"))
        .sort("name")
    )
    long = summed.unpivot(rows, index=["name", "hours", "stays"], variable_name="row", value_name="share")
    return long.with_columns(
        score=pl.lit(score),
        group=pl.lit(group),
        hours=pl.col("hours").cast(pl.UInt32),
        stays=pl.col("stays").cast(pl.UInt32),
        share=pl.col("share") / pl.col("hours"),
    ).select(_schema().columns)


def known(table: pl.DataFrame) -> Iterator[Notice]:
    """Scores and rows that are hardly ever known, and groups in which a row is known far less than in all."""
    whole = {(s, r): share for s, r, group, _, _, _, share in table.iter_rows() if not group}
    rise = general("row_rise")
    for score, row, group, name, hours, stays, share in table.iter_rows():
        if hours < _ENOUGH:
            continue
        if group:
            if stays >= _ENOUGH_STAYS and share >= whole[score, row] + rise.highest:
                said = f"not known in {share:.0%} of {hours:,} hours, of all {whole[score, row]:.0%}"
                yield notice("row not known", f"{score} {row}", said, rise, f"{group} {name}")
            continue
        bound = find("not_known" if row == "total" else "row_not_known", score)
        if bound and share > bound.highest:
            yield notice("not known", f"{score} {row}", f"not known in {share:.1%} of {hours:,} hours", bound)

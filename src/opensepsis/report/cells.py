"""Counts of few people are not shown, nor what would let them be worked out."""

import polars as pl

from opensepsis.uses.shares import wilson


def interval(some: int, of: int) -> tuple[float | None, float | None]:
    """Wilson's 95 % interval of a share; none of nothing.

    >>> [round(end, 3) for end in interval(30, 100)]
    [0.219, 0.396]
    """
    if of == 0:
        return None, None
    return wilson(some, of)


def with_shares(counts: pl.DataFrame, some: str, of: str) -> pl.DataFrame:
    """The counts with `share`, `low` and `high`."""
    ends = [interval(a, b) for a, b in counts.select(some, of).iter_rows()]
    share = pl.when(pl.col(of) > 0).then(pl.col(some) / pl.col(of)).alias("share")
    low, high = (
        pl.Series(name, [end[i] for end in ends], pl.Float64) for i, name in enumerate(("low", "high"))
    )
    return counts.with_columns(share, low, high)


def small(count: str, mask: int) -> pl.Expr:
    return pl.col(count).is_between(1, mask - 1)


def masked(
    table: pl.DataFrame, some: str, of: str, rest: list[str], mask: int, parts_of_whole: bool = False
) -> pl.DataFrame:
    """The table without small cells: where `some`, or what is left of `of`, is 1 to `mask` - 1 people, `some` and `rest` are null.

    Where `of` itself is small everything is. With `parts_of_whole` the rows add up to a number that is shown: if only one of them is
    hidden the next smallest is too, so that nobody can subtract.
    """
    few = small(some, mask) | (pl.col(of) - pl.col(some)).is_between(1, mask - 1) | small(of, mask)
    table = table.with_columns(few.fill_null(False).alias("_few"))
    if parts_of_whole and table["_few"].sum() == 1:
        others = table.with_row_index("_i").filter(~pl.col("_few"), pl.col(some) > 0).sort(some)
        if others.height:
            table = table.with_columns(pl.col("_few") | (pl.int_range(pl.len()) == others["_i"][0]))
    hidden = pl.col("_few")
    kept = [pl.when(~hidden).then(pl.col(name)).alias(name) for name in [some, *rest]]
    whole = pl.when(~small(of, mask)).then(pl.col(of)).alias(of)
    return table.with_columns(*kept, whole, pl.when(hidden).then(pl.lit(f"< {mask}")).alias("hidden")).drop(
        "_few"
    )

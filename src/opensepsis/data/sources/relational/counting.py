"""What was read of each table and what no list maps, by code and volume."""

import polars as pl

LISTED = 200


def count_codes(counted: pl.DataFrame, mapped: pl.Series) -> tuple[int, int, list[dict]]:
    """How many rows there are, how many of mapped codes, and the codes that no list maps, the most frequent first.

    `counted` has code, count and perhaps label.

    >>> counted = pl.DataFrame({"code": [1, 2, 3], "count": [5, 7, 9], "label": ["a", "b", None]})
    >>> count_codes(counted, pl.Series([1, 3]))
    (21, 14, [{'code': '2', 'label': 'b', 'count': 7}])
    """
    known = pl.col("code").is_in(mapped.implode()).fill_null(False)
    rows = int(counted["count"].sum())
    read = int(counted.filter(known)["count"].sum())
    return rows, read, top_codes(counted.filter(~known))


def top_codes(counted: pl.DataFrame) -> list[dict]:
    """The codes of a frame with code, count and perhaps label, the most frequent first, at most LISTED."""
    ordered = counted.sort(["count", "code"], descending=[True, False]).head(LISTED)
    return ordered.select(
        pl.col("code").cast(pl.String), *([c for c in ("label",) if c in counted.columns]), "count"
    ).to_dicts()

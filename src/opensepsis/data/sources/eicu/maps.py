"""The lists of eICU: what its columns, labels and paths mean."""

from functools import cache
from importlib.resources import files

import polars as pl


@cache
def read_map(name: str) -> pl.DataFrame:
    """The list `eicu_<name>.csv`, texts throughout; an empty cell is nothing.

    >>> read_map("labs").filter(pl.col("labname") == "BUN")["concept"].item()
    'bun'
    """
    return pl.read_csv(
        (files("opensepsis.data") / "maps" / f"eicu_{name}.csv").read_bytes(), infer_schema=False
    )

"""Tables in Delta's format."""

from pathlib import Path

import polars as pl
import pytest


def as_delta(parquet: Path, folder: Path) -> Path:
    """Tables of Parquet in Delta's format, each in its third version: one of half of the rows, one of all twice, and what is true."""
    deltalake = pytest.importorskip("deltalake")
    for file in sorted(parquet.glob("*.parquet")):
        rows = pl.read_parquet(file)
        for version in (rows.head(rows.height // 2 + 1), pl.concat([rows, rows]), rows):
            deltalake.write_deltalake(folder / file.stem, version.to_arrow(), mode="overwrite")
    return folder

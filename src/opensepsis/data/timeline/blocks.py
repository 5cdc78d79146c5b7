"""Which blocks of rows of a shard hold events of a patient: what is to be read where only a few patients are asked for.

DIR/blocks.parquet/shard-0000.parquet …   patient, block; blocks of BLOCK rows, counted over all parts of the shard

A shard has no such file where patients take turns so often that each has events in most blocks; then its rows are searched.
"""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from opensepsis.data.io.paths import read_file

BLOCKS_FOLDER = "blocks.parquet"
BLOCK = 1 << 15  # rows
NEAR = 2  # so many blocks that nobody asked for are read with those around them: a query takes as long
TURNS = 8  # rows for each turn of a patient, at least, where blocks are told
BLOCKS: dict[str, pl.DataType] = {"patient": pl.String(), "block": pl.UInt32()}


def blocks_of(patients: pl.Series, first: int = 0) -> pl.DataFrame | None:
    """patient, block: of rows that lie from row `first` of their shard on; None where patients take turns too often.

    >>> blocks_of(pl.Series("patient", ["a", "b", "a"]), BLOCK - 1).rows()
    [('a', 0), ('b', 1), ('a', 1)]
    """
    runs = patients.rle().struct.unnest().rename({"value": "patient"})
    if runs.height > max(BLOCK, len(patients) // TURNS):
        return None
    end = pl.col("len").cum_sum().cast(pl.UInt32) + first
    of_runs = runs.select("patient", start=(end - pl.col("len")) // BLOCK, end=(end - 1) // BLOCK)
    blocks = of_runs.unique(maintain_order=True).with_columns(
        block=pl.int_ranges("start", pl.col("end") + 1, dtype=pl.UInt32)
    )
    return blocks.select("patient", "block").explode("block").unique(maintain_order=True)


def write_blocks(file: Path, parts: list[pl.DataFrame | None]) -> None:
    """Writes the file of a shard from what `blocks_of` told of each of its parts, if it did of all."""
    known = [part.cast(pl.Schema(BLOCKS)) for part in parts if part is not None]
    if len(known) == len(parts):
        file.parent.mkdir(exist_ok=True)
        told = pl.concat([pl.DataFrame(schema=BLOCKS), *known]).unique(maintain_order=True)
        told.write_parquet(file, compression="lz4", statistics=False)


def events_of(events: pl.LazyFrame, patients: pl.Series, concepts: Iterable[str], file: Path) -> pl.DataFrame:
    """The events of these concepts of a few patients of a shard: only blocks of rows in which any of them has one are decoded.

    `file` is what `write_blocks` wrote of the shard; where it is not there blocks are searched.
    """
    theirs = pl.col("patient").is_in(patients.cast(pl.Categorical).implode())
    if file.is_file():
        told = read_file(file)
        blocks = told["block"].filter(told["patient"].is_in(patients.implode()))
    else:
        blocks = events.select((theirs.arg_true() // BLOCK).unique()).collect().to_series()
    wanted = theirs & pl.col("concept").is_in(list(concepts))
    found = [
        events.slice(start * BLOCK, (last + 1 - start) * BLOCK).filter(wanted)
        for start, last in near_one_another(sorted(set(blocks)))
    ]
    return pl.concat(found or [events.head(0)]).collect()


def near_one_another(blocks: list[int]) -> list[tuple[int, int]]:
    """The first and the last of blocks that are read at once.

    >>> near_one_another([1, 2, 5, 9])
    [(1, 5), (9, 9)]
    """
    spans: list[tuple[int, int]] = []
    for block in blocks:
        near = spans and block - spans[-1][1] <= NEAR + 1
        spans.append((spans.pop()[0] if near else block, block))
    return spans

"""Writes the results of a run: score ticks in one Parquet file each, shard by shard, so that memory stays bounded."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from opensepsis.data.paths import read_file

KEY = ["patient", "stay", "time"]  # nobody skips rows by their points


class ScoreFiles:
    """Open Parquet files, one per score; each shard is appended as row groups."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._writers: dict[str, pq.ParquetWriter] = {}

    def add(self, name: str, ticks: pl.DataFrame) -> None:
        """Appends the ticks of one shard."""
        table = ticks.to_arrow()
        if name not in self._writers:
            path = self.folder / f"{file_name(name)}.parquet"
            self._writers[name] = pq.ParquetWriter(
                path, table.schema, compression="zstd", compression_level=1, write_statistics=KEY
            )
        self._writers[name].write_table(table)

    def close(self) -> None:
        """Completes the files."""
        for writer in self._writers.values():
            writer.close()


class ScoresInFolder(Mapping[str, pl.DataFrame]):
    """The ticks of each score by its name; a file is read when its score is first asked for."""

    def __init__(self, folder: Path, names: Sequence[str]):
        self._folder, self._names = folder, tuple(names)
        self._read: dict[str, pl.DataFrame] = {}

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._read:
            self._read[name] = read_file(self._folder / f"{file_name(name)}.parquet")
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def file_name(definition: str) -> str:
    """The file name of a definition: the colon of a variant is not a letter for every file system.

    >>> file_name("sofa:high_flow")
    'sofa-high_flow'
    """
    return definition.replace(":", "-")


def stay_summary(
    stays: pl.DataFrame,
    episodes: pl.DataFrame,
    phenotypes,
    highest: dict[str, pl.DataFrame],
    unjudged: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    """One row per stay: who, when, outcome; for each phenotype whether and when first; for each score its highest.

    Whether is null where a phenotype was not judged: `unjudged` has patient and stay of those it was not made for.
    """
    for name in phenotypes:
        mine = episodes.filter(pl.col("definition") == name) if episodes.height else episodes
        if not mine.height:
            stays = stays.with_columns(
                pl.lit(False).alias(name), pl.lit(None, stays.schema["admitted"]).alias(f"{name}_onset")
            )
            continue
        first = mine.group_by("patient", "stay").agg(pl.col("onset").min().alias(f"{name}_onset"))
        stays = stays.join(first, on=["patient", "stay"], how="left", maintain_order="left")
        stays = stays.with_columns(pl.col(f"{name}_onset").is_not_null().alias(name))
    for name, frame in highest.items():
        stays = stays.join(
            frame.rename({"total": f"{name}_highest"}),
            on=["patient", "stay"],
            how="left",
            maintain_order="left",
        )
    for name in phenotypes:
        asked = unjudged[name].select("stay", unjudged=True)
        stays = stays.join(asked, on="stay", how="left", maintain_order="left")
        judged = pl.when(pl.col("unjudged").is_null()).then(pl.col(name))
        stays = stays.with_columns(judged.alias(name)).drop("unjudged")
    order = [c for c in stays.columns if c.removesuffix("_onset") not in phenotypes]
    return stays.select(*order, *(c for name in phenotypes for c in (name, f"{name}_onset")))

"""Paths as people write them: a tilde is the home folder; every other sign is part of a name, also `*`, `?`, `[` and `]`."""

from pathlib import Path

import polars as pl


def as_path(path: str | Path) -> Path:
    """The path, with `~` and `~name` as that home folder, if there is one.

    >>> as_path("results[1]").name, as_path("~").is_absolute()
    ('results[1]', True)
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:  # nobody of that name
        return Path(path)


def parquet_files(folder: Path) -> list[Path]:
    """The Parquet files that lie in a folder, by name."""
    return sorted(folder.glob("*.parquet"))


def scan_files(files: list[Path]) -> pl.LazyFrame:
    """These Parquet files as one table, not yet read."""
    return pl.scan_parquet(files, glob=False)


def scan_file(file: Path) -> pl.LazyFrame:
    """One Parquet file, not yet read."""
    return pl.scan_parquet(file, glob=False)


def scan_content(content: bytes) -> pl.LazyFrame:
    """The content of a Parquet file as a table, not yet read."""
    return pl.scan_parquet(content, glob=False)


def read_file(file: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """One Parquet file, read."""
    return pl.read_parquet(file, columns=columns, glob=False)


def table_files(path: Path) -> list[Path]:
    """The files of a table that is one Parquet file or a folder of them; none where it is not there."""
    return parquet_files(path) if path.is_dir() else [path] if path.is_file() else []


def read_files(files: list[Path], columns: list[str] | None = None) -> pl.DataFrame:
    """These Parquet files, one after another, as one frame."""
    return (
        read_file(files[0], columns)
        if len(files) == 1
        else pl.read_parquet(files, columns=columns, glob=False)
    )

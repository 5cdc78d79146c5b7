"""What the report reads from a folder of results."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from opensepsis.definitions import CLOCKS, COURSE, PHENOTYPES
from opensepsis.errors import FormatError, MissingError
from opensepsis.uses.label import Labels, read_labels


@dataclass(frozen=True)
class Facts:
    """The labels, their main phenotypes, the month of each stay, and the groups (site, ward …) that were given beside them."""

    labels: Labels
    stays: pl.DataFrame
    phenotypes: tuple[str, ...]
    groups: tuple[str, ...]
    mask: int

    def title(self, definition: str) -> str:
        return PHENOTYPES[definition].title if definition in PHENOTYPES else definition

    def clock_title(self, clock: str) -> str:
        return CLOCKS[clock].title if clock in CLOCKS else clock

    def finding_title(self, finding: str) -> str:
        return next((f.title for f in COURSE.findings if f.name == finding), finding)


def read_facts(results: str | Path, groups: str | Path | None, mask: int) -> Facts:
    """MissingError: no results, or a stay of `groups` that they lack. FormatError: no column `stay`."""
    labels = read_labels(results)
    names = [
        d["name"] for d in labels.run["definitions"] if d["kind"] == "phenotype" and ":" not in d["name"]
    ]
    phenotypes = tuple(name for name in names if name in labels.stays.columns)
    kept = [
        "stay",
        "patient",
        "kind",
        "admitted",
        "discharged",
        "died_in_stay",
        "died_in_hospital",
        "age",
        "sex",
    ]
    onsets = [c for name in phenotypes for c in (name, f"{name}_onset") if c in labels.stays.columns]
    stays = labels.stays.select([c for c in kept if c in labels.stays.columns] + onsets)
    stays = stays.with_columns(month=pl.col("admitted").dt.strftime("%Y-%m"))
    if groups is None:
        return Facts(labels, stays, phenotypes, (), mask)
    beside = _groups(Path(groups))
    return Facts(
        labels,
        stays.join(beside, on="stay", how="left"),
        phenotypes,
        tuple(c for c in beside.columns if c != "stay"),
        mask,
    )


def _groups(file: Path) -> pl.DataFrame:
    if not file.is_file():
        raise MissingError(
            f"There is no file {file}. Give a CSV or Parquet file with a column `stay` and one for each group."
        )
    read = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema=False)
    if "stay" not in read.columns or read.width < 2:
        raise FormatError(f"{file.name} needs a column `stay` and one for each kind of group (site, ward …).")
    if read["stay"].is_duplicated().any():
        raise FormatError(f"{file.name} names a stay more than once. Give one row for each stay.")
    return read.with_columns(pl.all().cast(pl.String))

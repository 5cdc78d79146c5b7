"""The results of a run as the checks read them: stays with their groups, hours, events."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

import polars as pl

from opensepsis.data.io.paths import scan_files
from opensepsis.data.results import read_result, read_run, result_files
from opensepsis.data.timeline.timeline import Timeline, read_timeline
from opensepsis.errors import FormatError, MissingError

MONTH = "month"
_YEARS = 40  # that a hospital's record can span
_SAMPLED = 3_000_000  # events of which values are looked at


@dataclass(frozen=True)
class Results:
    """A folder of results; `given` are groups of stays beside the month: stay and a column for each kind of group."""

    folder: Path
    run: dict
    given: pl.DataFrame

    @cached_property
    def stays(self) -> pl.DataFrame:
        """The stays with their groups, `month` of admission among them."""
        stays = read_result(self.folder / "stays.parquet")
        month = pl.col("admitted").dt.strftime("%Y-%m").alias(MONTH)
        return stays.with_columns(month).join(self.given, on="stay", how="left", maintain_order="left")

    @property
    def groups(self) -> list[str]:
        """The kinds of groups: months too, where dates are true ones."""
        months = [] if are_shifted(self.stays) else [MONTH]
        return [*months, *(name for name in self.given.columns if name != "stay")]

    @property
    def kind(self) -> str:
        """The kind of stay that was labelled."""
        return self.run["stays"]["kind"]

    @cached_property
    def timeline(self) -> Timeline:
        """The timeline beside the results, or the one they were made of."""
        beside = self.folder / "timeline"
        return read_timeline(beside if beside.is_dir() else self.run["timeline"])

    def scanned(self, score: str) -> pl.LazyFrame:
        """The hours of a score, to be counted before they are collected."""
        return scan_files(result_files(self.folder / "scores" / f"{score.replace(':', '-')}.parquet"))

    def counted(self, score: str, *asked: pl.Expr) -> pl.DataFrame:
        """stay, month, hours and what is asked, of the hours of a score: a row for each stay in each month, with its groups."""
        first = pl.col("time").dt.date().dt.month_start().alias(MONTH)
        rows = self.scanned(score).group_by("stay", first).agg(pl.len().alias("hours"), *asked).collect()
        month = pl.col(MONTH).dt.strftime("%Y-%m")  # of few rows: one for each hour takes longest of all
        return rows.with_columns(month).join(self.given, on="stay", how="left")

    @cached_property
    def scores(self) -> list[str]:
        """The scores that were written."""
        return sorted(file.stem.replace("-", ":", 1) for file in (self.folder / "scores").glob("*.parquet"))

    @cached_property
    def spent(self) -> pl.DataFrame:
        """stay, month and groups, hours: how long each stay lasted in each month."""
        if not self.scores:
            return pl.DataFrame(schema={"stay": pl.String, MONTH: pl.String, "hours": pl.UInt32})
        return self.counted(self.scores[0])

    @cached_property
    def events(self) -> pl.DataFrame:
        """patient, concept, time, value of the patients with a labelled stay; of a large hospital those of a sample of patients."""
        patients = self.stays["patient"].unique().sort()
        written = max(self.timeline.counts.get("written", 0), 1)
        every = max(1, -(-written // _SAMPLED))
        asked = patients.gather_every(every)
        rows = self.timeline.events().select(
            pl.col("patient").cast(pl.String), pl.col("concept").cast(pl.String), "time", "value"
        )
        return rows.filter(pl.col("patient").is_in(asked.implode())).collect()

    @cached_property
    def kept(self) -> dict[str, int]:
        """How many events of each concept the timeline has, of all patients."""
        counted = self.timeline.events().group_by(pl.col("concept").cast(pl.String)).len()
        return dict(counted.collect().iter_rows())

    @cached_property
    def grouped_events(self) -> pl.DataFrame:
        """The events with `month` of their time, and the groups of their patient's first stay."""
        first = self.stays.sort("admitted").unique("patient", keep="first")
        others = [name for name in self.groups if name != MONTH]
        month = pl.col("time").dt.strftime("%Y-%m").alias(MONTH)
        return self.events.with_columns(month).join(
            first.select("patient", *others), on="patient", how="left"
        )

    @cached_property
    def sampled_hours(self) -> pl.DataFrame:
        """`spent` of the patients whose events are read."""
        stays = self.stays.filter(pl.col("patient").is_in(self.events["patient"].unique().implode()))
        return self.spent.join(stays.select("stay"), on="stay", how="semi")


def years_of_admission(stays: pl.DataFrame) -> int:
    """How many years the admissions of some stays span."""
    years = stays["admitted"].dt.year()
    return int(cast(int, years.max()) - cast(int, years.min())) if stays.height else 0


def are_shifted(stays: pl.DataFrame) -> bool:
    """Whether dates are those of a record without its true ones, with each patient in years of their own."""
    return years_of_admission(stays) > _YEARS


def open_results(folder: Path, groups: Path | None = None) -> Results:
    """A folder of results with the groups of a file (stay, and a column for each kind of group), and those that the source told."""
    run = read_run(folder)
    alone = Results(folder, run, pl.DataFrame(schema={"stay": pl.String}))
    told = [alone.timeline.groups, groups_of_stays(groups) if groups else None]
    given = alone.given
    for frame in told:
        if frame is not None:
            given = given.join(frame, on="stay", how="full", coalesce=True)
    return Results(folder, run, given)


def groups_of_stays(file: Path) -> pl.DataFrame:
    """A file of groups: `stay`, each once, and a text column for each kind of group. MissingError, FormatError: it cannot be had so."""
    if not file.is_file():
        raise MissingError(f"There is no file {file} with groups of stays.")
    try:
        frame = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError):
        raise FormatError(
            f"{file.name} cannot be read. Give CSV or Parquet with the column stay and one for each kind of group."
        ) from None
    twice = "stay" in frame.columns and frame["stay"].is_duplicated().any()
    if twice or "stay" not in frame.columns or frame.width < 2:
        found = "names a stay more than once: it " if twice else ""
        raise FormatError(
            f"{file.name} {found}needs the column stay, each stay once, and a column for each kind of group (site, ward, unit …)."
        )
    return frame.with_columns(pl.all().cast(pl.String))

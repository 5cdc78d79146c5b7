"""What the report reads from a folder of results."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from opensepsis.definitions import CLOCKS, COURSE, PHENOTYPES, SCORES
from opensepsis.uses.check.results import are_shifted, open_results, years_of_admission
from opensepsis.uses.label import Labels, read_labels


@dataclass(frozen=True)
class Facts:
    """The labels, their main phenotypes, the month of each stay, and the groups (site, ward …) that the source told or were given."""

    labels: Labels
    stays: pl.DataFrame
    phenotypes: tuple[str, ...]
    groups: tuple[str, ...]
    mask: int

    def title(self, definition: str) -> str:
        return PHENOTYPES[definition].title if definition in PHENOTYPES else definition

    @property
    def years(self) -> int:
        """How many years the admissions span."""
        return years_of_admission(self.stays)

    @property
    def shifted(self) -> bool:
        """Whether the dates are not the true ones."""
        return are_shifted(self.stays)

    def score_title(self, score: str) -> str:
        return SCORES[score].title if score in SCORES else score

    def clock_title(self, clock: str, task: str | None = None) -> str:
        """The title of a care bundle, or of one of its tasks."""
        if clock not in CLOCKS:
            return task or clock
        titles = {name: title for arm in CLOCKS[clock].arms for name, title in arm.titles.items()}
        return CLOCKS[clock].title if task is None else titles.get(task, task)

    def finding_title(self, finding: str) -> str:
        return next((f.title for f in COURSE.findings if f.name == finding), finding)


def read_facts(results: str | Path, groups: str | Path | None, mask: int) -> Facts:
    """MissingError: no results, or no file of groups. FormatError: the file has not each stay once with its groups."""
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
    beside = open_results(Path(results), Path(groups) if groups else None).given
    return Facts(
        labels,
        stays.join(beside, on="stay", how="left"),
        phenotypes,
        tuple(c for c in beside.columns if c != "stay"),
        mask,
    )

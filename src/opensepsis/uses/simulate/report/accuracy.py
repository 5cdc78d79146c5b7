"""How well labels find what really happened: sensitivity, specificity and onset error against the truth of a simulation.

The labels come from any detector, as a frame with one row per stay; nothing here knows how they were made.
"""

from dataclasses import dataclass

import polars as pl

from opensepsis.errors import SimulationError, nearest
from opensepsis.uses.shares import wilson

SEPSIS, SHOCK = "onset", "shock_onset"  # columns of the truth


@dataclass(frozen=True)
class Share:
    """A part of a whole, with its 95 % interval (Wilson).

    >>> [round(x, 3) for x in Share(8, 10).interval]
    [0.49, 0.943]
    """

    part: int
    whole: int

    @property
    def value(self) -> float:
        return self.part / self.whole if self.whole else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        if not self.whole:
            return float("nan"), float("nan")
        return wilson(self.part, self.whole)


@dataclass(frozen=True)
class AgainstTruth:
    """One definition against one truth. `patients` has patient, true, labelled and `late`, the onset error in hours."""

    definition: str
    truth: str
    patients: pl.DataFrame

    def _count(self, true: bool, labelled: bool) -> int:
        return self.patients.filter(pl.col("true") == true, pl.col("labelled") == labelled).height

    @property
    def sensitivity(self) -> Share:
        return Share(self._count(True, True), self._count(True, True) + self._count(True, False))

    @property
    def specificity(self) -> Share:
        return Share(self._count(False, False), self._count(False, False) + self._count(False, True))

    @property
    def predictive_value(self) -> Share:
        return Share(self._count(True, True), self._count(True, True) + self._count(False, True))

    @property
    def onset_errors(self) -> pl.Series:
        """Labelled onset minus true onset in hours, of those who have both; positive is late."""
        return self.patients["late"].drop_nulls()

    def quartiles(self) -> tuple[float, float, float]:
        """Lower quartile, median and upper quartile of the onset error in hours; nan where nobody has both."""
        found = [self.onset_errors.quantile(q, "linear") for q in (0.25, 0.5, 0.75)]
        lower, median, upper = (float("nan") if value is None else value for value in found)
        return lower, median, upper


def compare_with_truth(stays: pl.DataFrame, truth: pl.DataFrame, definition: str) -> AgainstTruth:
    """The labels of a definition against the truth: shock against true shock, anything else against true sepsis.

    `stays` has `patient`, the column `definition` (yes or no) and its `_onset`; a patient with several stays counts once. An onset
    before arrival counts from arrival, since nothing was charted before. Not judged counts as not labelled.
    """
    if definition not in stays.columns:
        known = [name.removesuffix("_onset") for name in stays.columns if name.endswith("_onset")]
        raise SimulationError(f"The labels have no definition '{definition}'. {nearest(definition, known)}")
    real = SHOCK if "shock" in definition else SEPSIS
    said = stays.group_by("patient").agg(
        pl.col(definition).fill_null(False).any().alias("labelled"), pl.col(f"{definition}_onset").min()
    )
    moment = pl.max_horizontal(real, "admitted")
    joined = truth.join(said.with_columns(pl.col("patient").cast(pl.String)), on="patient", how="inner")
    late = (pl.col(f"{definition}_onset") - moment).dt.total_seconds() / 3600
    return AgainstTruth(
        definition,
        real,
        joined.select(
            "patient",
            pl.col(real).is_not_null().alias("true"),
            "labelled",
            pl.when(pl.col(real).is_not_null() & pl.col("labelled")).then(late).alias("late"),
        ),
    )


def around_onset(
    scores: pl.DataFrame, courses: pl.DataFrame, truth: pl.DataFrame, hours=range(-12, 49)
) -> pl.DataFrame:
    """Mean true and charted points by hour from the true onset of sepsis: `from_onset`, `true_points`, `charted_points`.

    `scores` has patient, time and total, as `label` writes them.
    """
    people = truth.filter(pl.col(SEPSIS).is_not_null()).select(
        "patient", "admitted", moment=pl.max_horizontal(SEPSIS, "admitted")
    )
    wanted = pl.col("from_onset").is_in(list(hours))

    def mean(frame, time, value, name):
        from_onset = ((time - pl.col("moment")).dt.total_minutes() / 60).floor().cast(pl.Int64)
        found = frame.join(people, on="patient").with_columns(from_onset.alias("from_onset")).filter(wanted)
        return found.group_by("from_onset").agg(pl.col(value).mean().alias(name))

    charted = scores.with_columns(pl.col("patient").cast(pl.String))
    real = mean(courses, pl.col("admitted") + pl.duration(hours=pl.col("hour")), "sofa", "true_points")
    seen = mean(charted, pl.col("time"), "total", "charted_points")
    return real.join(seen, on="from_onset", how="full", coalesce=True).sort("from_onset")

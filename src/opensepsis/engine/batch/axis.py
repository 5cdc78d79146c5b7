"""One whole number, `place`, for patient and time: patients lie one after another on one axis.

Sorting, joining and searching then take one column of whole numbers instead of two, which is several times faster.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import polars as pl

from opensepsis.definitions.concepts.person import BORN

AXIS = 2**63 - 1  # the length of the axis, in microseconds
EMPTY = (
    366 * 24 * 3_600_000_000
)  # a year free on both sides of a patient: no length of time in a rule is longer
NOWHERE = 2**61  # the first record of those who have none


@dataclass(frozen=True)
class Axis:
    """Every patient has `width` microseconds; `first` is, by pid, the time at which they begin.

    Of a patient without events no place matters: those beyond the last pid share one. Where the lives of so many patients would
    not fit, births lie at the beginning of their patient, before all else.
    """

    first: pl.Series
    width: int

    @classmethod
    def of(cls, events: pl.DataFrame) -> "Axis":
        """The axis for all patients in `events` (pid, concept, time)."""
        patients = cast(int, events["pid"].max() or 0) + 1 if events.height else 0
        width, spans = AXIS // (patients + 1), _spans(events)
        if _longest(spans) + 3 * EMPTY > width:
            spans = _spans(events.filter(pl.col("concept") != BORN.name))
        if (longest := _longest(spans)) + 3 * EMPTY > width:
            raise OverflowError(f"{patients} patients with up to {longest} µs each do not fit on one axis")
        every = pl.DataFrame({"pid": pl.int_range(patients + 1, eager=True).cast(events.schema["pid"])})
        first = every.join(spans, on="pid", how="left", maintain_order="left")["first"] - EMPTY
        return cls(first.fill_null(NOWHERE), width)

    @cached_property
    def _first(self) -> np.ndarray:
        return self.first.to_numpy()

    def places(self, pid: np.ndarray, time: np.ndarray) -> np.ndarray:
        """The place of each patient and time; what lies years beside a patient's events stays just beside."""
        slot = np.minimum(pid, len(self.first) - 1)
        return slot * self.width + np.clip(time - self._first[slot], 0, self.width - EMPTY)

    def patient_and_time(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whose and when these places are."""
        slot = places // self.width
        return slot, places - slot * self.width + self._first[slot]


def _spans(events: pl.DataFrame) -> pl.DataFrame:
    return events.group_by("pid").agg(first=pl.col("time").min(), last=pl.col("time").max())


def _longest(spans: pl.DataFrame) -> int:
    return spans.select((pl.col("last") - pl.col("first")).max()).item() or 0

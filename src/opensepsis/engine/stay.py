"""One patient's stay, and one course of a phenotype in it. Times are whole microseconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Episode:
    """One course of a phenotype: its onset and the times it rests on."""

    onset: int
    known: int
    suspected: int
    organ_failure: int | None = None
    shock: int | None = None
    points: int | None = None
    baseline: int | None = None
    onset_type: str | None = None


@dataclass(frozen=True)
class Stay:
    """The span that is labelled, and the moment up to which things are judged."""

    admitted: int
    discharged: int
    age: float | None = None
    died: int | None = None
    discharged_to: str | None = None

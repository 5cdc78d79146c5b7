"""One patient's stay, and one course of a phenotype in it. Times are whole microseconds."""

from dataclasses import dataclass
from datetime import timedelta

from opensepsis.engine.semantics.perspective import Perspective

VISITS = ("emergency", "observation")
LED_ON_WITHIN = timedelta(hours=1)  # from the end of a visit to the admission of which it is part
EvaluationTime = tuple[int, *tuple[int | None, ...]]  # a moment, and the totals of scores at it


@dataclass(frozen=True, order=True)
class Suspicion:
    """An antibiotic and a culture that pair: when infection was suspected, and when that could first be known."""

    time: int
    known: int
    withdrawn: int | None = None


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
    strata: str | None = None  # by what it is counted apart, in words with a stroke between
    withdrawn: int | None = None  # when a correction took away what it rests on


@dataclass(frozen=True)
class Arrival:
    """How a patient came to a stay: when they presented, at what age in whole years, and what kind of visit it was.

    `by_itself`: a visit to the emergency department or for observation that led to no admission; `led_on`: one that did.
    """

    presented: int
    years: int | None = None
    sex: str | None = None
    on_ward: int | None = None  # when a visit that went on after the admission ended; None: at the admission
    by_itself: bool = False
    led_on: bool = False


@dataclass(frozen=True)
class Stay:
    """The span that is labelled, and the moment up to which things are judged."""

    admitted: int
    discharged: int
    age: float | None = None
    died: int | None = None
    discharged_to: str | None = None
    judged: Perspective = Perspective.NOW
    arrival: Arrival | None = None  # None: nothing is told of it

    @property
    def arrived(self) -> Arrival:
        """The arrival; where nothing is told of it, at the admission and at the age of the stay."""
        return self.arrival or Arrival(self.admitted, None if self.age is None else int(self.age))

    @property
    def on_ward(self) -> int:
        """From when on the patient was in an inpatient location."""
        return max(self.admitted, self.arrived.on_ward or self.admitted)

"""The NHSN drafts: sepsis by calendar days from presentation on, and bacteremia by the places where blood was taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from opensepsis.rules.concepts import Concept
from opensepsis.rules.course import CodeList
from opensepsis.rules.phenotypes import Phenotype
from opensepsis.rules.places import Places
from opensepsis.rules.surveillance import DrugList, Organisms, Surveillance


@dataclass(frozen=True, eq=False)
class LowPressure:
    """Two low readings `within` of each other: a systolic or a mean pressure below its limit; one moment is one reading.

    `in_a_row`: no other reading lies between them. `from_first`: the first of the two counts, not the second.
    """

    systolic: Concept
    systolic_below: float
    mean: Concept
    mean_below: float
    within: timedelta
    in_a_row: bool = False
    from_first: bool = False


@dataclass(frozen=True, eq=False)
class Ventilated:
    """Invasive ventilation on any day, or new support by mask or high flow on two calendar days in a row."""

    ventilation: Concept
    invasive: tuple[str, ...]
    noninvasive: tuple[str, ...]
    oxygen: Concept
    devices: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class LabDysfunction:
    """A value at or beyond `times` its baseline and past `limit`: from 1 up it rises, below 1 it falls.

    Rising: at least `limit`, or with `strictly` above it. Falling: below it. `assumed` is the baseline of community onset that ends in
    death or hospice, unless a code of `assumed_unless` was present on admission. What differs for women stands beside.
    """

    concept: Concept
    limit: float
    limit_women: float | None = None
    times: float | None = None
    strictly: bool = False
    assumed: float | None = None
    assumed_women: float | None = None
    assumed_unless: CodeList | None = None
    baseline_at_least: float | None = None
    asked_of: tuple[str, ...] = ("community", "hospital")  # the onsets whose baseline must be at least that
    not_with: CodeList | None = None  # diagnoses of the stay that rule it out

    @property
    def rises(self) -> bool:
        """Whether high values are the bad ones."""
        return self.times is None or self.times > 1

    def limit_of(self, sex: str | None) -> float:
        """The limit for a sex; without one that of men."""
        return self.limit if self.limit_women is None or sex != "female" else self.limit_women

    def assumed_of(self, sex: str | None) -> float | None:
        """The assumed baseline for a sex; without one that of men."""
        return self.assumed if self.assumed_women is None or sex != "female" else self.assumed_women


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class NhsnSepsisEvent(Surveillance):
    """Infection and organ dysfunction within a day of a blood culture, or of treatment of an infection that is the principal diagnosis.

    Day 1 is the day of presentation: an emergency or observation visit that ends at most an hour before the admission is part of the stay.
    """

    antimicrobials: tuple[Concept, ...]
    drugs: DrugList
    new_after_days: int = 2
    days_needed: int = 4
    days_needed_discharged_alive: int = 3  # with an infection as principal diagnosis, community onset only
    only_first_new: bool = False
    places: Places
    died: tuple[str, ...] = ("died",)  # kinds of places of discharge
    hospice: tuple[str, ...] = ("hospice",)
    transferred: tuple[str, ...] = ("other_hospital",)
    comfort_care: Concept
    only_death_ends_a_visit: bool = True  # of a patient seen in no inpatient location
    pressure: LowPressure
    ventilated: Ventilated
    labs: tuple[LabDysfunction, ...]
    diagnosis: Concept
    principal: CodeList
    principal_beside_culture: bool = False
    centred_on_presentation: bool = (
        False  # the window of a principal diagnosis; else on its first new parenteral drug
    )
    admission_from: int = -1  # inpatient days on which a diagnosis counts as present on admission
    admission_to: int = 2
    excluded_only_on_admission: bool = False
    added_vasopressor: bool = False  # in hospital a further vasopressor is an escalation
    assumed_replaces: bool = False  # what was measured; else the better of the two
    hospital_baseline_before: int | None = (
        None  # from presentation to so many days before the culture; None: the window
    )
    windows_merge: bool = False  # those of cultures that overlap
    from_admission: bool = False  # day 1 is the day of admission
    hospital_onset_first: bool = False

    @property
    def reads(self) -> dict[str, Concept]:
        """The concepts read."""
        pressure, lungs = self.pressure, self.ventilated
        own = (
            self.culture,
            self.comfort_care,
            self.diagnosis,
            *self.antimicrobials,
            *(s.concept for s in self.support),
            pressure.systolic,
            pressure.mean,
            lungs.ventilation,
            lungs.oxygen,
            *(lab.concept for lab in self.labs),
        )
        return {c.name: c for c in own}


@dataclass(frozen=True, eq=False)
class Taxa:
    """Genera and species by their names: (spelling, genus, species), the longest spelling first; no species: the word that follows.

    A following word of `no_species` names none. `community`: genera that are flagged as acquired in the community.
    """

    name: str
    names: tuple[tuple[str, str, str], ...]
    no_species: tuple[str, ...]
    community: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Neutropenia:
    """Neutrophils below a limit on so many days, at most so many days from the culture."""

    neutrophils: Concept
    below: float
    days: int
    within_days: int


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class NhsnBacteremia(Phenotype):
    """Growth in blood by where the patient was: outpatient (O-COB), community (COB) or hospital onset (HOB), at most one of each a stay.

    A culture is out when an organism of it matches one of an earlier event: the same species, or the same genus where neither has one.
    """

    culture: Concept
    specimens: tuple[str, ...] = ("blood",)
    specimens_left_out: tuple[str, ...] = ()
    commensals: Organisms
    taxa: Taxa
    neutropenia: Neutropenia
    adult_age: int = 18
    community_days: int = 3  # inpatient days 1 to 3
    joined_days: int = 14  # after the culture of a hospital onset
    each_organism: bool = False  # only the organisms that match are out, not the whole culture
    earlier_growth: bool = False  # what grew earlier counts, not only what belongs to an event

    @property
    def reads(self) -> dict[str, Concept]:
        """The concepts read."""
        return {c.name: c for c in (self.culture, self.neutropenia.neutrophils)}

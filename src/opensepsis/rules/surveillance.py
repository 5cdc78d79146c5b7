"""Phenotypes of surveillance: infection and organ failure by calendar day, as the CDC counts them."""

from __future__ import annotations

from dataclasses import dataclass

from opensepsis.rules.concepts import Concept
from opensepsis.rules.phenotypes import Phenotype
from opensepsis.rules.places import Places


@dataclass(frozen=True, eq=False)
class DrugList:
    """The antimicrobials that count, by ingredient; combinations are written with a slash.

    `spelled`: other names of an ingredient. `two_drugs`: by vein and by mouth they are two drugs, else one.
    """

    name: str
    parenteral: tuple[str, ...]
    enteral: tuple[str, ...]
    spelled: tuple[tuple[str, str], ...] = ()
    two_drugs: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Organisms:
    """Common commensals: an organism is one when its name holds one of `words` and none of `pathogens`.

    A name that holds one of `nothing` is no organism; one of `neither` is no bacterium and no fungus.
    """

    name: str
    words: tuple[str, ...]
    pathogens: tuple[str, ...] = ()
    nothing: tuple[str, ...] = ()
    neither: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class NewSupport:
    """Support that starts on a day when none of it was given on the `free_days` calendar days before."""

    concept: Concept
    words: tuple[str, ...] = ()  # only intervals with these texts; empty: all
    free_days: int = 1


@dataclass(frozen=True, eq=False)
class LabFailure:
    """A value at or beyond `times` its baseline and past `limit`: from 1 up it rises, below 1 it falls.

    Rising: at least `limit`, baseline the lowest. Falling: below `limit`, baseline the highest.
    """

    concept: Concept
    times: float | None = None
    limit: float | None = None
    baseline_at_least: float | None = None
    not_with: tuple[str, ...] = ()  # diagnoses that rule it out, as codes without a dot

    @property
    def rises(self) -> bool:
        """Whether high values are the bad ones."""
        return self.times is None or self.times > 1


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Surveillance(Phenotype):
    """What the events of surveillance share. Day 1 is the calendar day of admission."""

    culture: Concept
    specimens: tuple[str, ...] = ("blood",)
    specimens_left_out: tuple[str, ...] = ()
    window_days: int = 2  # before and after the day of the culture
    days_before_stay: int = 2  # days 0 and −1
    hospital_from_day: int = 3  # an onset from this day on is hospital onset
    lowest_age: float = 18
    repeat_after_days: int | None = None  # from one onset to the next; None: one event a stay
    support: tuple[NewSupport, ...] = ()


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AdultSepsisEvent(Surveillance):
    """A blood culture, enough days of new antimicrobials and new organ failure, all by calendar day."""

    antimicrobials: tuple[Concept, ...]
    drugs: DrugList
    new_after_days: int = 2  # a drug is new when not given on so many calendar days before
    days_needed: int = 4
    only_first_new: bool = False  # only the first new drug of the window may begin the count
    places: Places | None = None
    cut_short_by: tuple[str, ...] = ()  # kinds of places the patient was discharged to
    comfort_care: Concept | None = None
    labs: tuple[LabFailure, ...] = ()
    diagnosis: Concept | None = None
    hospital_onset_first: bool = False  # when both baselines fit, which onset is taken

    @property
    def reads(self) -> dict[str, Concept]:
        """The concepts read."""
        also = (self.culture, self.comfort_care, self.diagnosis, *self.antimicrobials)
        own = (*also, *(s.concept for s in self.support), *(f.concept for f in self.labs))
        return {c.name: c for c in own if c}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class BacteremiaShock(Surveillance):
    """A recognised pathogen in blood (`culture`: text `specimen|organism`) and a new vasopressor."""

    commensals: Organisms

    @property
    def reads(self) -> dict[str, Concept]:
        """The concepts read."""
        return {c.name: c for c in (self.culture, *(s.concept for s in self.support))}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Bacteremia(Phenotype):
    """A pathogen in one blood culture, or a commensal in `cultures_needed`, at most `days_apart` days apart.

    `culture`: text `specimen|organism`. Findings at most `episode_days` after the one before are one episode.
    """

    culture: Concept
    commensals: Organisms
    specimens: tuple[str, ...] = ("blood",)
    specimens_left_out: tuple[str, ...] = ()
    cultures_needed: int = 2
    days_apart: int = 1
    episode_days: int = 14
    days_before_stay: int = 2

    @property
    def reads(self) -> dict[str, Concept]:
        """The concepts read."""
        return {self.culture.name: self.culture}

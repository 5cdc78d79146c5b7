"""When the ward speaks up: every number of an alert policy in one place, as data with a version."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from functools import cached_property

from opensepsis.definitions.phenotypes.infection import SYSTEMIC
from opensepsis.definitions.scores.news2 import NEWS2
from opensepsis.definitions.scores.qsofa import QSOFA
from opensepsis.definitions.single_parameter import CHILD_SHOCK, CHILD_SIGNS, MATERNAL_SHOCK, MATERNAL_SIGNS
from opensepsis.rules import DoseRule


class Level(IntEnum):
    """How loud: watch is shown, alert interrupts, critical interrupts and breaks a snooze."""

    WATCH = 1
    ALERT = 2
    CRITICAL = 3


@dataclass(frozen=True)
class ScoreReaches:
    """A score of at least so many points; with `infection`, only while infection is suspected, and then treatment suppresses it."""

    score: str
    points: int
    level: Level
    infection: bool = False


@dataclass(frozen=True)
class SignsMet:
    """Any sign of a single-parameter chart (`definitions/single_parameter.py`), for patients whom NEWS2 is not made for."""

    chart: str
    level: Level


@dataclass(frozen=True)
class EpisodeFound:
    """An episode of a phenotype, for `lasting` after it could be known; `suppressible` by treatment already given."""

    phenotype: str
    level: Level
    suppressible: bool = True
    lasting: timedelta = timedelta(hours=24)


@dataclass(frozen=True)
class AlertPolicy:
    """The rules of alerting. Silent unless a hospital says otherwise: what would have been raised is recorded.

    `rise` points more than when the alert was answered, or an organ newly at `organ_points`, raise it again.
    """

    name: str = "usual"
    version: str = "5"  # what each version changed: docs/ward.md
    silent: bool = True
    speaking_wards: frozenset[str] = frozenset()  # wards that are not silent
    reasons: tuple[ScoreReaches | EpisodeFound | SignsMet, ...] = (
        ScoreReaches("news2", NEWS2.bands["medium"], Level.WATCH),
        ScoreReaches("news2", NEWS2.bands["high"], Level.ALERT),
        ScoreReaches("news2", NEWS2.bands["medium"], Level.ALERT, infection=True),
        ScoreReaches("qsofa", QSOFA.bands["positive"], Level.WATCH),
        EpisodeFound("suspected_infection", Level.WATCH),
        EpisodeFound("sepsis3", Level.ALERT),
        EpisodeFound("septic_shock", Level.CRITICAL, suppressible=False),
        EpisodeFound("phoenix_sepsis", Level.ALERT),
        EpisodeFound("phoenix_septic_shock", Level.CRITICAL, suppressible=False),
        SignsMet(CHILD_SIGNS.name, Level.ALERT),
        SignsMet(CHILD_SHOCK.name, Level.CRITICAL),
        SignsMet(MATERNAL_SIGNS.name, Level.ALERT),
        SignsMet(MATERNAL_SHOCK.name, Level.CRITICAL),
    )
    deadlines: tuple[str, ...] = ("ssc2026_adults", "ssc2026_children")  # clocks whose missed tasks are told
    late_until: timedelta = timedelta(hours=72)  # an episode found later after its onset is history: not told
    treating: DoseRule = SYSTEMIC  # eye drops and ointments treat no sepsis
    treated_within: timedelta = timedelta(hours=24)
    lapsed_after: timedelta = timedelta(hours=36)  # without another dose: a daily dose may be late
    ordered_within: timedelta = timedelta(hours=3)  # an order that nobody carried out treats no longer
    rise: int = 2
    rise_of: tuple[str, ...] = ("news2", "sofa", "phoenix")
    organ_points: int = 2
    organs_of: tuple[str, ...] = ("sofa", "phoenix")
    lockout: timedelta = timedelta(hours=8)
    resolve_after: timedelta = timedelta(hours=2)
    escalate_after: timedelta = timedelta(minutes=30)
    acknowledged_for: timedelta = timedelta(
        hours=12
    )  # an answer that is older no longer counts: it calls again
    dismissed_for: timedelta = timedelta(hours=24)
    late_after: timedelta = timedelta(
        minutes=30
    )  # vital signs older than this on receipt may be part of a burst
    burst_pause: timedelta = timedelta(seconds=5)  # a burst is judged after so long without another message,
    burst_longest: timedelta = timedelta(seconds=60)  # and at the latest so long after its first
    same_set: timedelta = timedelta(
        seconds=5
    )  # a further rise of a score so soon after it was notified updates that notification
    leave_after: timedelta = timedelta(days=1)  # after discharge a patient leaves the board
    rest_after: timedelta = timedelta(
        days=7
    )  # without a message, a patient who never left leaves the board too
    stale_vitals: timedelta = timedelta(hours=8)
    stale_labs: timedelta = timedelta(hours=24)
    left_after: timedelta = timedelta(minutes=30)  # a vital sign so long after a discharge: is it right?
    ward_silent_after: timedelta = timedelta(hours=4)  # nothing at all of any patient of a ward
    attributable: tuple[str, ...] = ("creatinine", "urine_output", "bilirubin", "platelets", "inr", "pao2")

    @property
    def label(self) -> str:
        """Name and version, as every alert states it."""
        return f"{self.name} {self.version}"

    def is_silent(self, ward: str) -> bool:
        """Whether alerts of a ward are only recorded."""
        return self.silent and ward.strip().casefold() not in self._speaking

    @cached_property
    def _speaking(self) -> frozenset[str]:
        """The wards that are not silent, whatever their case and outer space."""
        return frozenset(name.strip().casefold() for name in self.speaking_wards) - {""}

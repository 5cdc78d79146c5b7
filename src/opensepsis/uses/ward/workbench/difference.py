"""Whether other rules could have made another call of some patients: seen in the run under the ward's own rules.

A ward of the same patients under rules that differ only in limits goes through the same states until one of these limits is reached;
under rules that differ only in how an alert goes on, until something holds. Where that never comes, the calls are the same.
"""

from dataclasses import dataclass, fields

from opensepsis.definitions.scores import SCORES
from opensepsis.definitions.single_parameter import SINGLE_PARAMETER
from opensepsis.uses.ward.state.alert_policy import EpisodeFound, ScoreReaches, SignsMet
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.workbench.scenario import Scenario

# read only of an alert, or where something holds that may become one
_OF_AN_ALERT = frozenset(
    {
        "treated_within", "lapsed_after", "ordered_within", "rise", "organ_points", "lockout", "resolve_after", "escalate_after",
        "acknowledged_for", "dismissed_for", "same_set",
    }
)  # fmt: skip
_JUDGED_APART = frozenset({"reasons", "deadlines"})
Spoken = ScoreReaches | EpisodeFound | SignsMet


@dataclass(frozen=True)
class Difference:
    """What only one of two sets of rules speaks of, and whether they differ in how an alert goes on."""

    reasons: tuple[Spoken, ...]
    of_an_alert: bool


def difference(base: Scenario, other: Scenario) -> Difference | None:
    """How other rules differ from a ward's own; None where what they change is read before anything holds.

    >>> from opensepsis.uses.ward.state.alert_policy import AlertPolicy
    >>> from opensepsis.uses.ward.workbench.scenario import scenario_of, usual
    >>> later = scenario_of("later", {"limits": {"news2 alert": 8}}, AlertPolicy(), "sepsis3", None)
    >>> [one.points for one in difference(usual("sepsis3", None), later).reasons]
    [7, 8]
    """
    one, two = base.policy, other.policy
    differing = {f.name for f in fields(one) if getattr(one, f.name) != getattr(two, f.name)}
    if base.watching != other.watching or differing - _OF_AN_ALERT - _JUDGED_APART:
        return None
    gone = tuple(reason for reason in one.reasons if reason not in two.reasons)
    new = tuple(reason for reason in two.reasons if reason not in one.reasons)
    if [r for r in one.reasons if r not in gone] != [r for r in two.reasons if r not in new]:
        return None
    if not set(two.deadlines) <= set(one.deadlines):
        return None
    return Difference((*gone, *new), bool(differing - {"reasons"}))


@dataclass
class Witness:
    """Looks on as a ward runs under its own rules; `mattered` once a difference could have made another call."""

    difference: Difference
    mattered: bool = False

    def look(self, patient: Patient, now: int) -> None:
        """A patient was just judged (microseconds)."""
        if self.mattered:
            return
        of_an_alert = self.difference.of_an_alert and (
            patient.alert_record.held or patient.alert_record.number
        )
        self.mattered = bool(of_an_alert) or any(_holds(one, patient, now) for one in self.difference.reasons)


def _holds(spoken: Spoken, patient: Patient, now: int) -> bool:
    """Whether a rule finds what it speaks of, whatever else it asks for."""
    match spoken:
        case ScoreReaches(score=name, points=points):
            score = SCORES[name]
            if score not in patient.watching.shown:
                return False
            total = patient.bedside.points(score, now).total
            return total is not None and total >= points
        case EpisodeFound(phenotype=name):
            return bool(patient.found.get(name))
        case SignsMet(chart=name):
            return bool(patient.bedside.points(SINGLE_PARAMETER[name], now).total)

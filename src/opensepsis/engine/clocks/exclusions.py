"""Why nothing of a clock is due for a patient. Plain Python; times in whole microseconds."""

from opensepsis.engine.clocks.tasks import TaskInputs, counts
from opensepsis.engine.clocks.time_zero import TimeZero
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Arm, Charted, Clock, ComfortCare, LeavesWithin, LongStay, TreatedBefore


def refusal(clock: Clock, arm: Arm, case: TaskInputs, findings: list[TimeZero]) -> str:
    """Why an arm is not started at all; empty when it is."""
    zero = case.finding.time
    earliest = zero - to_microseconds(arm.unless_within)
    for other in findings:
        standing = other.withdrawn is None or other.withdrawn > case.now
        if standing and other.trigger in arm.unless and earliest <= other.time <= zero:
            return f"{clock.arm_of[other.trigger].title} runs instead"
    for exclusion in clock.exclusions:
        if reason := _excluded(exclusion, case):
            return reason
    return ""


def _excluded(exclusion, case: TaskInputs) -> str:
    zero, stay = case.finding.time, case.stay
    match exclusion:
        case ComfortCare(until=until):
            within = any(start <= zero + to_microseconds(until) for start in _comfort(exclusion, case))
            return "comfort care" if within else ""
        case TreatedBefore(given=given, longer_ago=longer_ago):
            events = [e for c in given.concepts for e in case.record.of(c) if counts(given, e)]
            early = [e for e in events if stay.admitted <= e.time < zero - to_microseconds(longer_ago)]
            return f"{early[0].concept} was given before" if early else ""
        case LeavesWithin(within=within):
            gone = case.left is not None and case.left <= zero + to_microseconds(within)
            return "died or left too soon" if gone else ""
        case LongStay(over=over):
            lasted = (stay.discharged or case.now) - stay.admitted
            return "the stay is too long" if lasted > to_microseconds(over) else ""
        case Charted(concept=concept, words=words, why=why, valid=valid):
            said = [e for e in case.record.of(concept) if e.time <= case.now]
            holds = said and said[-1].text in words and zero < said[-1].time + to_microseconds(valid)
            return why if holds else ""
    raise TypeError(f"no form of {exclusion!r}")


def _comfort(exclusion: ComfortCare, case: TaskInputs) -> list[int]:
    """The starts of comfort care that reaches beyond time zero, as far as seen."""
    events = [e for e in case.record.of(exclusion.concept) if e.time <= case.now]
    return [e.time for e in events if e.end is None or e.end > case.finding.time]


def comfort_care_from(clock: Clock, case: TaskInputs) -> int | None:
    """When comfort care began; None while it has not."""
    starts = [t for e in clock.exclusions if isinstance(e, ComfortCare) for t in _comfort(e, case)]
    return min(starts, default=None)

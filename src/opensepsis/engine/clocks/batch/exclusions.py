"""Why nothing of a clock is due, for many time zeros at once. Twin of `clocks/exclusions.py`."""

import numpy as np

from opensepsis.engine.batch.chart import NEVER
from opensepsis.engine.batch.moments import Whole, spread
from opensepsis.engine.clocks.batch.inputs import TimeZeros, Words, words
from opensepsis.engine.clocks.batch.record import Entered
from opensepsis.engine.clocks.batch.tasks import counting
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Arm, Charted, Clock, ComfortCare, LeavesWithin, LongStay, TreatedBefore


def refusal(clock: Clock, arm: Arm, mine: TimeZeros, every: TimeZeros, entered: Entered) -> Words:
    """Why an arm is not started at its time zeros (`mine`, of `every` one of the clock); empty when it is."""
    refused = _runs_instead(clock, arm, mine, every)
    for exclusion in clock.exclusions:
        refused = np.where(refused == "", _excluded(exclusion, mine, entered), refused)
    return refused


def _runs_instead(clock: Clock, arm: Arm, mine: TimeZeros, every: TimeZeros) -> Words:
    """The first other time zero of the stay that stands and is not too old, if its arm runs instead of this one."""
    refused = words("", len(mine))
    if not arm.unless:
        return refused
    rivals = every.take(np.flatnonzero(np.isin(every.trigger.astype(str), arm.unless)))
    begin = np.searchsorted(rivals.stay, mine.stay)
    case, other = spread(begin, np.searchsorted(rivals.stay, mine.stay, side="right"))
    earliest = mine.zero - to_microseconds(arm.unless_within)
    time, stands = rivals.zero[other], rivals.withdrawn[other] > mine.discharged[case]
    runs = stands & (earliest[case] <= time) & (time <= mine.zero[case])
    case, other = case[runs][::-1], other[runs][::-1]
    said = {trigger: f"{one.title} runs instead" for trigger, one in clock.arm_of.items()}
    refused[case] = [said[trigger] for trigger in rivals.trigger[other]]  # the first stays
    return refused


def _excluded(exclusion, zeros: TimeZeros, entered: Entered) -> Words:
    match exclusion:
        case ComfortCare(until=until):
            start = _comfort(exclusion, zeros, entered)
            return _where(start <= zeros.zero + to_microseconds(until), "comfort care")
        case TreatedBefore():
            return _treated(exclusion, zeros, entered)
        case LeavesWithin(within=within):
            gone = zeros.left <= zeros.zero + to_microseconds(within)
            return _where(gone, "died or left too soon")
        case LongStay(over=over):
            lasted = zeros.discharged - zeros.admitted
            return _where(lasted > to_microseconds(over), "the stay is too long")
        case Charted():
            return words("", len(zeros))  # patients with a word have a plain record
    raise TypeError(f"no form of {exclusion!r}")


def _where(which: np.ndarray, said: str) -> Words:
    return np.where(which, said, "").astype(object)


def _treated(exclusion: TreatedBefore, zeros: TimeZeros, entered: Entered) -> Words:
    said = words("", len(zeros))
    before = zeros.zero - to_microseconds(exclusion.longer_ago)
    for concept in exclusion.given.concepts:
        place = counting(exclusion.given, entered.of(concept)).place
        first = np.searchsorted(place, entered.axis.places(zeros.pid, zeros.admitted))
        early = first < np.searchsorted(place, entered.axis.places(zeros.pid, before))
        said = np.where((said == "") & early, f"{concept.name} was given before", said)
    return said


def _comfort(exclusion: ComfortCare, zeros: TimeZeros, entered: Entered) -> Whole:
    """The start of the first comfort care that reaches beyond each time zero, as far as seen; NEVER where there is none."""
    entries = entered.of(exclusion.concept)
    if not len(entries):
        return np.full(len(zeros), NEVER)
    ends = np.maximum.accumulate(entered.axis.places(entries.pid, entries.end))
    row = np.searchsorted(ends, entered.axis.places(zeros.pid, zeros.zero), side="right")
    inside = row < len(entries)
    row = np.where(inside, row, 0)
    there = inside & (entries.pid[row] == zeros.pid) & (entries.time[row] <= zeros.discharged)
    return np.where(there, entries.time[row], NEVER)


def comfort_care_from(clock: Clock, zeros: TimeZeros, entered: Entered) -> Whole:
    """When comfort care began; NEVER while it has not."""
    first = np.full(len(zeros), NEVER)
    for exclusion in clock.exclusions:
        if isinstance(exclusion, ComfortCare):
            first = np.minimum(first, _comfort(exclusion, zeros, entered))
    return first

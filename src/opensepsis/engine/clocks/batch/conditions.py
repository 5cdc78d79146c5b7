"""When the condition of a task was seen, of many time zeros at once. Twin of that part of `clocks/tasks.py`."""

from collections.abc import Mapping

import numpy as np

from opensepsis.engine.batch.moments import Numbers, Whole, distinct
from opensepsis.engine.batch.score_tables import holds
from opensepsis.engine.clocks.batch.inputs import Evidence, Indication, TimeZeros, Traced
from opensepsis.engine.clocks.batch.record import Entered, Entries
from opensepsis.engine.clocks.tasks import NO, OPEN, UNKNOWN, signals_of
from opensepsis.engine.semantics.limits import SIGNS, ends
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Seen


def looked_for(seen: Seen, zeros: TimeZeros, entered: Entered, since: Whole, until: Whole) -> Indication:
    """The moment from which the condition was seen as often as asked for, in the time of each time zero."""
    read = {name: entered.of(concept) for name, concept in signals_of(seen.condition)}
    place = distinct([np.empty(0, np.int64), *(entries.place for entries in read.values())])
    at = {name: np.searchsorted(place, entries.place) for name, entries in read.items()}
    yes, no = _told(seen, read, at, len(place))
    pid, time = entered.axis.patient_and_time(place)
    first = np.searchsorted(place, entered.axis.places(zeros.pid, since))
    last = np.minimum(until, zeros.discharged)
    behind = np.searchsorted(place, entered.axis.places(zeros.pid, last), side="right")
    behind = np.maximum(first, behind)
    known = np.append(0, np.cumsum(yes | no))
    measured = known[behind] > known[first]
    holding = np.flatnonzero(yes)
    met = _often_enough(seen, holding, pid, time, no)
    asked = np.searchsorted(holding, first) + seen.readings - 1
    met_at = np.append(np.flatnonzero(met), len(holding))
    which = met_at[np.searchsorted(met_at[:-1], asked)]
    position = np.append(holding, len(place))[which]
    found = position < behind
    case = np.flatnonzero(found)
    state = np.where(found, OPEN, np.where(measured, NO, UNKNOWN)).astype(object)
    reason = np.where(found, seen.words, np.where(measured, f"no {seen.words}", "not measured")).astype(
        object
    )
    moment = np.append(time, 0)[np.where(found, position, len(place))]
    evidence = _seen_entries(seen, read, at, holding, case, which[case])
    return Indication(state, np.where(found, moment, zeros.zero), reason, evidence)


def _told(
    seen: Seen, read: Mapping[str, Entries], at: Mapping[str, np.ndarray], length: int
) -> tuple[np.ndarray, np.ndarray]:
    """Where the condition holds, and where it does not, whatever printed limits leave open."""
    low, high = {}, {}
    for name, entries in read.items():
        low[name], high[name] = np.full(length, np.nan), np.full(length, np.nan)
        low[name][at[name]], high[name][at[name]] = ends_of(entries)
    answer = holds(seen.condition, low, high)
    return answer.yes, answer.no & ~holds(seen.condition, high, low).yes


def _often_enough(seen: Seen, holding: np.ndarray, pid: Whole, time: Whole, no: np.ndarray) -> np.ndarray:
    """Of the readings at which the condition holds those that end a run of as many as asked for."""
    if seen.readings == 1 or not len(holding):
        return np.ones(len(holding), bool)
    goes_on = pid[holding[1:]] == pid[holding[:-1]]
    if seen.apart is not None:
        goes_on &= np.diff(time[holding]) <= to_microseconds(seen.apart)
    if seen.consecutive:
        refused = np.append(0, np.cumsum(no))
        goes_on &= refused[holding[1:]] == refused[holding[:-1]]
    number = np.arange(len(holding))
    began = np.maximum.accumulate(np.where(np.append(False, goes_on), 0, number))
    return number - began + 1 >= seen.readings


def _seen_entries(
    seen: Seen,
    read: Mapping[str, Entries],
    at: Mapping[str, np.ndarray],
    holding: np.ndarray,
    case: Whole,
    last: np.ndarray,
) -> Evidence:
    """Everything read at the last readings at which the condition held, up to `last`."""
    parts = []
    for before in reversed(range(seen.readings)):
        position = holding[last - before]
        for name, entries in read.items():
            row = np.searchsorted(at[name], position)
            row = np.minimum(row, max(len(entries) - 1, 0))
            there = at[name][row] == position if len(entries) else np.zeros(len(position), bool)
            parts.append(Traced(case[there], entries, row[there]))
    return tuple(parts)


def ends_of(entries: Entries) -> tuple[Numbers, Numbers]:
    """The lowest and the highest value of each entry; both the value where it is no limit."""
    least, most = entries.value.copy(), entries.value.copy()
    signs = entries.said["text"].is_in(SIGNS).fill_null(False).to_numpy() & ~np.isnan(least)
    for row in np.flatnonzero(signs).tolist():
        least[row], most[row] = ends(entries.concept, float(least[row]), entries.said["text"][row])
    return least, most

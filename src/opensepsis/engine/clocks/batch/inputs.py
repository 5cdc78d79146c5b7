"""What tasks are judged on, for many time zeros at once, and what of it is told: arrays with one element for each time zero."""

from dataclasses import dataclass

import numpy as np

from opensepsis.engine.batch.chart import NEVER
from opensepsis.engine.batch.moments import Numbers, Whole
from opensepsis.engine.clocks.batch.record import Entries

Words = np.ndarray  # of str


@dataclass(frozen=True, eq=False)
class TimeZeros:
    """What was found of a clock up to the end of each stay, with the stay: one element each, in order of stay and `evaluate`."""

    stay: Whole  # the number of the stay
    pid: Whole
    zero: Whole
    known: Whole
    withdrawn: Whole
    trigger: Words
    reason: Words
    evidence: tuple[tuple[str, ...], ...]
    admitted: Whole
    discharged: Whole
    left: Whole  # when the patient died or left

    def __len__(self) -> int:
        return len(self.stay)

    def take(self, which: Whole) -> "TimeZeros":
        """Those at these positions."""
        arrays = {name: held[which] for name, held in vars(self).items() if name != "evidence"}
        return TimeZeros(evidence=tuple(self.evidence[i] for i in which.tolist()), **arrays)


@dataclass(frozen=True, eq=False)
class Traced:
    """Entries that something rests on: whose (in order) and which."""

    case: Whole
    entries: Entries
    row: Whole

    def where(self, asked: np.ndarray) -> "Traced":
        """Those of the time zeros for which the mask is true."""
        mine = asked[self.case]
        return Traced(self.case[mine], self.entries, self.row[mine])


Evidence = tuple[Traced, ...]


@dataclass(frozen=True, eq=False)
class Completion:
    """What was done, as `clocks/tasks.py` has it: begun, complete, known, the ends of the value, and on which entries."""

    begun: Whole
    done: Whole
    known: Whole
    least: Numbers
    most: Numbers
    evidence: Evidence
    unknown: Words  # why it cannot be judged

    def where(self, asked: np.ndarray) -> "Completion":
        """Nothing done where the mask is not true."""
        times = {name: np.where(asked, getattr(self, name), NEVER) for name in ("begun", "done", "known")}
        numbers = {name: np.where(asked, getattr(self, name), np.nan) for name in ("least", "most")}
        unknown = np.where(asked, self.unknown, "")
        evidence = tuple(part.where(asked) for part in self.evidence)
        return Completion(**times, **numbers, evidence=evidence, unknown=unknown)


@dataclass(frozen=True, eq=False)
class Indication:
    """Whether a task is indicated, since when, why, and on what evidence."""

    state: Words
    at: Whole
    reason: Words
    evidence: Evidence = ()


def words(said: str, length: int) -> Words:
    """The same words so many times."""
    return np.full(length, said, object)


def nothing(length: int) -> Completion:
    """Nothing done, for so many time zeros."""
    never, nan = np.full(length, NEVER), np.full(length, np.nan)
    return Completion(never, never, never, nan, nan, (), words("", length))

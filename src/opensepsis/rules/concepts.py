"""A concept: one thing that can be recorded about a patient, with its one unit."""

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf


class Kind(StrEnum):
    """How a concept happens in time."""

    MEASURE = "measure"  # a number at a moment; of several at one moment the worse counts
    AMOUNT = "amount"  # a volume at a moment; several at one moment add up
    WORD = "word"  # a word at a moment
    EVENT = "event"  # something done at a moment: a dose, a culture, a diagnosis
    INTERVAL = "interval"  # something that runs from `time` to `end`, with or without a rate


@dataclass(frozen=True, eq=False)
class Concept:
    """One thing that can be recorded: its name, its one unit (UCUM), its plausible limits.

    `worse` says which of two values at one moment counts: "low" or "high".
    `words` are the texts the concept allows; empty means any. `spelled` has each other spelling with the word it stands
    for. With `word_aside`, an unknown word alone is disregarded and what happened is kept. `routed`: text is `ingredient|route`,
    and the route decides whether a dose counts. With `one_at_a_time`, what is charted without an end holds until the next that
    is, for a patient has one of them.
    """

    name: str
    label: str
    unit: str = ""
    kind: Kind = Kind.MEASURE
    plausible: tuple[float, float] | None = None
    worse: str = "high"
    words: tuple[str, ...] = field(default=())
    spelled: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    word_aside: bool = False
    routed: bool = False
    one_at_a_time: bool = False

    @property
    def limits(self) -> tuple[float, float]:
        """Its plausible limits; without any, every number."""
        return self.plausible or (-inf, inf)

    @property
    def is_yes_or_no(self) -> bool:
        """Whether a number of it could only say that it is there: something that lasts, with words and without a unit."""
        return self.kind is Kind.INTERVAL and bool(self.words) and not self.unit

    def __repr__(self) -> str:
        return f"<concept {self.name}>"

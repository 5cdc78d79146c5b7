"""Reads a table at one moment, in plain Python: the reference for every other reading of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from warnings import warn

from opensepsis.engine.semantics.basis import AT_LEAST, BASES, OBSERVED, SIGNS, half_up
from opensepsis.engine.semantics.input_values import sifted, sifted_age
from opensepsis.errors import DefinitionError, nearest
from opensepsis.rules import (
    All,
    Any,
    Compare,
    CompositeRow,
    Condition,
    Count,
    FirstOf,
    Flag,
    Not,
    OneOf,
    Provided,
    Rounded,
    Row,
    Score,
    idle_is_zero,
    spoken_age,
)


@dataclass(frozen=True)
class RowPoints:
    """Points of one row, and on what they rest: observed, carried, assumed, at least (a limit allows more) or not known."""

    points: int | None
    basis: str


@dataclass(frozen=True)
class ScorePoints:
    """Points of a score: the sum of its known rows, how many are known, and each row.

    `rejected`: what was given and cannot be true, by name with the reason; it was not scored.
    """

    total: int | None
    rows_known: int
    rows: Mapping[str, RowPoints]
    refused: str = ""  # why the score is not for this patient
    rejected: Mapping[str, str] = field(default_factory=dict)

    @property
    def set_aside(self) -> Mapping[str, str]:
        """The earlier name of `rejected`."""
        warn("ScorePoints.set_aside is now called rejected.", FutureWarning, stacklevel=2)
        return self.rejected


def holds(condition: Condition, values: Mapping, below: Mapping | None = None) -> bool | None:
    """Whether a condition holds for these values; None when not known.

    `below`: the values that < and ≤ read, where they are not the same: with the lowest values that limits allow and the
    highest in `below` it is certain, with these two changed over it is possible.
    """
    match condition:
        case Compare(signal, sign, limit):
            read = values if below is None or sign in ">≥" else below
            value = read.get(signal.name)
            return None if value is None else SIGNS[sign](value, limit)
        case Flag(signal):
            value = values.get(signal.name)
            return None if value is None else value > 0
        case OneOf(signal, words):
            value = values.get(signal.name)
            return None if value is None else value in words
        case Not(part):
            answer = holds(part, values) if below is None else holds(part, below, values)
            return None if answer is None else not answer
        case All(parts):
            return _all(parts, values, below)
        case Any(parts, strict):
            return _any(parts, strict, values, below)
        case Provided(part, provided):
            return holds(part, values, below) if holds(provided, values, below) else None
        case FirstOf(parts):
            return next((a for part in parts if (a := holds(part, values, below)) is not None), None)
    raise TypeError(f"not a condition: {condition!r}")


def _all(parts, values, below) -> bool | None:
    unknown = False
    for part in parts:
        answer = holds(part, values, below)
        if answer is False:
            return False
        unknown = unknown or answer is None
    return None if unknown else True


def _any(parts, strict, values, below) -> bool | None:
    seen_false = seen_unknown = False
    for part in parts:
        answer = holds(part, values, below)
        if answer:
            return True
        seen_false = seen_false or answer is False
        seen_unknown = seen_unknown or answer is None
    return None if not seen_false or (strict and seen_unknown) else False


def row_points(row: Row | CompositeRow, values: Mapping, below: Mapping | None = None) -> int | None:
    """The points of one row; None when not known. `below` as in `holds`."""
    if isinstance(row, CompositeRow):
        given = [row_points(part, values, below) for part in row.parts]
        key = joined(row, [None if p is None else p * 4 for p in given])
        return None if key is None else key // 4
    answer = None
    for points, condition in row.cells.items():  # highest first, so the last answer is the lowest cell's
        answer = holds(condition, values, below)
        if answer:
            return points
    return 0 if answer is False else None


def joined(
    row: Row | CompositeRow, keys: list[int | None], tops: list[int | None] | None = None
) -> int | None:
    """The points × 4 + certainty of a row from those of its tables; the least certain one tells the certainty.

    `tops`: the most that limits allow, likewise; when that is more points, those of the row are at least so many.
    """
    if tops is None:
        return _joined(row, keys)
    if (
        isinstance(row, CompositeRow) and row.first_known
    ):  # a table whose points a limit leaves open stands before the next
        number = next((i for i, top in enumerate(tops) if top is not None), 0)
        keys, tops = [keys[number]], [tops[number]]
    key, top = _joined(row, keys), _joined(row, tops)
    if key is None or top is None or top // 4 <= key // 4:
        return key
    return key // 4 * 4 + 3 - AT_LEAST


def _joined(row: Row | CompositeRow, keys: list[int | None]) -> int | None:
    known = [key for key in keys if key is not None]
    if not known:
        return None
    if not isinstance(row, CompositeRow) or row.first_known:
        return known[0]
    if row.worst_known:
        return max(known)
    points = sum(key // 4 for key in known)
    if row.at_most is not None:
        points = min(points, row.at_most)
    if row.steps:
        points = max((given for from_, given in row.steps.items() if points >= from_), default=0)
    return points * 4 + min(key % 4 for key in known)


def summed(score: Score, rows: Mapping[str, RowPoints]) -> ScorePoints:
    """A score from its rows: the known ones add up, or the worst of them counts; the others are only counted."""
    known = [row.points for row in rows.values() if row.points is not None]
    if not known:
        return ScorePoints(None, 0, rows)
    total = max(known) if score.by_worst_row else sum(known)
    silent = score.by_worst_row and not total and len(known) < len(rows)
    return ScorePoints(None if silent else total, len(known), rows)


@lru_cache(maxsize=4_096)
def refusal(score: Score, months: float | None) -> str:
    """Why a score is not made for an age in months; empty when it is, or when the age is not known."""
    if months is None:
        return ""
    if score.lowest_age is not None and months < score.lowest_age * 12:
        return f"made for {spoken_age(score.lowest_age)} and over"
    if score.age_below is not None and months >= score.age_below * 12:
        return f"made for under {spoken_age(score.age_below)}"
    return ""


def refused_uncharted(score: Score) -> bool:
    """Whether a score is not made for a patient of whom nothing is charted that it is refused for, or made for.

    >>> from opensepsis.definitions import SCORES
    >>> refused_uncharted(SCORES["news2"]), refused_uncharted(SCORES["omsofa"])
    (False, True)
    """
    if score.refusal is None:
        return False
    none = {name: 0.0 for name, signal in score.refusal.signals.items() if isinstance(signal, Count)}
    return row_points(score.refusal.rows[0], none) == 1


@lru_cache(maxsize=512)
def refused(score: Score, why: str) -> ScorePoints:
    """A score that is not for this patient: nothing of it is known."""
    return ScorePoints(None, 0, {row.name: RowPoints(None, BASES[-1]) for row in score.rows}, why)


def points(score: Score, values: Mapping, age: float | None = None) -> ScorePoints:
    """The points of a score for one set of values, by signal name; refused if the score does not apply to the `age` in years.

    Values are numbers in the units of `opensepsis.scores.sofa.inputs` (a word if the signal is a word). None means not known, and so does
    a signal that is left out, except that a drug left out is not running. Returns `ScorePoints`: `total` (whole number, None if no row
    is known), `rows_known`, `rows` (points and basis by name), `refused`, `rejected`. For many times at once: `opensepsis.score`.
    DefinitionError: a name that the score does not read. Source: `score.paper`; `help(score)` prints the table.

    >>> from opensepsis import SOFA
    >>> points(SOFA, {"platelets": 92, "bilirubin": 1.0}).total
    2
    >>> points(SOFA, {"platelets": 92}, age=6).refused
    'made for 18 years and over'

    A value that cannot be true is not known; text where a number belongs is a FormatError.

    >>> impossible = points(SOFA, {"platelets": -5})
    >>> impossible.rows["coagulation"].points, impossible.rejected["platelets"]
    (None, 'outside plausible limits (1 to 3000 10*3/uL)')
    """
    values, aside = read_values(score, values)
    age, doubted = sifted_age(age)
    if why := refusal(score, None if age is None else age * 12):
        return replace(refused(score, why), rejected=aside)
    found = {}
    for row in score.rows:
        given = row_points(row, values)
        found[row.name] = RowPoints(given, BASES[OBSERVED] if given is not None else BASES[-1])
    return replace(summed(score, found), rejected=aside | doubted)


def read_values(score: Score, values: Mapping) -> tuple[dict, dict[str, str]]:
    """The values as the table reads them (rounded where it rounds, 0 for what does not run), and what was set aside."""
    if not isinstance(score, Score):
        raise DefinitionError(f"Give a score, such as opensepsis.SOFA, not {type(score).__name__}.")
    for name in values:
        if name not in score.signals:
            raise DefinitionError(f"{score.name} has no signal '{name}'. {nearest(name, score.signals)}")
    read, aside = sifted(score.signals, values)
    for name, signal in score.signals.items():
        if idle_is_zero(signal):
            read.setdefault(name, 0.0)
        if isinstance(signal, Rounded) and read.get(name) is not None:
            read[name] = half_up(read[name], signal.decimals)
    return read, aside

"""Says why: in the words of the table, with the patient's own values and when they were measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from opensepsis.engine.chart import Event
from opensepsis.engine.live import Bedside, _RowOverTime
from opensepsis.engine.moment import is_interval, micro, value_at
from opensepsis.engine.table import BASES, holds, points, read_values
from opensepsis.rules import Compare, Flag, Row, Score, Signal, concepts_of, leaves


@dataclass(frozen=True)
class Reason:
    """Why a row has its points: the row, points, basis, the words, the moment and the origins of the events."""

    row: str
    points: int | None
    basis: str
    words: str
    time: datetime | None = None
    origins: tuple[str, ...] = ()


def why(score: Score, values: Mapping) -> str:
    """A score for one set of values, with the deciding cells.

    >>> from opensepsis import QSOFA
    >>> print(why(QSOFA, {"respiratory_rate": 24, "gcs": 15}))
    quick SOFA: 1 (2 of 3 rows known)
      respiration     1  respiratory rate 24 /min (≥ 22)
      brain           0  GCS 15
      circulation     ?  not known: systolic pressure
    """
    result = points(score, values)
    read = read_values(score, values)
    reasons = [
        Reason(row.name, given.points, given.basis, _words(row, read))
        for row in score.rows
        for given in [result.rows[row.name]]
    ]
    return text(score, result.total, result.rows_known, reasons)


def text(score: Score, total: int | None, known: int, reasons: list[Reason]) -> str:
    """A score and its reasons as lines of text."""
    shown = "not known" if total is None else total
    lines = [f"{score.title}: {shown} ({known} of {len(score.rows)} rows known)"]
    for reason in reasons:
        given = "?" if reason.points is None else reason.points
        line = f"  {reason.row:<15} {given}  {reason.words}"
        if reason.time:
            line += f", {reason.time:%Y-%m-%d %H:%M}"
        if reason.basis not in ("observed", "not known"):
            line += f", {reason.basis}"
        if reason.origins:
            line += f"  [{', '.join(reason.origins)}]"
        lines.append(line)
    return "\n".join(lines)


def _words(row: Row, values: Mapping) -> str:
    """The deciding cell of a row in words; what was measured when it gives 0; what is missing when not known."""
    for condition in row.cells.values():
        if holds(condition, values):
            return "; ".join(dict.fromkeys(_sentence(leaf, values) for leaf in _true(condition, values)))
    measured = [s for s in row.signals.values() if values.get(s.name) is not None]
    if holds(row.cells[min(row.cells)], values) is False:
        told = [_value(s, values) for s in measured if not (is_interval(s) and not values[s.name])]
        return "; ".join(told) or "nothing that gives points"
    missing = [s.label for s in row.signals.values() if values.get(s.name) is None]
    return f"not known: {', '.join(dict.fromkeys(missing))}"


def _true(condition, values) -> Iterator:
    for leaf in leaves(condition):
        if holds(leaf, values):
            yield leaf


def _sentence(leaf, values: Mapping) -> str:
    if isinstance(leaf, Flag):
        return leaf.signal.label
    if isinstance(leaf, Compare):
        return f"{_value(leaf.signal, values)} ({leaf.sign} {leaf.limit:g})"
    return _value(leaf.signal, values)


def _value(signal: Signal, values: Mapping) -> str:
    value = values[signal.name]
    if value is True or value is False:
        return signal.label if value else f"not {signal.label}"
    if isinstance(value, str):
        return f"{signal.label} {value}"
    if isinstance(value, float) and 0 < value < 1e-6:
        return f"{signal.label}, rate not known"
    unit = "" if signal.unit in ("", "1", "{score}") else f" {signal.unit}"
    return f"{signal.label} {float(f'{value:.4g}'):g}{unit}"


def at_bedside(bedside: Bedside, score: Score, at: int) -> list[Reason]:
    """The reason for every row of a score at a moment, from the events of one patient."""
    return [_row_reason(bedside, score, row, at) for row in score.rows]


def _row_reason(bedside: Bedside, score: Score, row: Row, at: int) -> Reason:
    decided = _deciding(row, score, bedside, at)
    if decided is None:
        missing = ", ".join(dict.fromkeys(s.label for s in row.signals.values()))
        span = "in the window" if score.window else "now"
        return Reason(row.name, None, BASES[-1], f"not known: no points from {missing} {span}")
    moment, key, signals = decided
    values = {s.name: value_at(s, moment, bedside.chart)[0] for s in signals}
    given = bedside.points(score, at).rows[row.name]
    if given.points is None:
        return Reason(row.name, None, BASES[-1], _words(row, values))
    origins = tuple(_origins(signals, moment, bedside)) if given.points else ()
    return Reason(row.name, key // 4, BASES[3 - key % 4], _words(row, values), _clock(moment), origins)


def _deciding(row: Row, score: Score, bedside: Bedside, at: int):
    """The moment that decides a row at `at`, its key and the signals read there."""
    signals = list(row.signals.values())
    if not score.window:
        given = bedside.points(score, at).rows[row.name]
        key = 3 if given.points is None else given.points * 4 + 3 - BASES.index(given.basis)
        return at, key, signals
    over_time: _RowOverTime = bedside.rows(score)[row.name]
    return over_time.deciding(at - micro(score.window), at)


def _origins(signals: list[Signal], moment: int, bedside: Bedside) -> Iterator[str]:
    """Where the events at (or running at) the moment came from."""
    seen: list[Event] = []
    for name in {c.name: None for s in signals for c in concepts_of(s)}:
        for event in bedside.chart.standing(name):
            ends = event.end if event.end is not None else event.time
            if event.time <= moment <= ends and event.origin:
                seen.append(event)
    yield from dict.fromkeys(event.origin for event in seen)


def _clock(moment: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)

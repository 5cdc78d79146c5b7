"""Says why: in the words of the table, with the patient's own values and when they were measured."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from opensepsis.definitions.printed_units import printed
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.live.row_keys import key_at, keys_at, reads_of
from opensepsis.engine.live.score_tables import RowPoints, ScorePoints, holds, points, read_values, row_points
from opensepsis.engine.live.signals import value_at
from opensepsis.engine.semantics.basis import AT_LEAST, BASES
from opensepsis.engine.semantics.provenance import named
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import (
    Compare,
    CompositeRow,
    FirstOf,
    Flag,
    Row,
    Score,
    Signal,
    concepts_of,
    lasts,
    leaves,
)

Ends = tuple[Mapping, Mapping]


@dataclass(frozen=True)
class Reason:
    """Why a row has its points: the row, points, basis, the words, the moment and the origins of the events."""

    row: str
    points: int | None
    basis: str
    words: str
    time: datetime | None = None
    origins: tuple[str, ...] = ()


def why(score: Score, values: Mapping, age: float | None = None) -> str:
    """Explains a score for one set of values in words, with the criteria met; refused if the score does not apply to the `age` in years.

    Takes the same arguments as `opensepsis.points`, with the same units and errors, and returns text: a line for each row of the table.
    Source: the paper of the score.

    >>> from opensepsis import QSOFA
    >>> print(why(QSOFA, {"respiratory_rate": 24, "gcs": 15}))
    quick SOFA: 1 (2 of 3 rows known)
      respiration     1  respiratory rate 24 /min (≥ 22)
      brain           0  GCS 15
      circulation     ?  not known: systolic pressure
    """
    result = points(score, values, age)
    if result.refused:
        return f"{score.title}: not known, {result.refused}"
    read, _ = read_values(score, values)
    reasons = [
        Reason(row.name, given.points, given.basis, _words(row, read))
        for row in score.rows
        for given in [result.rows[row.name]]
    ]
    aside = [f"  rejected: {_label(score, name)}, {reason}" for name, reason in result.rejected.items()]
    return "\n".join([text(score, result.total, result.rows_known, reasons), *aside])


def _label(score: Score, name: str) -> str:
    return score.signals[name].label if name in score.signals else name


def text(score: Score, total: int | None, known: int, reasons: list[Reason]) -> str:
    """A score and its reasons as lines of text."""
    at_least = any(reason.basis == BASES[AT_LEAST] for reason in reasons)
    shown = "not known" if total is None else f"≥{total}" if at_least else total
    lines = [f"{score.title}: {shown} ({known} of {len(score.rows)} rows known)"]
    for reason in reasons:
        given = (
            "?"
            if reason.points is None
            else f"≥{reason.points}"
            if reason.basis == BASES[AT_LEAST]
            else reason.points
        )
        line = f"  {reason.row:<15} {given}  {reason.words}"
        if reason.time:
            line += f", {reason.time:%Y-%m-%d %H:%M}"
        if reason.basis not in ("observed", "not known", BASES[AT_LEAST]):
            line += f", {reason.basis}"
        if reason.origins:
            line += f"  [{', '.join(reason.origins)}]"
        lines.append(line)
    return "\n".join(lines)


def _words(row: Row | CompositeRow, values: Mapping, ends: Ends | None = None) -> str:
    """The deciding cell of a row in words; what was measured when it gives 0; what is missing when not known.

    `ends`: the lowest and highest values, where limits were given.
    """
    low, high = ends or (values, None)
    if isinstance(row, CompositeRow):
        given = [(row_points(part, low, high), part) for part in row.parts]
        known = [(p, part) for p, part in given if p is not None] or given
        if row.worst_known:
            known = sorted(known, key=lambda found: -(found[0] or 0))
        one = row.first_known or row.worst_known
        telling = known[:1] if one else [(p, part) for p, part in known if p] or known
        return "; ".join(dict.fromkeys(_words(part, values, ends) for _, part in telling))
    for condition in row.cells.values():
        if holds(condition, low, high):
            true = _true(condition, low, high)
            return "; ".join(dict.fromkeys(_sentence(leaf, values, ends) for leaf in true))
    measured = [s for s in row.signals.values() if values.get(s.name) is not None]
    if holds(row.cells[min(row.cells)], low, high) is False:
        told = [_value(s, values, ends) for s in measured if not (lasts(s) and not values[s.name])]
        return "; ".join(told) or "nothing that gives points"
    missing = [s.label for s in row.signals.values() if values.get(s.name) is None]
    return f"not known: {', '.join(dict.fromkeys(missing))}"


def _true(condition, low: Mapping, high: Mapping | None) -> Iterator:
    """What of a condition is true; of parts of which the first that is known decides, only of that one."""
    if isinstance(condition, FirstOf):
        known = (part for part in condition.parts if holds(part, low, high) is not None)
        condition = next(known, condition)
    for leaf in leaves(condition):
        if holds(leaf, low, high):
            yield leaf


def _sentence(leaf, values: Mapping, ends: Ends | None) -> str:
    if isinstance(leaf, Flag):
        return leaf.signal.label
    if isinstance(leaf, Compare):
        return f"{_value(leaf.signal, values, ends)} ({leaf.sign} {leaf.limit:g})"
    return _value(leaf.signal, values, ends)


def _value(signal: Signal, values: Mapping, ends: Ends | None) -> str:
    value = values[signal.name]
    if value is True or value is False:
        return signal.label if value else f"not {signal.label}"
    if isinstance(value, str):
        return f"{signal.label} {value}"
    if isinstance(value, float) and 0 < value < 1e-6:
        return f"{signal.label}, rate not known"
    unit = f" {printed(signal.unit)}".rstrip()
    sign = "" if ends is None else _sign(value, ends[0][signal.name], ends[1][signal.name])
    return f"{signal.label} {sign}{float(f'{value:.4g}'):g}{unit}"


def _sign(value: float, lowest: float, highest: float) -> str:
    """The sign of a limit, by which of its ends lies at the number that is printed."""
    if lowest == highest:
        return ""
    return "<" if abs(highest - value) < abs(lowest - value) else ">"


def at_bedside(bedside: Bedside, score: Score, at: int) -> list[Reason]:
    """The reason for every row of a score at a moment, from the events of one patient."""
    return reasons_of(bedside, score, score.rows, at)


def reasons_of(bedside: Bedside, score: Score, rows: Iterable[Row | CompositeRow], at: int) -> list[Reason]:
    """The reasons for some rows of a score at a moment."""
    why = bedside.refusal(score, at)
    refused = RowPoints(None, BASES[-1])
    return [
        _row_reason(bedside, score, row, at, refused if why else bedside.row_points(score, row, at), why)
        for row in rows
    ]


def reasons_for(bedside: Bedside, score: Score, given: ScorePoints, at: int) -> list[Reason]:
    """The reasons of the rows that give points in `given`, which are the points of the score at a moment.

    The bedside gives the same object for as long as nothing that the score reads has changed: without a window its rows have the same
    reasons then.
    """
    held = bedside.explained.get(score.name)
    if held is not None and held[0] is given:
        return held[1]
    found = reasons_of(bedside, score, [row for row in score.rows if given.rows[row.name].points], at)
    if not score.window:
        bedside.explained[score.name] = given, found
    return found


def _row_reason(
    bedside: Bedside, score: Score, row: Row | CompositeRow, at: int, given: RowPoints, why: str
) -> Reason:
    if why:
        return Reason(row.name, None, given.basis, f"not known: {why}")
    told = _telling(row, [_part_reason(bedside, score, row, i, at) for i in range(len(row.parts))])
    if given.points is None or not told:
        missing = ", ".join(dict.fromkeys(s.label for s in row.signals.values()))
        span = "in the window" if score.window else "now"
        words = f"not known: no points from {missing} {span}"
        if given.points is not None:
            span = f"{words[11:]}: " + (
                "the last points before" if given.basis == "carried" else "taken as 0"
            )
        return Reason(row.name, given.points, given.basis, span if given.points is not None else words)
    words = "; ".join(dict.fromkeys(reason.words for reason in told))
    origins = tuple(dict.fromkeys(origin for reason in told for origin in reason.origins))
    latest = max((r.time for r in told if r.time is not None), default=None)
    return Reason(row.name, given.points, given.basis, words, latest, origins)


def _telling(row: Row | CompositeRow, reasons: list[Reason | None]) -> list[Reason]:
    """The reasons of the tables that decide a row: the first known, or all that give points."""
    known = [reason for reason in reasons if reason]
    if not isinstance(row, CompositeRow) or row.first_known:
        return known[:1]
    if row.worst_known:
        return sorted(known, key=lambda reason: -(reason.points or 0))[:1]
    return [reason for reason in known if reason.points] or known


def _part_reason(
    bedside: Bedside, score: Score, row: Row | CompositeRow, number: int, at: int
) -> Reason | None:
    """Why one table of a row has its points at a moment; None when it has none."""
    part = row.parts[number]
    decided = at, None, list(part.signals.values())
    if score.window:
        decided = bedside.rows(score)[row.name][number].trigger_events(at - to_microseconds(score.window), at)
    if decided is None:
        return None
    moment, key, signals = decided
    chart = bedside.chart
    limited = chart.limited[0]
    values = {s.name: value_at(s, moment, chart)[0] for s in signals}
    low, high = (
        {s.name: value_at(s, moment, c)[0] for s in signals} if limited else {}
        for c in (chart.low, chart.high)
    )
    ends = (low, high) if limited else None
    if key is None:
        reads = reads_of(score)[row.name].parts[number]
        key = keys_at(part, signals, moment, chart)[0] if limited else key_at(reads, signals, moment, chart)
    given = None if key is None else key // 4
    if given is None:
        return None
    read = [s for s in signals if values[s.name] is not None]
    origins = tuple(_origins(read, moment, bedside, carried=not score.window)) if given else ()
    return Reason(row.name, given, "", _words(part, values, ends), _clock(moment), origins)


def _origins(signals: list[Signal], moment: int, bedside: Bedside, carried: bool) -> Iterator[str]:
    """Where the events at (or running at) the moment came from; of a score of the moment the last ones before it too."""
    seen: list[Event] = []
    for name in {c.name: None for s in signals for c in concepts_of(s)}:
        points, lasting = bedside.chart.worked_out(
            ("standing", name), [name], partial(_by_time, bedside.chart, name)
        )
        here = [*points.get(moment, ()), *((i, e) for i, e in lasting if e.time <= moment <= e.end)]
        last = bedside.chart.series[name].last(moment)
        if carried and not here and last >= 0:
            then = bedside.chart.series[name].times[last]
            here = [*points.get(then, ()), *((i, e) for i, e in lasting if e.time == then)]
        seen += [e for _, e in sorted(here, key=lambda found: found[0]) if e.origin]
    yield from dict.fromkeys(map(named, seen))


def _clock(moment: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)


def _by_time(chart: Chart, name: str) -> tuple[dict[int, list], list]:
    """The standing events of a concept with their places: the points in time by their time, and those that last."""
    points: dict[int, list] = {}
    lasting = []
    for place, event in enumerate(chart.standing(name)):
        if event.end is None:
            points.setdefault(event.time, []).append((place, event))
        else:
            lasting.append((place, event))
    return points, lasting

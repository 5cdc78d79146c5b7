"""One patient, as values arrive, in plain Python: the reference engine.

Feed it everything and ask at any tick, or feed it in the order in which things became known and ask as you go.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain
from math import inf, isfinite
from sys import float_info

from opensepsis.definitions.concepts.person import ADMISSION, BORN, SEX
from opensepsis.definitions.signals.children import age_months
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.live.row_keys import RowOverTime, RowReads, key_at, keys_at, reads_of
from opensepsis.engine.live.score_tables import RowPoints, ScorePoints, joined, refusal, refused, summed
from opensepsis.engine.live.signals import value_at
from opensepsis.engine.live.steadiness import Held, changes_with_time, steady_until
from opensepsis.engine.semantics.basis import ASSUMED, BASES, CARRIED
from opensepsis.engine.semantics.calendar import UTC_DAYS, Calendar
from opensepsis.engine.semantics.input_values import NOT_FINITE, number, outside
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import CompositeRow, Concept, Row, Score

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ANY = (-inf, inf)
_FINITE = (-float_info.max, float_info.max)
_AGE = changes_with_time([age_months])


def moment(time: datetime) -> int:
    """A time with zone as whole microseconds since 1970 (UTC).

    >>> moment(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (time - _EPOCH) // _MICROSECOND


class Bedside:
    """One patient's scores as events arrive, in any order: the reference for what `label` computes for many patients.

    `see` takes an `Event` (concept, time in microseconds since 1970 UTC, value in the concept's unit, or text); `points` gives a score at
    a time (microseconds) as `opensepsis.points` does. DefinitionError: a score that was not named when it was created. Source: the papers
    of the scores.

    >>> from opensepsis import QSOFA
    >>> bedside = Bedside([QSOFA])
    >>> bedside.see(Event("respiratory_rate", time=0, value=24.0))
    >>> bedside.points(QSOFA, 0).rows["respiration"].points
    1
    """

    def __init__(
        self,
        scores: list[Score],
        also: dict[str, Concept] | None = None,
        calendar: Calendar = UTC_DAYS,
    ):
        concepts = {name: c for score in scores for name, c in score.concepts.items()} | (also or {})
        concepts |= {BORN.name: BORN, ADMISSION.name: ADMISSION}
        self.chart = Chart(concepts, calendar)
        self.rejected: list[tuple[int, str, str]] = []  # time, concept and reason of what cannot be true
        tables: dict[int, RowOverTime] = {}  # one that variants of a score share is worked out once
        self._rows = {s.name: self._over_time(s, tables) for s in scores if s.window}
        self._held = Held()  # points that stand until something changes
        self.explained: dict[
            str, tuple[ScorePoints, list]
        ] = {}  # by score, points and why they are so (`explain.py`)
        self._readers: dict[str, list[RowOverTime]] = {name: [] for name in concepts}
        for part in tables.values():
            for name in part.reads.concepts:
                self._readers[name].append(part)

    def _over_time(self, score: Score, tables: dict[int, RowOverTime]) -> dict[str, list[RowOverTime]]:
        """The tables of each row of a score; those that an earlier score has too are its."""
        for reads in chain.from_iterable(row.parts for row in reads_of(score).values()):
            if id(reads.row) not in tables:
                tables[id(reads.row)] = RowOverTime(reads, self.chart)
        return {row.name: [tables[id(part)] for part in row.parts] for row in score.rows}

    def see(self, event: Event) -> None:
        """Adds one event of this patient; the order does not matter, and neither do repetitions.

        A value that cannot be true is rejected, as in the sources, and listed by `points`. FormatError: not a number.
        """
        if event.value is not None and not self._believed(event, event.value):
            return
        if self.chart.see(event):
            self._invalidate(event.concept, event.time)

    def _invalidate(self, concept: str, from_: int) -> None:
        """Something of a concept changed at a moment."""
        self._held.forget(concept)
        for row in self._readers[concept]:
            if row.stale_from is None or from_ < row.stale_from:
                row.stale_from = from_

    def _believed(self, event: Event, value: float) -> bool:
        concept = self.chart.concepts.get(event.concept)
        lowest, highest = _ANY if concept is None else concept.plausible or _FINITE
        try:
            if lowest <= value <= highest:  # false for not a number too
                return True
        except TypeError:
            number(event.concept, value)
        unit = concept.unit if concept else ""
        reason = outside((lowest, highest), unit) if isfinite(value) else NOT_FINITE
        self.rejected.append((event.time, event.concept, reason))
        return False

    def stay_ends(self, at: int) -> None:
        """Adds the end of a stay: infusions and devices that are still running end with it."""
        self.stays_end([*self.chart.ends, at])

    def stays_end(self, moments: Iterable[int]) -> None:
        """Sets the ends of all stays, replacing earlier ones."""
        self.chart.set_ends(moments)
        self._held.forget_all()
        for rows in self._rows.values():
            for part in chain(*rows.values()):
                part.invalidate(-(2**62))

    def stays_begin(self, moments: Iterable[int], sex: str | None = None) -> None:
        """Sets the admissions of all stays, and the sex that they state (female or male), replacing earlier ones."""
        begun = sorted(set(moments))
        self._tell(ADMISSION.name, [Event(ADMISSION.name, t, known=t, origin="stays") for t in begun])
        if SEX.name in self.chart.concepts:
            told = begun if sex else ()
            self._tell(SEX.name, [Event(SEX.name, t, known=t, text=sex, origin="stays") for t in told])

    def _tell(self, concept: str, events: list[Event]) -> None:
        if self.chart.replace_all(concept, events):
            self._invalidate(concept, -(2**62))

    def points(self, score: Score, at: int) -> ScorePoints:
        """The score at a time, from everything added and nothing after that time; refused outside its ages.

        The age is that at this time, from an event `born` at the time of birth; an unknown age is accepted.
        """
        found = (self._held.at(score, at) or self._work_out(score, at))[2]
        return replace(found, rejected=self._aside(score, at)) if self.rejected else found

    def row_points(self, score: Score, row: Row | CompositeRow, at: int) -> RowPoints:
        """The points of one row of a score at a given time, whatever the patient's age."""
        reads = reads_of(score)[row.name]
        return (self._held.at(reads, at) or self._row(score, reads, at))[2]

    def _work_out(self, score: Score, at: int) -> tuple[int, float, ScorePoints]:
        """A score at a moment, held for as long as it and the age stay as they are."""
        reads = chain(score.concepts, (BORN.name,))
        until, rows = (self._age(at)[1] if _for_some_ages(score) else inf), {}
        if why := self.refusal(score, at):
            return self._held.put(score, reads, at, until, refused(score, why))
        held = self._held.found
        for name, row in reads_of(score).items():
            found = held.get(row)
            if found is None or not found[0] <= at < found[1]:
                found = self._row(score, row, at)
            _, lasts, rows[name] = found
            if lasts < until:
                until = lasts
        return self._held.put(score, reads, at, until, summed(score, rows))

    def _row(self, score: Score, reads: RowReads, at: int) -> tuple[int, float, RowPoints]:
        """A row at a moment, held for as long as it stays as it is."""
        if score.window:
            given, until = _read(self._worst(score, reads.row, at)), self._window_until(score, reads.row, at)
        else:
            given, until = self._now(reads, at), inf
            for part in reads.parts:
                until = steady_until(part.changes, at, self.chart, until)
        return self._held.put(reads, reads.concepts, at, until, given)

    def _window_until(self, score: Score, row: Row | CompositeRow, at: int) -> float:
        window = to_microseconds(score.window)
        carried = None if score.carried is None else to_microseconds(score.carried)
        return min(part.steady_until(at, window, carried) for part in self._rows[score.name][row.name])

    def _aside(self, score: Score, at: int) -> dict[str, str]:
        """What was rejected up to a given time, of the concepts that the score reads."""
        return {name: reason for time, name, reason in self.rejected if time <= at and name in score.concepts}

    def refusal(self, score: Score, at: int) -> str:
        """Why a score does not apply to this patient's age at a given time; empty if it does."""
        return refusal(score, self.age(at)) if _for_some_ages(score) else ""

    def age(self, at: int) -> float | None:
        """The age in whole months at a given time; None when the birth is not known."""
        return self._age(at)[2]

    def _age(self, at: int) -> tuple[int, float, float | None]:
        """The same, held for as long as it stays so."""
        held = self._held.at(age_months, at)
        if held is None:
            months, until = value_at(age_months, at, self.chart)[0], steady_until(_AGE, at, self.chart)
            held = self._held.put(age_months, (BORN.name,), at, until, months)
        return held

    def _worst(self, score: Score, row: Row | CompositeRow, at: int) -> int | None:
        parts, after = self._rows[score.name][row.name], at - to_microseconds(score.window)
        tops = [part.top(after, at) for part in parts] if any(part.limited for part in parts) else None
        key = joined(row, [part.worst(after, at) for part in parts], tops)
        if key is not None or score.carried is None:
            return key
        earlier = [
            found for part in parts if (found := part.last(at - to_microseconds(score.carried), after))
        ]
        key = max(earlier)[1] if earlier else None
        return 3 - ASSUMED if key is None else key // 4 * 4 + 3 - CARRIED

    def rows(self, score: Score) -> dict[str, list[RowOverTime]]:
        """The tables of each row of a score with a window, over time."""
        return self._rows[score.name]

    def _now(self, reads: RowReads, at: int) -> RowPoints:
        if not self.chart.limited[0]:
            if len(reads.parts) == 1 and isinstance(reads.row, Row):
                return _read(key_at(reads.parts[0], reads.parts[0].signals, at, self.chart))
            return _read(
                joined(reads.row, [key_at(part, part.signals, at, self.chart) for part in reads.parts])
            )
        both = [keys_at(part.row, part.signals, at, self.chart) for part in reads.parts]
        return _read(joined(reads.row, [key for key, _ in both], [top for _, top in both]))


def _for_some_ages(score: Score) -> bool:
    return score.lowest_age is not None or score.age_below is not None


@cache
def _read(key: int | None) -> RowPoints:
    return RowPoints(None, BASES[-1]) if key is None else RowPoints(key // 4, BASES[3 - key % 4])

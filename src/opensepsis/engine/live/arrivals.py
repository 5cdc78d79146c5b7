"""How a patient came to a stay, from the spans told of them: the reference for `batch/arrivals.py`."""

from collections.abc import Sequence
from dataclasses import dataclass

from opensepsis.engine.semantics.stays import LED_ON_WITHIN, VISITS, Arrival
from opensepsis.engine.semantics.time import to_microseconds

_AT_MOST = to_microseconds(LED_ON_WITHIN)


@dataclass(frozen=True)
class Span:
    """Where a patient was: `kind` hospital, emergency or observation; `left` is None while it goes on."""

    kind: str
    came: int
    left: int | None = None

    def ended(self, by: int) -> int:
        """Its end; of one that nobody closed a moment."""
        return by if self.left is None else self.left


def arrival(stay: Span, others: Sequence[Span], years: int | None = None, sex: str | None = None) -> Arrival:
    """When a patient presented, when they were in an inpatient location, and whether a visit led to an admission.

    A visit is part of the hospital stay that begins at most an hour after it, or of the visit before such a stay, and of the stay in
    which it lies. Years and sex are passed on.

    >>> hour = 3_600_000_000
    >>> door, ward = Span("emergency", 0, 5 * hour), Span("hospital", 5 * hour)
    >>> arrival(ward, [door]).presented, arrival(door, [ward]).led_on, arrival(door, []).by_itself
    (0, True, True)
    """
    doors = [span for span in others if span.kind in VISITS]
    if stay.kind in VISITS:
        stays = [span for span in others if span.kind == "hospital"]
        led_on = any(stay in _chained(one, [*doors, stay]) for one in stays)
        return Arrival(stay.came, years, sex, None, by_itself=not led_on, led_on=led_on)
    chained = _chained(stay, doors)
    presented = min((span.came for span in chained), default=stay.came)
    left = _left_the_door(stay, chained)
    return Arrival(min(presented, stay.came), years, sex, None if left is None else max(left, stay.came))


def _chained(stay: Span, doors: Sequence[Span]) -> list[Span]:
    """The visits that lie in a stay, and those of the chain before it."""
    end = stay.left
    found = [s for s in doors if s.came >= stay.came and (end is None or s.came < end)]
    start = stay.came
    while before := [
        s for s in doors if s not in found and s.came < start and s.ended(start) >= start - _AT_MOST
    ]:
        found += before
        start = min(s.came for s in before)
    return found


def _left_the_door(stay: Span, chained: Sequence[Span]) -> int | None:
    """The end of the visits from the door on, one after another; None for who came without one."""
    until = max((s.ended(stay.came) for s in chained if s.came <= stay.came), default=None)
    while until is not None:
        later = max((s.ended(s.came) for s in chained if s.came <= until + _AT_MOST), default=until)
        if later <= until:
            break
        until = later
    return until

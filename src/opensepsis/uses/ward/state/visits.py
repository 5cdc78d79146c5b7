"""Where a patient is and since when, from what ADT messages said, in whatever order they came."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date

from opensepsis.engine.live.arrivals import Span, arrival
from opensepsis.engine.live.chart import Chart
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.engine.semantics.stays import LED_ON_WITHIN, VISITS, Arrival
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.uses.ward.model.facts import Move, Visited

_EPOCH = date(1970, 1, 1).toordinal()

_CANCELS = {
    Move.CANCEL_ADMIT: Move.ADMIT,
    Move.CANCEL_TRANSFER: Move.TRANSFER,
    Move.CANCEL_DISCHARGE: Move.DISCHARGE,
}
_ALIKE: dict[Move, Callable[[Visited], object]] = {  # what two statements of one step have in common
    Move.CANCEL_ADMIT: lambda s: (s.kind if s.kind in VISITS else "", s.outpatient),
    Move.CANCEL_TRANSFER: lambda s: (s.time, s.ward, s.bed),
    Move.CANCEL_DISCHARGE: lambda s: s.move,
}
_ENDS = (Move.DISCHARGE, Move.CANCEL_ADMIT)
_NAMING = (Move.RENUMBER, Move.ALSO_CALLED)
_PLACING = (Move.ADMIT, Move.TRANSFER, Move.UPDATE, Move.CANCEL_TRANSFER, Move.CANCEL_DISCHARGE)

_LED_ON = to_microseconds(LED_ON_WITHIN)
IsSeen = Callable[[str, int], bool]  # whether something was charted in a visit later than a moment


def never(visit: str, since: int) -> bool:
    """For a caller who knows nothing of what was charted."""
    return False


@dataclass(frozen=True)
class Visit:
    """One visit as it stands. `assumed` when no feed told of it: it begins with the first thing charted."""

    name: str
    kind: str
    admitted: int
    discharged: int | None = None
    ward: str = ""
    bed: str = ""
    discharged_to: str = ""
    outpatient: bool = False
    assumed: bool = False
    places: tuple[tuple[int, str, str], ...] = ()  # time, ward and bed of every move, the first first
    spans: tuple[Span, ...] = ()  # its parts in the emergency department and for observation
    told: int | None = None  # the last moment of which a step said that it goes on
    expected: bool = False  # somebody may come, and has not


def visits_of(steps: Iterable[Visited]) -> list[Visit]:
    """The visits that stand, by admission: what was cancelled is not there.

    >>> steps = [Visited("A|1", "v", Move.ADMIT, 5, 5, ward="3B"), Visited("A|1", "v", Move.DISCHARGE, 9, 9)]
    >>> visits_of(steps)[0].discharged
    9
    """
    by_visit: dict[str, list[Visited]] = {}
    numbers = _numbers(steps := set(steps))
    for step in sorted(steps, key=lambda s: (s.stated, s.time, s.move, s.ward, s.bed)):
        if step.move not in _NAMING:
            by_visit.setdefault(numbers.get(step.visit, step.visit), []).append(step)
    parts = [(name, part) for name, told in by_visit.items() for part in _again(_last_said(told)) if part]
    found = [visit for name, part in parts if (visit := _visit(name, part))]
    # of two that begin together, as where two feeds tell of one stay, the one that ended is the last
    return sorted(found, key=lambda v: (v.admitted, v.discharged is not None, v.name))


def _numbers(steps: Collection[Visited]) -> dict[str, str]:
    """The number by which each visit goes now, by each other that it has or had: the last of its own feed, of two feeds that of FHIR."""
    told = sorted((s for s in steps if s.move is Move.RENUMBER), key=lambda s: (s.stated, s.visit))
    numbers: dict[str, str] = {}
    for step in told:
        numbers = {old: step.visit if now == step.version_of else now for old, now in numbers.items()}
        numbers[step.version_of] = step.visit
        numbers.pop(step.visit, None)  # it is called so again
    also = {s.version_of: s.visit for s in sorted(steps, key=lambda s: s.visit) if s.move is Move.ALSO_CALLED}
    return also | {old: also.get(now, now) for old, now in numbers.items()}


def called(visit: str, steps: Collection[Visited]) -> list[str]:
    """Every number that a visit has or had.

    >>> called("w", [Visited("A|1", "w", Move.RENUMBER, 5, 5, version_of="v")])
    ['w', 'v']
    """
    return [visit, *(old for old, now in _numbers(steps).items() if now == visit)]


def present(visits: list[Visit], is_seen: IsSeen = never) -> Visit | None:
    """The visit that is looked at: the last stay to begin, as long as it lasts; a call at a clinic meanwhile is part of it.

    After its end an earlier stay that lasted longer is looked at, if a step of it or something charted in it (`is_seen`, by its name) is
    later than that end: of a discharge that was lost nothing comes any more. So for a visit that was expected.

    >>> stay, clinic = Visit("v", "hospital", 5), Visit("c", "hospital", 7, 8, outpatient=True)
    >>> present([stay, clinic]).name
    'v'
    >>> twice = [Visit("v", "hospital", 5), Visit("w", "hospital", 6, 9)]
    >>> present(twice).name, present(twice, lambda name, since: (name, since) == ("v", 9)).name
    ('w', 'v')
    """
    stays = [visit for visit in visits if not visit.outpatient]
    if not stays:
        return visits[-1] if visits else None
    last = stays[-1]
    for stay in reversed(stays):
        if last.discharged is not None and _outlasts(stay, last.discharged, is_seen):
            last = stay
    if last.discharged is None:
        return last
    end = last.discharged
    told = [last, *(v for v in visits if v.outpatient and not (v.expected and not is_seen(v.name, end)))]
    return max(told, key=lambda v: (v.discharged is None, v.discharged or v.admitted, v.admitted, v.name))


def _outlasts(stay: Visit, end: int, is_seen: IsSeen) -> bool:
    """Whether a stay went on after the end of a later one, and something shows the patient in it since."""
    if stay.discharged is not None and stay.discharged <= end:
        return False
    return (stay.told is not None and stay.told > end) or is_seen(stay.name, end)


def ends_of(visits: list[Visit], is_seen: IsSeen = never) -> list[int]:
    """Where what runs without an end has ended: with each visit after which the patient was in no other.

    >>> door, ward = Visit("d", "emergency", 0, 5), Visit("v", "hospital", 5, 20)
    >>> clinic, other = Visit("c", "hospital", 7, 8, outpatient=True), Visit("w", "hospital", 9, 11)
    >>> ends_of([door, ward, clinic]), ends_of([ward, other]), ends_of([ward, other], lambda name, since: name == "v")
    ([20], [11, 20], [20])
    """
    return sorted(
        visit.discharged
        for visit in visits
        if visit.discharged is not None
        and not any(_goes_on(visit, visit.discharged, other, is_seen) for other in visits)
    )


def _goes_on(visit: Visit, end: int, other: Visit, is_seen: IsSeen) -> bool:
    """Whether a patient was in another stay when a visit ended: one that began later, or that outlasts it; of a clinic's any."""
    if other == visit or other.outpatient or (other.discharged is not None and other.discharged <= end):
        return False
    if other.admitted >= end:
        return visit.kind in VISITS and other.admitted <= end + _LED_ON
    return visit.outpatient or other.admitted > visit.admitted or _outlasts(other, end, is_seen)


def assumed_stay(steps: Collection[Visited], first: int | None, chart: Chart) -> list[Visit]:
    """The stay of a patient of whom no visit stands: from the first thing charted on, after a cancelled admission the first since then.

    So too where nothing but a move or discharge was told, and was cancelled: they are here.
    """
    gone = (Move.CANCEL_ADMIT, Move.DELETE)
    cancelled = max((step.stated for step in steps if step.move in gone), default=None)
    if cancelled is not None:
        first = min((t for name in chart.concepts for t in chart.seen[name] if t > cancelled), default=None)
    return [] if first is None else [Visit("", "hospital", first, assumed=True)]


def death_in(died: int | None, visit: Visit | None, charted: Iterable[int]) -> int | None:
    """When somebody died; None where a stay was begun later and something is charted in it: the death was of another, or an error.

    >>> stay = Visit("v", "hospital", 9)
    >>> death_in(5, stay, [4, 9]), death_in(5, stay, [4]), death_in(10, stay, [12])
    (None, 5, 10)
    """
    if died is None or visit is None or visit.assumed or visit.outpatient:
        return died
    return None if died < visit.admitted <= max(charted, default=0) else died


def _last_said(told: list[Visited]) -> list[Visited]:
    """The steps without the moves that a later version of their resource no longer has: where it ends, the patient is.

    What it leaves out of the way there stays: some senders tell only the place where somebody is now.
    """
    deleted = max((s.stated for s in told if s.move is Move.DELETE), default=None)
    told = _of_this_patient([s for s in told if deleted is None or s.stated > deleted])
    last: dict[str, Visited] = {}
    for step in told:  # by when they were stated
        held = last.get(step.version_of)
        if step.version_of and (held is None or (step.stated, step.time) >= (held.stated, held.time)):
            last[step.version_of] = step

    def stands(step: Visited) -> bool:
        end = last.get(step.version_of)
        if end is None or end.move is Move.CANCEL_PART:
            return end is None
        return step.move is not Move.CANCEL_PART and (step.stated == end.stated or step.time < end.time)

    return [step for step in told if stands(step)]


def _of_this_patient(told: list[Visited]) -> list[Visited]:
    """The steps without those of a resource that a later version says to be another patient's."""
    gone = {
        (s.patient, s.origin): s.stated for s in told if s.move is Move.CANCEL_PART and s.origin
    }  # by when they were stated, so that the last stands
    return [s for s in told if s.stated >= gone.get((s.patient, s.origin), s.stated)]


def _again(told: list[Visited]) -> list[list[Visited]]:
    """The steps of each stay under one number: an admission after a discharge begins another, as where no visit has a number."""
    parts: list[list[Visited]] = [[]]
    ended: int | None = None
    begun: int | None = None
    for step in told:
        if step.move is Move.ADMIT and ended is not None and step.time >= ended:
            parts.append([])
            begun, ended = step.time, None
        elif step.move is Move.DISCHARGE and begun is not None and step.time < begun:
            parts[-2].append(step)  # the discharge from the stay before, said again
            continue
        elif step.move is Move.DISCHARGE:
            ended = step.time
        elif step.move is Move.CANCEL_DISCHARGE:
            ended = None
        parts[-1].append(step)
    return parts


def _visit(name: str, told: list[Visited]) -> Visit | None:
    standing: list[Visited] = []
    for step in told:
        if step.move in _CANCELS:
            gone = _taken_back(step, standing, told)
            standing = [s for s in standing if s not in gone]
        if step.move not in _CANCELS or step.ward:  # a cancellation may say where the patient is now
            standing.append(step)
    moves = [s.move for s in standing]
    cancelled = max((s.stated for s in told if s.move is Move.CANCEL_ADMIT), default=None)
    here = [s for s in standing if s.move in _PLACING]
    if cancelled is not None and Move.ADMIT not in moves:
        here = [s for s in here if s.stated > cancelled]
    if not here and (cancelled is not None or Move.DISCHARGE not in moves):
        return None
    admitted = [s.time for s in standing if s.move is Move.ADMIT] or [s.time for s in standing]
    ends = [s for s in standing if s.move is Move.DISCHARGE]
    placed = [s for s in standing if s.move in _PLACING and s.ward]
    kinds = [s.kind for s in standing if s.kind]
    place = max(placed, key=lambda s: (s.time, s.stated, s.move is not Move.ADMIT), default=None)
    return Visit(
        name=name,
        kind=place.kind if place else kinds[-1],
        admitted=min(admitted),
        discharged=ends[-1].time if ends else None,
        ward=place.ward if place else "",
        bed=place.bed if place else "",
        discharged_to=ends[-1].discharged_to if ends else "",
        outpatient=_is_outpatient(standing),
        expected=not any(s.move in (Move.ADMIT, Move.TRANSFER) for s in standing)
        and any(s.outpatient for s in standing),
        places=_moves(placed),
        spans=_at_the_door(standing, ends[-1].time if ends else None),
        told=max((s.time for s in told if s.move not in _ENDS), default=None),
    )


def _is_outpatient(standing: list[Visited]) -> bool:
    """Whether somebody comes for a few hours, or is expected: what is said of the visit before an admission makes no stay of it."""
    begun = any(s.move in (Move.ADMIT, Move.TRANSFER) for s in standing)
    return (all if begun else any)(s.outpatient for s in standing)


def _taken_back(step: Visited, standing: list[Visited], told: list[Visited]) -> list[Visited]:
    """What a cancellation takes back: every statement of the discharge, of the last admission and of the last transfer.

    A resource that was an error says nothing at all. Who was registered in an emergency department and admitted from there under one
    number was admitted twice. A cancellation that is sent again takes back only what was sent again with it.
    """
    if step.origin and step.move is Move.CANCEL_ADMIT:
        return [s for s in standing if s.origin == step.origin]
    found = [s for s in standing if s.move is _CANCELS[step.move]]
    said = (s.stated for s in told if (s.move, s.time) == (step.move, step.time))
    before = max((stated for stated in said if stated < step.stated), default=None)
    if before is not None:
        found = [s for s in found if s.stated > before and s.time <= step.time]
    alike = _ALIKE[step.move]
    return [s for s in found if alike(s) == alike(found[-1])]


def _at_the_door(standing: list[Visited], end: int | None) -> tuple[Span, ...]:
    """The spans of a visit in the emergency department or for observation, by the kinds of its places one after another."""
    steps = sorted((s for s in standing if s.move in _PLACING), key=lambda s: (s.time, s.stated))
    kinds = [(step.time, step.kind) for step in steps if step.kind]
    found: list[Span] = []
    for place, (time, kind) in enumerate(kinds):
        left = next((at for at, other in kinds[place + 1 :] if other != kind), end)
        if kind in VISITS and not (found and (found[-1].kind, found[-1].left) == (kind, left)):
            found.append(Span(kind, time, left))
    return tuple(found)


def arrival_of(
    visit: Visit, visits: list[Visit], born: int | None, sex: str | None, calendar: Calendar
) -> Arrival:
    """How a patient came to a visit, by all their visits, with whole years on the day of presentation."""

    def span(one: Visit) -> Span:
        return Span(one.kind if one.kind in VISITS else "hospital", one.admitted, one.discharged)

    stays = [one for one in visits if not one.outpatient]
    others = [span(one) for one in stays if one != visit]
    inner = [part for one in stays if span(one).kind == "hospital" for part in one.spans]
    came = arrival(span(visit), [*others, *inner])
    if born is None:
        return replace(came, sex=sex)
    birth, then = (date.fromordinal(_EPOCH + calendar.day_of(t)) for t in (born, came.presented))
    years = then.year - birth.year - ((then.month, then.day) < (birth.month, birth.day))
    return replace(came, years=years, sex=sex)


def _moves(placed: list[Visited]) -> tuple[tuple[int, str, str], ...]:
    """The places one after another; what says again where somebody is, is no move."""
    moves: list[tuple[int, str, str]] = []
    for step in sorted(placed, key=lambda s: (s.time, s.stated, s.move is not Move.ADMIT)):
        if not moves or (step.ward, step.bed) != moves[-1][1:]:
            moves.append((step.time, step.ward, step.bed))
    return tuple(moves)

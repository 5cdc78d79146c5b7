"""Which statements are of one thing: what is told of it last takes the place of all that was told before, whatever it was called then.

A statement finds what it is about by its place (a time, a drug and its time). One that says anew what was told before, and finds
nothing there, is of the only thing that it can be of; where it could be of several, all of them stand. So too where that thing was told
anew from the first: then the sender may say so of each of a series.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

UNCLEAR = "a correction of one of several at other times: which one is not known; all stand"
MOVED = "replaced by a correction with another time"
Place = tuple[str, int]


@dataclass(frozen=True)
class Statement:
    """What was said under an origin at a moment (`known`). `again`: of what was told before; `perhaps`, `part`, `what` as in Corrected."""

    origin: str
    place: Place
    known: int
    message: int
    stands: bool = False
    again: bool = False
    perhaps: bool = False
    part: str = ""
    what: str = ""


@dataclass
class Thing:
    """One thing, and what was said of it in the order in which it was filed."""

    said: list[Statement] = field(default_factory=list)

    @property
    def last(self) -> Statement:
        """What was said of it last."""
        return self.said[-1]


@dataclass(frozen=True)
class Found:
    """What no longer holds, by origin up to when it was said, what could be of several things, and what is at another place now.

    `moved` has by origin how that is shown.
    """

    void: dict[str, int]
    unclear: frozenset[Statement]
    moved: dict[str, str]


IsOf = Callable[[Statement, Thing], bool]
MayBe = Callable[[Statement, Iterable[Thing]], Iterator[Thing]]


def settled(statements: Iterable[Statement], is_of: IsOf, may_be: MayBe, series: bool = False) -> Found:
    """What of some statements holds. `is_of` tells whether one is of a thing at its place, `may_be` of which others it can be.

    In a `series` what is told anew and a thing that was told anew from the first both stand.

    >>> def told(time, known, again=False):
    ...     return Statement(f"at {time}", ("", time), known, known, True, again)
    >>> def every(one, things):
    ...     yield from things
    >>> moved, series = [told(8, 1), told(9, 5, True)], [told(8, 1), told(9, 2), told(10, 5, True)]
    >>> [settled(some, lambda one, thing: True, every).void for some in (moved, series)]
    [{'at 8': 5}, {}]
    """
    things: list[Thing] = []
    by_place: dict[Place, list[Thing]] = {}
    unclear: set[Statement] = set()
    ordered = sorted(statements, key=lambda s: (s.known, s.origin))
    beside: dict[int, list[Statement]] = {}
    for one in ordered:
        beside.setdefault(one.message, []).append(one)
    for one in ordered:
        here = [thing for thing in by_place.get(one.place, ()) if is_of(one, thing)]
        thing = here[-1] if here else None
        if thing is None and one.again:
            others = [s for s in beside[one.message] if s is not one]
            standing = (t for t in reversed(things) if t.last.stands and _is_open(one, t, others, is_of))
            may = may_be(one, standing)
            thing, another = next(may, None), next(may, None)
            if another is not None or (series and thing and _may_be_another(one, thing)):
                thing = None
                unclear.add(one)
        if thing is None:
            things.append(thing := Thing())
        if all(said.place != one.place for said in thing.said):
            by_place.setdefault(one.place, []).append(thing)
        thing.said.append(one)
    return Found(_void(things), frozenset(unclear), dict(_moved(things)))


def _may_be_another(one: Statement, thing: Thing) -> bool:
    """Whether a sender may flag each of a series as a correction: the first was one."""
    return one.stands and thing.said[0].again


def _is_open(one: Statement, thing: Thing, others: list[Statement], is_of: IsOf) -> bool:
    """Whether a thing may be what is said anew: not where the same message says it beside, nor where it was filed before that was taken."""
    if one.perhaps and thing.said[0].known < one.place[1]:
        return False
    places = {said.place for said in thing.said}
    return not any(other.place in places and is_of(other, thing) for other in others)


def _moved(things: list[Thing]) -> Iterator[tuple[str, str]]:
    for thing in things:
        last = thing.last
        if last.stands:
            yield from ((said.origin, last.what) for said in thing.said if said.place != last.place)


def _void(things: list[Thing]) -> dict[str, int]:
    void: dict[str, int] = {}
    for thing in things:
        for place, one in enumerate(thing.said):
            for before in thing.said[:place]:
                if before.origin != one.origin:
                    known = max(one.known, before.known + 1)
                    void[before.origin] = max(known, void.get(before.origin, known))
    return void

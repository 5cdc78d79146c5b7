"""Which results of HL7 are of one observation: the same code and sub-id (OBX-3, OBX-4) under one order, by either of its numbers.

Of one order there may be a series, each at its own time. A result at a time that was told before is that one again; a correction or
withdrawal at another time is of the only one that stands.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from opensepsis.uses.ward.model.facts import Charted, Corrected, Fact, Flagged, Rejected, Voided
from opensepsis.uses.ward.model.result_names import (
    RESULT,
    Number,
    OrderOfResult,
    is_same,
    order_in,
    result_parts,
)
from opensepsis.uses.ward.state.flagged_series import FlaggedSeries
from opensepsis.uses.ward.state.told_again import (
    MOVED,
    UNCLEAR,
    Statement,
    Thing,
    settled,
)

Key = tuple[str, str]  # code and sub-id
_RESULT = ("code", "sub-id", "time")


class Results:
    """The numbered results of one patient. `renamed`: something was void that is not, so that all must be worked out again.

    >>> from opensepsis.engine.live.chart import Event
    >>> results = Results()
    >>> def charted(numbers, known):
    ...     event = Event("lactate", 8, known=known, value=4.0, origin=f"hl7 result lab {numbers}  2524-7  8")
    ...     return list(results.told(known, Charted("A|1", event)))
    >>> charted("F P", 1), charted(" P", 5)
    ([], [Voided(patient='A|1', origin='hl7 result lab F P  2524-7  8', known=5, but=(), at=None)])
    """

    def __init__(self):
        self._told: dict[Key, dict[int, tuple[Statement, ...]]] = {}  # by time
        self._again: dict[Key, int] = {}  # when the last that corrects was filed
        self._loose: dict[Key, bool] = {}  # whether any came without the filler's number
        self._by_filler: dict[
            Key, dict[str, dict[tuple[str, int], Statement]]
        ] = {}  # by the filler's own number
        self._series: dict[tuple[Key, str], FlaggedSeries] = {}  # of a key, and of a filler's number in it
        self._orders: dict[str, dict[str, None]] = {}  # by a number: what orders with it were called
        self._alone: dict[str, dict[str, None]] = {}  # of these those with one number
        self._of_order: dict[str, tuple[Key, ...]] = {}  # by what an order was called: of what it had results
        self._links: dict[
            str, dict[tuple[Number, Number], None]
        ] = {}  # a filler's with its placer's, by either
        self._whole: dict[
            Voided, tuple[str, ...]
        ] = {}  # of all results of an order or code, with its other names
        self._void: dict[Key, dict[str, int]] = {}
        self._moved: dict[Key, set[str]] = {}  # those that a correction put at another time, as shown
        self._unclear: dict[
            Key, set[tuple[str, int]]
        ] = {}  # corrections by origin and when they were filed, as shown
        self.renamed = False

    def told(self, message: int, fact: Fact) -> Iterator[Fact]:
        """What else no longer holds since a fact was told."""
        origin = _origin(fact)
        if not origin.startswith(RESULT):
            return
        called, *parts = result_parts(origin)
        order = order_in(called)
        if order is None or len(parts) > len(_RESULT):
            return
        keys, linked = self._learn(order)
        if len(parts) == len(_RESULT):
            key = parts[0], parts[1]
            if key not in self._of_order[called]:
                self._of_order[called] = (*self._of_order[called], key)
            if self._note(key, origin, int(parts[2]), message, fact) and key not in keys:
                yield from self._settle(key, fact.patient, order.filler[1] if order.filler else "")
            for one in keys:
                yield from self._settle(one, fact.patient)
        elif isinstance(fact, Voided) and fact not in self._whole:
            self._whole[fact] = ()
            linked = True
        if linked:
            yield from self._of_wholes()

    def void(self, patient: str) -> Iterator[Voided]:
        """All that no longer holds."""
        for void in self._void.values():
            yield from (Voided(patient, origin, known) for origin, known in void.items())
        for void, origins in self._whole.items():
            yield from (replace(void, origin=origin) for origin in origins)

    def _learn(self, order: OrderOfResult) -> tuple[dict[Key, None], bool]:
        """Takes note of the numbers of an order: of what there are results whose order is known better now, and whether anything is new."""
        new = order.origin not in self._of_order
        if new:
            self._of_order[order.origin] = ()
            for number in order.numbers:
                self._orders.setdefault(number[1], {})[order.origin] = None
                if len(order.numbers) == 1:
                    self._alone.setdefault(number[1], {})[order.origin] = None
        if order.filler is None or order.placer is None or self._is_linked(order.filler, order.placer):
            return {}, new
        for number in order.numbers:
            self._links.setdefault(number[1], {})[order.filler, order.placer] = None
        alone = (name for number in order.numbers for name in self._alone.get(number[1], ()))
        return dict.fromkeys(chain.from_iterable(self._of_order[name] for name in alone)), True

    def _note(self, key: Key, origin: str, time: int, message: int, fact: Fact) -> bool:
        """Takes note of a statement; whether it can change what others are of."""
        times, known = self._told.setdefault(key, {}), _known(fact)
        here = times.get(time, ())
        held = next((s for s in here if (s.origin, s.known) == (origin, known)), None)
        one = held or Statement(origin, ("", time), known, message)
        if isinstance(fact, Corrected):
            one = replace(one, again=True, perhaps=fact.perhaps, what=fact.what)
        one = replace(one, stands=one.stands or _stands(fact))
        if one == held:
            return False
        filler = _order(one).filler
        for number in {"", filler[1] if filler else ""}:
            self._series.setdefault((key, number), FlaggedSeries()).add(one, held)
        times[time] = (*(s for s in here if s is not held), one)
        again = self._again.get(key, -1)
        if one.again:
            self._again[key] = max(again, known)
        order = _order(one)
        self._loose[key] = self._loose.get(key, False) or order.filler is None
        if order.filler:
            of = self._by_filler.setdefault(key, {}).setdefault(order.filler[1], {})
            of[origin, known] = one
        others = any(s.origin != origin for s in here)
        return one.again or others or again > known or (bool(here) and again >= 0)

    def _settle(self, key: Key, patient: str, filler: str = "") -> Iterator[Voided | Rejected]:
        """Works out what of a key holds; by a filler's number that of its order alone, where no other number can lead to it."""
        series = self._series.get((key, "" if self._loose.get(key) else filler))
        if series and series.is_whole and not self._void.get(key):
            yield from self._shown(key, patient, series.later())
            return
        statements = self._statements(key, filler)
        found = settled(statements, self._is_of, self._may_be, series=True)
        void = self._void.setdefault(key, {})
        before = {one.origin: void[one.origin] for one in statements if one.origin in void}
        self.renamed |= any(known > found.void.get(origin, -1) for origin, known in before.items())
        for origin in before:
            del void[origin]
        void |= found.void
        for origin, known in found.void.items():
            if known > before.get(origin, -1):
                yield Voided(patient, origin, known)
        shown = self._moved.setdefault(key, set())
        for origin, what in found.moved.items():
            if origin not in shown:
                yield Rejected(patient, _time(origin), what, MOVED)
        shown.update(found.moved)
        yield from self._shown(key, patient, found.unclear)

    def _shown(self, key: Key, patient: str, unclear: Iterable[Statement]) -> Iterator[Rejected]:
        """What is to be shown of corrections that could be of several values, each once."""
        shown = self._unclear.setdefault(key, set())
        for one in sorted(unclear, key=lambda one: (one.known, one.origin)):
            if (one.origin, one.known) not in shown:
                shown.add((one.origin, one.known))
                yield Rejected(patient, one.place[1], one.what, UNCLEAR)

    def _statements(self, key: Key, filler: str) -> list[Statement]:
        if filler and not self._loose[key]:
            return list(self._by_filler[key][filler].values())
        return list(chain.from_iterable(self._told.get(key, {}).values()))

    def _is_of(self, one: Statement, thing: Thing) -> bool:
        order = _order(one)
        fillers = [o.filler for s in thing.said if (o := _order(s)).filler]
        if order.filler and fillers:
            return any(is_same(order.filler, other) for other in fillers)
        return any(self.is_one(order, _order(said)) for said in thing.said)

    def _may_be(self, one: Statement, things: Iterable[Thing]) -> Iterator[Thing]:
        """The things that a correction can be of; where what was asked for was told, those of the same service before the others."""
        service, others = _order(one).service, []
        found = False
        for thing in things:
            if not self._is_of(one, thing):
                continue
            if not service or _order(thing.last).service in ("", service):
                found = True
                yield thing
            else:
                others.append(thing)
        if not found:
            yield from others

    def is_one(self, one: OrderOfResult, other: OrderOfResult) -> bool:
        """Whether two names are of one order, or of a placer's and one of its filler's."""
        if one.either or other.either:
            return any(is_same(a, b) for a in one.numbers for b in other.numbers)
        if one.filler and other.filler:
            return is_same(one.filler, other.filler)
        if one.placer and other.placer:
            return is_same(one.placer, other.placer)
        filler, placer = one.filler or other.filler, one.placer or other.placer
        return bool(filler and placer and self._is_linked(filler, placer))

    def _is_linked(self, filler: Number, placer: Number) -> bool:
        pairs = self._links.get(filler[1], ())
        return any(is_same(filler, one) and is_same(placer, other) for one, other in pairs)

    def _of_wholes(self) -> Iterator[Voided]:
        """What was said of a whole order, for the names of it that have come since."""
        for void, known in self._whole.items():
            called, *parts = result_parts(void.origin)
            names = (" ".join((name, *parts)) for name in self._other_names(called))
            new = [origin for origin in names if origin not in known]
            self._whole[void] = (*known, *new)
            yield from (replace(void, origin=origin) for origin in new)

    def _other_names(self, called: str) -> Iterator[str]:
        """What else an order is called, and the orders of the filler's under a placer's number; not those that asked for something else."""
        order = order_in(called)
        if order is None:
            return
        pairs = chain.from_iterable(self._links.get(number[1], ()) for number in order.numbers)
        numbers = dict.fromkeys((*order.numbers, *chain.from_iterable(pairs)))
        for name in dict.fromkeys(n for number in numbers for n in self._orders.get(number[1], ())):
            other = order_in(name)
            if other is None or name == called or not self.is_one(order, other):
                continue
            if not order.service or other.service in ("", order.service):
                yield name


def _time(origin: str) -> int:
    return int(result_parts(origin)[3])


def _origin(fact: Fact) -> str:
    match fact:
        case Charted(event=event):
            return event.origin or ""
        case Voided() | Corrected() | Flagged():
            return fact.origin
    return ""


def _known(fact: Fact) -> int:
    match fact:
        case Charted(event=event):
            return event.known
        case Voided() | Corrected():
            return fact.known
        case Flagged():
            return fact.stated
    return 0


def _stands(fact: Fact) -> bool:
    match fact:
        case Charted(event=event):
            return event.value is not None or event.text is not None
        case Flagged() | Corrected():
            return fact.stands
    return False


def _order(one: Statement) -> OrderOfResult:
    order = order_in(result_parts(one.origin)[0])
    assert order is not None  # none is noted without a number
    return order

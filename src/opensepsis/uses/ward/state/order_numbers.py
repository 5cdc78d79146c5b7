"""Which numbers are of one order: its filler and its placer number it each in its own way, and a message may have one or both."""

from collections.abc import Iterator
from dataclasses import replace

from opensepsis.uses.ward.model.facts import Charted, Corrected, Ended, Fact, Voided

OF_ORDERS = ("hl7 order ", "hl7 dose ")


class OrderNumbers:
    """The orders of one patient by their numbers. An order has the number by which it was known first, as it goes on.

    A placer's number may have several orders of the filler's; alone it means all of them, or, for what is charted, the last.

    >>> from opensepsis.engine.live.chart import Event
    >>> numbers = OrderNumbers()
    >>> def charted(number):
    ...     event = Event("antibiotic_order", 0, known=1, text="ceftriaxone|iv", origin=f"hl7 order {number} ceftriaxone")
    ...     return [fact.event.origin for fact in numbers.named(Charted("A|1", event))]
    >>> charted("F1|P1"), charted("P1"), charted("F2|P2")
    (['hl7 order F1 ceftriaxone'], ['hl7 order F1 ceftriaxone'], ['hl7 order F2 ceftriaxone'])
    >>> [fact.origin for fact in numbers.named(Voided("A|1", "hl7 order P1", 9))]
    ['hl7 order F1']
    """

    def __init__(self):
        self._orders: dict[str, tuple[str, ...]] = {}  # by number, the last one last
        self._filled: set[str] = set()  # placer's numbers that were an order until its filler numbered it

    def named(self, fact: Fact) -> Iterator[Fact]:
        """A fact, or one for each order that it is about, under the number that the order has here."""
        match fact:
            case Charted(event=event) if (event.origin or "").startswith(OF_ORDERS):
                *_, origin = self._origins(event.origin or "")
                yield replace(fact, event=replace(event, origin=origin))
            case Corrected() if fact.origin.startswith(OF_ORDERS):
                *_, origin = self._origins(fact.origin)
                yield replace(fact, origin=origin)
            case Ended() if fact.origin.startswith(OF_ORDERS):
                every = self._ended(fact.origin) if not fact.replaced else self._origins(fact.origin)[-1:]
                yield from (replace(fact, origin=origin) for origin in every)
            case Voided() if fact.origin.startswith(OF_ORDERS):
                every = self._ended(fact.origin)
                but = tuple(origin for one in fact.but for origin in self._origins(one))
                yield from (replace(fact, origin=origin, but=but) for origin in every)
            case _:
                yield fact

    def _ended(self, origin: str) -> list[str]:
        """The origins of what ends; where the filler's number is new, the placer's tells which orders."""
        first, kind, number, rest = _parts(origin)
        filler, _, placer = number.partition("|")
        if placer and filler not in self._orders and placer in self._orders:
            before = self._orders[placer]
            self._learn(filler, placer)
            return [
                _origin(first, kind, name, rest) for name in dict.fromkeys((*before, *self._orders[filler]))
            ]
        return self._origins(origin)

    def _origins(self, origin: str) -> list[str]:
        first, kind, number, rest = _parts(origin)
        filler, _, placer = number.partition("|")
        if placer:
            self._learn(filler, placer)
        elif number:
            self._orders.setdefault(number, (number,))
        return [_origin(first, kind, name, rest) for name in self._orders.get(filler, (number,))]

    def _learn(self, filler: str, placer: str) -> None:
        """Two numbers of one order: it may have been known by the placer's alone until now."""
        held, mine = self._orders.get(placer, ()), self._orders.get(filler, ())
        if placer in held and placer not in self._filled and placer not in mine:
            mine = (placer, *mine)
            self._filled.add(placer)
        self._orders[filler] = mine or (filler,)
        self._orders[placer] = (*(name for name in held if name not in mine), *self._orders[filler])


def _parts(origin: str) -> tuple[str, str, str, str]:
    first, kind, number, *rest = origin.split(" ", 3)
    return first, kind, number, " ".join(rest)


def _origin(first: str, kind: str, name: str, rest: str) -> str:
    return f"{first} {kind} {name} {rest}" if rest else f"{first} {kind} {name}"

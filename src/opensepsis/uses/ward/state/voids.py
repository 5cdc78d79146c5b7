"""What is void of one patient's chart, and where the rows of each resource or order stand: found by its name, not by a search."""

from collections.abc import Iterable

from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.model.facts import Flagged, Voided
from opensepsis.uses.ward.model.result_names import OF_ORDER, RESULT
from opensepsis.uses.ward.state.order_numbers import OF_ORDERS


def named(origin: str) -> str:
    """The resource or order of an origin, without the part of it.

    >>> named("fhir lab/Observation/7 8478-0")
    'fhir lab/Observation/7'
    >>> named("hl7 order 7 ceftriaxone")
    'hl7 order 7'
    """
    words = 3 if origin.startswith(OF_ORDERS) else OF_ORDER if origin.startswith(RESULT) else 2
    return " ".join(origin.split(" ", words)[:words])


class Voids:
    """The voids and the places (concept and time) of rows, by the name of what they are of.

    >>> voids = Voids()
    >>> voids.charted(Event("map", 5, known=1, value=60.0, origin="fhir lab/Observation/7 8478-0"))
    >>> voids.add(Voided("A|1", "fhir lab/Observation/7", 9))
    >>> list(voids.places("fhir lab/Observation/7"))
    [('map', 5)]
    """

    def __init__(self):
        self._voids: dict[str, list[Voided]] = {}
        self._places: dict[str, dict[tuple[str, int], None]] = {}

    def add(self, void: Voided) -> None:
        """Takes note of what is void."""
        self._voids.setdefault(named(void.origin), []).append(void)

    def add_all(self, voids: Iterable[Voided]) -> None:
        """The same of several."""
        for void in voids:
            self.add(void)

    def charted(self, event: Event) -> None:
        """Takes note of a row."""
        if event.origin:
            self._places.setdefault(named(event.origin), {})[event.concept, event.time] = None

    def places(self, origin: str) -> Iterable[tuple[str, int]]:
        """Where rows of a resource or order were charted."""
        return tuple(self._places.get(named(origin), ()))

    def of(self, event: Event) -> list[Voided]:
        """The voids that a row is an earlier version of."""
        return [void for void in self._voids.get(named(event.origin or ""), ()) if void.covers(event)]

    def take_back(self, origin: str, known: int) -> bool:
        """Whether what was said under an origin at a moment is void."""
        return any(void.takes_back(origin, known) for void in self._voids.get(named(origin), ()))


def void_flags(flags: dict[str, Flagged], void: Voided) -> bool:
    """Takes out the flags that are void; whether there were any."""
    gone = [name for name, flag in flags.items() if void.takes_back(name, flag.stated)]
    for name in gone:
        del flags[name]
    return bool(gone)

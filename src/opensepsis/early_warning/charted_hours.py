"""What a ward charted in an hour, as the inputs of a model: what was received by the end of the hour, nothing later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np

from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.time import HOUR
from opensepsis.rules import Kind
from opensepsis.uses.predict.glasgow import PARTS, TOTAL, PartsAsTheyCome
from opensepsis.uses.predict.inputs import RUNNING, Input
from opensepsis.uses.ward.model.facts import Charted, Ended, Fact, Voided
from opensepsis.uses.ward.state.endings import Rates, order_of, pump
from opensepsis.uses.ward.state.order_numbers import OrderNumbers
from opensepsis.uses.ward.state.versions import is_gone
from opensepsis.uses.ward.state.voids import Voids, named

Told = list[tuple[int, int, Fact]]  # message, received, fact


@dataclass
class ChartedHours:
    """What was told of a patient, gone through once: hours are asked for in their order, and each reads only what came since.

    What was taken back by `since` never was. `stale`: what an hour had that was asked for before was taken back since, so that all hours
    must be gone through again.
    """

    inputs: Sequence[Input]
    told: Told
    since: int = -1
    stale: bool = False
    _read: int = 0
    _waiting: list[tuple[int, int, int, Event]] = field(
        default_factory=list
    )  # when known, a number, column, event
    _running: list[tuple[int, int, Event]] = field(default_factory=list)  # when known, column, event
    _endings: dict[tuple[str, str | None], list[Ended]] = field(
        default_factory=dict
    )  # by what runs at one rate
    _rates: Rates = field(default_factory=Rates)
    _numbers: OrderNumbers = field(default_factory=OrderNumbers)
    _texts: dict[tuple[str, int], set[str | None]] = field(
        default_factory=dict
    )  # of what drug a rate is, by origin and time

    _voids: Voids = field(default_factory=Voids)
    _counted: dict[str, list[Event]] = field(
        default_factory=dict
    )  # in hours that passed, by what they are of

    _parts: PartsAsTheyCome = field(default_factory=PartsAsTheyCome)

    def __post_init__(self) -> None:
        self._place = {one.concept: i for i, one in enumerate(self.inputs)}
        if TOTAL in self._place:
            self._place |= dict.fromkeys(PARTS, self._place[TOTAL])
        numbers = OrderNumbers()
        for _, received, fact in self.told:
            if received > self.since:
                break
            self._voids.add_all(void for one in numbers.named(fact) if (void := _taking_back(one)))

    def values(self, begin: int, end: int) -> np.ndarray:
        """The last value of each input that came in (begin, end], NaN where none did; 1 for what ran in it."""
        self._read_until(end)
        values, newest = np.full(len(self.inputs), np.nan, np.float32), [(-1, -1)] * len(self.inputs)
        while self._waiting and self._waiting[0][0] <= end:
            at = self._waiting[0][0]
            for column, event in self._known_at(at):
                if begin < at and (event.time, at) >= newest[column]:
                    values[column], newest[column] = event.value, (event.time, at)
        self._running = [
            one
            for one in self._running
            if (self._until(one[2], end) > begin or one[0] > end) and not self._voids.of(one[2])
        ]
        for at, column, event in self._running:
            if at <= end:
                values[column] = 1.0
                self._note(event)
        return values

    def _known_at(self, at: int) -> Iterator[tuple[int, Event]]:
        """The values that count from a moment on, in the order in which they were told; the parts of the GCS as their sum."""
        glasgow = []
        while self._waiting and self._waiting[0][0] == at:
            _, _, column, event = heappop(self._waiting)
            if event.value is not None and self._voids.of(event):
                continue
            self._note(event)
            if event.concept in (TOTAL, *PARTS):
                glasgow.append(event)
            if event.concept not in PARTS:
                yield column, event
        for event in self._parts.after(glasgow):
            yield self._place[TOTAL], event

    def _note(self, event: Event) -> None:
        """Remembers that an hour has an event."""
        here = self._counted.setdefault(named(event.origin or ""), [])
        if event.origin and event not in here:
            here.append(event)

    def _take_back(self, void: Voided) -> None:
        self._voids.add(void)
        self.stale |= any(void.covers(event) for event in self._counted.get(named(void.origin), ()))

    def _read_until(self, end: int) -> None:
        """Reads on in what was told, as far as it was received by a moment: it stands in the order of receipt."""
        while self._read < len(self.told):
            _, received, fact = self.told[self._read]
            concept = fact.event.concept if isinstance(fact, Charted) else getattr(fact, "concept", "")
            if received > end and (concept in self._place or isinstance(fact, Voided)):
                return
            for one in self._numbers.named(fact):
                if (void := _taking_back(one)) and (concept in self._place or isinstance(one, Voided)):
                    self._take_back(void)
                if isinstance(one, Ended) and concept in self._place:
                    self._endings.setdefault((concept, order_of(one)), []).append(one)
                elif isinstance(one, Charted) and concept in self._place:
                    self._rates.note(one)
                    self._take(one.event, received)
            self._read += 1

    def _take(self, event: Event, received: int) -> None:
        at, column = max(received, event.known or event.time, event.time), self._place[event.concept]
        if self.inputs[column].form == RUNNING:
            self._texts.setdefault((event.origin or "", event.time), set()).add(event.text)
            if event.value != 0:
                self._running.append((at, column, event))
        elif event.value is not None or event.concept in PARTS:
            heappush(self._waiting, (at, self._read, column, event))

    def _until(self, event: Event, now: int) -> int:
        """When what runs ended, as far as it was told by now; without an end it runs. What was told later only ends it earlier."""
        orders = dict.fromkeys((pump(event.origin), self._rates.order(event.origin)))
        endings = (e for order in orders for e in self._endings.get((event.concept, order), ()))
        told = [e.time for e in endings if self._ends(e, event)]
        ends = [event.end] if event.end is not None else []
        return min([*told, *ends], default=now)

    def _ends(self, ended: Ended, event: Event) -> bool:
        """Whether what runs ends by an ending: as on the ward, by the next rate of its order if that is of the same drug."""
        if not ended.under or ended.origin == event.origin:
            return ended.ends(event)
        if event.text not in self._texts.get((ended.origin, ended.time), ()):
            return False
        first = (event.known, event.origin or "") < (ended.known, ended.origin)
        return ended.ends(event) if event.time != ended.time else first


def _taking_back(fact: Fact) -> Voided | None:
    """What a fact takes back: what is void, or the earlier versions of a row that holds nothing any more."""
    if isinstance(fact, Voided):
        return fact
    event = fact.event if isinstance(fact, Charted) else None
    if event is None or not event.origin or event.value is not None or event.text is not None:
        return None
    if CONCEPTS[event.concept].kind is Kind.INTERVAL and not is_gone(event):
        return None
    return Voided(fact.patient, event.origin, event.known, at=event.time)


def hours_passed(admitted: int, at: int) -> int:
    """How many whole hours of a visit have passed at one of its hours."""
    return (at - admitted) // HOUR

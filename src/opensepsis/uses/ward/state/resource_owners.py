"""Of whom a thing was charted that its sender names by itself: a corrected version may be of another patient."""

from collections.abc import Iterable
from dataclasses import replace

from opensepsis.uses.ward.model.facts import Charted, Fact, Flagged, Move, Visited, Voided

NAMED = "fhir "  # a resource has one subject; what an order or a filler number says is of the patient of its message


def _base(origin: str) -> str:
    """The resource of an origin, without the part of it."""
    return " ".join(origin.split(" ", 2)[:2])


class Owners:
    """Which identifiers each resource was charted of, and up to when its versions are void.

    >>> from opensepsis.engine.live.chart import Event
    >>> owners = Owners()
    >>> owners.note(Charted("A|1", Event("map", 0, known=1, value=60.0, origin="fhir Observation/7 8478-0")))
    ()
    >>> owners.note(Voided("A|2", "fhir Observation/7", 9))
    (Voided(patient='A|1', origin='fhir Observation/7', known=9, but=(), at=None),)
    """

    def __init__(self):
        self.of: dict[str, tuple[str, ...]] = {}
        self.void: dict[str, Voided] = {}
        self.visits: dict[str, dict[str, Visited]] = {}  # by resource and patient: what was stated last
        self.gone: dict[tuple[str, str], int] = {}  # of these those who left, and when it was stated

    def note(self, fact: Fact) -> tuple[Voided | Visited, ...]:
        """Takes note of a fact; what others were told of the same thing, or this one too late, that is void now."""
        if isinstance(fact, Voided) and fact.origin.startswith(NAMED):
            held = self.void.get(fact.origin)
            if held is None or held.known < fact.known:
                self.void[fact.origin] = fact
            others = (name for name in self.of.get(fact.origin, ()) if name != fact.patient)
            return tuple(Voided(name, fact.origin, fact.known) for name in others)
        if isinstance(fact, Visited):
            return self._visit(fact) if fact.origin else ()
        match fact:
            case Charted(event=event):
                origin, known = event.origin or "", event.known
            case Flagged():
                origin, known = fact.origin, fact.stated
            case _:
                return ()
        if not origin.startswith(NAMED):
            return ()
        base = _base(origin)
        here = self.of.get(base, ())
        if fact.patient not in here:
            self.of[base] = (*here, fact.patient)
        void = self.void.get(base)
        if void is None or void.patient == fact.patient or not void.takes_back(origin, known):
            return ()
        return (Voided(fact.patient, base, void.known),)

    def _visit(self, step: Visited) -> tuple[Visited, ...]:
        """Takes note of a step of an Encounter; the steps that take it back of whomever an earlier version says it to be."""
        of = self.visits.setdefault(step.origin, {})
        self.gone.pop((step.origin, step.patient), None)
        if step.patient not in of or of[step.patient].stated <= step.stated:
            of[step.patient] = step
        last = max(of.values(), key=lambda one: one.stated)
        others = (one for one in of.values() if one.stated < last.stated)
        return tuple(
            replace(one, move=Move.CANCEL_PART, time=last.stated, stated=last.stated, version_of=one.origin)
            for one in others
        )

    def forget(self, patient: str, origins: Iterable[str], before: int) -> None:
        """Lets go what was charted of a patient who left, and what is void of nobody who is here and was said `before` a moment."""
        origins = tuple(origins)
        for base in {_base(origin) for origin in origins}:
            others = tuple(name for name in self.of.pop(base, ()) if name != patient)
            if others:
                self.of[base] = others
        for origin in origins:
            if step := self.visits.get(origin, {}).get(patient):
                self.gone[origin, patient] = step.stated
        for origin, name in [key for key, stated in self.gone.items() if stated < before]:
            del self.gone[origin, name], self.visits[origin][name]
            if not self.visits[origin]:
                del self.visits[origin]
        gone = [
            base
            for base, void in self.void.items()
            if base not in self.of and (void.patient == patient or void.known < before)
        ]
        for base in gone:
            del self.void[base]

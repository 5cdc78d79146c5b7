"""Resources that come again without a version: what the earlier ones said and the last one does not, no longer holds."""

from collections.abc import Callable, Iterable

from opensepsis.data.decode.facts import Charted, Voided
from opensepsis.data.timeline.event import Event
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

MOST = 50_000
WHOLE = (
    "/Observation/",
    "/DiagnosticReport/",
    "/Procedure/",
    "/Condition/",
    "/MedicationRequest/",
)
DOSES = "/MedicationAdministration/"  # of one dose the last version; of rates each stands


class Versions:
    """The rows of the last version of each resource. `find` gives them from the log for those that are not at hand, by
    their names and the patients of whom they are now.

    >>> from opensepsis.data.timeline.event import Event
    >>> versions, said = Versions(lambda names, patients: ()), dict(known=9, value=4.0, origin="fhir lab/Observation/7")
    >>> versions.superseded([Charted("A|1", Event("lactate", 5, **said))])
    []
    >>> versions.superseded([Charted("A|1", Event("lactate", 6, **said))])
    [Voided(patient='A|1', origin='fhir lab/Observation/7', known=9, but=(), at=None)]
    """

    def __init__(self, find: Callable[[Iterable[str], Iterable[str]], Iterable[Charted]]):
        self.find = find
        self.held: dict[str, frozenset[tuple]] = {}

    def superseded(self, facts: Iterable[object]) -> list[Voided]:
        """What is void because a resource came again with other rows than before."""
        by_name: dict[str, list[Charted]] = {}
        for fact in facts:
            if not isinstance(fact, Charted):
                continue
            name = _name(fact)
            if name.startswith("fhir ") and _is_whole(name, fact.event.concept):
                by_name.setdefault(name, []).append(fact)
        self._look_up(by_name)
        return [void for name, rows in by_name.items() if (void := self._again(name, rows))]

    def _look_up(self, by_name: dict[str, list[Charted]]) -> None:
        """Holds the earlier rows of those that are not at hand: one look for all of a message."""
        asked = [name for name in by_name if name not in self.held]
        if not asked:
            return
        patients = sorted({row.patient for name in asked for row in by_name[name]})
        found: dict[str, list[Charted]] = {}
        for row in self.find(asked, patients):
            found.setdefault(_name(row), []).append(row)
        self.held |= {name: _places(found.get(name, ())) for name in asked}

    def _again(self, name: str, rows: list[Charted]) -> Voided | None:
        now, before = _places(rows), self.held.pop(name)
        while len(self.held) >= MOST:
            del self.held[next(iter(self.held))]
        self.held[name] = now
        return Voided(rows[-1].patient, name, min(r.event.known for r in rows)) if before - now else None


def _is_whole(name: str, concept: str) -> bool:
    """Whether the last version of a resource says all of what it charts of a concept."""
    dose = DOSES in name and CONCEPTS[concept].kind is not Kind.INTERVAL
    return dose or any(kind in name for kind in WHOLE)


def _name(fact: Charted) -> str:
    """The resource of a row, without the part of it."""
    return " ".join((fact.event.origin or "").split(" ", 2)[:2])


def _places(rows: Iterable[Charted]) -> frozenset[tuple]:
    return frozenset((r.patient, r.event.concept, r.event.time, r.event.origin, _drug(r.event)) for r in rows)


def _drug(event: Event) -> str | None:
    """What a row at a moment is of where its text names it: another drug is another row."""
    return event.text if CONCEPTS[event.concept].kind is Kind.EVENT else None

"""Resources that come again without a version: what the earlier ones said and the last one does not, no longer holds."""

from collections.abc import Callable, Iterable

from opensepsis.data.decode.facts import Charted, Said, Voided

MOST = 50_000
WHOLE = (
    "/Observation/",
    "/DiagnosticReport/",
    "/Procedure/",
    "/Condition/",
    "/MedicationRequest/",
)  # of rates each stands


class Versions:
    """The rows of the last version of each resource. `find` gives them from the log for one that is not at hand.

    >>> from opensepsis.data.timeline.event import Event
    >>> versions, said = Versions(lambda name, patients: ()), dict(known=9, value=4.0, origin="fhir lab/Observation/7")
    >>> versions.superseded([Charted("A|1", Event("lactate", 5, **said))])
    []
    >>> versions.superseded([Charted("A|1", Event("lactate", 6, **said))])
    [Voided(patient='A|1', origin='fhir lab/Observation/7', known=9)]
    """

    def __init__(self, find: Callable[[str, Iterable[str]], Iterable[Charted]]):
        self.find = find
        self.held: dict[str, frozenset[tuple]] = {}

    def superseded(self, facts: Iterable[Said]) -> list[Voided]:
        """What is void because a resource came again with other rows than before."""
        by_name: dict[str, list[Charted]] = {}
        for fact in facts:
            name = " ".join((fact.event.origin or "").split(" ", 2)[:2]) if isinstance(fact, Charted) else ""
            if name.startswith("fhir ") and any(kind in name for kind in WHOLE):
                by_name.setdefault(name, []).append(fact)
        return [void for name, rows in by_name.items() if (void := self._again(name, rows))]

    def _again(self, name: str, rows: list[Charted]) -> Voided | None:
        now = _places(rows)
        before = self.held.pop(name, None)
        if before is None:
            before = _places(self.find(name, sorted({row.patient for row in rows})))
        while len(self.held) >= MOST:
            del self.held[next(iter(self.held))]
        self.held[name] = now
        return Voided(rows[-1].patient, name, min(r.event.known for r in rows)) if before - now else None


def _places(rows: Iterable[Charted]) -> frozenset[tuple]:
    return frozenset((r.patient, r.event.concept, r.event.time, r.event.origin) for r in rows)

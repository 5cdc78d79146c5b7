"""What became of every resource: used, shown and not scored, unmapped, unused or refused, by type and reason."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from opensepsis.data.decode.facts import Charted, Rejected, Voided
from opensepsis.data.decode.observations import DecodeResult

REFUSED = ("dead", "unit", "time", "value", "held")
LISTED = 200
USED = "used"
TAKEN_BACK = "entered in error, cancelled or without a value in its last version"
NOTHING = "it holds nothing that is used"
_NO_KIND = "no resource"


@dataclass(frozen=True)
class Outcome:
    """What one resource came to: used, shown, unmapped, unused, taken back or refused; and the codes in it that no list has."""

    kind: str
    reason: str = ""
    refused: bool = False
    unmapped: tuple[tuple[str, str, str], ...] = ()


def outcome_of(read: DecodeResult) -> Outcome:
    """What a resource came to; whatever part of it is used makes it used."""
    unmapped = tuple((p.system, p.code, p.unit) for p in read.problems if p.kind == "unmapped")
    charted = [fact for fact in read.facts if isinstance(fact, Charted)]
    if any(_says_something(fact) for fact in charted):
        return Outcome(USED, unmapped=unmapped)
    refused = next((p for p in read.problems if p.kind in REFUSED), None)
    if refused:
        return Outcome("refused", refused.words, True, unmapped)
    shown = next((fact for fact in read.facts if isinstance(fact, Rejected)), None)
    if shown:
        return Outcome("shown", shown.reason, unmapped=unmapped)
    if charted or any(isinstance(fact, Voided) for fact in read.facts):
        return Outcome("taken back", TAKEN_BACK, unmapped=unmapped)
    problem = next((p for kind in ("unmapped", "unused") for p in read.problems if p.kind == kind), None)
    return Outcome(problem.kind, problem.words, unmapped=unmapped) if problem else Outcome("unused", NOTHING)


def _says_something(fact: Charted) -> bool:
    event = fact.event
    empty = event.value is None and event.text is None and fact.whole is None
    return not empty or (event.end is not None and event.end != event.time)


class Outcomes:
    """Counts one outcome for each resource, and every code that no list has by volume."""

    def __init__(self) -> None:
        self._kinds: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self._unmapped: Counter[tuple[str, str, str, str]] = Counter()

    def used(self, kind: str, count: int = 1) -> None:
        """Resources that others refer to, or that tell who somebody is."""
        self._kinds[kind][USED, ""] += count

    def note(self, kind: str, outcome: Outcome, count: int = 1) -> None:
        """Counts resources."""
        for code in outcome.unmapped:
            self._unmapped[(kind, *code)] += count
        self._kinds[kind or _NO_KIND][outcome.kind, outcome.reason] += count

    def report(self) -> dict:
        """Resources by type, and the codes that no list has, the most frequent first."""
        unmapped = [
            {"resource": kind, "system": system, "code": code, "unit": unit, "count": count}
            for (kind, system, code, unit), count in _by_volume(self._unmapped)[:LISTED]
        ]
        kinds = {kind: _by_outcome(found) for kind, found in sorted(self._kinds.items())}
        return {"resources": kinds, "unmapped": unmapped, "unmapped_in_all": self._unmapped.total()}


def _by_volume(found: Counter) -> list[tuple]:
    """The most frequent first; of equal ones in the order of their names."""
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))


def _by_outcome(found: Counter[tuple[str, str]]) -> dict:
    told: dict[str, dict] = {}
    for (outcome, reason), count in _by_volume(found):
        told.setdefault(outcome, {})[reason] = count
    return {
        outcome: sum(reasons.values()) if set(reasons) == {""} else reasons
        for outcome, reasons in told.items()
    }

"""One line of an export as facts, by the reader that the ward uses; what is said again is not worked out again."""

from collections import Counter
from functools import lru_cache
from typing import NamedTuple, cast

import msgspec
import orjson

from opensepsis.data.decode.facts import Problem, Resource
from opensepsis.data.decode.fhir.dispatch import READERS, UNUSED, read_fhir
from opensepsis.data.decode.fhir.kept import READ
from opensepsis.data.decode.message import Message
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.site import Site, zone_of
from opensepsis.data.decode.timestamps import iso_time
from opensepsis.data.sources.fhir import plain
from opensepsis.data.sources.fhir.kept import AT_HAND, Kept
from opensepsis.data.sources.fhir.organisms import Organisms

FEED = "export"
# nobody received a file when it happened: it counts as received after all there is, line after line; see `rows.known_of`
RECEIVED = 13_569_465_600_000_000  # the year 2400
BETWEEN_LINES = 16
NOT_JSON = "the line is no JSON"
_OF_A_DRUG = ("code", "ingredient", "identifier")
INDEXED = frozenset(READ)  # kinds that others refer to; they are read before all others


class Line(NamedTuple):
    """What one line says: in full, or as an answer that was given before, to be filled with patient, origin and times."""

    kind: str
    read: DecodeResult | None = None
    answer: plain.Answer | None = None
    patient: str = ""
    origin: str = ""
    moments: plain.Moments | None = None

    @property
    def in_full(self) -> DecodeResult:
        """What was read, of a line that is no answer given before."""
        return cast(DecodeResult, self.read)

    @property
    def filled(self) -> tuple[plain.Answer, plain.Moments]:
        """The answer and what fills it, of a line that was not read in full."""
        return cast(plain.Answer, self.answer), cast(plain.Moments, self.moments)


class Reader:
    """Reads lines in their order. `times` counts what `known` rests on."""

    def __init__(
        self,
        site: Site,
        kept: Kept,
        low_specimens: frozenset[str] = frozenset(),
        organisms: Organisms | None = None,
    ):
        self.site, self.kept, self.low_specimens = site, kept, low_specimens
        self.organisms = organisms or Organisms()
        self.times: Counter[str] = Counter()
        self._ran: set[str] = set()  # administrations that were told to go on or to rest
        self._answers: dict[tuple, plain.Answer | None] = {}
        self._no_list: dict[tuple, plain.Answer] = {}
        self._moment = lru_cache(maxsize=200_000)(self._parsed)
        self._zone = zone_of(site.feed(FEED))

    def read(self, line: bytes, number: int) -> Line:
        """What a line says; of kinds that others refer to only the kind, for those were read before."""
        try:
            said = plain.decode(line)
        except msgspec.MsgspecError:
            return self._unusual(line, number)
        kind = said.resourceType
        if kind in INDEXED:
            return Line(kind)
        if kind not in READERS and kind != "Bundle":
            return Line(kind, DecodeResult(problems=[Problem("unused", UNUSED, "resource", kind)]))
        self.times[_told_by(said)] += 1
        if kind == "Observation":
            if said.derivedFrom and (problem := self.organisms.aside(said.id, bytes(said.code))):
                return Line(kind, DecodeResult(problems=[problem]))
            if said.id in self.organisms.grown:
                return Line(kind, self.organisms.added(said.id, self._fully(line, number)))
        found = self._plainly(said, line, number)
        return found if found is not None else Line(kind, self._fully(line, number))

    def _plainly(self, said: plain.Resource, line: bytes, number: int) -> Line | None:
        patient, key = plain.subject_of(said), plain.key_of(said, line)
        if not patient or key is None or said.id in self._ran:
            return None
        if said.specimen and said.specimen.reference in self.low_specimens:
            return None
        moments = self._moments(said, number)
        if moments is None:
            return None
        beside = self._beside(said)
        whole = (*key, beside, _order(moments))
        origin = f"fhir {FEED}/{said.resourceType}/{said.id}"
        answer = self._answers.get(whole)
        if answer is not None:
            return Line(said.resourceType, None, answer, patient, origin, moments)
        short = plain.short_key_of(said, key, beside)
        if (answer := self._no_list.get(short)) is not None:
            return Line(said.resourceType, None, answer)
        if whole in self._answers:
            return None
        return self._learn(
            Line(said.resourceType, self._fully(line, number)),
            whole,
            short,
            f"{FEED}|{patient}",
            origin,
            moments,
        )

    def _learn(
        self, line: Line, key: tuple, short: tuple, patient: str, origin: str, moments: plain.Moments
    ) -> Line:
        """Keeps the answer for what says the same."""
        if len(self._answers) >= plain.MOST:
            self._answers.clear()
        answer = plain.emptied(line.in_full, patient, origin, moments)
        if answer is not None and not line.in_full.facts and answer.outcome.kind == "unmapped":
            self._no_list[short] = answer
        else:
            self._answers[key] = answer
        return line

    def _beside(self, said: plain.Resource) -> str:
        """What the answer also rests on: the kind of specimen, and the order, where the drug may be named there only."""
        match said.resourceType:
            case "Observation":
                return self._part(said.specimen.reference, "type") if said.specimen else ""
            case "MedicationAdministration":
                return self._drug(said) + (self._order(said.request.reference) if said.request else "")
        return self._drug(said)

    def _drug(self, said: plain.Resource) -> str:
        reference = said.medicationReference
        return self._part(reference.reference, *_OF_A_DRUG) if reference else ""

    def _order(self, reference: str) -> str:
        """What an order names, with the drug that it refers to."""
        name = f"order {reference}"
        if (found := self.kept.parts.get(name)) is None:
            held = self.kept(f"resource of {FEED}: {reference}")
            said = orjson.loads(held.said)["resource"] if held else {}
            drug = said.get("medicationReference") or {}
            whole = [
                said.get("medicationCodeableConcept"),
                said.get("dosageInstruction"),
                drug.get("display"),
                drug.get("type"),
            ]
            leads_to = self._part(str(drug.get("reference") or ""), *_OF_A_DRUG) if drug else ""
            found = orjson.dumps([*whole, drug.get("identifier"), leads_to]).decode()
            self._remember(name, found)
        return found

    def _remember(self, name: str, part: str) -> None:
        if len(self.kept.parts) >= AT_HAND:
            self.kept.parts.clear()
        self.kept.parts[name] = part

    def _part(self, reference: str, *names: str) -> str:
        name = f"resource of {FEED}: {reference}"
        if (found := self.kept.parts.get(name)) is None:
            held = self.kept(name)
            said = orjson.loads(held.said)["resource"] if held else {}
            found = orjson.dumps([said.get(name) for name in names]).decode()
            self._remember(name, found)
        return found

    def _moments(self, said: plain.Resource, number: int) -> plain.Moments | None:
        """The times of a plain resource; None where one is not to the minute."""
        received = RECEIVED + number * BETWEEN_LINES
        period, updated, issued = said.effectivePeriod, None, None
        start = self._moment(said.effectiveDateTime or (period and period.start) or said.authoredOn or "")
        end = self._moment(period.end or "") if period else None
        if start is None or (period and end is None):
            return None
        if said.meta and said.meta.lastUpdated and (updated := self._moment(said.meta.lastUpdated)) is None:
            return None
        if said.resourceType != "Observation":
            return plain.Moments(start, end, received if updated is None else min(updated, received))
        if said.issued and (issued := self._moment(said.issued)) is None:
            return None
        filed = received if issued is None and updated is None else max(issued or 0, updated or 0)
        return plain.Moments(start, end, min(max(filed + (1 if said.version else 0), 0), received))

    def _parsed(self, text: str) -> int | None:
        stamp = iso_time(text, self._zone)
        return stamp.time if stamp and stamp.to_the_minute else None

    def _fully(self, line: bytes, number: int) -> DecodeResult:
        received = RECEIVED + number * BETWEEN_LINES
        try:
            read = read_fhir(Message(number, FEED, "fhir", "", line, received), self.site, self.kept)
        except Exception as problem:  # one line must not stop the others; it is never shown here
            return DecodeResult(
                problems=[Problem("dead", f"it could not be read ({type(problem).__name__})")]
            )
        for fact in read.facts:
            if isinstance(fact, Resource) and "MedicationAdministration/" in fact.patient:
                self._ran.add(fact.patient.rpartition("/")[2])
                self.kept.note(fact)
        return read

    def _unusual(self, line: bytes, number: int) -> Line:
        """A line that is no JSON, or of another form than a resource usually has."""
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError:
            return Line("", DecodeResult(problems=[Problem("dead", NOT_JSON)]))
        kind = said.get("resourceType") if isinstance(said, dict) else None
        kind = kind if isinstance(kind, str) else ""
        if kind in INDEXED:
            return Line(kind)
        if kind and kind not in READERS and kind != "Bundle":
            return Line(kind, DecodeResult(problems=[Problem("unused", UNUSED, "resource", kind)]))
        return Line(kind, self._fully(line, number))


def _told_by(said: plain.Resource) -> str:
    updated = said.meta and said.meta.lastUpdated
    if said.issued and said.resourceType in ("Observation", "DiagnosticReport"):
        return "issued and meta.lastUpdated" if updated else "issued"
    return "meta.lastUpdated" if updated else "neither: known when it happened"


def _order(moments: plain.Moments) -> int:
    return 0 if moments.end is None else (moments.end > moments.start) - (moments.end < moments.start)

"""One line of an export as facts, by the reader that the ward uses, and what an answer of it rests on beside the line."""

from functools import lru_cache
from typing import NamedTuple, cast

import orjson

from opensepsis.data.decode.facts import Problem, Resource
from opensepsis.data.decode.fhir.context import codings
from opensepsis.data.decode.fhir.dispatch import READERS, UNUSED, read_fhir
from opensepsis.data.decode.fhir.kept import READ
from opensepsis.data.decode.fhir.medications import DEEPEST
from opensepsis.data.decode.message import Message
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.site import Site, zone_of
from opensepsis.data.decode.timestamps import iso_time
from opensepsis.data.sources.fhir.kept import AT_HAND, Kept
from opensepsis.data.sources.fhir.organisms import Organisms
from opensepsis.data.sources.fhir.plain import id_in, is_plain_reference

FEED = "export"
# nobody received a file when it happened: it counts as received after all there is, line after line; see `rows.known_of`
RECEIVED = 13_569_465_600_000_000  # the year 2400
BETWEEN_LINES = 16
NOT_JSON = "the line is no JSON"
_OF_A_DRUG = ("code", "identifier", "contained")
TOLD = ("neither: known when it happened", "meta.lastUpdated", "issued", "issued and meta.lastUpdated")
INDEXED = frozenset(READ)  # kinds that others refer to; they are read before all others


class Line(NamedTuple):
    """What one line says; nothing of a kind that others refer to, for those were read before. `told`: what `known` rests on."""

    kind: str
    said: DecodeResult | None = None
    told: int | None = None

    @property
    def in_full(self) -> DecodeResult:
        """What it says, of a line that was read."""
        return cast(DecodeResult, self.said)


def received(number: int) -> int:
    """When a line counts as received."""
    return RECEIVED + number * BETWEEN_LINES


class Reader:
    """Reads lines in full. `ran` are the administrations that were told to go on or to rest."""

    def __init__(
        self,
        site: Site,
        kept: Kept,
        low_specimens: frozenset[str] = frozenset(),
        organisms: Organisms | None = None,
    ):
        self.site, self.kept, self.low_specimens = site, kept, low_specimens
        self.organisms = organisms or Organisms()
        self.ran: set[str] = set()
        self.moment = lru_cache(maxsize=50_000)(self._moment)
        self._zone = zone_of(site.feed(FEED))
        self._has_list: dict[bytes, bool] = {}
        self._ends: dict[bytes, tuple[str | None]] = {}  # of visits, by the references to them

    def in_full(self, line: bytes, number: int) -> DecodeResult:
        """What a line says."""
        try:
            read = read_fhir(Message(number, FEED, "fhir", "", line, received(number)), self.site, self.kept)
        except Exception as problem:  # one line must not stop the others; it is never shown here
            return DecodeResult(
                problems=[Problem("dead", f"it could not be read ({type(problem).__name__})")]
            )
        for fact in read.facts:
            if isinstance(fact, Resource) and "MedicationAdministration/" in fact.patient:
                self.ran.add(fact.patient.rpartition("/")[2])
                self.kept.note(fact.patient, fact.said)
        return read

    def of_a_culture(self, name: str, line: bytes, number: int) -> DecodeResult:
        """What a culture says, with the organisms that other Observations name."""
        return self.organisms.added(name, self.in_full(line, number))

    def unusual(self, line: bytes, number: int) -> Line:
        """A line that is no JSON, or that has more to it than a plain resource."""
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError:
            return Line("", DecodeResult(problems=[Problem("dead", NOT_JSON)]))
        kind = said.get("resourceType") if isinstance(said, dict) else None
        kind = kind if isinstance(kind, str) else ""
        if kind in INDEXED:
            return Line(kind)
        if kind and not is_used(kind):
            return Line(kind, unused(kind))
        name = str(said.get("id")) if kind == "Observation" else ""
        derived = said.get("derivedFrom") if name else None
        if derived and (problem := self.organisms.aside(name, orjson.dumps(said.get("code")))):
            return Line(kind, DecodeResult(problems=[problem]), _told_by(said))
        if name in self.organisms.grown:
            return Line(kind, self.of_a_culture(name, line, number), _told_by(said))
        return Line(kind, self.in_full(line, number), _told_by(said) if kind else None)

    def has_list(self, code: bytes) -> bool:
        """Whether any list has one of the codings of a code."""
        if (found := self._has_list.get(code)) is None:
            try:
                found = any(self.site.coded(FEED, *coding) for coding in codings(orjson.loads(code)))
            except (orjson.JSONDecodeError, AttributeError, TypeError):
                found = True  # the reader says what it is
            if len(self._has_list) >= AT_HAND:
                self._has_list.clear()
            self._has_list[code] = found
        return found

    def specimen(self, reference: str, patient: str) -> str | None:
        """The kind and site of a specimen; None for one that was not good, is another patient's, or is not named by its id alone."""
        if not is_plain_reference(reference, "Specimen") or reference in self.low_specimens:
            return None
        kind, collection, subject = orjson.loads(self._part(reference, "type", "collection", "subject"))
        if subject not in (None, {"reference": f"Patient/{patient}"}):
            return None
        site = collection.get("bodySite") if isinstance(collection, dict) else None
        return orjson.dumps([kind, site]).decode()

    def drug(self, reference: str) -> str | None:
        """What a drug is called, of one that stands in a resource of its own; None where it is not named by its id alone.

        What it is mixed of is told by what that is called too: an export may have a Medication of its own for each order.
        """
        if not is_plain_reference(reference, "Medication"):
            return None
        name = f"drug {reference}"
        if (found := self.kept.parts.get(name)) is None:
            found = orjson.dumps(self._drug(reference, 0)).decode()
            self._remember(name, found)
        return found

    def _drug(self, reference: str, depth: int) -> object:
        held = self.kept(f"resource of {FEED}: {reference}")
        if held is None or depth >= DEEPEST:
            return reference
        said = orjson.loads(held.said)["resource"]
        mixed = said.get("ingredient")
        parts = [self._part_of_drug(one, depth) for one in mixed] if isinstance(mixed, list) else mixed
        return [[said.get(name) for name in _OF_A_DRUG], parts]

    def _part_of_drug(self, said: object, depth: int) -> object:
        """An ingredient, with what its reference leads to in place of the reference."""
        item = said.get("itemReference") if isinstance(said, dict) else None
        if not isinstance(said, dict) or not isinstance(item, dict):
            return said
        return said | {"itemReference": self._led_to(item, depth + 1)}

    def _led_to(self, said: dict, depth: int) -> object:
        """A reference to a drug with what it leads to in place of an id; as it stands where it is not an id alone."""
        reference = said.get("reference")
        usual = set(said) <= {"reference", "display"} and isinstance(reference, str)
        if not usual or not is_plain_reference(str(reference), "Medication"):
            return said
        return [said.get("display"), self._drug(str(reference), depth)]

    def order(self, reference: str) -> str | None:
        """What an order names, with the drug that it refers to; None where it is not named by its id alone."""
        if not is_plain_reference(reference, "MedicationRequest"):
            return None
        name = f"order {reference}"
        if (found := self.kept.parts.get(name)) is None:
            held = self.kept(f"resource of {FEED}: {reference}")
            said = orjson.loads(held.said)["resource"] if held else {}
            drug = said.get("medicationReference")
            whole = [said.get("medicationCodeableConcept"), said.get("dosageInstruction")]
            leads_to = self._led_to(drug, 0) if isinstance(drug, dict) else drug
            found = orjson.dumps([*whole, leads_to]).decode()
            self._remember(name, found)
        return found

    def end_of_visit(self, said: bytes) -> str | None:
        """The end of the visit that a reference leads to; empty without one, None where only the reader can tell what it says."""
        if not said:
            return ""
        if (found := self._ends.get(said)) is None:
            found = self._ends[said] = (self._end_of_visit(said),)
            if len(self._ends) >= AT_HAND:
                self._ends.clear()
        return found[0]

    def _end_of_visit(self, said: bytes) -> str | None:
        name = id_in(said, "Encounter")
        if not name:
            return None
        held = self.kept(f"resource of {FEED}: Encounter/{name}")
        visit = orjson.loads(held.said)["resource"] if held else {}
        period = visit.get("period") or {}
        end = period.get("end", "") if isinstance(period, dict) else None
        return end if isinstance(end, str) and not visit.get("diagnosis") else None

    def _part(self, reference: str, *names: str) -> str:
        name = f"resource of {FEED}: {reference}"
        if (found := self.kept.parts.get(name)) is None:
            held = self.kept(name)
            said = orjson.loads(held.said)["resource"] if held else {}
            found = orjson.dumps([said.get(name) for name in names]).decode()
            self._remember(name, found)
        return found

    def _remember(self, name: str, part: str) -> None:
        if len(self.kept.parts) >= AT_HAND:
            self.kept.parts.clear()
        self.kept.parts[name] = part

    def _moment(self, text: str) -> int | None:
        stamp = iso_time(text, self._zone)
        return stamp.time if stamp and stamp.to_the_minute else None


def is_used(kind: str) -> bool:
    """Whether resources of a kind may tell something."""
    return kind in READERS or kind in INDEXED or kind == "Bundle"


def unused(kind: str) -> DecodeResult:
    """What a resource of a kind that nothing reads comes to."""
    return DecodeResult(problems=[Problem("unused", UNUSED, "resource", kind)])


def told_by(kind: str, issued: object, updated: object) -> int:
    """What `known` of a resource rests on, by its place in TOLD."""
    return 2 * (bool(issued) and kind in ("Observation", "DiagnosticReport")) + bool(updated)


def _told_by(said: dict) -> int:
    meta = said.get("meta")
    updated = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return told_by(str(said.get("resourceType")), said.get("issued"), updated)

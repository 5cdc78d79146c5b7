"""What a FHIR sender says, in a few words, and what the ward's reader makes of it."""

from dataclasses import replace

import orjson

from opensepsis.data.decode.fhir.kept import Memory
from opensepsis.data.decode.site import Feed, Site, read_site
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Charted, Described, Rejected, Resource, Visited, Voided
from opensepsis.uses.ward.model.messages import Message
from tests.support.ward.feeds import to_microseconds

SITE = read_site()
SYSTEM = "http://unitsofmeasure.org"


def iso(minute: float) -> str:
    hours, minutes = divmod(int(minute), 60)
    days, hours = divmod(8 + hours, 24)
    return f"2026-03-{2 + days:02d}T{hours:02d}:{minutes:02d}:00Z"


def loinc(code: str) -> dict:
    return {"coding": [{"system": "http://loinc.org", "code": code}]}


def quantity(value, unit: str, **more) -> dict:
    return {"value": value, "unit": unit, "system": SYSTEM, "code": unit, **more}


def observation(measured: str = "2524-7", value=4.0, unit: str = "mmol/L", **more) -> dict:
    """Lactate of Patient/7 at minute 5, unless said otherwise; None leaves an element out."""
    said = {
        "resourceType": "Observation", "id": "o1", "status": "final", "code": loinc(measured), "subject": {"reference": "Patient/7"},
        "effectiveDateTime": iso(5), "valueQuantity": quantity(value, unit),
    }  # fmt: skip
    return {name: part for name, part in {**said, **more}.items() if part is not None}


def patient(own: str | None = "7", /, **more) -> dict:
    return {"resourceType": "Patient", **({"id": own} if own else {}), **more}


def number(value: str, system: str = "urn:mrn", **more) -> list[dict]:
    return [{"system": system, "value": value, **more}]


def bundle(*entries: dict, kind: str = "transaction") -> dict:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def entry(resource: dict, address: str = "", method: str = "", url: str = "") -> dict:
    said = {
        "resource": resource,
        "fullUrl": address,
        "request": {"method": method, "url": url} if method else None,
    }
    return {name: part for name, part in said.items() if part}


class Feeding:
    """A feed whose messages are read one after another, as the ward reads them."""

    def __init__(self, site: Site = SITE, feed: str = "ehr", **settings):
        known = {feed: Feed(**settings)} if settings else {}
        self.site, self.feed, self.count = replace(site, feeds={**site.feeds, **known}), feed, 0
        self.memory = Memory(lambda name: None)
        self.facts, self.problems = [], []

    def send(self, said, minute: float = 60) -> "Feeding":
        """Reads a message that came at a minute; facts and problems are those of this message."""
        self.count += 1
        raw = said if isinstance(said, bytes) else orjson.dumps(said)
        message = Message(self.count, self.feed, "fhir", str(self.count), raw, to_microseconds(minute))
        self.facts, self.problems = read(message, self.site, self.memory)
        for fact in self.facts:
            if isinstance(fact, Resource):
                self.memory.note(fact)
        return self

    def of(self, kind) -> list:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    @property
    def charted(self) -> list[tuple]:
        """Patient, concept and value (or text) of what was charted."""
        events = [(f.patient, f.event) for f in self.of(Charted)]
        return [(who, e.concept, e.text if e.value is None else e.value) for who, e in events]

    @property
    def patients(self) -> set[str]:
        """Of whom anything was charted."""
        return {fact.patient for fact in self.of(Charted)}

    @property
    def shown(self) -> list[str]:
        """The reasons of what is shown and not scored."""
        return [fact.reason for fact in self.of(Rejected)]

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(problem.kind, problem.words) for problem in self.problems]

    @property
    def dead(self) -> bool:
        return any(problem.kind == "dead" for problem in self.problems)

    @property
    def voided(self) -> list[Voided]:
        return self.of(Voided)

    @property
    def visits(self) -> list[Visited]:
        return self.of(Visited)

    @property
    def described(self) -> list[Described]:
        return self.of(Described)

"""Organisms, named by the result of a culture or in Observations of their own, derived from the culture in which they grew.

The culture has the specimen and its time of collection; alone it says only that it was taken, and its organism not from where.
"""

from dataclasses import replace

import orjson

from opensepsis.data.decode.facts import Charted, Problem
from opensepsis.data.decode.fhir.context import in_words
from opensepsis.data.decode.fhir.organisms import WITH_ITS_CULTURE, is_organism, systems_of
from opensepsis.data.decode.fhir.reference import read_reference
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.organisms import SUSCEPTIBILITY, grown_in
from opensepsis.data.intake.culture import growth_value, read_culture

_WITHDRAWN = ("entered-in-error", "cancelled")


class Organisms:
    """What the first reading found: the organisms of each culture, and which Observations they are."""

    def __init__(self) -> None:
        self.grown: dict[str, list[str]] = {}  # by the id of the culture
        self._named: set[str] = set()

    def take(self, line: bytes) -> None:
        """Keeps the organism of a line that is one, with the culture that it is derived from."""
        lower = line.lower()
        if not any(system.encode() in lower for system in systems_of("organism")):
            return
        try:
            said = orjson.loads(line)
            of_organisms = is_organism(said)
            cultures = [read_reference(one) for one in said.get("derivedFrom") or ()]
        except (orjson.JSONDecodeError, AttributeError, TypeError):
            return
        cultures = [one.name for one in cultures if one.kind == "Observation"]
        if not of_organisms or not cultures:
            return
        self._named.add(str(said.get("id")))
        name = in_words(said.get("code"))
        if said.get("status") not in _WITHDRAWN and growth_value(read_culture(name)) == 1:
            for culture in cultures:
                self.grown.setdefault(culture, []).append(name)

    def aside(self, own: str, code: bytes) -> Problem | None:
        """Why an Observation that is derived from another is not read by itself; None for one that is."""
        if own in self._named:
            return Problem("unused", WITH_ITS_CULTURE, "Observation", "")
        lower = code.lower()
        if any(system.encode() in lower for system in systems_of("susceptibility")):
            return Problem("unused", SUSCEPTIBILITY, "Observation", "")
        return None

    def added(self, culture: str, read: DecodeResult) -> DecodeResult:
        """What a culture says, with what grew in it: it grew, and each organism with its specimen at the time it was taken."""
        facts = []
        for fact in read.facts:
            if isinstance(fact, Charted) and fact.event.concept == "culture":
                event = fact.event
                facts.append(replace(fact, event=replace(event, value=1.0)))
                facts += grown_in(fact, self.grown[culture])
            else:
                facts.append(fact)
        read.facts = facts
        return read

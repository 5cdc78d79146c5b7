"""The codes of observations and the names of drugs in an export, by volume."""

from collections.abc import Iterator

import msgspec
import orjson
import polars as pl

from opensepsis.data.decode.fhir.bundle import Entry, entries_of
from opensepsis.data.decode.fhir.context import codings, in_words, scene_of
from opensepsis.data.decode.fhir.medications import drug_named
from opensepsis.data.decode.message import Message
from opensepsis.data.decode.site import Site
from opensepsis.data.intake.code_systems import LOINC
from opensepsis.data.intake.medicines import find_medicine
from opensepsis.data.site.local_code import DRUG, ORDER, LocalCode
from opensepsis.data.sources.code_tally import CodeTally
from opensepsis.data.sources.fhir.files import Export, lines_of
from opensepsis.data.sources.fhir.kept import Kept
from opensepsis.data.sources.fhir.reading import FEED, RECEIVED

OBSERVED, DRUGS = "Observation", {"MedicationAdministration": DRUG, "MedicationRequest": ORDER}
BETWEEN = "|"  # of system and code, in mapping.csv
_ROWS = 100_000  # at a time
_SCHEMA = {"code": pl.String, "unit": pl.String, "number": pl.Float64, "patient": pl.String}


class _Reference(msgspec.Struct):
    reference: str = ""


class _Quantity(msgspec.Struct):
    value: float | None = None
    unit: str | None = None
    code: str | None = None


class _Coded(msgspec.Struct):
    """As much of a resource as its code, its number and its patient."""

    resourceType: str
    subject: _Reference | None = None
    code: msgspec.Raw = msgspec.Raw()
    valueQuantity: _Quantity | None = None
    medicationCodeableConcept: msgspec.Raw = msgspec.Raw()
    medicationReference: msgspec.Raw = msgspec.Raw()


_decode = msgspec.json.Decoder(_Coded).decode


def codes_in_use(export: Export, site: Site, kept: Kept) -> Iterator[LocalCode]:
    """Every code of an Observation by its first coding, and every name of a drug that was given or ordered."""
    reader = _Reader(site, kept)
    for file in export.files:
        if file.part == "output":
            for lines in lines_of(file):
                for line in lines:
                    reader.take(line)
    yield from reader.codes()


class _Reader:
    def __init__(self, site: Site, kept: Kept):
        self.site, self.kept = site, kept
        self._tallies = {kind: CodeTally() for kind in (OBSERVED, *DRUGS)}
        self._rows: dict[str, list[tuple]] = {kind: [] for kind in self._tallies}
        self._named: dict[tuple, str] = {}  # what a code or drug is called here
        self._labels: dict[
            str, tuple[str, tuple[str, ...], str]
        ] = {}  # code -> name, standard codes, concept by our list

    def take(self, line: bytes) -> None:
        """Counts a line; what is no such resource, or no JSON, is left out."""
        try:
            said = _decode(line)
        except msgspec.MsgspecError:
            return
        if said.resourceType not in self._tallies:
            return
        code = self._code(said, line)
        patient = said.subject.reference if said.subject else None
        number = said.valueQuantity
        unit = (number.code or number.unit) if number else None
        rows = self._rows[said.resourceType]
        rows.append((code or None, unit, number.value if number else None, patient))
        if len(rows) >= _ROWS:
            self._flush(said.resourceType)

    def codes(self) -> Iterator[LocalCode]:
        """The codes by volume."""
        for kind, tally in self._tallies.items():
            self._flush(kind)
            yield from tally.codes(
                kind,
                kind=lambda code, kind=kind: DRUGS.get(kind, "number"),
                name=lambda code: self._labels[code][0],
                standard=lambda code: self._labels[code][1],
                mapped=lambda code, kind=kind: self._own(kind, self._labels[code][2]),
                printed=lambda code, kind=kind: kind != OBSERVED,
            )

    def _flush(self, kind: str) -> None:
        self._tallies[kind].add(pl.DataFrame(self._rows[kind], schema=_SCHEMA, orient="row"))
        self._rows[kind].clear()

    def _own(self, kind: str, concept: str) -> str:
        if DRUGS.get(kind) != ORDER:
            return concept
        return "antibiotic_order" if concept == "antibiotic" else ""

    def _code(self, said: _Coded, line: bytes) -> str:
        key = (
            said.resourceType,
            bytes(said.code),
            bytes(said.medicationCodeableConcept),
            bytes(said.medicationReference),
        )
        if key not in self._named:
            self._named[key] = self._observed(said) if said.resourceType == OBSERVED else self._drug(line)
        return self._named[key]

    def _observed(self, said: _Coded) -> str:
        concept = orjson.loads(bytes(said.code)) if said.code else None
        found = list(codings(concept))
        if not found:
            return ""
        code = BETWEEN.join(found[0])
        standard = tuple(f"LOINC/{number}" for system, number in found if system == LOINC)
        own = next(
            (coded.concept for system, number in found if (coded := self.site.coded(FEED, system, number))),
            "",
        )
        self._labels[code] = (in_words(concept) or found[0][1], standard, own)
        return code

    def _drug(self, line: bytes) -> str:
        entries = [entry for entry in entries_of(orjson.loads(line)) if isinstance(entry, Entry)]
        scene = scene_of(Message(0, FEED, "fhir", "", line, RECEIVED), self.site, entries, self.kept)
        name, codes = drug_named(entries[0].resource, scene.at(entries[0]))
        found = find_medicine(name, codes)
        label = name or next(iter(codes), "")
        systems = tuple(f"{'RxNorm' if code.isdigit() else 'ATC'}/{code}" for code in codes)
        self._labels[label] = (label, systems, found.concept if found else "")
        return label

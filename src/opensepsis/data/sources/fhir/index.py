"""The first reading of an export: what others refer to, wherever it stands, and who the patients are."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import orjson

from opensepsis.data.decode.fhir.bundle import Entry, entries_of, identifiers
from opensepsis.data.decode.fhir.context import in_words, kept_line
from opensepsis.data.decode.fhir.reference import read_reference
from opensepsis.data.decode.fhir.remembered import ORDERED, routes_of
from opensepsis.data.sources.fhir.files import BulkFile, lines_of
from opensepsis.data.sources.fhir.kept import Kept
from opensepsis.data.sources.fhir.organisms import Organisms
from opensepsis.data.sources.fhir.reading import FEED
from opensepsis.errors import FormatError

# more than a ward keeps: an export has the end of a visit, and the order that a dose was given for
PARTS = {
    "Medication": ("code", "ingredient", "contained"),
    "Location": ("name", "alias", "partOf", "physicalType", "type"),
    "Encounter": ("subject", "class", "partOf", "period", "diagnosis"),
    "Specimen": ("type", "collection", "status", "subject"),
    "MedicationRequest": (*ORDERED, "contained"),
    "Patient": (),
}
# an Observation that only says what its specimen is: LOINC "Specimen source identified", and MIMIC's own
_SOURCES = (b'"31208-2"', b'"52033"')
_LOW = ("unsatisfactory", "unavailable", "entered-in-error")


class _Seen(msgspec.Struct, gc=False):
    """As much of a resource as says whether others refer to it."""

    resourceType: str = ""
    code: msgspec.Raw = msgspec.Raw()
    derivedFrom: msgspec.Raw = msgspec.Raw()


_decode = msgspec.json.Decoder(_Seen).decode


class Index:
    """What the first reading found; patients and visits wait in a file, in their order."""

    def __init__(self, kept: Kept, folder: Path):
        self.kept, self.low_specimens = kept, set[str]()
        self.organisms = Organisms()
        self._sources: dict[str, str] = {}
        self._people = folder / "people.ndjson"
        self._resources, self._not_read = (
            False,
            False,
        )  # whether any line is a resource, and whether any is none

    def read(self, files: Iterator[BulkFile]) -> None:
        """Reads every file once; FormatError where none of their lines is a resource."""
        other = ""  # the first file of lines, as none of them was a resource so far
        with self._people.open("wb") as people:
            number = 0
            for at, file in enumerate(files):
                row = 0
                for lines in lines_of(file):
                    for place, line in self._sought(lines):
                        self._line(line, number + place, at, row + place, people)
                    row += len(lines)
                    number += len(lines)
                other = other or (file.path.name if self._not_read else "")
        if other and not self._resources:
            raise FormatError(
                f"{other} holds no FHIR resource on a line of its own. Write the export as NDJSON in UTF-8: one resource in each line."
            )
        self._name_specimens()

    def people(self) -> Iterator[tuple[bytes, int, int, int]]:
        """The lines of Patients and Encounters: line, its number in all, the number of its file, and its row there."""
        with self._people.open("rb") as lines:
            for one in lines:
                place, _, line = one.partition(b"\t")
                number, at, row = map(int, place.split())
                yield line, number, at, row

    def _sought(self, lines: list[bytes]) -> Iterator[tuple[int, bytes]]:
        """The lines that others may refer to, by their place from 1 on; what is said of cultures and specimens is kept at once."""
        decode, (by_loinc, by_mimic) = _decode, _SOURCES
        for place, line in enumerate(lines, 1):
            try:
                said = decode(line)
            except msgspec.MsgspecError:
                self._not_read = self._not_read or bool(line.strip())
                continue  # the second reading tells why
            kind = said.resourceType
            if kind == "Observation":
                code = bytes(said.code)
                if said.derivedFrom:
                    self.organisms.take(line)
                if by_loinc in code or by_mimic in code:
                    self._source(line)
            elif kind in PARTS or kind == "Bundle":
                yield place, line
            self._resources = self._resources or bool(kind)

    def _line(self, line: bytes, number: int, at: int, row: int, people) -> None:
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError:
            return
        alone = said.get("resourceType") in PARTS
        found = [Entry(said)] if alone else [one for one in entries_of(said) if isinstance(one, Entry)]
        for entry in found:
            if entry.kind in PARTS:
                self._keep(entry.kind, entry.name, entry.resource, entry.address)
        if any(entry.kind in ("Patient", "Encounter") for entry in found):
            people.write(b"%d %d %d\t%s\n" % (number, at, row, line.strip()))

    def _source(self, line: bytes) -> None:
        """What an Observation says of the kind of its specimen."""
        try:
            said = orjson.loads(line)
            reference, words = (
                said["specimen"]["reference"],
                said.get("valueString") or in_words(said["valueCodeableConcept"]),
            )
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return
        self._sources[str(reference)] = str(words)

    def _name_specimens(self) -> None:
        """Adds those kinds to the specimens, wherever they stand."""
        for reference, words in self._sources.items():
            name = f"resource of {FEED}: {reference}"
            if held := self.kept(name):
                said = orjson.loads(held.said)
                kind = said["resource"].setdefault("type", {})
                kind["text"] = f"{words} {in_words(kind)}".strip()
                self.kept.note(name, orjson.dumps(said).decode())
        self._sources.clear()

    def _keep(self, kind: str, name: str, resource: dict, address: str) -> None:
        said = {
            part: resource[part]
            for part in ("resourceType", "id", "identifier", *PARTS[kind])
            if part in resource
        }
        if kind == "MedicationRequest":
            said["dosageInstruction"] = routes_of(resource)
        line = kept_line(said, address)
        if name and kind != "Patient":
            self.kept.note(f"resource of {FEED}: {kind}/{name}", line)
        for system, value in identifiers(resource) if kind != "MedicationRequest" else ():
            if system:
                self.kept.note(f"resource of {FEED}: {kind}?{system}|{value}", line)
        if kind == "Specimen" and (str(resource.get("status")) in _LOW or not _is_of_a_patient(resource)):
            self.low_specimens.add(f"Specimen/{name}")


def _is_of_a_patient(specimen: dict) -> bool:
    return read_reference(specimen.get("subject")).kind in ("", "Patient")

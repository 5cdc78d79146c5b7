"""Which lines of a block say what others said, and what all others are: the one loop in which every line is looked at."""

from collections import Counter
from dataclasses import dataclass, field

import msgspec

from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.sources.fhir import plain
from opensepsis.data.sources.fhir.counting import Outcome, outcome_of
from opensepsis.data.sources.fhir.reading import INDEXED, TOLD, Line, Reader, is_used, told_by

TO_READER, BY_RANGE = -1, -2
OBSERVATION, GIVEN, ORDERED, DIAGNOSED, DONE = range(5)
KINDS = ("Observation", "MedicationAdministration", "MedicationRequest", "Condition", "Procedure")
_OF_DRUGS, _OF_PEOPLE = frozenset(KINDS[1:3]), frozenset(KINDS[3:])
_MORE = (None, "", "1")  # of versions: one that is none of these follows another


@dataclass
class Known:
    """What was said so far. A form is a thing said: its number, or what becomes of it where that is below zero."""

    forms: dict[tuple, int] = field(default_factory=dict)
    drugs: dict[int, tuple] = field(
        default_factory=dict
    )  # form of a dose or order -> as much as tells its drug
    unmapped: list[Outcome] = field(default_factory=list)
    on_no_list: dict[tuple, int] = field(default_factory=dict)  # code and unit -> place in `unmapped`
    patients: dict[bytes, str] = field(default_factory=dict)
    codes: dict[bytes, int] = field(
        default_factory=dict
    )  # the number of a code; below zero where no list has it
    units: dict[bytes, tuple | None] = field(default_factory=dict)  # of quantities with such codes

    @property
    def largest(self) -> int:
        """How many things the largest of these tables holds."""
        return max(map(len, (self.forms, self.patients, self.codes, self.units)))


@dataclass
class Sorted:
    """The lines of a block: those that may go together as rows of `plain`, what is counted only, and what the reader reads.

    `alone` has their kind, or what they say where that is known already.
    """

    plain: list[tuple] = field(default_factory=list)
    alone: dict[int, str | Line] = field(default_factory=dict)
    unmapped: Counter[int] = field(default_factory=Counter)
    unused: Counter[str] = field(default_factory=Counter)
    indexed: Counter[str] = field(default_factory=Counter)
    resting: set[str] = field(default_factory=set)  # administrations that do not go together with others
    told: list[int] = field(default_factory=lambda: [0] * len(TOLD))


class Sorter:
    """Sorts lines, block after block."""

    def __init__(self, reader: Reader, known: Known):
        self.reader, self.known = reader, known

    def sort(self, lines: list[bytes], first: int) -> Sorted:
        """What each line is; `first` is the number of the first of them in the export."""
        into = Sorted()
        decode, told = plain.decode, into.told
        for at, line in enumerate(lines):
            try:
                said = decode(line)
            except msgspec.MsgspecError:
                if line and not line.isspace():
                    into.alone[at] = ""
                continue
            kind = said.resourceType
            if kind == "Observation":
                updated = said.meta is not None and said.meta.lastUpdated
                told[(1 if updated else 0) + (2 if said.issued else 0)] += 1
                self._observation(said, line, at, first, into)
            elif kind in _OF_DRUGS:
                told[1 if said.meta is not None and said.meta.lastUpdated else 0] += 1
                self._drug(said, line, at, into)
            elif kind in _OF_PEOPLE:
                told[1 if said.meta is not None and said.meta.lastUpdated else 0] += 1
                self._of_a_person(said, line, at, into)
            elif kind in INDEXED:
                into.indexed[kind] += 1
            elif is_used(kind):
                told[told_by(kind, said.issued, said.meta and said.meta.lastUpdated)] += 1
                into.alone[at] = kind
            else:
                into.unused[kind] += 1
        return into

    def _observation(self, said: plain.Resource, line: bytes, at: int, first: int, into: Sorted) -> None:
        organisms, known, meta = self.reader.organisms, self.known, said.meta
        if said.derivedFrom and (problem := organisms.aside(said.id, bytes(said.code))):
            into.alone[at] = Line("Observation", DecodeResult(problems=[problem]))
            return
        if said.id in organisms.grown:
            into.alone[at] = Line("Observation", self.reader.of_a_culture(said.id, line, first + at))
            return
        patient, specimen = known.patients.get(subject := bytes(said.subject)), said.specimen
        if patient is None:
            patient = known.patients[subject] = plain.patient_of(subject)
        if not patient or said.effectivePeriod is not None or self._is_marked(said, line):
            into.alone[at] = "Observation"
            return
        number, status = known.codes.get(code := bytes(said.code)), said.status
        if number is None:
            number = known.codes[code] = self._numbered(code)
        again = meta is not None and meta.versionId not in _MORE
        if number < 0 and not again and said.component is plain.NOTHING and status in plain.SIMPLE:
            self._on_no_list(said, code, line, at, first, into)
            return
        quantity, display = said.valueQuantity, None if specimen is None else specimen.display
        # most say a quantity and nothing else: that is told without looking at all others
        more = plain.beside_quantity(said)
        key = (status, number, b"" if quantity is plain.NOTHING else bytes(quantity), more, again, display)
        form = known.forms.get(key)
        if form is None:
            form = known.forms[key] = self._form(said)
        if form == BY_RANGE:
            ranged = (key, bytes(said.referenceRange))
            form = known.forms.setdefault(ranged, len(known.forms))
        if form >= 0:
            updated, version = (None, 0) if meta is None else (meta.lastUpdated, _number(meta.versionId))
            into.plain.append((
                at, form, OBSERVATION, patient, said.id, said.effectiveDateTime, None, updated, said.issued, version,
                None if specimen is None else specimen.reference, None,
            ))  # fmt: skip
        else:
            into.alone[at] = "Observation"

    def _drug(self, said: plain.Resource, line: bytes, at: int, into: Sorted) -> None:
        known, given = self.known, said.resourceType == "MedicationAdministration"
        patient = self._patient(said)
        key = plain.given(said) if given else plain.ordered(said)
        if not patient or key is None or said.again or self._is_marked(said, line):
            return self._alone(said, at, into)
        form = known.forms.get(key)
        if form is None:
            form = known.forms[key] = len(known.forms) if plain.is_plain(said) else TO_READER
            if form >= 0 and (drug := plain.without_dose(key)):
                known.drugs[form] = drug
        if form < 0:
            return self._alone(said, at, into)
        period, drug, order = said.effectivePeriod, said.medicationReference, said.request
        start = said.authoredOn if not given else said.effectiveDateTime if period is None else period.start
        into.plain.append((
            at, form, GIVEN if given else ORDERED, patient, said.id, start, None if period is None or not given else period.end,
            None if said.meta is None else said.meta.lastUpdated, None, 0,
            None if order is None or not given else order.reference, None if drug is None else drug.reference,
        ))  # fmt: skip
        return None

    def _of_a_person(self, said: plain.Resource, line: bytes, at: int, into: Sorted) -> None:
        """A diagnosis or a procedure."""
        known, diagnosis = self.known, said.resourceType == "Condition"
        patient = self._patient(said)
        key = plain.diagnosed(said) if diagnosis else plain.done(said)
        times = None if key is None else self._told_of(said) if diagnosis else _performed(said)
        if not patient or key is None or times is None or said.again or self._is_marked(said, line):
            return self._alone(said, at, into)
        form = known.forms.get(key)
        if form is None:
            form = known.forms[key] = len(known.forms) if plain.is_plain(said) else TO_READER
        if form < 0:
            return self._alone(said, at, into)
        updated = None if said.meta is None else said.meta.lastUpdated
        kind = DIAGNOSED if diagnosis else DONE
        into.plain.append((at, form, kind, patient, said.id, *times, updated, None, 0, None, None))
        return None

    def _is_marked(self, said: plain.Resource, line: bytes) -> bool:
        """Whether it may say of itself that it may not be read as it stands: it changes its meaning, or is test data."""
        return b"modifierExtension" in line or (said.meta is not None and said.meta.is_labelled)

    def _patient(self, said: plain.Resource) -> str:
        patients = self.known.patients
        patient = patients.get(subject := bytes(said.subject))
        if patient is None:
            patient = patients[subject] = plain.patient_of(subject)
        return patient

    def _told_of(self, said: plain.Resource) -> tuple[str | None, None] | None:
        """When a diagnosis was told: as it says, else at the end of its visit; None where only the reader can tell."""
        end = self.reader.end_of_visit(bytes(said.encounter))
        return None if end is None else (said.recordedDate or said.onsetDateTime or end or None, None)

    def _alone(self, said: plain.Resource, at: int, into: Sorted) -> None:
        into.alone[at] = said.resourceType
        into.resting.add(said.id)

    def _numbered(self, code: bytes) -> int:
        """The number of a code that was not seen before: below zero where no list has it."""
        number = len(self.known.codes)
        return number if self.reader.has_list(code) else -1 - number

    def _form(self, said: plain.Resource) -> int:
        """What becomes of an Observation that says what none said before."""
        if not plain.is_plain(said):
            return TO_READER
        return BY_RANGE if plain.needs_range(said) else len(self.known.forms)

    def _on_no_list(
        self, said: plain.Resource, code: bytes, line: bytes, at: int, first: int, into: Sorted
    ) -> None:
        """Counts what an Observation comes to whose code no list has."""
        known, quantity = self.known, bytes(said.valueQuantity)
        if quantity not in known.units:
            known.units[quantity] = plain.unit_of(said.valueQuantity)
        unit = known.units[quantity]
        if (found := known.on_no_list.get((code, unit))) is None:
            read = Line("Observation", self.reader.in_full(line, first + at))
            if unit is None or outcome_of(read.in_full).kind != "unmapped":
                into.alone[at] = read
                return
            known.unmapped.append(outcome_of(read.in_full))
            found = known.on_no_list[code, unit] = len(known.unmapped) - 1
        into.unmapped[found] += 1


def _performed(said: plain.Resource) -> tuple[str | None, str | None]:
    """When a procedure began and ended."""
    period = said.performedPeriod
    return (said.performedDateTime, None) if period is None else (period.start, period.end)


def _number(version: str | None) -> int:
    """By how many microseconds a version counts later than one filed at the same moment."""
    return int(version) if version and version.isdigit() and len(version) < 6 else 0

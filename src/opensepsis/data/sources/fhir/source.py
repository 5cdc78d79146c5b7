"""FHIR R4 as a source of the timeline."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import cast
from weakref import finalize

import orjson
import polars as pl

from opensepsis.data.decode.facts import Charted, Problem, Rejected, Voided
from opensepsis.data.decode.fhir.bundle import Entry, entries_of
from opensepsis.data.decode.fhir.context import scene_of, server_name
from opensepsis.data.decode.fhir.dispatch import is_modified
from opensepsis.data.decode.fhir.identity import whose
from opensepsis.data.decode.fhir.patients import read_patient
from opensepsis.data.decode.fhir.reasons import read_reason
from opensepsis.data.decode.fhir.test_data import TEST_DATA, is_test_data
from opensepsis.data.decode.message import Message
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.site import read_site
from opensepsis.data.intake.timestamps import check_zone
from opensepsis.data.schema import EVENTS, MOMENT, NAME, REASON, ROW, TABLE
from opensepsis.data.site.local_code import LocalCode
from opensepsis.data.sources.fhir.blocks import Block, Blocks
from opensepsis.data.sources.fhir.counting import Outcomes, outcome_of
from opensepsis.data.sources.fhir.files import find_export, lines_of
from opensepsis.data.sources.fhir.index import Index
from opensepsis.data.sources.fhir.kept import Kept
from opensepsis.data.sources.fhir.local_codes import codes_in_use
from opensepsis.data.sources.fhir.people import People
from opensepsis.data.sources.fhir.rates import Rates
from opensepsis.data.sources.fhir.reading import FEED, Reader, received
from opensepsis.data.sources.fhir.rows import Spool, local_name
from opensepsis.data.sources.fhir.servers import server_of_visits
from opensepsis.data.sources.fhir.settling import settle
from opensepsis.data.sources.fhir.weighing import Weighing
from opensepsis.data.sources.silence import TOLD_OF_INFECTION, silent_for_all
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.vitals import WEIGHT
from opensepsis.errors import ConceptError, nearest

_PART = 1 << 30  # bytes of resources whose rows are settled at once
NO_DAY_OF_BIRTH = (
    "Patients of whose birth only the year or the month is told: {:,}. Its first day is taken: they may be younger by up to a year, or a "
    "month, and limits by age may be those of older patients."
)
NOTES = (
    "times are those that were sent, as UTC; a time without an offset is one of --timezone",
    "known is the later of issued and meta.lastUpdated; without either it is the time itself",
    "a time without an hour starts nothing and times no value; a death of which only the day is told is at the discharge on that day",
    "an Encounter without partOf is a hospital stay or emergency visit; outpatient visits without a bed are no stays",
    "time in intensive care is that of an Encounter of its own, else that of the places of the visit",
    "of several versions of a resource the last counts; what it retracts is retracted at the time it was filed",
    "orders are no doses: an antibiotic that was ordered counts as antibiotic_order",
)
_LABELS = {concept.label: name for name, concept in CONCEPTS.items()}


class Fhir:
    """A bulk export, read as the ward reads what a server sends it."""

    name = "fhir"
    event_id = "Patient"

    def __init__(self, path: Path, timezone: str | None = None, site: Path | str | None = None):
        check_zone(timezone)
        self.timezone, self.export = timezone, find_export(Path(path).expanduser())
        self.site = read_site(site, timezone or "UTC")
        self._folder = Path(mkdtemp(prefix="opensepsis-fhir-"))
        self._kept = Kept(self._folder)
        finalize(self, _clear, self._kept, self._folder)
        self._outcomes, self._people = Outcomes(), People()
        self._index: Index | None = None
        self._times: Counter[str] = Counter()
        self._refused: list[tuple] = []
        self._reasons: list[tuple[int, DecodeResult]] = []  # what visits tell of pregnancy, by line
        self._mapped: Counter[str] = Counter()
        self._asked: frozenset[str] = frozenset()

    def stays(self) -> pl.DataFrame:
        """Hospital stays, emergency visits and times in intensive care, by the last version of each Encounter."""
        self._read_people()
        return self._people.stays(self.site.feed(FEED).zone)

    def events(self, concepts: frozenset[str] | None = None) -> Iterator[pl.DataFrame]:
        """The asked concepts in batches; refused resources come as rows with their reason. Read it to its end before asking again."""
        asked = frozenset(CONCEPTS) if concepts is None else frozenset(concepts)
        for name in sorted(asked - set(CONCEPTS)):
            raise ConceptError(f"'{name}' is not a concept. {nearest(name, CONCEPTS)}")
        self._read_people()
        self._asked = asked
        self._mapped.clear()
        spool = self._read_rows(asked | {WEIGHT.name})
        rates, weighing = Rates(spool.open_orders), Weighing()
        for rows in spool.read():
            yield from self._shaped(weighing.take(rates.take(settle(rows))), asked)
        yield from self._shaped(weighing.take(rates.settled()), asked)
        weighed = weighing.weighed()
        if weighed is not None:
            yield from self._shaped(weighed, asked)
        if self._refused:
            yield _refusals(self._refused)

    def not_sent(self) -> pl.DataFrame:
        """stay, concept: what of infections no resource of the export tells of anybody, as far as `events` was asked for it."""
        silent = [
            concept for concept in TOLD_OF_INFECTION if concept in self._asked and not self._mapped[concept]
        ]
        return silent_for_all(self.stays()["stay"], silent)

    def groups(self) -> pl.DataFrame | None:
        """stay, site and ward, as far as Encounters tell them."""
        self._read_people()
        return self._people.groups()

    def local_codes(self) -> Iterator[LocalCode]:
        """The codes of the export with their volume and values."""
        self._read_people()
        return codes_in_use(self.export, self.site, self._kept)

    def counts(self) -> dict:
        """What became of every resource by type and reason, codes that no list has by volume, and what `known` rests on."""
        return {
            "made": self.export.made or None,
            "read": {file.path.name: file.part for file in self.export.files},
            "mapped": dict(sorted(self._mapped.items())),
            **self._outcomes.report(),
            "known": dict(self._times.most_common()),
            "notes": list(NOTES),
            "warnings": [NO_DAY_OF_BIRTH.format(len(born_in))] if (born_in := self._people.born_in) else [],
        }

    def _read_people(self) -> None:
        """The first reading: what others refer to, then patients and visits."""
        if self._index is not None:
            return
        self._index = Index(self._kept, self._folder)
        self._index.read(file for file in self.export.files if file.part == "output")
        files = [file.path.name for file in self.export.files if file.part == "output"]
        if server := self.export.server or server_of_visits(line for line, *_ in self._index.people()):
            self._kept.note(server_name(FEED), server)
        for line, number, at, row in self._index.people():
            message = Message(number, FEED, "fhir", "", line, received(number))
            entries = [entry for entry in entries_of(orjson.loads(line)) if isinstance(entry, Entry)]
            scene = scene_of(message, self.site, entries, self._kept)
            for entry in entries:
                if entry.kind in ("Patient", "Encounter"):
                    self._person(entry, scene.at(entry), files[at], row, number)

    def _person(self, entry: Entry, scene, file: str, row: int, number: int) -> None:
        into, resource = DecodeResult(), entry.resource
        try:
            if is_modified(resource):
                raise ValueError
            if is_test_data(resource):
                into.problems.append(Problem("dead", TEST_DATA))
                return self._note(entry.kind, into, file, row)
            if entry.kind == "Patient":
                read_patient(resource, scene, into)
                self._people.patient(into, resource, scene)
            else:
                self._people.visit(resource, scene, into, file, row)
                if "reasonCode" in resource or scene.said_again(resource):
                    reason = DecodeResult()
                    read_reason(resource, whose(resource, scene, DecodeResult()), scene, reason)
                    self._reasons.append((number, reason))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            into.problems = [_unreadable(entry.kind)]
        return self._note(entry.kind, into, file, row)

    def _note(self, kind: str, into: DecodeResult, file: str, row: int) -> None:
        """Counts what a person or a visit came to."""
        if into.problems:
            outcome = outcome_of(into)
            self._outcomes.note(kind, outcome)
            if outcome.refused:
                self._refused.append((None, None, outcome.reason, file, row))
        else:
            self._outcomes.used(kind)

    def _read_rows(self, asked: frozenset[str]) -> Spool:
        """The second reading: every resource once, its rows on disk."""
        spool = Spool(self._folder, -(-self.export.bytes // _PART))
        index = cast(Index, self._index)  # `stays` comes first, and fills it
        reader = Reader(self.site, self._kept, frozenset(index.low_specimens), index.organisms)
        blocks = Blocks(reader, asked)
        self._times = blocks.times
        for number, reason in self._reasons:
            _put(reason, number, spool, asked)
        number = 1
        for file in self.export.files:
            if file.part == "error":
                continue
            row = 1
            for lines in lines_of(file):
                self._block(blocks.read(lines, number), number, file.path.name, row, spool, asked)
                row += len(lines)
                number += len(lines)
        return spool

    def _block(
        self, block: Block, number: int, file: str, row: int, spool: Spool, asked: frozenset[str]
    ) -> None:
        spool.add(block.rows)
        for kind, outcome, count in block.outcomes:
            self._outcomes.note(kind, outcome, count)
        for kind, count in block.indexed.items():
            if kind not in ("Patient", "Encounter"):
                self._outcomes.used(kind, count)
        for at, line in block.alone:
            read = line.in_full
            _put(read, number + at, spool, asked)
            outcome = outcome_of(read)
            self._outcomes.note(line.kind, outcome)
            if outcome.refused:
                self._refused.append((*_about(read), outcome.reason, file, row + at))

    def _shaped(self, rows: pl.DataFrame, asked: frozenset[str]) -> Iterator[pl.DataFrame]:
        rows = rows.filter(pl.col("concept").is_in(list(asked)))
        if rows.is_empty():
            return
        survivors = self._people.survivors()
        patient = pl.col("patient").replace(survivors) if survivors else pl.col("patient")
        moments = [
            pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC").cast(MOMENT)
            for name in ("time", "end", "known")
        ]
        names = [patient.cast(NAME), pl.col("concept").cast(NAME)]
        extra = [REASON] if REASON in rows.columns else []
        batch = rows.with_columns(*moments, *names).select(*EVENTS, *extra)
        for concept, count in batch["concept"].value_counts().iter_rows():
            self._mapped[concept] += count
        yield batch


def _put(read: DecodeResult, number: int, spool: Spool, asked: frozenset[str]) -> None:
    """The rows of the asked concepts, and what takes earlier ones back."""
    for fact in read.facts:
        if isinstance(fact, Charted) and fact.event.concept in asked:
            spool.chart(fact, number)
        elif isinstance(fact, Voided):
            spool.void(fact, number)


def _about(read: DecodeResult) -> tuple[str | None, str | None]:
    """Patient and concept of a refused resource, as far as they are known."""
    shown = next((fact for fact in read.facts if isinstance(fact, Rejected)), None)
    return (local_name(shown.patient), _LABELS.get(shown.what)) if shown else (None, None)


def _clear(kept: Kept, folder: Path) -> None:
    """Removes what was put on disk while reading."""
    kept.close()
    rmtree(folder, ignore_errors=True)


def _unreadable(kind: str) -> Problem:
    return Problem("dead", f"{kind} could not be read")


def _refusals(refused: list[tuple]) -> pl.DataFrame:
    """Refused resources as rows with their reason, file and line."""
    names = ("patient", "concept", REASON, TABLE, ROW)
    kinds = {"patient": pl.String, "concept": pl.String, REASON: pl.String, TABLE: pl.String, ROW: pl.UInt32}
    found = pl.DataFrame(refused, schema={name: kinds[name] for name in names}, orient="row")
    blank = [
        pl.lit(None, kind).alias(name) for name, kind in EVENTS.items() if name not in ("patient", "concept")
    ]
    return found.with_columns(pl.col("patient").cast(NAME), pl.col("concept").cast(NAME), *blank).select(
        *EVENTS, REASON, TABLE, ROW
    )

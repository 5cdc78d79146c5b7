"""Recorded feeds as steps in time: HL7 files, NDJSON of FHIR, `csv` folders, a timeline. Each step is what one message would be.

All of a recording is held in memory. The time of a step is when it was said: MSH-7; `meta.lastUpdated`, else `issued`, else
the clinical time of a resource; `known` of an event. What would tell the future is held back: a stay is told at its admission
without discharge and death, and again when they happen; so are an Encounter and a Patient of FHIR.
"""

import csv
import gzip
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import orjson
import polars as pl

from opensepsis.data.intake.timestamps import check_zone
from opensepsis.data.timeline.timeline import MARKER, read_timeline
from opensepsis.errors import MissingError, TimeError
from opensepsis.uses.ward.decode.hl7.header import BYTE_ORDER_MARK, key_of, read_header

_MESSAGE = re.compile(rb"(?:^|(?<=[\r\n\x0b\xbf]))MSH(?=[!-/:-@\[-`{-~])")
_BATCH = re.compile(rb"[\r\n](?:BTS|FTS|BHS|FHS)[^\r\n]*")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(?:(\d\d)(?:\.(\d{1,6})\d*)?)?)?([+-]\d{4})?$")
_FHIR_TIMES = (
    "issued",
    "effectiveDateTime",
    "effectiveInstant",
    "authoredOn",
    "recordedDate",
    "sent",
    "date",
    "performedDateTime",
)
_FHIR_PERIODS = ("effectivePeriod", "performedPeriod", "period", "collection")
_WITHOUT_TIME = frozenset(
    {"Patient", "Location", "Organization", "Practitioner", "PractitionerRole", "Medication", "Device"}
)
LAST = (
    -1
)  # stands for a step without a time that may not come first, such as a diagnosis coded after the stay
_LATER = ("discharged", "died", "discharged_to")


@dataclass(frozen=True)
class Step:
    """One message of a recording, and when it was said (microseconds)."""

    time: int
    form: str
    key: str
    raw: bytes


def read_recording(path: Path, timezone: str | None = None) -> list[Step]:
    """The steps of a file or folder in order of time; `timezone` is for times without an offset."""
    check_zone(timezone)
    zone = ZoneInfo(timezone) if timezone else None
    if not path.exists():
        raise MissingError(f"There is nothing at {path} to replay.")
    if (path / MARKER).is_file():
        return _in_order(_timeline(path))
    if (path / "events.csv").is_file():
        return _in_order(_csv_folder(path, zone))
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    hl7 = [file for file in files if file.suffix.lower() in (".hl7", ".txt", ".er7")]
    fhir = [file for file in files if file.name.lower().removesuffix(".gz").endswith((".ndjson", ".jsonl"))]
    if not hl7 and not fhir:
        raise MissingError(
            f"{path} holds nothing to replay: no timeline, no events.csv, no .hl7 and no .ndjson files."
        )
    return _in_order([*_hl7(hl7, zone), *_fhir(fhir, zone)])


def _in_order(steps: Iterable[tuple[int | None, Step]]) -> list[Step]:
    """Sorted by time; a step without a time comes with the first of its recording, or with the last."""
    steps = list(steps)
    times = [time for time, _ in steps if time not in (None, LAST)] or [0]
    unknown = {None: min(times), LAST: max(times)}
    timed = [Step(cast(int, unknown.get(time, time)), step.form, step.key, step.raw) for time, step in steps]
    return sorted(timed, key=lambda step: step.time)


def _moment(when: datetime, zone: ZoneInfo | None) -> int:
    if when.tzinfo is None:
        if zone is None:
            raise TimeError(
                "The recording has times without an offset. Give their time zone with --timezone."
            )
        when = when.replace(tzinfo=zone)
    return (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def split_messages(content: bytes) -> list[bytes]:
    """The HL7 messages of a file: framed, in a batch, or one after another."""
    starts = [found.start() for found in _MESSAGE.finditer(content)]
    cut = (content[a:b] for a, b in pairwise([*starts, len(content)]))
    whole = (_BATCH.split(raw)[0].removesuffix(BYTE_ORDER_MARK) for raw in cut)
    return [raw.rstrip(b"\x0b\x1c\r\n") + b"\r" for raw in whole]


def hl7_moment(text: str, zone: ZoneInfo | None) -> int | None:
    """A time of HL7 v2; None for what is none.

    >>> hl7_moment("20260302140500.5+0100", None)
    1772456700500000
    """
    found = _TIME.match(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    fraction = int((found[7] or "0").ljust(6, "0"))
    offset = None
    if found[8]:
        minutes = int(found[8][1:3]) * 60 + int(found[8][3:])
        offset = timezone(timedelta(minutes=-minutes if found[8][0] == "-" else minutes))
    try:
        when = datetime(year, month, day, hour, minute, second, fraction, tzinfo=offset)
    except ValueError:
        return None
    return _moment(when, zone)


def _hl7(files: Iterable[Path], zone: ZoneInfo | None) -> Iterator[tuple[int | None, Step]]:
    for file in files:
        time = None
        for raw in split_messages(file.read_bytes()):
            header = read_header(raw)
            if header is None:
                continue
            said = hl7_moment(header.first(7).decode("ascii", "replace"), zone)
            time = time if said is None else said
            yield time, Step(0, "hl7", key_of(header, raw), raw)


def _fhir(files: Iterable[Path], zone: ZoneInfo | None) -> Iterator[tuple[int | None, Step]]:
    for file in files:
        with gzip.open(file, "rb") if file.suffix == ".gz" else open(file, "rb") as lines:
            for line in lines:
                if line.strip():
                    yield from _fhir_steps(line.strip(), zone)


def _fhir_steps(raw: bytes, zone: ZoneInfo | None) -> Iterator[tuple[int | None, Step]]:
    """A resource as one step; a visit or a patient whose end is known as two: first without the end."""
    resource = orjson.loads(raw)
    kind, said, key = resource.get("resourceType"), _said(resource, zone), fhir_key(resource, raw)
    if said is None and kind not in _WITHOUT_TIME:
        said = LAST
    early = dict(resource)
    if kind == "Encounter":
        end = (resource.get("period") or {}).get("end")
        early |= {"status": "in-progress", "period": {"start": (resource.get("period") or {}).get("start")}}
        early.pop("hospitalization", None)
    else:
        end = resource.get("deceasedDateTime") if kind == "Patient" else None
        early.pop("deceasedDateTime", None)
    ended = _iso(end, zone)
    if ended is None:
        yield said, Step(0, "fhir", key, raw)
    else:
        yield said, Step(0, "fhir", f"{key}/begun", orjson.dumps(early))
        yield ended, Step(0, "fhir", key, raw)


def fhir_key(resource: dict, raw: bytes) -> str:
    """Type, id and version of a resource; its hash where it has no id."""
    meta = resource.get("meta") or {}
    version = meta.get("versionId") or meta.get("lastUpdated") or ""
    name = resource.get("id") or "sha256:" + sha256(raw).hexdigest()
    return f"{resource.get('resourceType', '')}/{name}/{version}"


def _said(resource: dict, zone: ZoneInfo | None) -> int | None:
    texts = [(resource.get("meta") or {}).get("lastUpdated"), *(resource.get(name) for name in _FHIR_TIMES)]
    for name in _FHIR_PERIODS:
        period = resource.get(name)
        if isinstance(period, dict):
            texts += [period.get("start"), period.get("collectedDateTime")]
    found = (_iso(text, zone) for text in texts)
    return next((moment for moment in found if moment is not None), None)


def _iso(text: object, zone: ZoneInfo | None) -> int | None:
    """A time of FHIR; a mere day begins at midnight in UTC where no zone is named. None for what is none."""
    try:
        when = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return None if when is None else _moment(when, zone if "T" in str(text) else zone or ZoneInfo("UTC"))


def _csv_folder(folder: Path, zone: ZoneInfo | None) -> Iterator[tuple[int | None, Step]]:
    for line, row in _csv_rows(folder / "stays.csv"):
        for time, told in _told(row, lambda text: _moment(datetime.fromisoformat(text), zone)):
            yield time, _csv_step("stays.csv", line, told)
    for line, row in _csv_rows(folder / "events.csv"):
        when = row.get("known") or row["time"]
        yield _moment(datetime.fromisoformat(when), zone), _csv_step("events.csv", line, row)


def _csv_rows(path: Path) -> Iterator[tuple[int, dict]]:
    if not path.is_file():
        return
    with open(path, encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(line for line in lines if not line.startswith("#"))
        for row in reader:
            yield reader.line_num, row


def _csv_step(name: str, line: int, row: dict) -> Step:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(row), lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    raw = out.getvalue().encode()
    return Step(0, "csv", f"{name}:{sha256(raw).hexdigest()[:16]}:{line}", raw)


def _told(stay: dict, moment) -> Iterator[tuple[int, dict]]:
    """A stay as it was known at its admission, and as it was known at its end."""
    admitted = moment(stay["admitted"])
    yield admitted, {name: None if name in _LATER else value for name, value in stay.items()}
    ends = [moment(stay[name]) for name in ("discharged", "died") if stay.get(name)]
    if ends:
        yield max(admitted, *ends), stay


def _timeline(path: Path) -> Iterator[tuple[int | None, Step]]:
    timeline = read_timeline(path)
    number = 0
    for stay in _in_microseconds(timeline.stays).iter_rows(named=True):
        number += 1
        for time, told in _told(stay, int):
            yield time, _timeline_step("stays", number, time, told)
    for _, events in timeline.parts():
        for event in _in_microseconds(events.collect()).iter_rows(named=True):
            number += 1
            time = event["time"] if event["known"] is None else event["known"]
            yield time, _timeline_step("events", number, time, event)


def _in_microseconds(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.Datetime("us", "UTC")).dt.epoch("us"))


def _timeline_step(table: str, number: int, time: int, row: dict) -> Step:
    said = {name: value for name, value in row.items() if value is not None}
    return Step(0, "timeline", f"{table}:{number}:{time}", orjson.dumps({"table": table, **said}))

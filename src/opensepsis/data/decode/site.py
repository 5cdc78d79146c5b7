"""A hospital's own words, codes, wards and feeds, over the project's own lists.

A site's folder may hold `site.toml` (see `data/site`), `codes.csv` (feed, system, code, concept, unit), `wards.csv` (location, ward, kind)
and `feeds.csv` (feed, timezone, authority, message_time, silent_after_minutes, identifier_system, fhir_server, decimal). `site.toml`
may name these three in its table [ward]; its words, drugs, units and orders are in `Site.local`.
"""

import csv
import re
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from opensepsis.data.decode.patient_names import of_feed, of_issuer, of_server
from opensepsis.data.intake.code_systems import LOINC, system_name
from opensepsis.data.intake.timestamps import check_zone
from opensepsis.data.intake.value import reject_unit
from opensepsis.data.site import LocalWords, read_site_file
from opensepsis.data.site.mapping import FILE, read_confirmed
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, FormatError, MissingError, UnitError, nearest


@dataclass(frozen=True)
class Coded:
    """What a code means: a concept, LOINC's kind of property, and the unit of values that come without one.

    `word` is what the code says of support (`invasive`); `specimen` the only kind of specimen of which it is the concept;
    `material` the specimen that the code itself names.
    """

    concept: str
    kind: str = ""
    unit: str = ""
    word: str = ""
    specimen: str = ""
    material: str = ""


@dataclass(frozen=True)
class Feed:
    """What holds for one feed. `message_time`: the time of the message may stand in for a missing clinical time.

    `identifier_system`: the FHIR system of the record numbers that `authority` gives; without it a Patient's id is one of them.
    `decimal`: the decimal mark of its numbers in HL7, "." as the standard has it or ","; empty where 150.000 may be either.
    `own`: the issuer of HL7 numbers of which no issuer is told, the feed itself: two feeds may give one number to two people. Empty where
    an older store has shared such numbers between feeds.
    `taken`: what an older store calls other numbers, so that an issuer of that name is marked (`patient_names.py`).
    `server`: the address of the feed's FHIR server, so that its absolute references name the same patients as its relative ones.
    """

    zone: str = "UTC"
    authority: str = ""
    message_time: bool = False
    silent_after: int = 20  # minutes
    identifier_system: str = ""
    server: str = ""
    decimal: str = ""
    own: str = ""
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Site:
    """One hospital's lists; `codes` by (feed or "", system, code).

    `older_spaces`: what an older store calls some spaces of patients' names: `server NAME` or `server ADDRESS` for the ids of a server,
    `rows NAME` and `identifier NAME` for the numbers of which a feed of rows or of FHIR tells no issuer, `numbers NAME` for the record
    numbers of a FHIR feed without an authority. `training`: what says that it is test data is taken as well.
    """

    codes: dict[tuple[str, str, str], Coded]
    wards: dict[str, tuple[str, str]] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)
    local: LocalWords = field(default_factory=LocalWords)
    shared_feeds: frozenset[str] = (
        frozenset()
    )  # whose numbers without an issuer an older store has taken for one another's
    older_spaces: dict[str, str] = field(default_factory=dict)
    training: bool = False

    def feed(self, name: str) -> Feed:
        """What holds for a feed."""
        found = self.feeds.get(name, self.feeds.get("", Feed()))
        own = "" if name in self.shared_feeds else of_feed(name)
        return replace(found, own=own, taken=self.taken_names)

    @cached_property
    def taken_names(self) -> frozenset[str]:
        """The names of issuers that an older store has for numbers of another kind; not of a feed that is called as its authority."""
        return frozenset(
            name
            for name in self.older_spaces.values()
            if name and self.feeds.get(name, Feed()).authority != name
        )

    def server_space(self, server: str) -> str:
        """The space of the ids on the server of a feed (by its name), or on another one (by its address)."""
        return self.older_spaces.get(of_server(server), of_server(server))

    def record_space(self, name: str) -> str:
        """The space of the record numbers of a FHIR feed: of its authority, else of its system of identifiers."""
        feed = self.feed(name)
        if feed.authority:
            return of_issuer(feed.authority, feed.taken)
        return self.older_spaces.get(f"numbers {name}", of_issuer(feed.identifier_system, feed.taken))

    def feed_space(self, feed: str, said_by: str) -> str:
        """The space of the numbers of a feed without an issuer, `said_by` its "rows" or by an "identifier" of FHIR."""
        return self.older_spaces.get(f"{said_by} {feed}", of_feed(feed))

    def coded(self, feed: str, system: str, code: str) -> Coded | None:
        """What a code of a system means in a feed."""
        return self.codes.get((feed, system, code)) or self.codes.get(("", system, code))

    def ward(self, location: str) -> tuple[str, str]:
        """The ward and kind (hospital, icu, emergency, observation) of a location; a location that is not listed is its own ward."""
        if location in self.wards:
            return self.wards[location]
        return location, kind_of_words(location)


_ICU = re.compile(r"\b(icu|itu|micu|sicu|ccu|picu|nicu|intensive)\b", re.I)
_EMERGENCY = re.compile(r"\b(ed|er|a&e|emergency)\b", re.I)
_OBSERVATION = re.compile(r"\b(observation|clinical decision|cdu)\b", re.I)


def kind_of_words(location: str) -> str:
    """The kind that the name of a place or a service tells.

    >>> kind_of_words("Medical ICU"), kind_of_words("A&E"), kind_of_words("ED observation"), kind_of_words("Ward 7")
    ('icu', 'emergency', 'observation', 'hospital')
    """
    told = {"icu": _ICU, "observation": _OBSERVATION, "emergency": _EMERGENCY}
    return next((kind for kind, words in told.items() if words.search(location)), "hospital")


def _rows(path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return [{k: (v or "").strip() for k, v in row.items() if k} for row in csv.DictReader(lines)]
    except UnicodeDecodeError as problem:
        raise FormatError(f"{path.name} is not UTF-8. Save it as UTF-8 text.") from problem


@cache
def own_codes() -> dict[tuple[str, str, str], Coded]:
    """The project's LOINC list, and the codes of published FHIR editions.

    >>> own_codes()["", "loinc", "2524-7"].concept
    'lactate'
    """
    rows = _rows(files("opensepsis.data.maps") / "loinc.csv")
    found = {
        ("", LOINC, row["code"]): Coded(
            row["concept"], row["property"], specimen=row["specimen"], material=row["material"]
        )
        for row in rows
    }
    for row in _rows(files("opensepsis.data.maps") / "fhir_codes.csv"):
        coded = Coded(row["concept"], "", row["unit"], row["word"], row["specimen"])
        found["", system_name(row["system"]), row["code"]] = coded
    return found


def read_site(place: Path | str | None = None, zone: str = "UTC") -> Site:
    """A hospital's lists over the project's own; `place` is its folder or its `site.toml`.

    `zone` is that of feeds without one of their own; the zone of `site.toml` comes before it.
    MissingError, FormatError, ConceptError, UnitError or TimeError name file and row.
    """
    if place is None:
        return Site(dict(own_codes()), feeds=_feeds_of(zone))
    place = Path(place).expanduser()
    folder = place if place.is_dir() else place.parent
    if not place.exists():
        raise MissingError(f"There is no {place}. Give the site's folder, or its site.toml.")
    has_file = place.is_file() or any((place / name).is_file() for name in ("site.toml", FILE))
    local = read_site_file(place) if has_file else LocalWords()
    zone = local.format.timezone or zone
    wards = {
        row["location"]: (row["ward"], row.get("kind") or kind_of_words(row["location"]))
        for row in _listed(folder, local.wards, "wards.csv", "location", "ward")
    }
    return Site(_codes(folder, local), wards, _feeds(folder, local, zone), local)


def _codes(folder: Path, local: LocalWords) -> dict[tuple[str, str, str], Coded]:
    codes = _confirmed(folder) | own_codes()
    rows = _listed(folder, local.codes, "codes.csv", "system", "code", "concept")
    for number, row in enumerate(rows, 2):
        where = f"{local.codes or 'codes.csv'}, row {number}"
        codes[row.get("feed", ""), system_name(row["system"]), row["code"]] = _checked(row, where)
    return codes


def _confirmed(folder: Path) -> dict[tuple[str, str, str], Coded]:
    """The confirmed numbers of the site's `mapping.csv`, each code as `system|code`."""
    found = {}
    for code, meant in read_confirmed(folder).of("Observation").items():
        system, _, number = code.rpartition("|")
        found["", system_name(system), number] = Coded(meant.concept, "", meant.unit)
    return found


def _feeds_of(zone: str) -> dict[str, Feed]:
    return {} if zone == "UTC" else {"": Feed(zone)}


def _feeds(folder: Path, local: LocalWords, zone: str) -> dict[str, Feed]:
    feeds = _feeds_of(zone)
    for number, row in enumerate(_listed(folder, local.feeds, "feeds.csv", "feed"), 2):
        check_zone(row.get("timezone") or zone)
        feeds[row["feed"]] = Feed(
            row.get("timezone") or zone,
            row.get("authority", ""),
            row.get("message_time", "").lower() in ("yes", "1", "true"),
            _whole(row.get("silent_after_minutes") or "20", f"feeds.csv, row {number}"),
            row.get("identifier_system", ""),
            row.get("fhir_server", "").rstrip("/"),
            _decimal(row.get("decimal", ""), f"feeds.csv, row {number}"),
        )
    return feeds


def _listed(folder: Path, named: str, usual: str, *needed: str) -> list[dict[str, str]]:
    """The rows of a list: of the file that site.toml names, else of the usual one where it is there."""
    name = named or usual
    if named and not (folder / named).is_file():
        raise MissingError(f"site.toml names {named}, which is not in its folder. Add it or remove the line.")
    rows = _rows(folder / name) if (folder / name).exists() else []
    for column in needed if rows else ():
        if column not in rows[0]:
            has = ", ".join(repr(c) for c in rows[0])
            raise FormatError(f"{name} has no column {column!r}, only {has}. Separate columns with commas.")
    return rows


def _decimal(said: str, where: str) -> str:
    """The decimal mark of a feed; empty where it may be either."""
    marks = {"": "", ".": ".", ",": ",", "point": ".", "comma": ","}
    if said.lower() not in marks:
        raise FormatError(f"{where}: decimal is {said!r}. Write point or comma, or leave it empty.")
    return marks[said.lower()]


def _whole(said: str, where: str) -> int:
    """A number of minutes."""
    if not (said.isascii() and said.isdigit()):
        raise FormatError(f"{where}: silent_after_minutes is {said!r}. Write whole minutes, such as 20.")
    return int(said)


def _checked(row: dict[str, str], where: str) -> Coded:
    concept, unit = row.get("concept", ""), row.get("unit", "")
    if concept not in CONCEPTS:
        raise ConceptError(f"{where}: there is no concept {concept!r}. {nearest(concept, CONCEPTS)}")
    if unit and (why := reject_unit(concept, unit)):
        raise UnitError(f"{where}: {why}")
    return Coded(concept, "", unit)


def zone_of(feed: Feed) -> ZoneInfo:
    """The time zone of a feed's times without one."""
    return ZoneInfo(feed.zone)

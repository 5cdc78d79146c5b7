"""What tells a FHIR body apart from what was sent before: its key, and the resources of which it says something without a version."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from opensepsis.data.decode.fhir.bundle import Entry, Unread, entries_of
from opensepsis.data.decode.fhir.dispatch import key_of
from opensepsis.data.decode.fhir.reference import read_reference


@dataclass(frozen=True)
class Name:
    """The key of a body; whether it counts again once something else was said of what it names; and what it names.

    `resources` are those of which it names no version.
    """

    key: str
    may_return: bool = False
    resources: tuple[str, ...] = ()


def name_of_deletion(kind: str, name: str, unique: str) -> Name:
    """The name of a deletion, which is none of what was said before."""
    return Name(f"{kind}/{name}/{unique}", resources=(f"{kind}/{name}/",))


def name_of(said: dict, raw: bytes) -> Name:
    """The name of a resource or Bundle.

    It counts again where every resource is named and none has a version: then the last word counts, and no resource is doubled.

    >>> name_of({"resourceType": "Flag", "id": "a"}, b"")
    Name(key='Flag/a/', may_return=True, resources=('Flag/a/',))
    >>> deletion = {"request": {"method": "DELETE", "url": "Flag/a"}}
    >>> name_of({"resourceType": "Bundle", "entry": [deletion]}, b"").resources
    ('Flag/a/',)
    """
    if said["resourceType"] == "Bundle":
        return _of_several("Bundle", entries_of(said), raw)
    key = key_of(said) if said.get("id") else ""
    if not key.endswith("/"):
        return Name(key or sha256(raw).hexdigest())
    return Name(key, True, (key,))


def name_of_lines(documents: Iterable[dict], raw: bytes) -> Name:
    """The name of NDJSON lines."""
    return _of_several("Lines", [entry for said in documents for entry in entries_of(said)], raw)


def _of_several(kind: str, entries: Sequence[Entry | Unread], raw: bytes) -> Name:
    keys = [_key(entry) for entry in entries]
    resources = tuple(dict.fromkeys(key for key in keys if key.endswith("/")))
    if not keys or not all(key.endswith("/") for key in keys):
        return Name(sha256(raw).hexdigest(), resources=resources)
    return Name(f"{kind} {sha256(' '.join(sorted(keys)).encode()).hexdigest()}", True, resources)


def _key(entry: Entry | Unread) -> str:
    """What names the resource of an entry, with its version; empty where nothing does."""
    if isinstance(entry, Entry):
        return key_of({**entry.resource, "id": entry.name}) if entry.name else ""
    reference = read_reference({"reference": entry.url})
    named = entry.method == "DELETE" and reference.form == "literal"
    return f"{reference.kind}/{reference.name}/" if named else ""

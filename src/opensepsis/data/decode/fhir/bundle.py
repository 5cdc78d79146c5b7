"""The entries of a message: one resource, or all of a Bundle, each with its address and the entries beside it."""

from collections.abc import Iterator
from dataclasses import dataclass

from opensepsis.data.decode.fhir.reference import read_reference, without_version

DEEPEST = 5  # bundles within bundles


@dataclass(frozen=True)
class Entry:
    """One resource as it was sent. `place` tells it apart within its message, `bundle` the Bundle that it lies in.

    `holder` is the resource that contains it; none where it stands by itself.
    """

    resource: dict
    place: str = "0"
    address: str = ""
    method: str = ""
    url: str = ""
    bundle: str = ""
    holder: dict | None = None

    @property
    def base(self) -> str:
        """The server of the entry's address; empty where it has none."""
        return read_reference({"reference": self.address}).base if self.address else ""

    @property
    def kind(self) -> str:
        """The type of its resource."""
        return str(self.resource.get("resourceType") or "")

    @property
    def name(self) -> str:
        """The id by which the sender's server knows it: of the address to update, of its own address, else of the resource.

        The id of a resource that is created under a urn is one of its Bundle only, and none here.
        """
        for address in (self.url if self.method == "PUT" else "", self.address):
            if not address:
                continue
            reference = read_reference({"reference": address})
            if reference.form == "literal" and reference.kind == self.kind:
                return reference.name
        said = str(self.resource.get("id") or "")
        passing = self.method == "POST" and self.address.startswith("urn:")
        return "" if passing and self.address.rpartition(":")[2] != said.lower() else said

    @property
    def contained(self) -> list[dict]:
        """The resources within it, or beside it in the resource that holds it."""
        return [one for one in (self.holder or self.resource).get("contained") or () if isinstance(one, dict)]


class Beside:
    """The entries of one Bundle, by address, by type and id, and by identifier."""

    def __init__(self, entries: tuple[Entry, ...]):
        self.entries = entries
        self.by_address: dict[str, list[Entry]] = {}
        self.by_id: dict[tuple[str, str], list[Entry]] = {}
        self.by_identifier: dict[tuple[str, str, str], list[Entry]] = {}
        for entry in entries:
            self._add(entry)
        self.bases = {entry.base for entry in entries if entry.base}

    def _add(self, entry: Entry) -> None:
        kind = entry.kind
        if entry.address:
            self.by_address.setdefault(without_version(entry.address), []).append(entry)
        for name in {str(entry.resource.get("id") or ""), entry.name} - {""}:
            self.by_id.setdefault((kind, name), []).append(entry)
        for system, value in identifiers(entry.resource):
            self.by_identifier.setdefault((kind, system, value), []).append(entry)


def identifiers(resource: dict) -> Iterator[tuple[str, str]]:
    """System and value of each identifier that is in use.

    >>> list(identifiers({"identifier": [{"system": "urn:a", "value": "1"}, {"use": "old", "value": "2"}]}))
    [('urn:a', '1')]
    """
    said = resource.get("identifier") or ()
    for one in (said,) if isinstance(said, dict) else said:
        if isinstance(one, dict) and one.get("value") and one.get("use") != "old":
            yield str(one.get("system") or ""), str(one["value"])


@dataclass(frozen=True)
class Unread:
    """An entry without a resource that can be read, and why."""

    words: str
    method: str = ""
    url: str = ""


def entries_of(said, place: str = "0", depth: int = 0) -> list[Entry | Unread]:
    """Every resource of a message in its order, and the entries that hold none."""
    if not isinstance(said, dict) or not isinstance(said.get("resourceType"), str):
        return [Unread("this is no FHIR resource")]
    if said["resourceType"] != "Bundle":
        return [Entry(said, place)]
    if depth >= DEEPEST:
        return [Unread("Bundles lie too deep within one another")]
    found: list[Entry | Unread] = []
    for number, entry in enumerate(said.get("entry") or ()):
        one = _entry(entry, f"{place}.{number}", place)
        if isinstance(one, Entry) and one.resource["resourceType"] == "Bundle":
            found += entries_of(one.resource, one.place, depth + 1)
        else:
            found.append(one)
    return found


def bundles(entries: list[Entry | Unread]) -> dict[str, Beside]:
    """The entries that lie beside one another, by Bundle."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if isinstance(entry, Entry):
            found.setdefault(entry.bundle, []).append(entry)
    return {name: Beside(tuple(mine)) for name, mine in found.items()}


def _entry(entry, place: str, bundle: str) -> Entry | Unread:
    if not isinstance(entry, dict):
        return Unread("an entry is no object")
    request = entry.get("request")
    request = request if isinstance(request, dict) else {}
    method, url = str(request.get("method") or "").upper(), str(request.get("url") or "")
    resource = entry.get("resource")
    if method in ("GET", "HEAD", "PATCH"):
        return Unread(f"the ward does nothing with {method}", method, url)
    if method == "DELETE":
        return Unread("", method, url or without_version(str(entry.get("fullUrl") or "")))
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        return Unread("an entry holds no resource", method, url)
    address = str(entry.get("fullUrl") or "")
    if address.lower().startswith("urn:"):
        address = address.lower()
    return Entry(resource, place, address, method, url, bundle)

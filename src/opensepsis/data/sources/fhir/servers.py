"""The server that an export is from, so that references with its address name the same resources as those without."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import orjson

from opensepsis.data.decode.fhir.reference import read_reference

_OPERATIONS = ("Patient", "Group")


def server_asked(request: str) -> str:
    """The server that the request of an `$export` names; empty where it names none.

    >>> server_asked("https://a.example/fhir/Group/7/$export?_type=Patient"), server_asked("https://a.example/fhir/$export")
    ('https://a.example/fhir', 'https://a.example/fhir')
    """
    try:
        said = urlsplit(request)
    except ValueError:
        return ""
    before, asked, _ = said.path.partition("/$export")
    parts = before.split("/")
    at = next((place for place in (-1, -2) if len(parts) > -place and parts[place] in _OPERATIONS), None)
    return f"{said.scheme}://{said.netloc}{'/'.join(parts[:at])}" if asked and said.netloc else ""


def server_of_visits(lines: Iterable[bytes]) -> str:
    """The one server at which every visit has its patient, where each of those is a Patient of the export; else empty."""
    patients, named = set[str](), set[tuple[str, str]]()
    for line in lines:
        resource = orjson.loads(line)
        if resource.get("resourceType") == "Patient":
            patients.add(str(resource.get("id")))
        elif resource.get("resourceType") == "Encounter":
            subject = read_reference(resource.get("subject"))
            named.add((subject.base, subject.name if subject.kind == "Patient" else ""))
    bases = {base for base, _ in named}
    return bases.pop() if len(bases) == 1 and {name for _, name in named} <= patients else ""

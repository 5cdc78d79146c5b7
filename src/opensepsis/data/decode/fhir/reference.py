"""The legal forms of a FHIR reference (R4, 2.3.0): what it names, without looking anything up."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote

_LITERAL = re.compile(
    r"(?:(?P<base>[A-Za-z][A-Za-z0-9+.-]*://[^?#\s]+?)/)?(?P<kind>[A-Z][A-Za-z]+)/(?P<id>[^/?#|\s]+)"
    r"(?:/_history/(?P<version>[^/?#|\s]+))?/?$"
)
_CONDITIONAL = re.compile(r"(?:\S+/)?(?P<kind>[A-Z][A-Za-z]+)\?(?P<query>\S+)$")


@dataclass(frozen=True)
class Reference:
    """What a reference names. `form`: contained, urn, literal, identifier, or empty where it is none of them.

    `kind` is the type of resource, empty where the reference does not say it; `base` the address of the server of an absolute one.
    """

    form: str = ""
    kind: str = ""
    name: str = ""
    base: str = ""
    version: str = ""
    system: str = ""
    display: str = ""


def read_reference(said) -> Reference:
    """The parts of a Reference; a literal one comes before an identifier.

    >>> read_reference({"reference": "Patient/7/_history/2"}).name
    '7'
    >>> read_reference({"reference": "https://a.example/fhir/Patient/7"}).base
    'https://a.example/fhir'
    >>> read_reference({"reference": "Patient?identifier=urn:mrn|12"}).system
    'urn:mrn'
    >>> read_reference({"reference": "7"}).form
    ''
    """
    if not isinstance(said, dict):
        return Reference()
    text, kind = str(said.get("reference") or ""), str(said.get("type") or "")
    display, identifier = str(said.get("display") or ""), said.get("identifier")
    if isinstance(identifier, dict) and identifier.get("value"):
        return _parts(text, kind, display, str(identifier.get("system") or ""), str(identifier["value"]))
    return _parts(text, kind, display, "", "")


@lru_cache(maxsize=20_000)
def _parts(text: str, kind: str, display: str, system: str, value: str) -> Reference:
    text, kind = text.strip(), _type(kind)
    if text.startswith("#"):
        return Reference("contained", kind, text[1:], display=display)
    if text.lower().startswith("urn:"):
        return Reference("urn", kind, text.lower(), display=display)
    if found := _LITERAL.match(text):
        base, version = (found["base"] or "").rstrip("/"), found["version"] or ""
        if kind and kind != found["kind"]:
            return Reference("", kind, display=display)  # it contradicts itself
        return Reference("literal", found["kind"], found["id"], base, version, display=display)
    if found := _CONDITIONAL.match(text):
        return _conditional(found["kind"], found["query"], display)
    if not text and value:
        return Reference("identifier", kind, value, system=system, display=display)
    return Reference("", kind, display=display)


def _type(said: str) -> str:
    """The type of a resource, from its name or the address of its definition."""
    return said.rsplit("/", 1)[-1]


def _conditional(kind: str, query: str, display: str) -> Reference:
    """A search by identifier alone names one resource; any other search could find several."""
    asked = parse_qsl(query.replace("|", "%7C"), keep_blank_values=True)
    if len(asked) != 1 or asked[0][0] != "identifier":
        return Reference("", kind, display=display)
    system, bar, value = unquote(asked[0][1]).rpartition("|")
    if not value or "," in value:
        return Reference("", kind, display=display)
    return Reference("identifier", kind, value, system=system if bar else "", display=display)


def without_version(address: str) -> str:
    """An address as all versions of a resource have it.

    >>> without_version("https://a.example/Patient/7/_history/2")
    'https://a.example/Patient/7'
    """
    return address.split("/_history/")[0].rstrip("/")

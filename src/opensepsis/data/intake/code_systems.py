"""Code systems as messages and lists name them, and the one name that each has here: one list for HL7, FHIR and a site's own codes."""

LOINC, SNOMED = "loinc", "snomed"
_SPELLINGS: dict[str, tuple[str, ...]] = {
    LOINC: ("ln", "http://loinc.org", "https://loinc.org", "2.16.840.1.113883.6.1"),
    SNOMED: (
        "sct", "snm", "snm3", "snomedct", "snomed-ct", "http://snomed.info/sct", "https://snomed.info/sct", "2.16.840.1.113883.6.96",
    ),
}  # fmt: skip
_NAMES = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings}


def system_name(said: str) -> str:
    """The name of a code system; of one that is not listed its own, in small letters.

    >>> [system_name(said) for said in ("LN", "urn:oid:2.16.840.1.113883.6.96", "http://snomed.info/sct", "L")]
    ['loinc', 'snomed', 'snomed', 'l']
    """
    name = said.strip().lower()
    return _NAMES.get(name.removeprefix("urn:oid:"), name)

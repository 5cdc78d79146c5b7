"""Of what specimen an Observation or a report is, as far as the message or an earlier one says."""

from opensepsis.data.decode.fhir.context import MessageContext, in_words
from opensepsis.data.decode.fhir.identity import referred
from opensepsis.data.decode.fhir.reference import read_reference


def specimen_of(resource: dict, scene: MessageContext) -> dict:
    """The specimen in words, when it was collected and how it stands, as far as the message or an earlier one says."""
    said = resource.get("specimen") or {}
    said = said[0] if isinstance(said, list) and said else said
    if not said:
        return {}
    held = scene.find(said, "Specimen") or {}
    collection = held.get("collection") or {}
    return {
        "words": in_words(held.get("type")) or read_reference(said).display,
        "said": _kind_of_specimen(held, read_reference(said).display),
        "site": in_words(collection.get("bodySite")),
        "of": read_reference(held.get("subject")).kind,
        "whose": referred(subject, scene).patient if (subject := held.get("subject")) else "",
        "collected": collection.get("collectedDateTime")
        or (collection.get("collectedPeriod") or {}).get("end"),
        "status": held.get("status"),
    }


def _kind_of_specimen(specimen: dict, display: str) -> str:
    """Every code and text by which a specimen is named."""
    kind = specimen.get("type") or {}
    codings = kind.get("coding") or ()
    said = (kind.get("text"), *(c.get(n) for c in codings for n in ("display", "code")), display)
    return " / ".join(str(part) for part in said if part)

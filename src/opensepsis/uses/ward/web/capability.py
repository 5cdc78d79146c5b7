"""What the ward's FHIR endpoint can do: a CapabilityStatement that says no more than is true."""

from importlib.metadata import version

from opensepsis.data.decode.fhir.dispatch import READERS
from opensepsis.data.decode.fhir.kept import READ
from opensepsis.uses.ward.web.fhir_answers import DELETABLE

CHANGED = "2026-11-29"  # the day on which this statement last changed
ABOUT = (
    "A feed of a ward's monitor: what is posted is kept and read, nothing can be read back. Resources of other types are kept and counted, "
    "not read. An id that the sender gives is kept on POST too; none is given by the ward."
)
KEPT = "Kept for references of other resources."


def capability() -> dict:
    """A CapabilityStatement (R4).

    >>> capability()["fhirVersion"]
    '4.0.1'
    """
    kinds = sorted({*READERS, *READ})
    rest = {
        "mode": "server",
        "documentation": ABOUT,
        "security": {"description": "The token of a feed, as a bearer token; it posts and reads nothing."},
        "resource": [_resource(kind) for kind in kinds],
        "interaction": [{"code": "transaction"}, {"code": "batch"}],
    }
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": CHANGED,
        "kind": "instance",
        "software": {"name": "opensepsis", "version": version("opensepsis")},
        "implementation": {"description": "opensepsis ward"},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/fhir+ndjson"],
        "rest": [rest],
    }


def _resource(kind: str) -> dict:
    deleting = [{"code": "delete"}] if kind in DELETABLE else []
    found = {
        "type": kind,
        "interaction": [{"code": "create"}, {"code": "update"}, *deleting],
        "versioning": "no-version",
        "readHistory": False,
        "updateCreate": True,
        "conditionalCreate": False,
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        "referencePolicy": ["literal", "logical", "local"],
    }
    return found if kind in READERS else found | {"documentation": KEPT}

"""What the ward's FHIR endpoint can do: a CapabilityStatement that says no more than is true."""

from importlib.metadata import version

from opensepsis.data.decode.fhir.dispatch import READERS
from opensepsis.data.decode.fhir.kept import READ
from opensepsis.uses.ward.notify.alert_events import TOPIC
from opensepsis.uses.ward.web.fhir_answers import DELETABLE
from opensepsis.uses.ward.web.fhir_reading import KINDS as SERVED

CHANGED = "2026-11-30"  # the day on which this statement last changed
ABOUT = (
    "Feed endpoint of a ward: what is posted is stored and processed, and cannot be read back. Resources of other types are stored and "
    "counted, but not used. An id given by the sender is also kept on POST; the ward assigns none. Alerts that were sent can be read."
)
KEPT = "Stored for references from other resources."

SUBSCRIPTION = {
    "type": "Subscription",
    "interaction": [{"code": code} for code in ("create", "read", "delete", "search-type")],
    "operation": [
        {
            "name": name,
            "definition": f"http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/{defined}",
        }
        for name, defined in (
            ("status", "backport-subscription-status"),
            ("events", "backport-subscription-events"),
        )
    ],
    "documentation": f"For readers, on alerts that are sent: the topic {TOPIC}, or a search.",
}


def capability(tells: bool) -> dict:
    """A CapabilityStatement (R4). `tells`: whether readers can subscribe, as the ward knows its own address.

    >>> capability(tells=False)["fhirVersion"]
    '4.0.1'
    """
    kinds = sorted({*READERS, *READ})
    rest = {
        "mode": "server",
        "documentation": ABOUT,
        "security": {"description": "Bearer token: a feed token may post, a reader token may read alerts."},
        "resource": [_resource(kind) for kind in kinds if kind not in SERVED]
        + [*(_served(kind) for kind in SERVED), *([SUBSCRIPTION] if tells else [])],
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


def _served(kind: str) -> dict:
    """A kind of resource that can be read and searched, besides being posted by feeds."""
    parameters = (("_id", "token"), ("_lastUpdated", "date"), ("status", "token"), ("patient", "reference"))
    taken = _resource(kind)
    return taken | {
        "interaction": [*taken["interaction"], {"code": "read"}, {"code": "search-type"}],
        "searchParam": [{"name": name, "type": type_} for name, type_ in parameters],
        "documentation": "Only alerts that were sent can be read, never what a feed posted. `patient` is searched by identifier alone "
        "(patient:identifier=system|value).",
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

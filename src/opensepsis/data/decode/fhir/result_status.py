"""How a version of an Observation or DiagnosticReport stands, and when it was filed."""

from opensepsis.data.decode.fhir.context import MessageContext

STATUS = {
    "final": "final", "unknown": "final", "preliminary": "preliminary", "registered": "preliminary", "partial": "preliminary",
    "amended": "corrected", "corrected": "corrected", "appended": "corrected",
    "entered-in-error": "withdrawn", "cancelled": "withdrawn",
}  # fmt: skip
NO_RESULT_YET = "pending"  # R4 of registered: there is no result yet
NO_STATUS = "its status was not sent"  # R4 has exactly one
NO_SUCH_STATUS = "R4 has no such status"


def filed_version(resource: dict, scene: MessageContext) -> int:
    """When a version was filed; of versions filed at the same moment the higher is later."""
    version = scene.version(resource)
    number = int(version) if version.isdigit() and len(version) < 6 else 0
    said = (
        scene.moment(resource.get("issued")),
        scene.moment((resource.get("meta") or {}).get("lastUpdated")),
    )
    return max((t for t in said if t is not None), default=scene.message.received) + number

"""What the coded reason of an Encounter tells: a pregnancy, from the start of the visit on."""

from opensepsis.data.decode.facts import Charted, Voided
from opensepsis.data.decode.fhir.conditions import word_of_pregnancy
from opensepsis.data.decode.fhir.context import MessageContext
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.timeline.event import Event
from opensepsis.definitions.concepts.person import PREGNANCY

CANCELLED = ("cancelled", "entered-in-error")


def read_reason(resource: dict, patient: str, scene: MessageContext, into: DecodeResult) -> None:
    """A pregnancy by an ICD code or that of SNOMED CT; a later version of the visit takes the place of an earlier one."""
    origin, stated = scene.origin(resource), scene.stated(resource)
    cancelled = str(resource.get("status") or "") in CANCELLED
    if cancelled or (scene.said_again(resource) and scene.is_named(resource)):
        into.facts.append(Voided(patient, origin, stated + 2 * cancelled))
    codings = [
        c for one in resource.get("reasonCode") or () for c in one.get("coding") or () if c.get("code")
    ]
    word = next((word for coding in codings if (word := word_of_pregnancy(coding))), None)
    if word and not cancelled:
        start = scene.moment((resource.get("period") or {}).get("start"))
        time = stated if start is None else start
        event = Event(PREGNANCY.name, time, None, stated, None, word, f"{origin} reason")
        into.facts.append(Charted(patient, event))

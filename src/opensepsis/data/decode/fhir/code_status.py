"""The code status as an Observation has it: a code, a text, or yes and no."""

from opensepsis.data.decode.code_status import code_status, code_status_words, is_code_status
from opensepsis.data.decode.fhir.context import MessageContext, codings, in_words
from opensepsis.data.decode.observations import DecodeResult, not_ahead

STANDS = frozenset(("final", "amended", "corrected", "preliminary", "registered", ""))


def read_code_status(resource: dict, patient: str, scene: MessageContext, into: DecodeResult) -> bool:
    """Notes the code status of an Observation; False where it is about something else."""
    concept = resource.get("code") or {}
    asked = codings(concept)
    texts = [
        str(concept.get("text") or ""),
        *(str(c.get("display") or "") for c in concept.get("coding") or ()),
    ]
    if resource.get("focus") or not is_code_status(scene.site.local, asked, [text for text in texts if text]):
        return False
    code, text = _answer(resource)
    said, stands = code_status_words(asked, code, text), str(resource.get("status") or "") in STANDS
    if scene.is_named(resource) and (said or not stands):
        times = (
            resource.get("effectiveDateTime"),
            resource.get("effectiveInstant"),
            (resource.get("effectivePeriod") or {}).get("start"),
        )
        filed = scene.stated(resource)
        time = scene.first_moment(*times)
        since = not_ahead(filed if time is None else time, scene.message.received, into)
        into.facts.append(code_status(patient, scene.origin(resource), filed, since, said, stands))
    return True


def _answer(resource: dict) -> tuple[str, str]:
    """The code and the words of the value; empty where there is none."""
    said = resource.get("valueBoolean")
    if isinstance(said, bool):
        return ("yes" if said else "no"), ""
    value = resource.get("valueCodeableConcept")
    if isinstance(value, dict):
        coded = codings(value)
        return (coded[0][1] if coded else ""), in_words(value)
    return "", str(resource.get("valueString") or "")

"""The code status as an Observation has it: a code, a text, or yes and no."""

from opensepsis.data.decode.code_status import ABOUT, code_status, code_status_words, is_code_status
from opensepsis.data.decode.facts import Rejected
from opensepsis.data.decode.fhir.context import MessageContext, codings, in_words
from opensepsis.data.decode.fhir.result_status import NO_RESULT_YET, NO_STATUS
from opensepsis.data.decode.observations import DecodeResult, not_ahead


def is_about_code_status(resource: dict, scene: MessageContext) -> bool:
    """Whether an Observation is about the code status of its patient."""
    concept = resource.get("code") or {}
    texts = [
        str(concept.get("text") or ""),
        *(str(c.get("display") or "") for c in concept.get("coding") or ()),
    ]
    said = [text for text in texts if text]
    return not resource.get("focus") and is_code_status(scene.site.local, codings(concept), said)


def read_code_status(
    resource: dict, patient: str, status: str, filed: int, scene: MessageContext, into: DecodeResult
) -> bool:
    """Notes the code status of an Observation; False where this version says none."""
    code, text = _answer(resource)
    said = code_status_words(codings(resource.get("code")), code, text)
    if not said or status == "withdrawn":
        return False
    times = (
        resource.get("effectiveDateTime"),
        resource.get("effectiveInstant"),
        (resource.get("effectivePeriod") or {}).get("start"),
    )
    time = scene.first_moment(*times)
    since = not_ahead(filed if time is None else time, scene.message.received, into)
    if resource.get("status") in ("registered", None, ""):
        why = NO_RESULT_YET if resource.get("status") else NO_STATUS
        into.facts.append(Rejected(patient, since, ABOUT, why, said))
        return False
    into.facts.append(code_status(patient, scene.origin(resource), filed, since, said))
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

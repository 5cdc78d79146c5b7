"""Whether a dose was given, where a publisher says it in another element than `status`."""

from functools import cache

from opensepsis.data.decode.fhir.context import in_words
from opensepsis.data.intake.maps import map_rows
from opensepsis.data.intake.not_given import HELD, NOT_GIVEN_BY_ACTION, NOTHING, dose_action, why_not_given

NOT_GIVEN = "not given, by its method"
NOT_TOLD = "not stated whether it was given"
BY_ITS_REASON = "not given, by the reason that is stated"


def not_given(administration: dict) -> str:
    """Why a completed administration is none, by the words of its `statusReason` or the list `fhir_given.csv`; empty where it is one.

    >>> system = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-medication-method"
    >>> not_given({"dosage": {"method": {"coding": [{"system": system, "code": "Not Given"}]}}})
    'not given, by its method'
    """
    reasons = administration.get("statusReason") or ()
    if any(why_not_given(words) for reason in reasons for words in _words(reason)):
        return BY_ITS_REASON
    methods, profiles = _lists()
    method = (administration.get("dosage") or {}).get("method") or {}
    for coding in method.get("coding") or ():
        listed = methods.get(str(coding.get("system") or ""))
        if listed is not None:
            return "" if str(coding.get("code")) in listed else NOT_GIVEN
    theirs = (administration.get("meta") or {}).get("profile") or ()
    return NOT_TOLD if not in_words(method) and not profiles.isdisjoint(map(str, theirs)) else ""


def noted_as_not_given(administration: dict) -> str:
    """Why a completed single dose is none, by the action with which a note or the text of its dosage begins; empty where it is one.

    >>> noted_as_not_given({"status": "completed", "note": [{"text": "Held - in theatre"}]})
    'not given, by its action'
    """
    notes = [one.get("text") for one in administration.get("note") or () if isinstance(one, dict)]
    dosage = administration.get("dosage")
    said = (*notes, dosage.get("text") if isinstance(dosage, dict) else None)
    actions = {dose_action(str(text)) for text in said if text}
    nothing = administration.get("status") == "completed" and not actions.isdisjoint((NOTHING, HELD))
    return NOT_GIVEN_BY_ACTION if nothing else ""


def _words(concept) -> list[str]:
    concept = concept if isinstance(concept, dict) else {}
    said = (concept.get("text"), *(coding.get("display") for coding in concept.get("coding") or ()))
    return [str(words) for words in said if words]


@cache
def _lists() -> tuple[dict[str, set[str]], set[str]]:
    """The methods by which a drug is given, of each code system; and the profiles that tell it by the method alone."""
    methods: dict[str, set[str]] = {}
    profiles: set[str] = set()
    for row in map_rows("fhir_given"):
        if row["what"] == "profile":
            profiles.add(row["code"])
        elif row["given"] == "1":
            methods.setdefault(row["system"], set()).add(row["code"])
    return methods, profiles

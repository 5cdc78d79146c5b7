"""A text beside a measured number: its specimen, or a comment, by which the number is not one of the patient's.

Of a comment only a part is read that does nothing but name a specimen: *not arterial blood*, *drawn from central line*, *CSF*.
What only mentions one (*spinal cord injury*, *reference range of arterial blood; venous 30 to 50*) is a remark.
"""

from functools import cache

from opensepsis.data.intake.airway_words import UNDER_A_TUBE, silenced
from opensepsis.data.intake.clumped import CLUMPED, is_clumped
from opensepsis.data.intake.name_parts import parts_of
from opensepsis.data.intake.specimen import wrong_by_name, wrong_specimen
from opensepsis.data.intake.text_codes import has_phrase, plain
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.wording import listed
from opensepsis.rules import Kind

MEASURES = frozenset(c.name for c in CONCEPTS.values() if c.kind is Kind.MEASURE)
_FEW = 2  # words of a part that names one thing, whatever they are
_NAME = 4  # words that the name of a measurement has at most
# around the words of a specimen: how, where and by whom it was taken
_AROUND = frozenset(
    ("specimen", "specimens", "sample", "samples", "source", "site", "type", "material", "drawn", "taken", "collected", "obtained",
     "received", "from", "by", "via", "per", "of", "the", "this", "a", "an", "is", "was", "at", "in", "rn", "md", "nurse", "left", "right",
     "hand", "arm", "stick", "draw", "catheter", "sheath", "cannula", "peripheral", "femoral", "jugular",
     "subclavian", "radial", "brachial", "top", "tube", "green", "probe", "entnommen", "aus", "von",
     "links", "rechts")
)  # fmt: skip
_NOT = frozenset(
    ("not", "no", "non", "never", "without", "nicht", "kein", "keine", "ohne", "pas", "sin", "ingen", "geen")
)
# with these a part speaks of another specimen, of what may be, or of the patient
_OF_ANOTHER = frozenset(
    ("if", "or", "also", "see", "possible", "possibly", "suspected", "sent", "pending", "added", "ordered", "requested", "culture",
     "cultures", "previous", "injury", "compression", "lesion", "recipient", "evaluation", "output", "noted", "seen", "given", "applied",
     "on", "well", "poorly", "calculated", "available", "transfused", "transfusion", "patient", "patients", "kidney", "liver", "living")
)  # fmt: skip
# codes of three letters are words of other things too, unless they stand alone: taken *per* lab policy
_CLEAR = frozenset(("csf", "bal", "abg", "vbg", "art", "ven", "cvc", "cbg", "bld", "lcr", "ur", "pus", *_NOT))


def why_no_value(concept: str, value: float | None, text: str) -> str:
    """Why a number is not used by the text beside it; empty where nothing says so.

    >>> why_no_value("pao2", 38, "venous"), why_no_value("creatinine", 12, "urine"), why_no_value("gcs_total", 3, "intubated")
    ('not from arterial blood', 'not from blood, by its specimen', 'intubated: no verbal score')
    >>> why_no_value("lactate", 4, "haemolysed"), why_no_value("gcs_total", 15, "was intubated"), why_no_value("lactate", 4, "<")
    ('', '', '')
    """
    if concept not in MEASURES:
        return ""
    if value is not None and silenced(concept, f"{value:g}", [text]):
        return UNDER_A_TUBE
    return why_not_by_comment(concept, text) or (wrong_by_name(concept, text) if _is_a_name(text) else "")


def why_not_by_comment(concept: str, comment: str) -> str:
    """Why a measured number is not used by a laboratory's comment; empty where nothing says so.

    >>> why_not_by_comment("pao2", "VERIFIED.  NO CALLS MADE - NOT ARTERIAL BLOOD."), why_not_by_comment("creatinine", "eGFR 52")
    ('not from arterial blood', '')
    >>> why_not_by_comment("lactate", "Patient is a kidney donor"), why_not_by_comment("platelets", "Clumps seen on smear")
    ('', 'clumped, by its comment: no count')
    """
    clumped = CLUMPED if is_clumped(concept, [comment]) else ""
    return wrong_specimen(concept, _specimen_in(comment)) or clumped


def _is_a_name(text: str) -> bool:
    """Whether a text may be the name of a measurement: *MAP goal*; what has numbers tells of another value: *goal 65*."""
    words = plain(text).split()
    return len(words) <= _NAME and _OF_ANOTHER.isdisjoint(words) and not any(map(str.isdigit, plain(text)))


def _specimen_in(comment: str) -> str:
    """The words of a comment that name its specimen.

    >>> _specimen_in("PER"), _specimen_in("Provider notified per lab policy"), _specimen_in("This is not an arterial sample")
    ('per', '', 'not arterial')
    >>> _specimen_in("Green top. Drawn from central line"), _specimen_in("arterial, not venous"), _specimen_in("CSF also sent")
    ('central line', 'arterial', '')
    """
    return " ".join(said for part in parts_of(comment) if (said := _specimen_of(part.split())))


def _specimen_of(part: list[str]) -> str:
    """The words of a part that name a specimen; empty where it only mentions one."""
    words = [word for word in part if word not in _AROUND] or part
    said = " ".join(word for word in words if len(words) == 1 or len(word) > 3 or word in _CLEAR)
    turned = not _NOT.isdisjoint(words) and not has_phrase(said, _denied())
    of_another = not _OF_ANOTHER.isdisjoint(words)
    if turned or of_another or not has_phrase(said, _phrases()):
        return ""
    return said if len(words) <= _FEW or _words().issuperset(words) else ""


@cache
def _phrases() -> frozenset[str]:
    kinds = (row for row in listed("laboratory_specimens") if not row["kind"].startswith("name "))
    return frozenset(plain(row["phrase"]) for row in kinds)


@cache
def _denied() -> frozenset[str]:
    return frozenset(phrase for phrase in _phrases() if phrase.split()[0] in _NOT)


@cache
def _words() -> frozenset[str]:
    return frozenset(word for phrase in _phrases() for word in phrase.split())

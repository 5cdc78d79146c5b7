"""A text beside a measured number in a row: its specimen, or a comment, by which the number is not one of the patient's."""

from opensepsis.data.intake.airway_words import UNDER_A_TUBE, silenced
from opensepsis.data.intake.clumped import CLUMPED, is_clumped
from opensepsis.data.intake.specimen import wrong_by_name, wrong_specimen
from opensepsis.data.intake.text_codes import plain
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

MEASURES = frozenset(c.name for c in CONCEPTS.values() if c.kind is Kind.MEASURE)


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
    clumped = CLUMPED if is_clumped(concept, [text]) else ""
    return wrong_specimen(concept, _specimen_in(text)) or wrong_by_name(concept, text) or clumped


def _specimen_in(text: str) -> str:
    """The words of a comment that may name its specimen: PER alone is peritoneal fluid, in *per lab policy* it is no code.

    >>> _specimen_in("PER"), _specimen_in("Provider notified per lab policy"), _specimen_in("not arterial")
    ('PER', 'provider notified policy', 'not arterial')
    """
    words = plain(text).split()
    return text if len(words) < 3 else " ".join(word for word in words if len(word) > 3 or word == "not")

"""Pregnancy as codes of diagnoses tell it: the codes are those of the course's finding `pregnancy`."""

from dataclasses import replace
from functools import cache, lru_cache

from opensepsis.data.timeline.event import Event
from opensepsis.definitions.code_lists import codes
from opensepsis.definitions.concepts.cultures import DIAGNOSIS
from opensepsis.definitions.concepts.person import PREGNANCY

# of pregnancies that ended: abortion, birth and its outcome, the puerperium, care after birth
_AFTER = (
    ("ICD10", "O00", "O08"), ("ICD10", "O80", "O92"), ("ICD10", "Z37", "Z37"), ("ICD10", "Z39", "Z39"),
    ("ICD9", "630", "639"), ("ICD9", "650", "650"), ("ICD9", "670", "677"), ("ICD9", "V27", "V27"),
)  # fmt: skip


@cache
def _ranges() -> tuple[tuple[str, str, str], ...]:
    """System, first and last beginning of every code of pregnancy."""
    listed = ((c.system, *c.code.partition("-")[::2]) for c in codes("pregnancy").codes)
    return tuple((system, low, high or low) for system, low, high in listed)


@lru_cache(maxsize=10_000)
def pregnancy_word(diagnosis: str) -> str | None:
    """The word of the concept `pregnancy` for a diagnosis (ICD-10 unless a system stands before it); None where it tells none.

    >>> pregnancy_word("O14.1"), pregnancy_word("ICD10:O85|principal"), pregnancy_word("ICD9:V22.1"), pregnancy_word("N18.4")
    ('pregnant', 'recently pregnant', 'pregnant', None)
    """
    system, _, code = diagnosis.partition("|")[0].upper().replace(".", "").strip().rpartition(":")
    system = system or "ICD10"
    if not _among(system, code, _ranges()):
        return None
    return "recently pregnant" if _among(system, code, _AFTER) else "pregnant"


def pregnancy_of(event: Event) -> Event | None:
    """What a charted diagnosis tells of pregnancy, under its origin; a diagnosis that is taken back takes that back. None: nothing.

    >>> pregnancy_of(Event("diagnosis", 5, known=9, text="ICD10:O14.1", origin="c")).text
    'pregnant'
    """
    if event.concept != DIAGNOSIS.name:
        return None
    word = pregnancy_word(event.text) if event.text else None
    return None if event.text and not word else replace(event, concept=PREGNANCY.name, value=None, text=word)


def _among(system: str, code: str, ranges: tuple[tuple[str, str, str], ...]) -> bool:
    return any(of == system and low <= code[: len(low)] <= high for of, low, high in ranges)

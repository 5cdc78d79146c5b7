"""Pregnancy as codes of diagnoses tell it: the codes are those of the course's finding `pregnancy`."""

from functools import cache, lru_cache

from opensepsis.definitions.code_lists import codes

# of pregnancies that ended: abortion, birth and its outcome, the puerperium, care after birth
_AFTER = (
    ("ICD10", "O00", "O08"), ("ICD10", "O80", "O92"), ("ICD10", "Z37", "Z37"), ("ICD10", "Z39", "Z39"),
    ("ICD9", "630", "639"), ("ICD9", "650", "650"), ("ICD9", "670", "676"), ("ICD9", "V27", "V27"),
)  # fmt: skip
# late effects, long after; deaths, which are no state of a patient
_LONG_AFTER = (("ICD10", "O94", "O97"), ("ICD9", "677", "677"))


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
    >>> pregnancy_word("O94"), pregnancy_word("Z35.9")  # late effects; WHO's code of a pregnancy of high risk
    (None, 'pregnant')
    """
    system, _, code = diagnosis.partition("|")[0].upper().replace(".", "").strip().rpartition(":")
    system = system or "ICD10"
    if not _among(system, code, _ranges()) or _among(system, code, _LONG_AFTER):
        return None
    return "recently pregnant" if _among(system, code, _AFTER) else "pregnant"


def _among(system: str, code: str, ranges: tuple[tuple[str, str, str], ...]) -> bool:
    return any(of == system and low <= code[: len(low)] <= high for of, low, high in ranges)

"""What the text of a diagnosis says beside its code: principal or not, present on admission or not."""

from dataclasses import dataclass
from functools import lru_cache

from opensepsis.data.intake.diagnosis_codes import code_and_marks


@dataclass(frozen=True)
class Diagnosis:
    """A coded diagnosis with its marks; `on_admission` is None where nobody said."""

    code: str
    principal: bool = False
    on_admission: bool | None = None


@lru_cache(maxsize=100_000)
def read_diagnosis(text: str | None) -> Diagnosis:
    """A text `code|mark|mark`: `principal`, `poa`, `not_poa`; other words were read at intake, and two that contradict leave it open.

    >>> read_diagnosis("ICD10:A41.9|principal|poa")
    Diagnosis(code='ICD10:A41.9', principal=True, on_admission=True)
    >>> read_diagnosis("ICD10:N18.4|not_poa").on_admission, read_diagnosis("ICD10:N18.4").on_admission
    (False, None)
    """
    code, marks = code_and_marks(text or "")
    told = {mark == "poa" for mark in marks & {"poa", "not_poa"}}
    return Diagnosis(code, "principal" in marks, told.pop() if len(told) == 1 else None)

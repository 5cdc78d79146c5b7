"""Identifiers that stand for a patient who is not known. Everybody who has none would be one patient under them."""

from opensepsis.data.intake.printed import is_missing

NOBODY = frozenset(
    ("unknown", "unk", "none", "no mrn", "nomrn", "unidentified", "anonymous", "unbekannt", "inconnu", "tbd", "-1", '""')
)  # fmt: skip


def names_nobody(number: str) -> bool:
    """Whether an identifier stands for a patient who is not known, so that it would join everybody who has none.

    >>> names_nobody("UNKNOWN"), names_nobody("0000000"), names_nobody("99999999"), names_nobody("N/A"), names_nobody("0100")
    (True, True, True, True, False)
    """
    said = number.strip().casefold()
    nines = len(said) >= 5 and not said.strip("9")
    return is_missing(said) or said in NOBODY or not said.strip("0") or nines

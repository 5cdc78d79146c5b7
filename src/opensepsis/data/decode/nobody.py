"""Identifiers that stand for a patient who is not known. Everybody who has none would be one patient under them."""

from functools import cache

from opensepsis.data.intake.maps import map_rows
from opensepsis.data.intake.printed import is_missing
from opensepsis.data.intake.text_codes import plain


def names_nobody(number: str) -> bool:
    """Whether an identifier stands for a patient who is not known, so that it would join everybody who has none.

    >>> names_nobody("UNKNOWN"), names_nobody("0000000"), names_nobody("99999999"), names_nobody("N/A"), names_nobody("0100")
    (True, True, True, True, False)
    >>> names_nobody("NO-ID"), names_nobody("000-00-0000"), names_nobody("XXXXXX"), names_nobody("????"), names_nobody("UNKNOWN77")
    (True, True, True, True, False)
    """
    said = plain(number)
    digits = said.replace(" ", "")
    nines = len(digits) >= 5 and not digits.strip("9")
    return (
        is_missing(number) or number.strip() == "-1" or said in _listed() or not digits.strip("0x") or nines
    )


@cache
def _listed() -> frozenset[str]:
    return frozenset(plain(row["number"]) for row in map_rows("nobody"))

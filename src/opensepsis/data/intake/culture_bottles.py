"""How many bottles or sets of a blood culture were positive, where a report says it as a count: `1 of 2 bottles`."""

import re
from enum import StrEnum

from opensepsis.data.intake.text_codes import plain
from opensepsis.definitions.concepts.culture_wording import CULTURE_WORDS

_NUMBERS = {word: number for number in range(10) for word in CULTURE_WORDS[f"number {number}"]}
_OF = CULTURE_WORDS["of"]
_BOTTLES = frozenset(CULTURE_WORDS["bottles"])
_NUMBER = rf"[0-9]|{'|'.join(_NUMBERS)}"
_COUNT = re.compile(rf"\b({_NUMBER})\s*(?:/|\b(?:{'|'.join(_OF)})\b)\s*({_NUMBER})\b(?!\s*/)", re.I)

_TURNED = re.compile(rf"\b({_NUMBER})\s+({'|'.join(_BOTTLES)})\s+({'|'.join(_OF)})\s+({_NUMBER})\b", re.I)


class Bottles(StrEnum):
    """What a count of bottles says."""

    GREW = "grew"
    NONE_GREW = "none grew"
    UNCLEAR = "some are negative, the others are not stated"


def read_bottles(text: str, fillers: frozenset[str]) -> Bottles | None:
    """What a report says that holds nothing but how many bottles grew; None of any other report.

    >>> read_bottles("1 of 2 bottles positive", frozenset()), read_bottles("0/4 bottles", frozenset())
    (<Bottles.GREW: 'grew'>, <Bottles.NONE_GREW: 'none grew'>)
    >>> read_bottles("2/2 negative", frozenset()), read_bottles("2/2", frozenset())
    (<Bottles.NONE_GREW: 'none grew'>, None)
    """
    count, before, after = _counted(text)
    if count is None:
        return None
    words = {*plain(before).split(), *plain(after).split()}
    positive, negative = words & set(CULTURE_WORDS["positive"]), words & set(CULTURE_WORDS["negative"])
    others = words - positive - negative - _BOTTLES - fillers - set(_OF)
    if others or (positive and negative) or not (words & _BOTTLES or positive or negative):
        return None
    some, total = count
    if negative:
        return Bottles.NONE_GREW if some == total else Bottles.UNCLEAR
    return Bottles.GREW if some else Bottles.NONE_GREW


def no_bottle(text: str) -> bool:
    """Whether a report counts bottles and says that none grew, whatever else it says.

    >>> no_bottle("gram positive cocci in 0/2 bottles"), no_bottle("gram positive cocci in 1/2 bottles")
    (True, False)
    """
    count, before, after = _counted(text)
    near = [*plain(before).split()[-2:], *plain(after).split()[:2]]
    return count is not None and count[0] == 0 and bool(_BOTTLES & set(near))


def _counted(text: str) -> tuple[tuple[int, int] | None, str, str]:
    """Positive bottles of how many, and the text before and after it; no count where there are several or none."""
    text = _TURNED.sub(r"\1 \3 \4 \2", text)
    found = list(_COUNT.finditer(text))
    if len(found) != 1:
        return None, "", ""
    some, total = (_NUMBERS.get(word.casefold(), word) for word in found[0].groups())
    count = (int(some), int(total))
    return (count if count[0] <= count[1] > 0 else None), text[: found[0].start()], text[found[0].end() :]

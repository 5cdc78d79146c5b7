"""The lines of a report of a culture: those that part a sentence, and what it says of an earlier report."""

import re
from functools import cache

from opensepsis.definitions.concepts.culture_wording import CULTURE_WORDS

_ENDS = r"[;|,\n\r]|(?<=[a-z)]{3})\.(?:\s|$)|$"


@cache
def _earlier() -> re.Pattern:
    before, now = ("|".join(map(re.escape, CULTURE_WORDS[m])) for m in ("said before", "said now"))
    return re.compile(rf"\b(?:{before})\b.*?(?=\b(?:{now})\b|{_ENDS})")


@cache
def _wrapped() -> re.Pattern:
    after = "|".join(map(re.escape, sorted(CULTURE_WORDS["after"], key=len, reverse=True)))
    joins = "|".join(map(re.escape, CULTURE_WORDS["joins"]))
    return re.compile(
        rf"(?:(?<=,)|(?<=/)|\b({joins}))[ \t]*[\r\n]+[ \t]*(?=\S)|[ \t.]*[\r\n]+[ \t]*(?=(?:{after})\b)"
    )


def unwrapped(text: str) -> str:
    """A report with those line breaks taken out that part a sentence: after a comma or a joining word, and before what denies a name.

    >>> unwrapped("no salmonella, shigella or\\ncampylobacter isolated"), unwrapped("e. coli\\nno mrsa")
    ('no salmonella, shigella or campylobacter isolated', 'e. coli\\nno mrsa')
    """
    return _wrapped().sub(lambda found: f"{found[1] or ''} ", text) if "\n" in text or "\r" in text else text


def said_now(text: str) -> str:
    """A report without what it says of an earlier report, which it corrects.

    >>> said_now("no growth. previously reported as gram positive cocci"), said_now("previously reported as e. coli, now no growth")
    ('no growth. ', ', now no growth')
    """
    return _earlier().sub("", text)

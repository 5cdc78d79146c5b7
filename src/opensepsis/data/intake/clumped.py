"""Comments beside a platelet count that say that the platelets are clumped: the count is lower than the patient's, by an unknown amount."""

from collections.abc import Iterable
from functools import cache, lru_cache

from opensepsis.data.intake.name_parts import parts_of
from opensepsis.data.intake.text_codes import plain
from opensepsis.definitions.concepts.labs import PLATELETS
from opensepsis.definitions.concepts.wording import listed

CLUMPED = "clumped, by its comment: no count"
# words before a phrase, or the two after it, that turn it or tell of another specimen
_TURNS = frozenset(
    ("no", "not", "without", "never", "nor", "free", "previous", "previously", "prior", "earlier", "former", "first", "other", "another",
     "kein", "keine", "nicht", "ohne", "vorherige", "sans", "pas", "aucun", "sin", "ingen", "inga", "geen", "nessun")
)  # fmt: skip


def is_clumped(concept: str, comments: Iterable[str]) -> bool:
    """Whether a comment beside a platelet count says that it is none.

    >>> is_clumped("platelets", ["Platelet clumps seen on smear"]), is_clumped("platelets", ["No clumps seen"])
    (True, False)
    """
    return concept == PLATELETS.name and any(_says_so(text) for text in comments)


@lru_cache(maxsize=20_000)
def _says_so(text: str) -> bool:
    return any(_stands(phrase, part) for part in parts_of(text) for phrase in _phrases())


def _stands(phrase: str, part: str) -> bool:
    before, found, after = (words.split() for words in f" {part} ".partition(f" {phrase} "))
    return bool(found) and _TURNS.isdisjoint(before + after[:2])


@cache
def _phrases() -> tuple[str, ...]:
    return tuple(plain(row["phrase"]) for row in listed("clumped"))

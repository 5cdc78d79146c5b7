"""Which concept the name of a local code speaks of, by whole words of listed names; names of other things compete with ours."""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache

from opensepsis.data.intake.maps import map_rows
from opensepsis.data.intake.text_codes import plain
from opensepsis.definitions.concepts import CONCEPTS

_LISTS = ("proposal_names.csv", "local_names.csv")
_SMALL = 0.2  # the weight of a word that says of what or how something was measured, not what
# a result of another fluid is of another thing than that of blood, but for these
_OF_FLUIDS = frozenset({"urine_output", "temperature", "weight", "height", "hours_without_urine"})
_IN_BRACKETS = re.compile(r"[\[(][^\])]*[\])]")


@dataclass(frozen=True)
class Named:
    """A concept that a name speaks of (empty: another thing), and how much of the name its words are, 0 to 1."""

    concept: str
    share: float
    words: int


def named(name: str) -> list[Named]:
    """The concepts that a name may speak of, the best first; empty where another thing fits better, or no list has its words.

    >>> [found.concept for found in named("Leukocytes [#/volume] in Blood by Automated count")]
    ['wbc']
    >>> named("Central Venous Pressure"), [found.concept for found in named("Arterial Blood Pressure mean")]
    ([], ['mean_pressure'])
    """
    return list(_named(plain(_IN_BRACKETS.sub(" ", name)), plain(name)))


@lru_cache(maxsize=50_000)
def _named(short: str, whole: str) -> tuple[Named, ...]:
    best: dict[str, Named] = {}
    for said in dict.fromkeys((short, whole)):
        words = said.split()
        for phrase, concept in {p for word in set(words) for p in _phrases().get(word, ())}:
            found = _fit(phrase, concept, words)
            if found and (concept not in best or _rank(found) > _rank(best[concept])):
                best[concept] = found
    ordered = sorted(best.values(), key=_rank, reverse=True)
    other = next((_rank(found) for found in ordered if not found.concept), None)
    in_fluid = not _words("another fluid").isdisjoint(whole.split())
    return tuple(
        found
        for found in ordered
        if found.concept
        and (other is None or _rank(found) > other)
        and not (in_fluid and found.concept not in _OF_FLUIDS)
    )


def _rank(found: Named) -> tuple[float, int]:
    return found.share, found.words


def _fit(phrase: tuple[str, ...], concept: str, words: list[str]) -> Named | None:
    if not set(phrase) <= set(words):
        return None
    told = sum(_weight(word) for word in words)
    return Named(concept, min(1.0, sum(_weight(word) for word in set(phrase)) / told), len(phrase))


def _weight(word: str) -> float:
    return _SMALL if word in _words("how it was measured") or word.isdigit() else 1.0


@cache
def _words(what: str) -> frozenset[str]:
    """The words that say of what or how something was measured, or that it is of another fluid."""
    return frozenset(row["word"] for row in map_rows("proposal_words") if row["says"] == what)


@cache
def _phrases() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """The listed names as words with their concept, by their first telling word."""
    found: dict[str, set[tuple[tuple[str, ...], str]]] = defaultdict(set)
    pairs = [(c.label, c.name) for c in CONCEPTS.values()]
    pairs += [(c.name.replace("_", " "), c.name) for c in CONCEPTS.values()]
    for list_ in _LISTS:
        pairs += [(row["name"], row["concept"]) for row in map_rows(list_.removesuffix(".csv"))]
    for name, concept in pairs:
        words = tuple(plain(name).split())
        if words:
            first = max(words, key=_weight)
            found[first].add((words, concept))
    return {word: sorted(phrases) for word, phrases in found.items()}

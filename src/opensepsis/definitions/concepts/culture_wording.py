"""The words of culture reports, and of specimens in which no culture is grown, from the CSV files beside this."""

from collections import defaultdict

from opensepsis.definitions.concepts.wording import listed


def _grouped(name: str, by: str) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in listed(name):
        found[row[by]].append(row["phrase"])
    return {key: tuple(phrases) for key, phrases in found.items()}


# meaning -> the phrases that have it; `before` and `after` are negations by where they stand
CULTURE_WORDS = _grouped("culture_words", "meaning")
# kind -> phrases of specimens and tests that are no culture of bacteria or fungi
NO_CULTURES = _grouped("no_cultures", "kind")
# kind -> words by which sites call specimens of it; `not …`: those that hold such a word and are none
SPECIMENS = _grouped("specimens", "kind")

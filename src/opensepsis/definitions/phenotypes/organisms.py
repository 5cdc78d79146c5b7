"""What kind of organism a name means, by the words of `organisms.csv` beside this."""

import csv
from importlib.resources import files

_TEXT = (files("opensepsis.definitions.phenotypes") / "organisms.csv").read_text(encoding="utf-8")
ORGANISM_ROWS: tuple[dict[str, str], ...] = tuple(csv.DictReader(_TEXT.splitlines()))


def words_of(*kinds: str) -> tuple[str, ...]:
    """The words that name organisms of these kinds.

    >>> "plasmodium" in words_of("parasite"), "plasmodium" in words_of("virus")
    (True, False)
    """
    return tuple(row["word"] for row in ORGANISM_ROWS if row["kind"] in kinds)

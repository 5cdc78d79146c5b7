"""Whether a dose counts, by its text. Shared by both engines, as it asks about one text at a time."""

import re
from functools import lru_cache

from opensepsis.engine.names import ingredient_key
from opensepsis.rules import DoseRule

_BETWEEN = re.compile(r"[^a-z]+")


@lru_cache(maxsize=100_000)
def dose_counts(rule: DoseRule, text: str | None) -> bool:
    """Whether a dose (`ingredient|route`) counts.

    >>> by_vein = DoseRule(only=("iv",))
    >>> dose_counts(by_vein, "vancomycin|IV DRIP"), dose_counts(by_vein, "vancomycin|PO"), dose_counts(by_vein, "vancomycin")
    (True, False, True)
    """
    name, _, route = (text or "").lower().partition("|")
    if any(word in route for word in rule.left_out):
        return False
    said = f" {_BETWEEN.sub(' ', route).strip()} "
    if rule.only and said.strip() and not _holds(said, rule.only):
        return False
    return not (ingredient_key(name) in rule.stays_in_gut and _holds(said, rule.into_gut))


def _holds(said: str, words: tuple[str, ...]) -> bool:
    return any(f" {word} " in said for word in words)

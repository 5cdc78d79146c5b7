"""The parts of a drug's name, between brackets and signs, and what of them is said before a condition: *held if trough above 20*."""

import re
from functools import lru_cache

from opensepsis.data.intake.text_codes import has_phrase, phrases_by, plain

_PARTS = re.compile(r"[][(){}*;:,|!<>]|(?:^|\s)[-–—/]|[-–—/](?:\s|$)|\.\s")


def parts_of(name: str) -> list[str]:
    """The parts of a name, each as `plain` gives it.

    >>> parts_of("Vancomycin 1 g, held (trough 22)")
    ['vancomycin 1 g', 'held', 'trough 22']
    """
    return [said for part in _PARTS.split(name) if (said := plain(part))]


@lru_cache(maxsize=50_000)
def before_conditions(name: str) -> str:
    """A name without what follows a condition, or words of a dose that was not given, in each of its parts.

    >>> before_conditions("Vancomycin 1 g, hold for trough above 20"), before_conditions("Vancomycin trough")
    ('vancomycin 1 g', 'vancomycin trough')
    """
    kept = (_before(part.split()) for part in parts_of(name))
    return " ".join(part for part in kept if part)


def _before(words: list[str]) -> str:
    ends = (*said_of_doses()["condition"], *said_of_doses()["statement"])
    kept: list[str] = []
    for word in words:
        if has_phrase(" ".join([*kept, word]), ends):
            break
        kept.append(word)
    return " ".join(kept)


def said_of_doses() -> dict[str, tuple[str, ...]]:
    """The words beside a drug by what they do: state that it was not given, turn that, give a condition or a reason, say that it was."""
    return phrases_by("not_given", "part")

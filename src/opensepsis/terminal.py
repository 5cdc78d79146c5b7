"""Words for terminals that have few letters: a sign that the terminal lacks is told by those it has."""

import codecs
import sys
import unicodedata
from io import TextIOWrapper

PLAIN = {
    "≥": ">=",
    "≤": "<=",
    "µ": "u",
    "μ": "u",
    "–": "-",
    "—": "-",
    "−": "-",
    "×": "x",
    "·": "*",
    "…": "...",
    "→": "->",
}


def plain(problem: UnicodeError) -> tuple[str, int]:
    """What to print in the place of what cannot be.

    >>> codecs.register_error("plain", plain)
    >>> "MAP ≥ 65, 5 µg, SpO₂ … é 漢".encode("ascii", "plain")
    b'MAP >= 65, 5 ug, SpO2 ... e ?'
    """
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    signs = problem.object[problem.start : problem.end]
    return "".join(_plainer(sign) for sign in signs), problem.end


def _plainer(sign: str) -> str:
    known = PLAIN.get(sign, unicodedata.normalize("NFKD", sign))
    return "".join(letter for letter in known if letter.isascii()) or "?"


def plain_words() -> None:
    """Lets what is printed be told in plainer words where the terminal cannot show it."""
    codecs.register_error("opensepsis.plain", plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="opensepsis.plain")

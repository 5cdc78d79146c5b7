"""Answers that stand for a number: LOINC's answers to the parts of the Glasgow coma scale, their words, and points sent as a code."""

import re
from collections.abc import Iterable
from functools import cache

from opensepsis.data.intake.maps import map_rows
from opensepsis.data.intake.text_codes import plain
from opensepsis.definitions.concepts import CONCEPTS

POINTS = "{score}"  # the unit of concepts whose values are points of a scale
_WHOLE = re.compile(r"[+\-−]?\d{1,2}$")


@cache
def _answers() -> dict[tuple[str, str], str]:
    return {(row["concept"], row["code"]): row["value"] for row in map_rows("loinc_answers")}


@cache
def _words() -> dict[tuple[str, str], str]:
    return {
        (row["concept"], plain(word)): row["value"]
        for row in map_rows("gcs_words")
        for word in row["words"].split("|")
    }


def points_of(concept: str, codes: Iterable[str]) -> str | None:
    """The points that the codes and words of an answer stand for; None where the concept is no scale, no code is known, or they differ.

    >>> points_of("rass", ["-1", "Drowsy"]), points_of("gcs_verbal", ["inappropriate words"])
    ('-1', '3')
    >>> points_of("gcs_verbal", ["LA6560-2"]), points_of("gcs_verbal", ["4", "Confused"]), points_of("lactate", ["4"])
    ('4', '4', None)
    """
    if CONCEPTS[concept].unit != POINTS:
        return None
    found = {_points(concept, code) for code in codes} - {None}
    return found.pop() if len(found) == 1 else None


def _points(concept: str, code: str) -> str | None:
    if listed := _answers().get((concept, code)) or _words().get((concept, plain(code))):
        return listed
    return code.removeprefix("+").replace("−", "-") if _WHOLE.match(code) else None

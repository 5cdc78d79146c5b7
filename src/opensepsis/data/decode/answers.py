"""Answers that stand for a number: LOINC's answers to the parts of the Glasgow coma scale, their words, and points sent as a code."""

import re
from collections.abc import Iterable
from functools import cache

from opensepsis.data.intake.airway_words import is_tube, tells_of_tube
from opensepsis.data.intake.maps import map_rows
from opensepsis.data.intake.text_codes import plain
from opensepsis.definitions.concepts import CONCEPTS

POINTS = "{score}"  # the unit of concepts whose values are points of a scale
_WHOLE = re.compile(r"[+\-−]?\d{1,2}$")
UNDER_A_TUBE = "intubated: no verbal score"
# the most that a score can be under a tube: who has more speaks, and what is written may tell of a tube that was there
_MOST_UNDER_A_TUBE = {"gcs_verbal": 1, "gcs_total": 11}


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


def silenced(concept: str, score: str, said: Iterable[str]) -> bool:
    """Whether what is written with a score that counts speech says that a tube, and not the brain, kept the patient silent.

    >>> silenced("gcs_verbal", "1", ["Intubated"]), silenced("gcs_motor", "1", ["Intubated"])
    (True, False)
    >>> silenced("gcs_total", "15", ["was intubated"]), silenced("gcs_total", "3", ["intubated"])
    (False, True)
    """
    if concept not in _MOST_UNDER_A_TUBE:
        return False
    means = is_tube if _above(score, _MOST_UNDER_A_TUBE[concept]) else tells_of_tube
    return any(means(text) for text in said)


def _above(score: str, most: float) -> bool:
    try:
        return float(score) > most
    except ValueError:
        return False


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

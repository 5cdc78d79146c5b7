"""Words beside a verbal score that say that a tube, and not the brain, kept the patient silent."""

from collections.abc import Iterable

from opensepsis.data.intake.text_codes import plain

UNDER_A_TUBE = "intubated: no verbal score"
# the most that a score can be under a tube: who has more speaks, and what is written may tell of a tube that was there
_MOST_UNDER_A_TUBE = {"gcs_verbal": 1, "gcs_total": 11}

# texts that say nothing else
_WHOLE = frozenset(
    (
        "t",
        "1 t",
        "tube",
        "et tube",
        "endotracheal tube",
        "no response ett",
        "no response t",
        "not testable tube",
    )
)
_WORDS = frozenset(
    (
        "1t", "ett", "endotracheal", "intubated", "trach", "tracheostomy", "tracheotomy", "intubiert", "tubus", "tracheostoma",
        "tracheotomiert",
    )
)  # fmt: skip
_NOT = frozenset(("not", "no", "non", "never", "without", "nicht", "kein", "keine", "ohne"))


def is_tube(text: str) -> bool:
    """Whether a text says that there is a tube and nothing else.

    >>> is_tube("Intubated"), is_tube("was intubated"), is_tube("chest tube")
    (True, False, False)
    """
    said = plain(text)
    return said in _WHOLE or said in _WORDS


def tells_of_tube(text: str) -> bool:
    """Whether a text beside the lowest score names a tube in the airway, and does not deny it.

    >>> tells_of_tube("No Response-ETT"), tells_of_tube("1.0 ET/Trach"), tells_of_tube("trach, unable to speak")
    (True, True, True)
    >>> tells_of_tube("not intubated"), tells_of_tube("no ETT"), tells_of_tube("extubated, chest tube"), tells_of_tube("don't")
    (False, False, False, False)
    """
    said = plain(text).split()
    before = ("", *said)
    return is_tube(text) or any(word in _WORDS and before[n] not in _NOT for n, word in enumerate(said))


def silenced(concept: str, score: str, said: Iterable[str]) -> bool:
    """Whether what is written with a score that counts speech says that a tube, and not the brain, kept the patient silent.

    >>> silenced("gcs_verbal", "1", ["Intubated"]), silenced("gcs_motor", "1", ["Intubated"])
    (True, False)
    >>> silenced("gcs_total", "15", ["was intubated"]), silenced("gcs_total", "3", ["intubated"])
    (False, True)
    >>> silenced("gcs_verbal", "1T", ["intubated"])
    True
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

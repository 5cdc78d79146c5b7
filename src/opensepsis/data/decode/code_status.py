"""Code status: whether somebody is to be resuscitated, as an observation tells it. Shown with its time; never scored, suppresses nothing.

LOINC 81351-9 (an order not to resuscitate, or to allow natural death, is in place: yes or no), LOINC 100822-6 (cardiopulmonary
resuscitation orders), SNOMED CT 304251008 (resuscitation status), and the codes and whole words that the site lists.
"""

from collections.abc import Iterable

from opensepsis.data.decode.facts import Flagged
from opensepsis.data.intake.code_systems import LOINC, SNOMED, system_name
from opensepsis.data.intake.text_codes import plain
from opensepsis.data.site import LocalWords

ABOUT = "code status"
_NOT_TO_RESUSCITATE, _ORDERS = "81351-9", "100822-6"
_RESUSCITATION_STATUS = "304251008"
_YES = frozenset(("y", "yes", "true", "1", "la33 6", "373066001"))
_NO = frozenset(("n", "no", "false", "0", "la32 8", "373067005"))
LONGEST = 80


def is_code_status(local: LocalWords, codings: Iterable[tuple[str, str]], texts: Iterable[str]) -> bool:
    """Whether what is observed is the code status: by a code (system, code), or by a whole text that the site lists.

    >>> is_code_status(LocalWords(), [("LN", "81351-9")], []), is_code_status(LocalWords(), [], ["Code status"])
    (True, False)
    """
    said = list(codings)
    return (
        any(_is_yes_or_no(system, code) or _is_in_words(system, code) for system, code in said)
        or any(local.code_status.has_code(system, code) for system, code in said)
        or any(local.code_status.is_said(text) for text in texts)
    )


def _is_yes_or_no(system: str, code: str) -> bool:
    return (system_name(system), code) == (LOINC, _NOT_TO_RESUSCITATE)


def _is_in_words(system: str, code: str) -> bool:
    return (system_name(system), code) in ((LOINC, _ORDERS), (SNOMED, _RESUSCITATION_STATUS))


def code_status_words(codings: Iterable[tuple[str, str]], code: str, text: str) -> str:
    """What is shown of an answer: the sender's words, else its code; yes and no say which question they answer.

    >>> code_status_words([("loinc", "81351-9")], "Y", "Yes"), code_status_words([("L", "CODE")], "FULL", "Full code")
    ('do not resuscitate', 'Full code')
    """
    said = " ".join((text or code).split())
    if any(_is_yes_or_no(*coding) for coding in codings):
        words = {plain(code), plain(text)}
        if words & _YES:
            return "do not resuscitate"
        if words & _NO:
            return "no order against resuscitation"
        return f"order against resuscitation: {said}"[:LONGEST]
    return said[:LONGEST]


def code_status(patient: str, origin: str, filed: int, since: int, words: str) -> Flagged:
    """A statement of the code status. Of several the one that holds since last is shown."""
    return Flagged(patient, origin, filed, f"{ABOUT}: {words}", about=ABOUT, since=since)

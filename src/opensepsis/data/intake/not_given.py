"""Whether words beside a drug say that it was not given: only as a statement of their own, never as a condition or of another dose.

A name is read in parts, between brackets and signs. A part is a statement where it begins with listed words (*HELD*), ends with them
(*Ceftriaxone 2 g refused*) or goes on with a reason (*refused by patient*), where nothing turns them (*not refused*, *after …
discontinued*), where no condition stands behind them (*held if trough above 20*), where it names no other drug, and where no part
says that the dose was given all the same.
"""

from functools import lru_cache

from opensepsis.data.intake.medicines import find_medicine, is_another_thing
from opensepsis.data.intake.name_parts import parts_of, said_of_doses
from opensepsis.data.intake.text_codes import absent_words, has_phrase, phrases_by, plain

NOT_GIVEN = "not given, by its name"
NOTHING_GIVEN = "not given: its amount is zero"
NOTHING_NAMED = "not given: a word for nothing in place of the drug"
NOT_GIVEN_BY_ACTION = "not given, by its action"
NOTHING, HELD, STOPPED = "not given", "held", "stopped"  # what was done with a dose
NO_DOSE = "a level, a test or an antagonist of a drug: not a dose"
_ABOUT = frozenset(
    ("patient", "patiente", "paciente", "pat", "pt", "dose", "order", "was", "is", "has", "been", "on", "wurde", "ist")
)  # fmt: skip
_INSTRUCTIONS = frozenset(("hold",))  # of which a reason is a condition: hold for a pressure below 90


@lru_cache(maxsize=50_000)
def why_not_given(name: str) -> str:
    """Why a dose is none by the words beside its drug; empty where nothing says so.

    >>> why_not_given("NOT GIVEN ceftriaxone"), why_not_given("Vancomycin - HOLD"), why_not_given("Ceftriaxone (refused by patient)")
    ('not given, by its name', 'not given, by its name', 'not given, by its name')
    >>> [why_not_given(f"Vancomycin 1 g, {words}") for words in ("hold for trough above 20", "not refused", "missed dose makeup")]
    ['', '', '']
    >>> why_not_given("Vancomycin trough level")
    'a level, a test or an antagonist of a drug: not a dose'
    """
    if is_another_thing(name):
        return NO_DOSE
    parts = parts_of(name)
    if any(_is_given(said) for said in parts):
        return ""
    drugs = [find_medicine(said) for said in parts]
    mine = next((drug for drug in drugs if drug), None)
    theirs = (said for said, drug in zip(parts, drugs, strict=True) if drug in (None, mine))
    return NOT_GIVEN if any(_states(said) for said in theirs) else ""


@lru_cache(maxsize=10_000)
def dose_action(said: str) -> str:
    """What a record of administrations says was done with a dose: `not given`, `held`, `stopped`; empty for any other action.

    >>> dose_action("Not Given - patient in theatre"), dose_action("MAR Hold"), dose_action("Infusion stopped (BP 130)")
    ('not given', 'held', 'stopped')
    >>> dose_action("Given"), dose_action("Rate Change"), dose_action("Given, was held this morning")
    ('', '', '')
    """
    first = next(iter(parts_of(said)), "")
    return next(
        (action for action, phrases in phrases_by("dose_actions", "meaning").items() if first in phrases), ""
    )


def why_dose_not_given(text: str) -> str:
    """The same for a dose as `name|route`: what is said beside the route counts too.

    >>> why_dose_not_given("ceftriaxone|IV refused"), why_dose_not_given("ceftriaxone|IV"), why_dose_not_given("none")
    ('not given, by its name', '', 'not given: a word for nothing in place of the drug')
    """
    name, _, route = text.partition("|")
    if plain(name) in absent_words():
        return NOTHING_NAMED
    return why_not_given(name) or (why_not_given(route) if route else "")


def _states(said: str) -> bool:
    return any(_stands(said, phrase) for phrase in said_of_doses()["statement"])


def _stands(said: str, phrase: str) -> bool:
    before, found, after = (part.strip() for part in f" {said} ".partition(f" {phrase} "))
    if (
        not found
        or has_phrase(before, said_of_doses()["turns"])
        or has_phrase(after, said_of_doses()["condition"])
    ):
        return False
    if phrase in _INSTRUCTIONS and has_phrase(after, ("for",)):
        return False
    begins = set(before.split()) <= _ABOUT
    return begins or not after or after.split()[0] in said_of_doses()["reason"]


def _is_given(said: str) -> bool:
    return f"{said} ".startswith(tuple(f"{phrase} " for phrase in said_of_doses()["given"]))

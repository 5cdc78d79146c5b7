"""Which concept a drug is of, by its name, its way and whether it lasts; without any frame, so that a ward can ask."""

from opensepsis.data.intake.medicines import find_medicine, form_of, has_local_anaesthetic
from opensepsis.data.intake.text_codes import route_of
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.drugs import CRYSTALLOID
from opensepsis.rules import Kind

BY_VEIN = ("iv", "io", "injection")


def concept_of_drug(name: str, route: str | None, lasts: bool) -> str | None:
    """The concept of a drug by the project's list. An infusion runs by vein only, and has a rate or an end.

    A fluid by another way keeps its concept, and its text says why it is none.

    >>> concept_of_drug("Rocephin", None, False), concept_of_drug("Noradrenalin", "i.v.", True)
    ('antibiotic', 'norepinephrine')
    >>> concept_of_drug("Adrenalin", "i.m.", True), concept_of_drug("Adrenalin", "i.v.", False)
    (None, None)
    >>> concept_of_drug("Levophed", None, True), concept_of_drug("NaCl 0.9 % irrigation", None, True)
    ('norepinephrine', 'crystalloid')
    """
    found = find_medicine(name)
    if found is None or CONCEPTS[found.concept].routed or found.concept == CRYSTALLOID.name:
        return found and found.concept
    if route_of(route or "") not in (None, *BY_VEIN) or form_of(name) or has_local_anaesthetic(name):
        return None
    return found.concept if lasts or CONCEPTS[found.concept].kind is not Kind.INTERVAL else None

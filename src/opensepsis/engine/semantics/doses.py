"""Whether a dose counts, by its text. Shared by both engines, as it asks about one text at a time."""

from functools import lru_cache

from opensepsis.data.intake.text_codes import ingredient_key, read_dose
from opensepsis.rules import DoseRule, DrugList, Way


@lru_cache(maxsize=100_000)
def dose_counts(rule: DoseRule, text: str | None) -> bool:
    """Whether a dose (`ingredient|route`) counts.

    >>> by_vein = DoseRule(only=(Way.PARENTERAL,))
    >>> dose_counts(by_vein, "vancomycin|IV DRIP"), dose_counts(by_vein, "vancomycin|PO"), dose_counts(by_vein, "vancomycin")
    (True, False, True)
    """
    dose = read_dose(text)
    if dose.way is None:
        return True
    if dose.way in rule.left_out or (rule.only and dose.way not in rule.only):
        return False
    return not (dose.drug in _drugs(rule.stays_in_gut) and dose.way in rule.into_gut)


@lru_cache(maxsize=100_000)
def dose_of(drugs: tuple[str, ...], rule: DoseRule, text: str | None) -> bool:
    """Whether a dose is of one of these drugs and counts.

    >>> systemic = DoseRule(left_out=(Way.LOCAL,))
    >>> [dose_of(("hydrocortisone",), systemic, f"{drug}|{way}") for drug, way in
    ...  (("Hydrocortisone sodium succinate", "IV"), ("hydrocortisone", "topical"), ("cefazolin", "IV"))]
    [True, False, False]
    """
    return read_dose(text).drug in _drugs(drugs) and dose_counts(rule, text)


@lru_cache(maxsize=100)
def _drugs(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(ingredient_key, names))


@lru_cache(maxsize=100)
def _keys(drugs: DrugList) -> tuple[frozenset[str], frozenset[str], dict[str, str], frozenset[str]]:
    spelled = {ingredient_key(other): ingredient_key(name) for other, name in drugs.spelled}
    return _drugs(drugs.parenteral), _drugs(drugs.enteral), spelled, _drugs(drugs.two_drugs)


@lru_cache(maxsize=100_000)
def listed_dose(drugs: DrugList, text: str | None) -> tuple[str, bool] | None:
    """Which listed drug a dose (`ingredient|route`) counts as and whether it is parenteral; else None.

    A route that is not recorded, or not known, is taken as by mouth when the drug is listed by mouth.
    """
    dose = read_dose(text)
    parenteral, enteral, spelled, two = _keys(drugs)
    key = spelled.get(dose.drug, dose.drug)
    if dose.way is None:
        listed, by_vein = key in parenteral or key in enteral, key not in enteral
    elif dose.way is Way.PARENTERAL:
        listed, by_vein = key in parenteral, True
    elif dose.way is Way.ENTERAL:
        listed, by_vein = key in enteral, False
    else:
        return None
    if not listed:
        return None
    by_mouth = key in two and dose.way is Way.ENTERAL
    return (f"{key} by mouth" if by_mouth else key), by_vein

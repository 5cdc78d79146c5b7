"""Drugs: infusions as intervals with a rate, doses as events."""

from opensepsis.definitions.concepts.wording import worded
from opensepsis.rules import Concept, Kind


def _infusion(name: str, unit: str = "ug/kg/min", highest: float = 0) -> Concept:
    return Concept(name, name, unit, kind=Kind.INTERVAL, plausible=(0, highest))


# text: the salt its rate is given as; a salt that is not known is disregarded, the infusion never
NOREPINEPHRINE = worded(
    "norepinephrine", "norepinephrine", unit="ug/kg/min", plausible=(0, 10), word_aside=True
)
EPINEPHRINE = _infusion("epinephrine", highest=10)
DOPAMINE = _infusion("dopamine", highest=100)
DOBUTAMINE = _infusion("dobutamine", highest=100)
PHENYLEPHRINE = _infusion("phenylephrine", highest=50)
MILRINONE = _infusion("milrinone", highest=5)
VASOPRESSIN = _infusion("vasopressin", "[iU]/min", highest=1)
ANGIOTENSIN = _infusion("angiotensin", "ng/kg/min", highest=200)

# any other vasopressor or inotrope by continuous infusion; text: its name
OTHER_VASOACTIVE = Concept("other_vasoactive", "other vasopressor or inotrope", kind=Kind.INTERVAL)

ANTIBIOTIC = Concept("antibiotic", "antibiotic given", kind=Kind.EVENT, routed=True)
ANTIBIOTIC_ORDER = Concept("antibiotic_order", "antibiotic ordered", kind=Kind.EVENT, routed=True)
ANTIFUNGAL = Concept("antifungal", "antifungal given", kind=Kind.EVENT, routed=True)
ANTIVIRAL = Concept("antiviral", "antiviral given", kind=Kind.EVENT, routed=True)
CORTICOSTEROID = Concept("corticosteroid", "corticosteroid", kind=Kind.EVENT, routed=True)
IMMUNOSUPPRESSANT = Concept(
    "immunosuppressant", "drug against immunity or cancer", kind=Kind.EVENT, routed=True
)
INSULIN = Concept("insulin", "insulin", kind=Kind.EVENT)
DELIRIUM_DRUG = Concept("delirium_drug", "drug against delirium", kind=Kind.EVENT)
SEDATIVE = Concept("sedative", "sedative", kind=Kind.INTERVAL)
CRYSTALLOID = Concept("crystalloid", "crystalloid", "mL", kind=Kind.AMOUNT, plausible=(0, 10000))

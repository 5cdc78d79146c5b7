"""What was done."""

from opensepsis.definitions.concepts import cultures, drugs, support, vitals
from opensepsis.definitions.course.lists import ORGANISMS, SPECTRUM
from opensepsis.definitions.course.sites import done
from opensepsis.rules import (
    Criterion,
    Dose,
    Finding,
    Grew,
    Narrowed,
    Part,
    PerWeight,
    Sign,
    Words,
    days,
    hours,
)

EXTENDED = 3  # active against Pseudomonas or resistant staphylococci
DOSES = (drugs.ANTIBIOTIC, drugs.CORTICOSTEROID, drugs.INSULIN)  # from one record of what was given
VASOPRESSORS = (
    drugs.NOREPINEPHRINE,
    drugs.EPINEPHRINE,
    drugs.DOPAMINE,
    drugs.PHENYLEPHRINE,
    drugs.VASOPRESSIN,
    drugs.ANGIOTENSIN,
)


def _treatment(name: str, title: str, *marks: Criterion, unit: str = "") -> Finding:
    return Finding(name=name, title=title, part=Part.TREATMENT, marks=marks, unit=unit)


TREATMENTS = (
    _treatment(
        "first_antibiotic", "First antibiotic", Sign(concept=drugs.ANTIBIOTIC, reading=Dose(SPECTRUM))
    ),
    _treatment(
        "broad_spectrum",
        "Broad-spectrum antibiotic",
        Sign(concept=drugs.ANTIBIOTIC, reading=Dose(SPECTRUM, at_least=EXTENDED)),
    ),
    _treatment(
        "narrowed",
        "De-escalation after the organism was reported",
        Narrowed(
            drug=drugs.ANTIBIOTIC,
            spectrum=SPECTRUM,
            organism=cultures.ORGANISM,
            grown=Grew(ORGANISMS, kinds=("gram_positive", "gram_negative")),
            broad_from=EXTENDED,
            for_at_least=days(2),
        ),
    ),
    _treatment(
        "fluids",
        "Crystalloid around the infection",
        PerWeight(amount=drugs.CRYSTALLOID, weight=vitals.WEIGHT, before=hours(6), after=hours(24)),
        unit="mL/kg",
    ),
    _treatment(
        "oxygen",
        "Oxygen",
        Sign(concept=support.OXYGEN, reading=Words(("air",), left_out=True)),
        Sign(concept=support.VENTILATION),
    ),
    _treatment("vasopressors", "Vasopressor", *(Sign(concept=c, beside=VASOPRESSORS) for c in VASOPRESSORS)),
    _treatment("corticosteroids", "Corticosteroid", Sign(concept=drugs.CORTICOSTEROID, beside=DOSES)),
    _treatment("insulin", "Insulin", Sign(concept=drugs.INSULIN, beside=DOSES)),
    _treatment(
        "ventilation",
        "Mechanical ventilation, invasive or by mask",
        Sign(concept=support.VENTILATION, reading=Words(("high_flow",), left_out=True)),
        done("ventilation"),
    ),
    _treatment(
        "dialysis",
        "Dialysis",
        Sign(concept=support.DIALYSIS, reading=Words(("non_renal",), left_out=True)),
        done("dialysis"),
    ),
    _treatment("source_control", "Source control", done("source_control")),
)

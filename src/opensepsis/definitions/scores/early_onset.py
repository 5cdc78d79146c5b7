"""Risk of early-onset sepsis of a newborn by Kaiser's calculator, 2017."""

from opensepsis.definitions.concepts import birth
from opensepsis.definitions.papers import KAISER_2017
from opensepsis.definitions.signals.carried import current
from opensepsis.definitions.signals.children import AGE
from opensepsis.rules import (
    Cells,
    Choice,
    Concept,
    Latest,
    Linear,
    LogisticRisk,
    Rounded,
    days,
    score,
    variant,
)

# cases per 1000 births where the child is born: intercept
INTERCEPTS = {
    "0.1": 38.952265,
    "0.2": 39.646367,
    "0.3": 40.0528,
    "0.4": 40.3415,
    "0.5": 40.5656,
    "0.6": 40.7489,
    "0.7": 40.903919,
    "0.8": 41.0384,
    "0.9": 41.1571,
    "1": 41.263432,
    "2": 41.965852,
    "4": 42.676976,
}
USUAL = "0.6"


def _of_birth(concept: Concept) -> Latest:
    return current(concept, days(60))


gestation = Rounded(
    name=birth.GESTATIONAL_AGE.name,
    label=birth.GESTATIONAL_AGE.label,
    unit=birth.GESTATIONAL_AGE.unit,
    signal=_of_birth(birth.GESTATIONAL_AGE),
    decimals=2,
)
fahrenheit = Linear(
    name="maternal_temperature",
    label=birth.MATERNAL_TEMPERATURE.label,
    unit="[degF]",
    signal=_of_birth(birth.MATERNAL_TEMPERATURE),
    times=9,
    by=5,
    plus=32,
)
membranes = _of_birth(birth.MEMBRANES_RUPTURED)
gbs = _of_birth(birth.MATERNAL_GBS)
antibiotic = _of_birth(birth.INTRAPARTUM_ANTIBIOTIC)
examination = _of_birth(birth.NEWBORN_EXAMINATION)


def risk(incidence: str) -> LogisticRisk:
    """The risk per 1000, after the examination where one is charted."""
    return LogisticRisk(
        name="early_onset_risk",
        label="risk of early-onset sepsis per 1000",
        intercept=INTERCEPTS[incidence],
        terms=(
            (gestation, -6.9325, 0, 1),
            (gestation, 0.0877, 0, 2),
            (fahrenheit, 0.8680, 0, 1),
            (membranes, 1.2256, 0.05, 0.2),
        ),
        words=(
            (gbs, (("negative", 0.0), ("unknown", 0.0427), ("positive", 0.5771))),
            (
                antibiotic,
                (("none", 0.0), ("gbs specific 2h", -1.0488), ("broad 2h", -1.0488), ("broad 4h", -1.1861)),
            ),
        ),
        odds=((examination, (("well", 0.41), ("equivocal", 5.0), ("ill", 21.2))),),
    )


def _risk_row(incidence: str) -> Cells:
    per_1000, from_34_weeks = risk(incidence), gestation >= 34
    return {1: (per_1000 >= 1).where(from_34_weeks), 2: (per_1000 >= 3).where(from_34_weeks)}


EARLY_ONSET = score(
    "early_onset_sepsis",
    "Risk of early-onset sepsis (Kaiser 2017)",
    KAISER_2017,
    age_below=1 / 12,
    by_worst_row=True,
    risk=_risk_row(USUAL),
    examination={2: examination.one_of("ill").where(gestation >= 34)},
    titles={"risk": "Risk per 1000", "examination": "Clinical illness"},
    bands={"culture and closer watch": 1, "antibiotic": 2},
    choices=(
        AGE,
        Choice(
            "incidence",
            "0.6 per 1000 births; the other eleven intercepts are variants",
            "the local incidence is the hospital's to say",
        ),
        Choice(
            "points",
            "from 3 per 1000 on 2 (antibiotic), from 1 on 1 (culture and closer watch); clinical illness 2 at any risk",
            "as the calculator advises",
        ),
        Choice(
            "examination",
            "the risk after the examination where one is charted, else that at birth",
            "the total is at least so much until a newborn was examined",
        ),
        Choice("who", "from 34 weeks on; without a gestational age not known", "as the calculator"),
        Choice("gestation", "in weeks and days as a share of weeks, to 0.01", "the web page rounds"),
        Choice(
            "antibiotic",
            "in classes, as charted; less than 2 h before birth is none",
            "the mother's doses are in her own record",
        ),
        Choice("form", "that of 2017", "a form of 2024 exists; its coefficients were not found"),
    ),
)
VARIANTS = tuple(
    variant(
        EARLY_ONSET,
        f"incidence_{incidence.replace('.', '_')}",
        why=f"for a hospital with {incidence} cases per 1000 births",
        risk=_risk_row(incidence),
    )
    for incidence in INTERCEPTS
    if incidence != USUAL
)

"""Neonatal SOFA, 2020."""

from opensepsis.definitions.concepts import drugs, labs, vitals
from opensepsis.definitions.papers import WYNN_2020
from opensepsis.definitions.signals.carried import current
from opensepsis.definitions.signals.children import AGE, any_dose, ventilated
from opensepsis.definitions.signals.measured import DEVICES, room_air
from opensepsis.rules import Choice, CountActive, CountDoses, DoseRule, Ratio, Way, days, hours, score

spo2_fio2 = Ratio(
    name="spo2_fio2",
    label="SpO₂/FiO₂",
    numerator=current(vitals.SPO2, hours(1)),
    denominator=vitals.FIO2,
    paired_within=hours(4),
    room_air=room_air,
)
inotropes = CountActive(
    name="inotropes",
    label="inotropes or vasopressors",
    parts=tuple(
        any_dose(concept)
        for concept in (
            drugs.DOPAMINE,
            drugs.DOBUTAMINE,
            drugs.EPINEPHRINE,
            drugs.NOREPINEPHRINE,
            drugs.VASOPRESSIN,
            drugs.MILRINONE,
            drugs.PHENYLEPHRINE,
        )
    ),
)
steroid_doses = CountDoses(
    name="steroid_doses",
    label="doses of systemic hydrocortisone or dexamethasone in 24 h",
    concept=drugs.CORTICOSTEROID,
    over=hours(24),
    drugs=("hydrocortisone", "dexamethasone"),
    doses=DoseRule(left_out=(Way.LOCAL,)),
)
platelets = current(labs.PLATELETS, days(7))
on_steroid = steroid_doses >= 1

NSOFA = score(
    "nsofa",
    "Neonatal Sequential Organ Failure Assessment",
    WYNN_2020,
    age_below=4 / 12,
    respiration={
        points: (spo2_fio2 < limit) & ventilated.holds
        for points, limit in {2: 300, 4: 200, 6: 150, 8: 100}.items()
    },
    circulation={
        1: (inotropes >= 1) | on_steroid,
        2: inotropes >= 1,
        3: (inotropes >= 2) | ((inotropes >= 1) & on_steroid),
        4: (inotropes >= 2) & on_steroid,
    },
    platelets={1: platelets < 150, 2: platelets < 100, 3: platelets < 50},
    titles={"respiration": "Respiratory, only through a tube", "circulation": "Inotropes and steroids"},
    choices=(
        Choice(
            "who",
            "age below 4 months",
            "the score is for preterm babies of very low birth weight up to 28 days or until they are term; the timeline "
            "has no gestational age, and at 4 months the youngest are term",
        ),
        Choice(
            "time",
            "the points of the moment: SpO₂ of the last hour with the FiO₂ charted last before it (4 h)",
            "no window is printed; it is scored hourly, with the worst of the hour",
        ),
        Choice(
            "tube",
            "a tube that is not charted is taken as absent: 0 points",
            "as for SOFA and Phoenix, and on CPAP 0",
        ),
        Choice(
            "steroids",
            "any hydrocortisone or dexamethasone by a systemic route counts for 24 h",
            "the score means those given for shock or adrenal insufficiency; no feed states the indication",
        ),
        Choice(
            "platelets",
            "the last count of 7 days; none: not known",
            "'the most recent', without a limit of age",
        ),
        DEVICES,
        AGE,
    ),
)

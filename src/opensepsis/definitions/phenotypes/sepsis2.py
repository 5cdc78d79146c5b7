"""Sepsis, severe sepsis and septic shock by SIRS, as agreed in 1992 and widened in 2001 ("Sepsis-2")."""

from opensepsis.definitions.concepts import labs, vitals
from opensepsis.definitions.papers import LEVY_2003
from opensepsis.definitions.phenotypes.infection import SUSPECTED_INFECTION
from opensepsis.definitions.scores.sirs import SIRS
from opensepsis.definitions.signals.hypoperfusion import creatinine_rise_48h, on_vasopressor, urine_rate_2h
from opensepsis.definitions.signals.measured import gcs, measured, pao2_fio2
from opensepsis.rules import AtLeast, Choice, CriteriaMet, Worsened, days, hours, phenotype_variant, score

systolic = measured(vitals.SYSTOLIC_PRESSURE)
mean = measured(vitals.MEAN_PRESSURE)
platelets = measured(labs.PLATELETS)
bilirubin = measured(labs.BILIRUBIN)
lactate = measured(labs.LACTATE)
inr, aptt = measured(labs.INR), measured(labs.APTT)

ORGAN_FAILURE_2001 = score(
    "sepsis2_organ_failure",
    "Organ dysfunction, hypoperfusion or hypotension (2001)",
    LEVY_2003,
    window=hours(24),
    lowest_age=18,
    circulation={1: (systolic < 90) | (mean < 70) | on_vasopressor},
    oxygen={1: pao2_fio2 < 300},
    urine={1: urine_rate_2h < 0.5},
    creatinine={1: creatinine_rise_48h > 0.5},
    coagulation={1: (inr > 1.5) | (aptt > 60)},
    platelets={1: platelets < 100},
    bilirubin={1: bilirubin > 4},
    lactate={1: lactate > 2},
    mentation={1: gcs < 15},
)
SHOCK_2001 = score(
    "sepsis2_shock",
    "A vasopressor runs",
    LEVY_2003,
    window=hours(1),
    lowest_age=18,
    vasopressor={1: on_vasopressor},
)
HYPOTENSION_2001 = score(
    "sepsis2_shock:hypotension",
    "Low pressure, or a vasopressor runs",
    LEVY_2003,
    window=hours(1),
    lowest_age=18,
    vasopressor={1: on_vasopressor},
    pressure={1: (systolic < 90) | (mean < 60)},
)

EVALUATION_TIMES = Choice(
    "time", "judged at the hourly evaluation times of the stay", "the papers name no times"
)
AROUND = Choice(
    "window",
    "evaluation times from 48 h before to 24 h after suspicion, both included",
    "as Seymour 2016 judged SIRS",
)
INFECTION = Choice(
    "infection",
    "a culture and an antibiotic that pair, as for Sepsis-3",
    "the papers leave it to the clinician",
)
ONSET = Choice(
    "onset",
    "the earlier of suspicion and the first evaluation time at which it is met",
    "the papers do not fix it",
)
TABLE = Choice(
    "organ failure",
    "any one of: SBP < 90 or MAP < 70 or a vasopressor, P/F < 300, urine < 0.5 mL/kg/h "
    "over 2 h, creatinine up by "
    "more than 0.5 mg/dL in 48 h, INR > 1.5 or aPTT > 60 s, platelets < 100, bilirubin > 4 "
    "mg/dL, lactate > 2 mmol/L, GCS < 15",
    "the 2001 table; a reprint (doi 10.1186/1472-6947-9-25, table 1) confirms P/F, urine, INR and aPTT, bilirubin "
    "and the creatinine step without a span, and prints lactate > 1; the 48 h, SBP, MAP and platelets are those of the "
    "2012 guideline's copy; lactate > 2, the vasopressor and GCS as organ failure are not confirmed",
)

SEPSIS_2 = CriteriaMet(
    name="sepsis2",
    title="Sepsis-2: sepsis",
    paper=LEVY_2003,
    infection=SUSPECTED_INFECTION,
    criteria=(AtLeast(SIRS, 2),),
    before=hours(48),
    after=hours(24),
    complete=False,
    choices=(
        EVALUATION_TIMES,
        AROUND,
        INFECTION,
        ONSET,
        Choice("SIRS", "2 of 4 at one evaluation time, strict signs", "as in 1992"),
    ),
)
SEVERE_SEPSIS_2 = CriteriaMet(
    name="severe_sepsis2",
    title="Sepsis-2: severe sepsis",
    paper=LEVY_2003,
    infection=SUSPECTED_INFECTION,
    criteria=(AtLeast(SIRS, 2), AtLeast(ORGAN_FAILURE_2001, 1)),
    before=hours(48),
    after=hours(24),
    complete=False,
    choices=(
        EVALUATION_TIMES,
        AROUND,
        INFECTION,
        ONSET,
        TABLE,
        Choice(
            "together",
            "SIRS at the evaluation time, organ failure in the 24 hours up to it",
            "the papers name no span",
        ),
        Choice(
            "chronic failure",
            "counts; it cannot be distinguished from new failure without a baseline",
            "as recorded",
        ),
    ),
)
SEPTIC_SHOCK_2 = Worsened(
    name="septic_shock2",
    title="Sepsis-2: septic shock",
    paper=LEVY_2003,
    after=SEVERE_SEPSIS_2,
    sign=AtLeast(SHOCK_2001, 1),
    within=days(7),
    choices=(
        EVALUATION_TIMES,
        Choice(
            "hypotension despite fluids",
            "a vasopressor that runs stands for it",
            "charts do not say that fluids failed",
        ),
        Choice("course", "from the onset of severe sepsis to 7 days after it", "as for Sepsis-3 shock"),
    ),
)
SEPTIC_SHOCK_2_HYPOTENSION = phenotype_variant(
    SEPTIC_SHOCK_2,
    "hypotension",
    why="SBP < 90 or MAP < 60 counts too, whatever fluid was given",
    sign=AtLeast(HYPOTENSION_2001, 1),
)

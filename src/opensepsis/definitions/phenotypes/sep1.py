"""Severe sepsis and septic shock as CMS SEP-1 counts them, from excerpts of manuals 5.0a to 5.3."""

from opensepsis.definitions.concepts import labs, vitals
from opensepsis.definitions.papers import CMS_SEP1
from opensepsis.definitions.phenotypes.infection import SUSPECTED_INFECTION
from opensepsis.definitions.signals.hypoperfusion import (
    low_in_a_row,
    low_pressure,
    since_crystalloid_30,
    urine_rate_2h,
)
from opensepsis.definitions.signals.measured import measured, supported_by
from opensepsis.rules import AtLeast, Choice, CriteriaMet, Worsened, hours, phenotype_variant, score, variant

VERSION = "5.0a to 5.3 (excerpts)"
SIX = hours(6)
temperature = measured(vitals.TEMPERATURE)
heart_rate = measured(vitals.HEART_RATE)
respiratory_rate = measured(vitals.RESPIRATORY_RATE)
wbc, bands = measured(labs.WBC), measured(labs.BANDS)
creatinine, bilirubin = measured(labs.CREATININE), measured(labs.BILIRUBIN)
platelets, lactate = measured(labs.PLATELETS), measured(labs.LACTATE)
inr, aptt = measured(labs.INR), measured(labs.APTT)
ventilated = supported_by("invasive", "noninvasive", "cpap")
white_cells = (wbc > 12) | (wbc < 4) | (bands > 10)

SEP1_SIRS = score(
    "sep1_sirs",
    "SIRS of SEP-1 in 6 hours",
    CMS_SEP1,
    window=SIX,
    lowest_age=18,
    temperature={1: (temperature > 38.3) | (temperature < 36)},
    heart_rate={1: heart_rate > 90},
    respiration={1: respiratory_rate > 20},
    white_cells={1: white_cells},
)
SEP1_SIRS_38 = variant(
    SEP1_SIRS,
    "temperature_38",
    why="fever above 38.0 °C",
    temperature={1: (temperature > 38) | (temperature < 36)},
)
SEP1_ORGAN_FAILURE = score(
    "sep1_organ_failure",
    "Organ dysfunction of SEP-1 in 6 hours",
    CMS_SEP1,
    window=SIX,
    lowest_age=18,
    circulation={1: low_pressure},
    respiration={1: ventilated.holds},
    creatinine={1: creatinine > 2},
    urine={1: urine_rate_2h < 0.5},
    bilirubin={1: bilirubin > 2},
    platelets={1: platelets < 100},
    coagulation={1: (inr > 1.5) | (aptt > 60)},
    lactate={1: lactate > 2},
)
# two readings in a row, the second within the hour after the fluid
persistent_hypotension = low_pressure & (low_in_a_row >= 2) & (since_crystalloid_30 <= 1)
SEP1_SHOCK = score(
    "sep1_shock",
    "Lactate of 4 or more, or low pressures after fluids",
    CMS_SEP1,
    window=SIX,
    lowest_age=18,
    lactate={1: lactate >= 4},
    hypotension={1: persistent_hypotension},
)
SEP1_SHOCK_ABOVE_4 = variant(SEP1_SHOCK, "lactate_above_4", why="lactate above 4", lactate={1: lactate > 4})

EVALUATION_TIMES = Choice(
    "time",
    "judged at the hourly evaluation times of the stay, each with the 6 hours up to it; its clock also looks between them",
    "hourly is enough for labels, but not for tasks due within hours",
)

SEP1_SEVERE_SEPSIS = CriteriaMet(
    name="sep1_severe_sepsis",
    title="SEP-1 severe sepsis",
    paper=CMS_SEP1,
    infection=SUSPECTED_INFECTION,
    criteria=(AtLeast(SEP1_SIRS, 2), AtLeast(SEP1_ORGAN_FAILURE, 1)),
    before=hours(0),
    after=SIX,
    version=VERSION,
    choices=(
        EVALUATION_TIMES,
        Choice(
            "infection",
            "a culture and an antibiotic that pair stand for the clinician's note",
            "notes are not in the timeline",
        ),
        Choice(
            "within 6 hours",
            "infection, 2 SIRS and organ failure in the 6 hours up to one evaluation time",
            "all three within 6 h of each other",
        ),
        Choice("onset", "when the last of the three is met", "the manual's presentation time"),
        Choice("fever", "above 38.3 °C", "the manual; cards print 38.0, a variant"),
        Choice(
            "ventilation",
            "while it runs, by tube or mask",
            "new need cannot be distinguished from long-term ventilation",
        ),
        Choice(
            "pressure drop",
            "a fall of more than 40 mm Hg is not judged",
            "the normal value of the patient is a clinician's note",
        ),
        Choice("causes", "chronic illness and drugs are not excluded", "they are a clinician's note"),
        Choice("exclusions", "none but age under 18", "the measure's exclusions belong to its clock"),
    ),
)
SEP1_SEVERE_SEPSIS_38 = phenotype_variant(
    SEP1_SEVERE_SEPSIS,
    "temperature_38",
    why="fever is above 38.0 °C, as cards of the measure print",
    criteria=(AtLeast(SEP1_SIRS_38, 2), AtLeast(SEP1_ORGAN_FAILURE, 1)),
)
SEP1_SEPTIC_SHOCK = Worsened(
    name="sep1_septic_shock",
    title="SEP-1 septic shock",
    paper=CMS_SEP1,
    after=SEP1_SEVERE_SEPSIS,
    sign=AtLeast(SEP1_SHOCK, 1),
    within=SIX,
    version=VERSION,
    choices=(
        EVALUATION_TIMES,
        Choice(
            "lactate",
            "4.0 mmol/L or more in the 6 hours up to the evaluation time",
            "the manual; cards print above 4, a variant",
        ),
        Choice(
            "persistent hypotension",
            "SBP < 90 or MAP < 65 at two readings in a row, both from the end of the fluid to 60 min after it, "
            "ends included; one reading alone, or one that is not low between them, shows nothing",
            "two consecutive readings in the hour after fluids; the text names no edge",
        ),
        Choice(
            "end of the fluid",
            "when the crystalloid charted in the 6 hours up to the second reading first came to 30 mL/kg",
            "as its clock counts the volume; later fluid does not begin another hour",
        ),
        Choice("course", "up to 6 hours after the onset of severe sepsis", "the manual's span for shock"),
    ),
)
SEP1_SEPTIC_SHOCK_ABOVE_4 = phenotype_variant(
    SEP1_SEPTIC_SHOCK,
    "lactate_above_4",
    why="lactate above 4 mmol/L, as cards print",
    sign=AtLeast(SEP1_SHOCK_ABOVE_4, 1),
)

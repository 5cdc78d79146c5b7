"""CDC Adult Sepsis Event, 2018, as the Hospital Toolkit prints it."""

from opensepsis.definitions.concepts import cultures, drugs, labs, support
from opensepsis.definitions.concepts.wording import PLACES
from opensepsis.definitions.papers import CDC_2018
from opensepsis.definitions.phenotypes.antimicrobials import QUALIFYING_ANTIMICROBIALS
from opensepsis.rules import AdultSepsisEvent, Choice, LabFailure, NewSupport, phenotype_variant

# Appendix B: five drugs, as continuous infusions
NEW_VASOPRESSORS = tuple(
    NewSupport(drug)
    for drug in (
        drugs.NOREPINEPHRINE,
        drugs.DOPAMINE,
        drugs.EPINEPHRINE,
        drugs.PHENYLEPHRINE,
        drugs.VASOPRESSIN,
    )
)
NEW_VENTILATION = NewSupport(support.VENTILATION, words=("invasive",))
END_STAGE = ("N186", "5856")  # ICD-10 N18.6, and its forerunner in ICD-9
CREATININE = LabFailure(labs.CREATININE, times=2, not_with=END_STAGE)
EGFR = LabFailure(labs.EGFR, times=0.5, not_with=END_STAGE)
BILIRUBIN = LabFailure(labs.BILIRUBIN, times=2, limit=2.0)
PLATELETS = LabFailure(labs.PLATELETS, times=0.5, limit=100, baseline_at_least=100)
LACTATE = LabFailure(labs.LACTATE, limit=2.0)
NOT_BACTERIA = ("virus",)

DAYS = Choice(
    "days",
    "calendar days of the hospital's time zone (--timezone; UTC without one), through every change of the clock; "
    "day 1 is the day the labelled stay begins",
    "label hospital stays",
)
VASOPRESSOR = Choice(
    "vasopressor",
    "an infusion of any duration above zero, at a rate above 0, of a drug not run on the calendar day before",
    "single boluses do not count; the operating room, which the toolkit leaves out, is not in the timeline",
)
BLOOD = Choice("culture", "of blood, whatever grew, not for viruses; the day it was taken", "as published")

ADULT_SEPSIS_EVENT = AdultSepsisEvent(
    name="adult_sepsis_event",
    title="CDC Adult Sepsis Event",
    paper=CDC_2018,
    culture=cultures.CULTURE,
    specimens_left_out=NOT_BACTERIA,
    antimicrobials=(drugs.ANTIBIOTIC, drugs.ANTIFUNGAL, drugs.ANTIVIRAL),
    drugs=QUALIFYING_ANTIMICROBIALS,
    places=PLACES,
    cut_short_by=("died", "hospice", "other_hospital"),
    comfort_care=support.COMFORT_CARE,
    support=(*NEW_VASOPRESSORS, NEW_VENTILATION),
    labs=(CREATININE, EGFR, BILIRUBIN, PLATELETS),
    diagnosis=cultures.DIAGNOSIS,
    choices=(
        DAYS,
        BLOOD,
        Choice(
            "before the stay",
            "culture, drugs and organ failure count from two days before admission",
            "days −1 and 0 of the toolkit",
        ),
        Choice(
            "new drug",
            "any new drug of the window may begin the count; the earliest that leads to enough days",
            "not stated",
        ),
        Choice(
            "parenteral",
            "a new drug of the count, given by vein or muscle on its first day, in the window",
            "a switch is not new",
        ),
        Choice(
            "route not said",
            "a drug on the lists counts; as parenteral only if it is on no list by mouth",
            "the hospital gave no route",
        ),
        Choice(
            "drugs",
            "as listed for 2017, by the route they are listed for; intraosseous as by vein",
            "newer drugs are a local addition",
        ),
        Choice(
            "fewer days",
            "QADs up to the day of, or before, death, hospice, another acute hospital or comfort care",
            "as published",
        ),
        VASOPRESSOR,
        Choice(
            "ventilation",
            "invasive, charted, with none on the calendar day before",
            "the toolkit also allows procedure codes",
        ),
        Choice(
            "baselines",
            "of the stay (days −1 and 0 included) for community onset, of the window for hospital onset",
            "as published",
        ),
        Choice(
            "onset tie",
            "both baselines are tried; community onset where both fit",
            "the toolkit gives no tie-break",
        ),
        Choice(
            "end-stage kidney",
            "N18.6, or 585.6 where ICD-9 was used, at or before discharge",
            "585.6 is the same in ICD-9",
        ),
        Choice(
            "misprints",
            "bilirubin +100 %, platelet baseline ≥ 100 ×10³/µL, lactate mmol/L",
            "the toolkit's body, not Appendix D",
        ),
        Choice("repeats", "one event a stay, the earliest", "as in Rhee 2017"),
        Choice("known", "when the stay is over", "baselines and days of treatment need all of it"),
    ),
)
ADULT_SEPSIS_EVENT_LACTATE = phenotype_variant(
    ADULT_SEPSIS_EVENT,
    "lactate",
    why="lactate of 2.0 mmol/L or more counts as organ failure, the toolkit's optional criterion",
    labs=(*ADULT_SEPSIS_EVENT.labs, LACTATE),
)
ADULT_SEPSIS_EVENT_RIT_14_DAYS = phenotype_variant(
    ADULT_SEPSIS_EVENT,
    "rit_14_days",
    why="further events of a stay count from 14 days after the onset of the one before (onset is day 1)",
    repeat_after_days=14,
)
ADULT_SEPSIS_EVENT_FIRST_NEW_DRUG = phenotype_variant(
    ADULT_SEPSIS_EVENT,
    "first_new_drug",
    why="only the first new drug of the window may begin the count of days",
    only_first_new=True,
)
ADULT_SEPSIS_EVENT_HOSPITAL_FIRST = phenotype_variant(
    ADULT_SEPSIS_EVENT,
    "hospital_first",
    why="hospital onset is taken where both baselines fit",
    hospital_onset_first=True,
)

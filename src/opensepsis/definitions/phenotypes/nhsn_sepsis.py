"""NHSN Adult Sepsis Event, the draft for FHIR of 2025: another rule than the toolkit of 2018, which stays."""

from dataclasses import replace

from opensepsis.definitions.code_lists import codes
from opensepsis.definitions.concepts import cultures, drugs, labs, support, vitals
from opensepsis.definitions.concepts.wording import PLACES
from opensepsis.definitions.papers import NHSN_SEPSIS_DRAFT
from opensepsis.definitions.phenotypes.adult_sepsis_event import NEW_VASOPRESSORS, NOT_BACTERIA
from opensepsis.definitions.phenotypes.antimicrobials import (
    ANTIMICROBIALS_SINCE_2018,
    QUALIFYING_ANTIMICROBIALS,
)
from opensepsis.definitions.phenotypes.nhsn_choices import CHOICES
from opensepsis.rules import (
    LabDysfunction,
    LowPressure,
    NewSupport,
    NhsnSepsisEvent,
    Ventilated,
    hours,
    phenotype_variant,
)

# table of organ dysfunction; the limits of creatinine are also its assumed baselines
MEN, WOMEN = 1.18, 1.02
HYPOTENSION = LowPressure(vitals.SYSTOLIC_PRESSURE, 90, vitals.MEAN_PRESSURE, 65, within=hours(3))
VENTILATED = Ventilated(
    support.VENTILATION,
    invasive=("invasive",),
    noninvasive=("noninvasive", "cpap", "high_flow"),
    oxygen=support.OXYGEN,
    devices=("high flow nasal cannula", "bipap mask", "cpap mask"),
)
SEVERE_LIVER_DISEASE = codes("liver_severe_ahrq")
LACTATE = LabDysfunction(labs.LACTATE, limit=2.0, strictly=True)
CREATININE = LabDysfunction(
    labs.CREATININE,
    limit=MEN,
    limit_women=WOMEN,
    times=2,
    strictly=True,
    assumed=MEN,
    assumed_women=WOMEN,
    assumed_unless=codes("renal_failure_ahrq"),
    not_with=codes("end_stage_kidney"),
)
BILIRUBIN = LabDysfunction(
    labs.BILIRUBIN,
    limit=2.0,
    times=2,
    assumed=0.5,
    assumed_unless=SEVERE_LIVER_DISEASE,
    not_with=codes("liver_severe_ahrq", "haemolytic_anaemia"),
)
PLATELETS = LabDysfunction(
    labs.PLATELETS,
    limit=100,
    times=0.5,
    assumed=200,
    baseline_at_least=100,
    not_with=codes("malignancy_ahrq"),
)

ADULT_SEPSIS_EVENT_NHSN_DRAFT = NhsnSepsisEvent(
    name="adult_sepsis_event:nhsn_draft",
    title="NHSN Adult Sepsis Event, draft",
    paper=NHSN_SEPSIS_DRAFT,
    why="the NHSN draft of 2025, another rule than the toolkit of 2018, with its own choices and variants",
    culture=cultures.CULTURE,
    specimens_left_out=NOT_BACTERIA,
    window_days=1,
    hospital_from_day=4,
    repeat_after_days=7,
    antimicrobials=(drugs.ANTIBIOTIC, drugs.ANTIFUNGAL, drugs.ANTIVIRAL),
    drugs=QUALIFYING_ANTIMICROBIALS,
    places=PLACES,
    comfort_care=support.COMFORT_CARE,
    support=NEW_VASOPRESSORS,
    pressure=HYPOTENSION,
    ventilated=VENTILATED,
    labs=(CREATININE, BILIRUBIN, PLATELETS, LACTATE),
    diagnosis=cultures.DIAGNOSIS,
    principal=codes("sepsis_principal", "infection"),
    choices=CHOICES,
)
_DRAFT = ADULT_SEPSIS_EVENT_NHSN_DRAFT


def _variant(name: str, why: str, **changes: object) -> NhsnSepsisEvent:
    return phenotype_variant(_DRAFT, name, why=why, **changes)


VARIANTS = (
    _variant(
        "admission_day_1",
        "day 1 is always the day of admission, whatever visit led to it",
        from_admission=True,
    ),
    _variant("merged_windows", "windows of cultures that overlap are one window", windows_merge=True),
    _variant(
        "presentation_window",
        "without a culture the window lies around the day of presentation",
        centred_on_presentation=True,
    ),
    _variant(
        "newer_drugs",
        "antimicrobials licensed in the United States from 2018 to 2025 qualify too",
        drugs=ANTIMICROBIALS_SINCE_2018,
    ),
    _variant(
        "consecutive_readings",
        "the two low pressures are readings in a row",
        pressure=replace(HYPOTENSION, in_a_row=True),
    ),
    _variant(
        "first_reading",
        "hypotension counts from the first of its two low readings, which lies in the window",
        pressure=replace(HYPOTENSION, from_first=True),
    ),
    _variant(
        "angiotensin",
        "angiotensin II is a sixth vasopressor",
        support=(*NEW_VASOPRESSORS, NewSupport(drugs.ANGIOTENSIN)),
    ),
    _variant(
        "no_cpap",
        "CPAP is no non-invasive ventilation",
        ventilated=replace(
            VENTILATED,
            noninvasive=("noninvasive", "high_flow"),
            devices=("high flow nasal cannula", "bipap mask"),
        ),
    ),
    _variant(
        "added_vasopressor",
        "in hospital a further vasopressor is new organ dysfunction",
        added_vasopressor=True,
    ),
    _variant(
        "excluded_on_admission",
        "only diagnoses present on admission rule a laboratory value out",
        excluded_only_on_admission=True,
    ),
    _variant(
        "cirrhosis",
        "cirrhosis too rules bilirubin out: AHRQ calls it mild liver disease",
        labs=(
            CREATININE,
            replace(BILIRUBIN, not_with=codes("liver_severe_ahrq", "haemolytic_anaemia", "cirrhosis")),
            PLATELETS,
            LACTATE,
        ),
    ),
    _variant(
        "assumed_only",
        "at death or hospice the assumed baseline replaces what was measured",
        assumed_replaces=True,
    ),
    _variant(
        "baseline_before_infection",
        "in hospital the baseline is the best from presentation to two days before the culture",
        hospital_baseline_before=2,
    ),
    _variant(
        "any_platelet_baseline",
        "in the community platelets count from any baseline",
        labs=(CREATININE, BILIRUBIN, replace(PLATELETS, asked_of=("hospital",)), LACTATE),
    ),
    _variant("hospital_first", "hospital onset is taken where both onsets fit", hospital_onset_first=True),
    _variant(
        "first_new_drug",
        "only the first new drug of the window may begin the count of days",
        only_first_new=True,
    ),
    _variant(
        "principal_beside_culture",
        "a principal diagnosis opens its own window in a stay with blood cultures too",
        principal_beside_culture=True,
    ),
    _variant(
        "visits_as_stays",
        "a visit to the emergency department is ended by all that ends a stay",
        only_death_ends_a_visit=False,
    ),
)

"""What the compiled body remembers of a patient from one quarter of an hour to the next."""

import numpy as np

STEP = 0.25  # h
NEVER_YET = 1e9  # h: a moment that has not come

_INFECTION = (
    "source",
    "source_resistant",
    "blood",
    "blood_resistant",
    "phagocytes",
    "damage",
    "mediator",
    "resolution",
    "adaptive",
)
_CLOTTING = (
    "cytokine",
    "thrombin",
    "anticoagulant",
    "fibrinogen",
    "platelets",
    "d_dimer",
    "clotting_factors",
)
_ORGANS = ("lung", "heart", "kidney", "liver", "brain", "marrow", "wear")
_CIRCULATION = (
    "volume",
    "oedema",
    "reflex",
    "rate",
    "output",
    "filling",
    "pressure",
    "debt",
    "dilation",
    "toxicity",
)
_BREATHING = ("fio2", "pao2", "saturation", "paco2", "ph", "breaths", "shunt", "lung_water")
_CHEMISTRY = (
    "lactate", "temperature", "creatinine", "urea", "bilirubin", "albumin", "hemoglobin", "glucose", "crp",
    "procalcitonin", "white_cells", "bands", "potassium", "sodium", "bicarbonate", "alt", "urine", "gcs",
)  # fmt: skip
_NOISE = ("noise_growth", "noise_activation", "noise_tone", "noise_rate", "noise_breath")
_DRUGS = (
    "drug_a", "drug_b", "level_a", "level_b", "next_a", "next_b", "norepinephrine", "vasopressin", "steroid", "insulin",
    "sedation", "bolus_rate", "fluid_given", "maintenance",
)  # fmt: skip
_MOMENTS = (
    "admitted", "suspected", "cultures", "culture_known", "antibiotic_due", "first_antibiotic", "antibiotic_stop",
    "source_due", "source_done", "icu_from", "icu_until", "icu_due", "shock_first", "support_off",
    "onset", "shock_onset", "recognised_news", "lactate_seen", "well_since", "oliguria_since", "intubation_due",
    "pressor_since", "pressor_until", "steroid_from", "comfort_from", "died", "discharged", "symptoms", "bolus_until",
)  # fmt: skip
_SWITCHES = (
    "device", "dialysis", "icu", "culture_positive", "cultures_drawn", "narrowed", "operated", "comfort",
    "delay_hours", "news", "sofa", "sofa_start", "cause",
    "bolus_count", "worst_sofa",
)  # fmt: skip
_CHART = (
    "events", "overflow", "next_vitals", "next_gases", "next_chemistry", "next_counts", "next_lactate", "next_clotting",
    "next_urine", "urine_pot", "next_glucose", "next_coma", "pressor_start", "pressor_rate", "vasopressin_start",
    "support_start", "oxygen_start", "oxygen_device", "dialysis_start", "insulin_start", "bolus_start",
    "bolus_amount", "draws", "row", "support_bolus", "steroid_next", "steroid_last", "pressor_row", "vasopressin_row",
    "device_row", "sedation_row", "oxygen_row", "dialysis_row", "insulin_row",
)  # fmt: skip
_TOTALS = ("hazard", "volume_in", "volume_out")

FIELDS = (
    *_INFECTION, *_CLOTTING, *_ORGANS, *_CIRCULATION, *_BREATHING, *_CHEMISTRY, *_NOISE, *_DRUGS, *_MOMENTS, *_SWITCHES,
    *_CHART, *_TOTALS,
)  # fmt: skip

STATE = np.dtype([(name, "f8") for name in FIELDS])

TRUTH = (
    "source", "blood", "phagocytes", "damage", "mediator", "cytokine", "thrombin", "platelets", "lung", "heart", "kidney",
    "liver", "brain", "pressure", "rate", "output", "volume", "lactate", "creatinine", "pao2", "fio2", "temperature",
    "norepinephrine", "sofa", "news", "hazard", "level_a",
)  # fmt: skip


def empty_states(count: int) -> np.ndarray:
    """States for this many patients, with every moment still to come.

    >>> float(empty_states(2)[1]["died"]) == NEVER_YET
    True
    """
    states = np.zeros(count, dtype=STATE)
    for name in _MOMENTS:
        states[name] = NEVER_YET
    return states

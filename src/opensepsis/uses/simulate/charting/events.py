"""The chart as the compiled body writes it: one row per event, with codes for words and seconds for times."""

import numba
import numpy as np

# The codes below are numpy integers, not Python ones: numba would compile every function anew for each Python constant.
EVENT = np.dtype(
    [("concept", "i2"), ("text", "i2"), ("table", "i2"), ("row", "i4"), ("time", "i4"), ("end", "i4"), ("known", "i4"),
     ("value", "f8")]
)  # fmt: skip

CONCEPTS = (
    "heart_rate", "respiratory_rate", "temperature", "systolic_pressure", "diastolic_pressure", "mean_pressure", "spo2",
    "fio2", "oxygen_flow", "gcs_eye", "gcs_verbal", "gcs_motor", "gcs_total", "consciousness", "rass", "weight", "height",
    "urine_output", "pao2", "paco2", "ph", "bicarbonate", "lactate", "creatinine", "bilirubin", "bun", "glucose",
    "platelets", "wbc", "bands", "inr", "aptt", "fibrinogen", "d_dimer", "potassium", "sodium", "hemoglobin", "albumin",
    "alt", "crp", "procalcitonin", "norepinephrine", "vasopressin", "antibiotic", "antibiotic_order", "corticosteroid",
    "insulin", "sedative", "crystalloid", "ventilation", "oxygen", "dialysis", "culture", "diagnosis", "comfort_care",
    "neutrophils", "lymphocytes", "pt",
)  # fmt: skip
(
    HEART_RATE, RESPIRATORY_RATE, TEMPERATURE, SYSTOLIC, DIASTOLIC, MEAN, SPO2, FIO2, OXYGEN_FLOW, GCS_EYE, GCS_VERBAL,
    GCS_MOTOR, GCS_TOTAL, CONSCIOUSNESS, RASS, WEIGHT, HEIGHT, URINE, PAO2, PACO2, PH, BICARBONATE, LACTATE, CREATININE,
    BILIRUBIN, BUN, GLUCOSE, PLATELETS, WBC, BANDS, INR, APTT, FIBRINOGEN, D_DIMER, POTASSIUM, SODIUM, HEMOGLOBIN,
    ALBUMIN, ALT, CRP, PROCALCITONIN, NOREPINEPHRINE, VASOPRESSIN, ANTIBIOTIC, ANTIBIOTIC_ORDER, CORTICOSTEROID, INSULIN,
    SEDATIVE, CRYSTALLOID, VENTILATION, OXYGEN, DIALYSIS, CULTURE, DIAGNOSIS, COMFORT_CARE, NEUTROPHILS, LYMPHOCYTES, PT,
) = np.arange(len(CONCEPTS))  # fmt: skip

TEXTS = (
    "", "A", "C", "V", "P", "U", "invasive", "noninvasive", "high_flow", "nasal cannula", "face mask", "non-rebreather",
    "blood", "urine", "sputum", "wound", "hydrocortisone", "propofol", "regular", "balanced", "continuous",
    "piperacillin-tazobactam|iv", "ceftriaxone|iv", "cefepime|iv", "meropenem|iv", "vancomycin|iv", "cefazolin|iv",
    "ampicillin|iv", "ciprofloxacin|iv", "A41.9", "R65.21", "J18.9", "N39.0", "K65.9", "L03.9", "T80.2", "I50.9", "K92.2",
    "Z48.815", "J44.1", "R65.20", "N17.9", "J96.01",
)  # fmt: skip
(
    NO_TEXT, ALERT, CONFUSED, TO_VOICE, TO_PAIN, UNRESPONSIVE, INVASIVE, NONINVASIVE, HIGH_FLOW, CANNULA, MASK, RESERVOIR,
    BLOOD_SPECIMEN, URINE_SPECIMEN, SPUTUM, WOUND, HYDROCORTISONE, PROPOFOL, REGULAR, BALANCED, CONTINUOUS,
) = np.arange(21)  # fmt: skip
FIRST_DRUG = np.int64(TEXTS.index("piperacillin-tazobactam|iv"))
FIRST_CODE = np.int64(TEXTS.index("A41.9"))

TABLES = (
    "monitor",
    "flowsheet",
    "laboratory",
    "microbiology",
    "administration",
    "orders",
    "support",
    "registration",
)
MONITOR, FLOWSHEET, LABORATORY, MICROBIOLOGY, ADMINISTRATION, ORDERS, SUPPORT, REGISTRATION = np.arange(
    len(TABLES)
)

OPEN = np.int32(-2147483648)  # an interval whose end is not known yet, or a point in time


@numba.njit
def write(events, body, concept, text, table, row, time, end, known, value):
    """Write one row if there is room (times in hours of the simulation); `row` says which earlier row it corrects.

    Hospitals file in whole minutes.
    """
    index = int(body.events)
    if index >= len(events):
        if len(events) > 0:
            body.overflow = 1.0
        return
    event = events[index]
    event.concept, event.text, event.table, event.row = concept, text, table, int(row)
    event.time = as_seconds(time)
    event.end = OPEN if end < -1e6 else as_seconds(end)
    event.known = max(event.time, as_seconds(known))
    event.value = value
    body.events = index + 1.0


@numba.njit
def clock_of(body, who, t):
    """The hour on the clock at this moment, counted on from midnight before arrival; arrivals are in whole minutes."""
    return np.round(who.clock * 60.0) / 60.0 + t - body.admitted


@numba.njit
def to_clock(body, who, t, hour):
    """The moment of the simulation at which the clock shows `hour`, counted as by clock_of."""
    return t + hour - clock_of(body, who, t)


@numba.njit
def as_seconds(hours):
    """The seconds of this moment, in whole minutes as hospitals file."""
    return 60 * int(np.floor(hours * 60.0 + 1e-6))


@numba.njit
def note(events, body, concept, text, table, time, known, value):
    """A point in time, as a new row of its table; answers the number of that row."""
    row = body.row
    body.row = row + 1.0
    write(events, body, concept, text, table, row, time, -1e9, known, value)
    return row


@numba.njit
def open_interval(events, body, concept, text, table, start, value):
    """The start of an interval, known when it starts; answers its row number, for closing it."""
    row = body.row
    body.row = row + 1.0
    write(events, body, concept, text, table, row, start, -1e9, start, value)
    return row


@numba.njit
def close_interval(events, body, concept, text, table, row, start, end, value):
    """The same interval with its end, filed as a correction that is known when it ends."""
    write(events, body, concept, text, table, row, start, end, end, value)

"""What is measured at the bedside."""

from opensepsis.definitions.concepts.wording import worded
from opensepsis.rules import Concept, Kind

HEART_RATE = Concept("heart_rate", "heart rate", "/min", plausible=(1, 350))
RESPIRATORY_RATE = Concept("respiratory_rate", "respiratory rate", "/min", plausible=(1, 120))
TEMPERATURE = Concept("temperature", "temperature", "Cel", plausible=(25, 45))
SYSTOLIC_PRESSURE = Concept(
    "systolic_pressure", "systolic pressure", "mm[Hg]", plausible=(20, 320), worse="low"
)
DIASTOLIC_PRESSURE = Concept(
    "diastolic_pressure", "diastolic pressure", "mm[Hg]", plausible=(5, 220), worse="low"
)
MEAN_PRESSURE = Concept("mean_pressure", "MAP", "mm[Hg]", plausible=(10, 260), worse="low")
SPO2 = Concept("spo2", "SpO₂", "%", plausible=(20, 100), worse="low")
FIO2 = Concept("fio2", "FiO₂", "1", plausible=(0.209, 1.0))  # air is 0.2093 to 0.2095, charted as 0.21
OXYGEN_FLOW = Concept("oxygen_flow", "oxygen flow", "L/min", plausible=(0, 100))
GCS_EYE = Concept("gcs_eye", "GCS eye", "{score}", plausible=(1, 4), worse="low")
GCS_VERBAL = Concept("gcs_verbal", "GCS verbal", "{score}", plausible=(1, 5), worse="low")
GCS_MOTOR = Concept("gcs_motor", "GCS motor", "{score}", plausible=(1, 6), worse="low")
GCS_TOTAL = Concept("gcs_total", "GCS", "{score}", plausible=(3, 15), worse="low")
CONSCIOUSNESS = worded("consciousness", "ACVPU", kind=Kind.WORD)
RASS = Concept("rass", "RASS", "{score}", plausible=(-5, 4), worse="low")
WEIGHT = Concept("weight", "weight", "kg", plausible=(0.3, 450), worse="low")
HEIGHT = Concept("height", "height", "cm", plausible=(20, 260), worse="low")
FIXED_PUPILS = Concept("fixed_pupils", "both pupils fixed", "1", plausible=(0, 1))  # 1: both fixed
# below 0: what was let in to irrigate the bladder, taken off what comes out
URINE_OUTPUT = Concept("urine_output", "urine", "mL", kind=Kind.AMOUNT, plausible=(-5000, 5000))
CAPILLARY_REFILL = Concept("capillary_refill", "capillary refill", "s", plausible=(0, 20))
RESPIRATORY_DISTRESS = worded("respiratory_distress", "respiratory distress", kind=Kind.WORD)

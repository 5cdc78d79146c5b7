"""Organ support and orders that hold for a while."""

from opensepsis.rules import Concept, Kind

VENTILATION = Concept(
    "ventilation", "ventilation", kind=Kind.INTERVAL, words=("invasive", "noninvasive", "cpap", "high_flow")
)
OXYGEN = Concept("oxygen", "oxygen", kind=Kind.INTERVAL)  # text: the device; "air" means none
SPO2_SCALE_2 = Concept("spo2_scale_2", "SpO₂ scale 2 ordered", kind=Kind.INTERVAL)
# text: hemodialysis (in sessions), crrt, peritoneal, scuf; non_renal when given to remove a toxin only
DIALYSIS = Concept("dialysis", "dialysis", kind=Kind.INTERVAL)
CHRONIC_DIALYSIS = Concept("chronic_dialysis", "on long-term dialysis", kind=Kind.INTERVAL)
# text: respiratory or cardiovascular, the reason it runs
ECMO = Concept("ecmo", "ECMO", kind=Kind.INTERVAL)
MECHANICAL_CIRCULATION = Concept(
    "mechanical_circulation", "mechanical circulatory support", kind=Kind.INTERVAL
)
COMFORT_CARE = Concept("comfort_care", "comfort care", kind=Kind.INTERVAL)
# text: what lies in the body, as central line, arterial line, dialysis catheter, urinary catheter, brain catheter
DEVICE = Concept("device", "line, catheter or tube", kind=Kind.INTERVAL)

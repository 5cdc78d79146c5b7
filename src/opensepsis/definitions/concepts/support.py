"""Organ support and orders that hold for a while."""

from opensepsis.definitions.concepts.wording import worded

VENTILATION = worded("ventilation", "ventilation", one_at_a_time=True)
OXYGEN = worded("oxygen", "oxygen", one_at_a_time=True)  # text: the device; "air" means none
SPO2_SCALE_2 = worded("spo2_scale_2", "SpO₂ scale 2 ordered")
# text: hemodialysis (in sessions), crrt, peritoneal, scuf; non_renal when given to remove a toxin only; dialysis: not told
DIALYSIS = worded("dialysis", "dialysis")
CHRONIC_DIALYSIS = worded("chronic_dialysis", "on long-term dialysis")
# text: respiratory or cardiovascular, the reason it runs
ECMO = worded("ecmo", "ECMO")
MECHANICAL_CIRCULATION = worded("mechanical_circulation", "mechanical circulatory support")  # text: the pump
COMFORT_CARE = worded("comfort_care", "comfort care")  # what is discussed, declined or revoked is no order
# text: what lies in the body
DEVICE = worded("device", "line, catheter or tube")

"""What the blood gas analyser measures; oxygen and carbon dioxide in arterial blood only."""

from opensepsis.rules import Concept

PAO2 = Concept("pao2", "PaO₂", "mm[Hg]", plausible=(15, 720), worse="low")
PACO2 = Concept("paco2", "PaCO₂", "mm[Hg]", plausible=(5, 260))
PH = Concept("ph", "pH", "[pH]", plausible=(6.3, 8.0), worse="low")
PEEP = Concept("peep", "PEEP", "cm[H2O]", plausible=(0, 50))
BICARBONATE = Concept("bicarbonate", "bicarbonate", "mmol/L", plausible=(1, 60), worse="low")
BASE_EXCESS = Concept("base_excess", "base excess", "mmol/L", plausible=(-40, 40), worse="low")
# measured in arterial blood, unlike SpO₂, which is told from the skin
SAO2 = Concept("sao2", "SaO₂", "%", plausible=(20, 100), worse="low")
END_TIDAL_CO2 = Concept("end_tidal_co2", "end-tidal CO₂", "mm[Hg]", plausible=(5, 150), worse="low")

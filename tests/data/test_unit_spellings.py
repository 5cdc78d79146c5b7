"""Units as laboratories and monitors of many countries write them, and those that are refused."""

import pytest

from opensepsis.data.intake.units import find_conversion
from opensepsis.data.intake.value import Rejection, read_value

READ = {
    ("platelets", 150, 150.0): """
        /nl|/nL|1/nl|Zellen/nl|Gpt/l|Gpt/L|GPT/L|G/L|G/l|G / L|Giga/l|Tsd/µl|Tsd./µl|Tsd/ul|Tausend/µl|x10(9)/L|10(9)/L|
        X10(3)/MCL|x10(3)/mcL|10(3)/uL|E9/L|E+9/L|
        E3/uL|10E9/L|10e+9/L|10^9/L|10^9/l|x10^9/L|X 10^9/L|×10⁹/L|x 10⁹/l|10⁹/l|10*9/L|10**9/L|10exp9/L|10x9/L|10X3/UL|10x3/uL|
        *10^9/L|x10E9/L|x109/L|x 10 9/L|
        109/L|103/uL|10 3/mm3|K/uL|K/µL|k/ul|K/mm3|K/mm³|k/cumm|K/CU MM|K/cmm|thou/uL|Thousand/uL|thous/mcL|TH/MM3|th/cumm|
        1000/mm3|10³/µL|10³/mm³|10^3/mm^3|10^3/cumm|
        10^3/μl|bil/L|billion/L|mia/l|mia./L|Mrd/l|Mrd./l|10^9 cells/L|cells x10^9/L|10^3 cells/uL|10^9/litre|10^9/Liter|
        10^9 per litre|10^9/lt|x10^3/㎕|x10³∕µL|
        10^9/dm3|10^3/Âµl|10^3/microlitre|10^3/Mikroliter|thou/cmm|10*3/MM*3""",
    ("platelets", 150000, 150.0): """
        /µL|/ul|/mm3|/mm³|/cumm|/cu.mm|/cu mm|cells/cumm|cells/cu.mm|cells/µL|cells/mcL|Zellen/µl|n/µl|#/uL|1/µl|/cmm|per cumm|
        per mm3|cell/ul|10^6/L|x10^6/L|x10E6/L""",
    ("platelets", 1.5, 150.0): "lakh/cumm|lakhs/cumm|Lakhs/cmm|lac/cumm|10^5/uL|lakhs/µL",
    ("creatinine", 106.104, 1.2): """
        µmol/L|μmol/L|umol/L|UMOL/L|umol/l|mcmol/L|micromol/L|Micromol/l|mikromol/l|micromoles/L|µmol/lt|µM|uM|μM|µmol/dm3|
        Âµmol/L|Î¼mol/L|µmol∕L|µmol⁄L|umol / L|µmol/Liter|µmol/litre|µmol.L-1|µmol·L⁻¹|µmol L-1""",
    ("creatinine", 1.2, 1.2): """mg/dL|mg/dl|MG/DL|mg/100mL|mg/100 ml|mg %|mg%|mgs/dl|mgms/dl|mg/dl.|mg.dL-1|ｍｇ／ｄＬ|㎎/㎗|mg per dL|
        mg/deciliter|mg/decilitre|mg/dL (calc)""",
    ("lactate", 2, 2.0): """
        mmol/L|mmol/l|MMOL/L|mM|mmol/lt|mmol/Liter|mmol/litre|mmoles/L|millimol/L|milimoles/L|mmol·L⁻¹|mmol.l-1|mEq/L|MEQ/L|
        meq/l|mEq/lt|mval/l|mEqv/L|mmol per litre|mmol /L|mmol/dm³|mmol/ L""",
    ("hemoglobin", 12, 12.0): "g/dL|g/dl|gm/dl|gms/dL|gm%|g%|gr/dl|G/DL|g/100mL|grams/dL|g/decilitre",
    ("hemoglobin", 120, 12.0): "g/L|g/l|G/L|gm/L",
    ("heart_rate", 90, 90.0): """
        /min|1/min|min-1|min⁻¹|bpm|BPM|beats/min|Schläge/min|slag/min|battements/min|bat/min|latidos/min|puls/min|
        beats per minute|/Min|/Min.|/minute|/mn|min^-1|c/min|ppm|slagen/min|battiti/min|pulsaciones por minuto|/minuto""",
    ("respiratory_rate", 22, 22.0): """/min|rpm|Atemzüge/min|AZ/min|andetag/min|br/min|breaths/min|breaths per minute|resp/min|
        cpm|cycles/min|insp/min|respiraciones/min|respirations/min""",
    ("temperature", 38, 38.0): """Cel|°C|ºC|℃|degC|C|deg C|Deg. C|Grad C|Grad Celsius|grader C|grados C|gradi C|° C|
        degrees Celsius|celsius|Celsius|Â°C|degrés C""",
    ("temperature", 100.4, 38.0): "[degF]|°F|F|degF|℉|deg F|Fahrenheit|degrees F|º F",
    ("mean_pressure", 65, 65.0): "mm[Hg]|mmHg|mm Hg|MMHG|torr|Torr|mm/Hg|㎜Hg|mmHg.|mm of Hg",
    ("pao2", 10, 75.0062): "kPa|KPA|kpa|k Pa",
    ("spo2", 93, 93.0): "%|percent|Prozent|pct|％|% sat|procent|% O2|Vol%|Vol.-%",
    ("urine_output", 50, 50.0): "mL|ml|ML|cc|cm3|cm³|milliliter|millilitre|mls|ml.|㎖|mililitros",
    ("urine_output", 5, 50.0): "cL|cl",
    ("oxygen_flow", 4, 4.0): "L/min|l/min|lpm|LPM|L/Min|liter/min|litres/min|l/mn|L per minute|ℓ/min|lt/min|L·min⁻¹",
    ("norepinephrine", 0.1, 0.1): """
        ug/kg/min|µg/kg/min|mcg/kg/min|MCG/KG/MIN|μg/kg/min|gamma/kg/min|γ/kg/min|µg/kgKG/min|µg/kg KG/min|mcg/kg bw/min|
        µg/(kg·min)|µg/(kg*min)|ug/(kg.min)|µg·kg⁻¹·min⁻¹|mcg.kg-1.min-1|µg kg-1 min-1|µg/kg/Min.|mcg/kg/mn|microgram/kg/min|
        mikrogramm/kg/min|mcg/kg per minute|µg/kg/minute|mcg/kg/minuto|µg/kg/Minute|microgrammes/kg/min|mcg/kg/min.""",
    ("norepinephrine", 6, 0.1): "ug/kg/h|µg/kg/h|mcg/kg/hr|mcg/kg/hour|µg/kg/Std|µg/kg/Stunde|µg/kgKG/h|mcg/kg/heure|µg/kg/std.",
    ("vasopressin", 0.03, 0.03): "[iU]/min|U/min|units/min|IU/min|UI/min|IE/min|E/min|I.E./min|Einheiten/min|unités/min|u/min",
    ("vasopressin", 1.8, 0.03): "U/h|units/hr|IE/h|UI/h|E/h|units/hour|IU/h|U/Std|IE/Std.",
    ("alt", 40, 40.0): "U/L|U/l|IU/L|UI/L|E/l|IE/l|units/L|u/L|UI/l|U/lt",
    ("alt", 1, 60.0): "µkat/L|ukat/L|mikrokat/l|µkat/l",
    ("crp", 100, 100.0): "mg/L|mg/l|mg/lt|µg/mL|ug/ml|mcg/mL|mg/dm3|mg/litre",
    ("procalcitonin", 2, 2.0): "ng/mL|ng/ml|µg/L|ug/l|mcg/L|nanogram/mL|μg/l",
    ("d_dimer", 500, 0.5): "ng/mL FEU|ng/mL{FEU}|ng FEU/mL|ug/L FEU|µg/l FEU|ng/ml (FEU)|ng/mLFEU|ng/mL",
    ("d_dimer", 0.5, 0.5): "mg/L FEU|mg/L{FEU}|mg FEU/L|µg/mL FEU|ug FEU/mL|mg/l",
    ("aptt", 60, 60.0): "s|sec|secs|seconds|Sek|Sek.|sekunder|segundos|seg|secondes|Sekunden|S|SEC",
    ("egfr", 60, 60.0): """
        mL/min/1.73m2|ml/min/1,73m²|mL/min/1.73 m²|ml/min/{1.73_m2}|mL/min/(1.73 m2)|ml/min pro 1,73m²|mL/min per 1.73 m2|
        ml/min/1.73 m^2|mL/mn/1.73m2|ml/min/1.73 m2 KOF|mL/min/1.73sqm""",
    ("inr", 1.6, 1.6): "1|{INR}|INR|ratio|(INR)|Ratio|Quotient|index",
    ("gcs_total", 15, 15.0): "{score}|score|points|Punkte|Pkt|poäng|puntos|1|pts",
    ("weight", 80, 80.0): "kg|KG|Kg|kgs|kilograms|kilo",
    ("height", 170, 170.0): "cm|CM|cms|centimeters|centimetre",
    ("peep", 8, 8.0): "cm[H2O]|cmH2O|cm H2O|cmH₂O|CMH2O|cm H20|cmWS|cm WS|cm of H2O",
    ("peep", 10, 10.1972): "mbar|hPa",
    ("fio2", 40, 0.4): "%|percent|Vol%|1|fraction",
    ("fibrinogen", 3, 300.0): "g/L|g/l|gm/L",
    ("bun", 7.14, 20.0): "mmol/L|mmol/l",
}  # fmt: skip

REFUSED = {
    "platelets": "g/L|g/l|gm/L|grams/L|10-9/L|10^-9/L|M/uL|%|fL|mg/dL|K|/L|10^12/L|10^6/uL|Mio/µl|10^9",
    "wbc": "g/l|/L|%|/HPF|/field|10^12/L",
    "creatinine": "?mol/L|�mol/L|mmol/mol|mg/mmol|mg|g/24h|mL/min|pg/mL|umol|umol/24h|mol/L",
    "lactate": "U/L|mg|mmol|%|mm|mmHg|IU/L",
    "hemoglobin": "g|%|mg/mL|fL",
    "temperature": "R|degR|%|mmHg|/min",
    "mean_pressure": "bar|psi|%|mm|cm",
    "norepinephrine": "µg/min|mcg/min|mg/h|mL/h|ml/Std|µg/h|mg/min|ug/kg|µg/kg/d|mcg/kg/m",
    "vasopressin": "U/kg/min|mL/h|U|mg/h",
    "d_dimer": "ng/mL DDU|ng DDU/mL|mg/L{DDU}|U/mL",
    "glucose": "mg|mmol|%",
    "urine_output": "mL/h|mL/kg/h|g|mL/24h",
    "heart_rate": "mmHg|%|/h|Hz|lpm",
    "spo2": "mmHg|kPa|/min",
    "weight": "lb/min|stone|cm",
    "neutrophils": "%|/100WBC|ratio",
    "potassium": "mg/dL|mmol/kg|%",
    "egfr": "mL/min|mL/h",
}  # fmt: skip


def _listed(many):
    return [unit.strip() for unit in many.split("|") if unit.strip()]


@pytest.mark.parametrize(("concept", "value", "expected"), READ)
def test_read(concept, value, expected):
    units = _listed(READ[concept, value, expected])
    found = {unit: read_value(concept, value, unit) for unit in units}
    assert units and not {unit for unit, one in found.items() if isinstance(one, Rejection)}
    assert {unit: one.number for unit, one in found.items()} == pytest.approx(
        dict.fromkeys(units, expected), rel=1e-9
    )


@pytest.mark.parametrize(
    ("concept", "unit"), [(c, unit) for c, many in REFUSED.items() for unit in _listed(many)]
)
def test_refused(concept, unit):
    assert find_conversion(concept, unit) is None


@pytest.mark.parametrize(
    ("concept", "value", "unit", "expected"),
    [("platelets", "15", "10*4/uL", 150), ("platelets", "15", "万/μL", 150), ("platelets", "150", "10^6/mL", 150),
    
     ("platelets", "150", "1E9/L", 150), ("platelets", "150", "mil/mm3", 150), ("platelets", "150", "milliers/mm3", 150),
     ("platelets", "150", "tis/µl", 150),
     ("creatinine", "106.104", "мкмоль/л", 1.2), ("creatinine", "12", "µg/mL", 1.2), ("lactate", "2", "ммоль/л", 2),
     ("lactate", "2000", "umol/L", 2),
     ("temperature", "38", "C°", 38), ("temperature", "38", "oC", 38), ("pao2", "100", "hPa", 75.0062),
     ("fio2", "20.9", "%", 0.209), ("fio2", "0.2093", "", 0.2093)],
)  # fmt: skip
def test_read_as_the_sender_means_it(concept, value, unit, expected):
    assert read_value(concept, value, unit).number == pytest.approx(expected)


@pytest.mark.parametrize(
    ("concept", "value", "unit"),
    [("platelets", "150", "/uL"), ("platelets", "0.15", "10*9/L"), ("fio2", "20", "%"), ("fio2", "0.2", "")],
)
def test_a_value_that_its_unit_makes_impossible(concept, value, unit):
    assert read_value(concept, value, unit) == Rejection("value", "outside plausible limits")

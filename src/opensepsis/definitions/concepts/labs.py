"""What the laboratory measures in blood."""

from opensepsis.rules import Concept

LACTATE = Concept("lactate", "lactate", "mmol/L", plausible=(0.1, 40))
CREATININE = Concept("creatinine", "creatinine", "mg/dL", plausible=(0.05, 40))
# known from before the illness, or worked out by the site from age and sex
BASELINE_CREATININE = Concept(
    "baseline_creatinine", "baseline creatinine", "mg/dL", plausible=(0.05, 40), worse="low"
)
EGFR = Concept("egfr", "eGFR", "mL/min/{1.73_m2}", plausible=(0, 250), worse="low")
BILIRUBIN = Concept("bilirubin", "bilirubin", "mg/dL", plausible=(0, 90))
BUN = Concept("bun", "urea nitrogen", "mg/dL", plausible=(1, 300))
GLUCOSE = Concept("glucose", "glucose", "mg/dL", plausible=(5, 2500))
# below 1 a count is printed as a limit; less is a count of 150 that came with /uL
PLATELETS = Concept("platelets", "platelets", "10*3/uL", plausible=(1, 3000), worse="low")
WBC = Concept("wbc", "white cells", "10*3/uL", plausible=(0, 900))
NEUTROPHILS = Concept("neutrophils", "neutrophils", "10*3/uL", plausible=(0, 500), worse="low")
LYMPHOCYTES = Concept("lymphocytes", "lymphocytes", "10*3/uL", plausible=(0, 500), worse="low")
BANDS = Concept("bands", "immature forms", "%", plausible=(0, 100))
INR = Concept("inr", "INR", "1", plausible=(0.5, 25))
PT = Concept("pt", "prothrombin time", "s", plausible=(5, 200))
APTT = Concept("aptt", "aPTT", "s", plausible=(10, 300))
PT_RATIO = Concept("pt_ratio", "prothrombin time ratio", "1", plausible=(0.5, 25))
FDP = Concept("fdp", "fibrin degradation products", "ug/mL", plausible=(0, 5000))
# of the site's own laboratory, as the reference range of the result tells it
FDP_UPPER_LIMIT = Concept(
    "fdp_upper_limit", "upper limit of normal of fibrin degradation products", "ug/mL", plausible=(0.1, 100)
)
ANTITHROMBIN = Concept("antithrombin", "antithrombin", "%", plausible=(0, 300), worse="low")
FIBRINOGEN = Concept("fibrinogen", "fibrinogen", "mg/dL", plausible=(10, 2000), worse="low")
D_DIMER = Concept("d_dimer", "D-dimer", "mg/L{FEU}", plausible=(0, 500))
POTASSIUM = Concept("potassium", "potassium", "mmol/L", plausible=(1, 12))
SODIUM = Concept("sodium", "sodium", "mmol/L", plausible=(90, 210))
HEMOGLOBIN = Concept("hemoglobin", "hemoglobin", "g/dL", plausible=(1, 26), worse="low")
ALBUMIN = Concept("albumin", "albumin", "g/dL", plausible=(0.3, 8), worse="low")
CHLORIDE = Concept("chloride", "chloride", "mmol/L", plausible=(50, 180))
# total calcium; ionised calcium, about 1.2 mmol/L, is another measurement and lies below what is plausible
CALCIUM = Concept("calcium", "calcium", "mg/dL", plausible=(2, 30), worse="low")
MAGNESIUM = Concept("magnesium", "magnesium", "mg/dL", plausible=(0.1, 20), worse="low")
PHOSPHATE = Concept("phosphate", "phosphate", "mg/dL", plausible=(0.1, 30))
HEMATOCRIT = Concept("hematocrit", "hematocrit", "%", plausible=(3, 80), worse="low")
DIRECT_BILIRUBIN = Concept("direct_bilirubin", "direct bilirubin", "mg/dL", plausible=(0, 60))
AST = Concept("ast", "AST", "U/L", plausible=(0, 40000))
ALKALINE_PHOSPHATASE = Concept("alkaline_phosphatase", "alkaline phosphatase", "U/L", plausible=(0, 10000))
TROPONIN_I = Concept("troponin_i", "troponin I", "ng/mL", plausible=(0, 2000))
ALT = Concept("alt", "ALT", "U/L", plausible=(0, 30000))
CRP = Concept("crp", "CRP", "mg/L", plausible=(0, 1000))
PROCALCITONIN = Concept("procalcitonin", "procalcitonin", "ng/mL", plausible=(0, 2000))

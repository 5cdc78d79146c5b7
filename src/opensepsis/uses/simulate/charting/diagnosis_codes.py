"""How concepts are named in FHIR and HL7 v2.

LOINC code and UCUM unit for measurements, RxNorm ingredients for drugs, kind of resource for the rest.

LOINC codes are used under the LOINC licence; LOINC is a registered trademark of Regenstrief Institute, Inc.
"""

LOINC = {
    "heart_rate": "8867-4", "respiratory_rate": "9279-1", "temperature": "8310-5", "systolic_pressure": "8480-6",
    "diastolic_pressure": "8462-4", "mean_pressure": "8478-0", "spo2": "59408-5", "fio2": "3150-0", "oxygen_flow": "3151-8",
    "gcs_eye": "9267-6", "gcs_verbal": "9270-0", "gcs_motor": "9268-4", "gcs_total": "9269-2", "consciousness": "67775-7",
    "rass": "54632-5", "weight": "29463-7", "height": "8302-2", "urine_output": "9187-6", "lactate": "2524-7",
    "creatinine": "2160-0", "bilirubin": "1975-2", "platelets": "777-3", "wbc": "6690-2", "bands": "26508-2",
    "inr": "6301-6", "aptt": "14979-9", "pt": "5902-2", "fibrinogen": "3255-7", "d_dimer": "48065-7", "pao2": "2703-7",
    "paco2": "2019-8", "ph": "2744-1", "bicarbonate": "1963-8", "glucose": "2345-7", "bun": "3094-0", "sodium": "2951-2",
    "potassium": "2823-3", "hemoglobin": "718-7", "neutrophils": "751-8", "lymphocytes": "731-0", "albumin": "1751-7",
    "alt": "1742-6", "crp": "1988-5", "procalcitonin": "33959-8", "culture": "600-7",
}  # fmt: skip
VITALS = frozenset(
    ("heart_rate", "respiratory_rate", "temperature", "systolic_pressure", "diastolic_pressure", "mean_pressure", "spo2",
     "fio2", "oxygen_flow", "gcs_eye", "gcs_verbal", "gcs_motor", "gcs_total", "consciousness", "rass", "weight", "height",
     "urine_output")
)  # fmt: skip
GIVEN = frozenset(
    ("antibiotic", "norepinephrine", "vasopressin", "corticosteroid", "insulin", "sedative", "crystalloid")
)
DEVICES = frozenset(("ventilation", "oxygen", "dialysis"))
SHOWN_UNIT = {"fio2": "%"}
SHOWN_FACTOR = {"fio2": 100.0}
DRUGS = {
    "balanced": "Lactated Ringer's solution",
    "regular": "insulin regular",
}  # what a hospital calls what is charted
RXNORM = {
    "piperacillin-tazobactam": "74169", "ceftriaxone": "2193", "cefepime": "20481", "meropenem": "29561",
    "vancomycin": "11124", "cefazolin": "2180", "ampicillin": "733", "ciprofloxacin": "2551", "norepinephrine": "7512",
    "vasopressin": "11149", "hydrocortisone": "5492", "propofol": "8782", "insulin regular": "253182",
}  # fmt: skip
SNOMED = {"ventilation": "40617009", "oxygen": "57485005", "dialysis": "302497006"}


def drug_of(concept: str, text: str | None) -> tuple[str, str]:
    """The name of a drug and its RxNorm code; the code is empty where there is none.

    >>> drug_of("antibiotic", "ceftriaxone|iv"), drug_of("crystalloid", "balanced")
    (('ceftriaxone', '2193'), ("Lactated Ringer's solution", ''))
    """
    charted = (text or concept).split("|")[0]
    name = DRUGS.get(charted, charted)
    return name, RXNORM.get(name, "")

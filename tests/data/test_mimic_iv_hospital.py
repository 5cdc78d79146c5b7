"""Laboratory, urine, infusions, drugs, cultures, diagnoses and stays."""

import pytest

from opensepsis.data.sources.mimic_iv import open_mimic_iv
from tests.data.small_mimic import at, moment, read, read_all, values, write


def lab(itemid: int, clock: str = "12:00", **row) -> dict:
    return {"labevent_id": 1, "specimen_id": 1, "itemid": itemid, "charttime": at(clock), **row}


def test_only_arterial_oxygen_counts(tmp_path):
    kinds = {1: "ART.", 2: "VEN.", 3: "CENTRAL VENOUS."}
    rows = [lab(50821, specimen_id=s, valuenum=80 + s, valueuom="mm Hg") for s in [*kinds, 4]]
    write(tmp_path, labevents=[*rows, *(lab(52033, specimen_id=s, value=word) for s, word in kinds.items())])
    assert values(tmp_path, "pao2") == [81]


def test_acid_base_counts_from_any_blood(tmp_path):
    write(tmp_path, labevents=[lab(50820, valuenum=7.2, valueuom="units"), lab(52033, value="VEN.")])
    assert values(tmp_path, "ph") == [7.2]


@pytest.mark.parametrize(
    ("itemid", "unit", "concept", "number", "expected"),
    [
        (50912, "mg/dL", "creatinine", 1.4, 1.4),
        (50912, "MG/DL ", "creatinine", 1.4, 1.4),
        (50816, "%", "fio2", 60, 0.6),
        (50915, "ng/mL FEU", "d_dimer", 1500, 1.5),
        (50915, "ng/mL", "d_dimer", 1500, 1.5),
        (52769, "#/uL", "lymphocytes", 1200, 1.2),
        (51237, "", "inr", 1.3, 1.3),
        (50813, "mmol/L", "lactate", 2.1, 2.1),
    ],
)
def test_units(tmp_path, itemid, unit, concept, number, expected):
    write(tmp_path, labevents=[lab(itemid, valuenum=number, valueuom=unit)])
    assert values(tmp_path, concept) == pytest.approx([expected])


def test_result_in_an_unknown_unit_is_set_aside_and_counted(tmp_path):
    write(
        tmp_path, labevents=[lab(50912, valuenum=120, valueuom="umol/L"), lab(50885, valuenum=1, valueuom="")]
    )
    source = open_mimic_iv(tmp_path)
    for batch in source.events(frozenset({"creatinine", "bilirubin"})):
        assert batch["reason"].to_list() == ["unknown unit", "unknown unit"]
    assert source.counts()["set_aside"] == {"unknown unit": {"bilirubin": 1, "creatinine": 1}}
    assert source.counts()["mapped"] == {}


@pytest.mark.parametrize(
    ("comment", "expected"),
    [("<0.2.", [0.2]), ("GREATER THAN 21000.", [21000]), ("___", []), ("HEMOLYZED <5", []), ("", [])],
)
def test_limit_in_the_comment_is_the_value_where_there_is_no_number(tmp_path, comment, expected):
    write(
        tmp_path,
        labevents=[
            lab(50885, comments=comment, valueuom="mg/dL"),
            lab(50912, valuenum=3, comments="<1", valueuom="mg/dL"),
        ],
    )
    assert values(tmp_path, "bilirubin") == expected
    assert values(tmp_path, "creatinine") == [3]


def test_result_is_known_when_stored_and_traced_to_its_row(tmp_path):
    write(
        tmp_path,
        labevents=[lab(50912, valuenum=1, valueuom="mg/dL", storetime=at("13:30"), labevent_id=4711)],
    )
    (event,) = read(tmp_path, "creatinine").rows(named=True)
    assert (event["time"], event["known"], event["origin"]) == (
        moment("12:00"),
        moment("13:30"),
        "labevents/50912/4711",
    )


def urine(itemid: int, value, clock: str = "12:00") -> dict:
    return {"itemid": itemid, "charttime": at(clock), "value": value}


def test_irrigation_is_taken_off_what_flows_out_with_it(tmp_path):
    rows = [urine(226559, 80), urine(227488, 3000), urine(227489, 3300), urine(227488, 500, "13:00"), urine(227489, 400, "13:00"),
            urine(227488, 900, "14:00"), urine(226588, 40)]  # fmt: skip
    write(tmp_path, outputevents=rows)
    events = read(tmp_path, "urine_output")
    assert sorted(events.select("time", "value").rows()) == [
        (moment("12:00"), 80),
        (moment("12:00"), 300),
        (moment("13:00"), 0),
    ]


def infusion(itemid: int, rate, unit: str, **row) -> dict:
    return {
        "itemid": itemid,
        "starttime": at("12:00"),
        "endtime": at("13:00"),
        "rate": rate,
        "rateuom": unit,
        "patientweight": 80,
        **row,
    }


@pytest.mark.parametrize(
    ("itemid", "concept", "rate", "unit", "expected"),
    [
        (221906, "norepinephrine", 0.1, "mcg/kg/min", 0.1),
        (221906, "norepinephrine", 8, "mcg/min", 0.1),
        (221906, "norepinephrine", 0.48, "mg/hour", 0.1),
        (221906, "norepinephrine", 0.008, "mg/min", 0.1),
        (221906, "norepinephrine", 0.0001, "mg/kg/min", 0.1),
        (221906, "norepinephrine", 6, "mcg/kg/hour", 0.1),
        (221906, "norepinephrine", 100, "ng/kg/min", 0.1),
        (221289, "epinephrine", 0.05, "mcg/kg/min", 0.05),
        (221662, "dopamine", 24, "mg/hour", 5),
        (221653, "dobutamine", 2.5, "mcg/kg/min", 2.5),
        (221749, "phenylephrine", 160, "mcg/min", 2),
        (221986, "milrinone", 0.25, "mcg/kg/min", 0.25),
        (222315, "vasopressin", 2.4, "units/hour", 0.04),
        (222315, "vasopressin", 0.03, "units/min", 0.03),
        (222315, "vasopressin", 0.0005, "units/kg/min", 0.04),
        (229709, "angiotensin", 20, "ng/kg/min", 20),
        (229764, "angiotensin", 0.02, "mcg/kg/min", 20),
    ],
)
def test_every_unit_of_a_rate(tmp_path, itemid, concept, rate, unit, expected):
    write(tmp_path, inputevents=[infusion(itemid, rate, unit)])
    (event,) = read(tmp_path, concept).rows(named=True)
    assert event["value"] == pytest.approx(expected)
    assert (event["time"], event["end"]) == (moment("12:00"), moment("13:00"))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (infusion(221906, 5, "drops/min"), "unknown unit"),
        (infusion(221906, 5, "units/hour"), "unknown unit"),
        (infusion(222315, 5, "mcg/min"), "unknown unit"),
        (infusion(221906, 5, ""), "unknown unit"),
        (infusion(221906, 5, "mcg/min", patientweight=""), "no weight to convert the rate with"),
        (infusion(221906, 5, "mcg/min", patientweight=0), "no weight to convert the rate with"),
    ],
)
def test_rate_that_cannot_be_converted_is_set_aside(tmp_path, row, reason):
    write(tmp_path, inputevents=[row])
    assert read_all(tmp_path, "norepinephrine", "vasopressin")["reason"].to_list() == [reason]


def test_rate_zero_is_kept_a_push_and_a_rewritten_row_are_not(tmp_path):
    rows = [
        infusion(221906, 0, "mcg/kg/min"),
        infusion(221906, "", "", amount=1, amountuom="mg"),
        infusion(221906, 0.5, "mcg/kg/min", statusdescription="Rewritten"),
    ]
    write(tmp_path, inputevents=rows)
    assert values(tmp_path, "norepinephrine") == [0]


def test_sedatives_only_while_they_run(tmp_path):
    rows = [infusion(222168, 20, "mcg/kg/min"), infusion(222168, 0, "mcg/kg/min"), infusion(221668, "", "", amount=2),
            infusion(221744, 50, "mcg/hour")]  # fmt: skip
    write(tmp_path, inputevents=rows)
    assert read(tmp_path, "sedative").select("text", "value").rows() == [("propofol", None)]


def test_crystalloids_count_when_they_are_in(tmp_path):
    rows = [
        {
            "itemid": 225158,
            "starttime": at("12:00"),
            "endtime": at("14:00"),
            "amount": 1000,
            "amountuom": "ml",
        },
        {"itemid": 225828, "starttime": at("12:00"), "endtime": at("15:00"), "amount": 0.5, "amountuom": "L"},
        {
            "itemid": 220949,
            "starttime": at("12:00"),
            "endtime": at("15:00"),
            "amount": 100,
            "amountuom": "ml",
        },
        {"itemid": 225158, "starttime": at("12:00"), "endtime": at("16:00"), "amount": 1, "amountuom": "bag"},
    ]
    write(tmp_path, inputevents=rows)
    events = read_all(tmp_path, "crystalloid")
    assert events.select("time", "value", "reason").rows() == [
        (moment("14:00"), 1000, None), (moment("15:00"), 500, None), (moment("16:00"), 1, "unknown unit"),
    ]  # fmt: skip


def dose(medication: str, clock: str = "12:00", event: str = "Administered", **row) -> dict:
    return {
        "medication": medication,
        "charttime": at(clock),
        "event_txt": event,
        "emar_id": f"7-{clock}",
        "pharmacy_id": 1,
        **row,
    }


def texts(path, concept):
    return read(path, concept)["text"].to_list()


def test_antibiotic_given_with_the_route_of_its_charting_or_its_order(tmp_path):
    write(
        tmp_path,
        emar=[
            dose("CefTRIAXone", "12:00"),
            dose("Vancomycin", "13:00", pharmacy_id=2),
            dose("Meropenem", "14:00", pharmacy_id=""),
        ],
        emar_detail=[{"emar_id": "7-13:00", "route": "PO/NG"}, {"emar_id": "7-12:00", "route": ""}],
        prescriptions=[
            {"pharmacy_id": 1, "drug": "CefTRIAXone", "route": "IV"},
            {"pharmacy_id": 2, "drug": "Vancomycin", "route": "IV"},
        ],
    )
    assert texts(tmp_path, "antibiotic") == ["ceftriaxone|IV", "vancomycin|PO", "meropenem|"]
    assert read(tmp_path, "antibiotic")["origin"][0] == "emar/7-12:00"


@pytest.mark.parametrize(
    "row",
    [
        dose("Vancomycin", event="Not Given"),
        dose("Vancomycin", event="Stopped"),
        dose("Vancomycin", event=""),
        dose("Ciprofloxacin 0.3% Ophth Soln"),
        dose("Neomycin-Polymyxin-Bacitracin"),
        dose("Vancomycin Antibiotic Lock"),
        dose("Ciprofloxacin", pharmacy_id=9),
        dose("Fluconazole"),
        dose("Acyclovir"),
        dose("Pantoprazole"),
    ],
)
def test_no_antibiotic_was_given(tmp_path, row):
    write(
        tmp_path, emar=[row], prescriptions=[{"pharmacy_id": 9, "drug": "Ciprofloxacin", "route": "LEFT EAR"}]
    )
    assert texts(tmp_path, "antibiotic") == []


def test_antibiotics_of_the_intensive_care_record(tmp_path):
    rows = [
        {
            "itemid": 225798,
            "starttime": at("12:00"),
            "endtime": at("13:00"),
            "ordercategoryname": "08-Antibiotics (IV)",
        },
        {
            "itemid": 225884,
            "starttime": at("14:00"),
            "endtime": at("14:01"),
            "ordercategoryname": "09-Antibiotics (Non IV)",
        },
    ]
    write(tmp_path, inputevents=rows)
    assert texts(tmp_path, "antibiotic") == ["vancomycin|IV", "metronidazole|PO"]


def test_antibiotic_orders(tmp_path):
    orders = [
        {"pharmacy_id": 1, "drug": "Piperacillin-Tazobactam", "route": "IV", "starttime": at("12:00")},
        {
            "pharmacy_id": 2,
            "drug": "Erythromycin 0.5% Ophth Oint",
            "route": "BOTH EYES",
            "starttime": at("12:00"),
        },
        {"pharmacy_id": 3, "drug": "Levofloxacin", "route": "IV", "starttime": ""},
    ]
    write(tmp_path, prescriptions=orders)
    assert texts(tmp_path, "antibiotic_order") == ["piperacillin/tazobactam|IV"]


def test_other_drugs(tmp_path):
    write(
        tmp_path,
        emar=[dose("Hydrocortisone Na Succ.", "12:00"), dose("Insulin", "13:00"), dose("QUEtiapine Fumarate", "14:00"),
              dose("Hydrocortisone (Rectal) 2.5% Cream", "15:00"), dose("Tacrolimus", "16:00"),
              dose("Mycophenolate Mofetil", "17:00"), dose("cycloSPORINE 0.05% Ophth Emulsion", "18:00")],
    )  # fmt: skip
    events = read(tmp_path, "corticosteroid", "immunosuppressant", "insulin", "delirium_drug")
    assert events.select("concept", "text").rows() == [
        ("corticosteroid", "hydrocortisone|"), ("delirium_drug", "quetiapine|"), ("immunosuppressant", "tacrolimus|"),
        ("immunosuppressant", "mycophenolate|"), ("insulin", "insulin|"),
    ]  # fmt: skip


def culture(specimen: int = 1, **row) -> dict:
    taken = {"micro_specimen_id": specimen, "charttime": at("12:00"), "chartdate": at("00:00")}
    return {**taken, "spec_type_desc": "BLOOD CULTURE", "test_name": "Blood Culture, Routine", **row}


def test_culture_is_pending_and_then_corrected_by_its_result(tmp_path):
    write(
        tmp_path,
        microbiologyevents=[
            culture(storetime=at("09:00", 3), org_name="ESCHERICHIA COLI"),
            culture(storetime=at("10:00", 4), org_name="ESCHERICHIA COLI"),
            culture(2, charttime=at("13:00"), storetime=at("11:00", 6)),
        ],
    )
    events = read(tmp_path, "culture")
    assert events.select("time", "known", "value").rows() == [
        (moment("12:00"), moment("12:00"), None),
        (moment("12:00"), moment("10:00", 4), 1),
        (moment("13:00"), moment("13:00"), None),
        (moment("13:00"), moment("11:00", 6), 0),
    ]
    assert events["origin"].to_list() == ["microbiologyevents/1"] * 2 + ["microbiologyevents/2"] * 2
    assert events["text"].unique().to_list() == ["blood"]


def test_culture_with_a_date_only(tmp_path):
    write(
        tmp_path,
        microbiologyevents=[culture(charttime="", chartdate=at("00:00", 2), storedate=at("00:00", 4))],
    )
    events = read(tmp_path, "culture")
    assert events.select("time", "known", "value").rows() == [
        (moment("00:00", 2), moment("00:00", 2), None), (moment("00:00", 2), moment("00:00", 5), 0),
    ]  # fmt: skip
    assert events["origin"].unique().to_list() == ["microbiologyevents/1/date only"]


def test_culture_never_reported_stays_pending(tmp_path):
    write(tmp_path, microbiologyevents=[culture()])
    assert read(tmp_path, "culture").select("known", "value").rows() == [(moment("12:00"), None)]


@pytest.mark.parametrize(
    "row",
    [
        culture(org_name="CANCELLED"),
        culture(comments="TEST CANCELLED, PATIENT CREDITED."),
        culture(spec_type_desc="MRSA SCREEN", test_name="MRSA SCREEN"),
        culture(spec_type_desc="SEROLOGY/BLOOD", test_name="LYME SEROLOGY"),
        culture(spec_type_desc="STOOL", test_name="C. difficile PCR"),
        culture(spec_type_desc="BRONCHOALVEOLAR LAVAGE", test_name="VIRAL CULTURE: R/O CYTOMEGALOVIRUS"),
    ],
)
def test_no_culture(tmp_path, row):
    write(tmp_path, microbiologyevents=[row])
    assert texts(tmp_path, "culture") == []


def test_specimen_with_one_cancelled_test_still_counts(tmp_path):
    rows = [culture(org_name="CANCELLED"), culture(spec_type_desc="URINE", test_name="URINE CULTURE", micro_specimen_id=2),
            culture(2, spec_type_desc="URINE", test_name="FUNGAL CULTURE", comments="TEST CANCELLED, PATIENT CREDITED.")]  # fmt: skip
    write(tmp_path, microbiologyevents=rows)
    assert texts(tmp_path, "culture") == ["urine"]


def test_diagnosis_is_known_at_discharge_and_keeps_its_zeros(tmp_path):
    write(tmp_path, diagnoses_icd=[{"seq_num": 1, "icd_code": "0389 ", "icd_version": 9}])
    (event,) = read(tmp_path, "diagnosis").rows(named=True)
    assert (event["text"], event["time"]) == ("ICD9:0389", moment("12:00", 9))


@pytest.mark.parametrize(("code", "version"), [("N186", 10), ("Z992", 10), ("5856", 9), ("V4511", 9)])
def test_long_term_dialysis_from_a_code_holds_for_the_admission_and_is_known_at_its_end(
    tmp_path, code, version
):
    rows = [
        {"seq_num": 1, "icd_code": code, "icd_version": version},
        {"seq_num": 2, "icd_code": "N179", "icd_version": 10},
    ]
    write(tmp_path, diagnoses_icd=rows)
    (event,) = read(tmp_path, "chronic_dialysis").rows(named=True)
    assert (event["time"], event["end"], event["known"]) == (
        moment("08:00"),
        moment("12:00", 9),
        moment("12:00", 9),
    )


@pytest.mark.parametrize(
    ("day", "counts_from"),
    [(1, moment("08:00")), (3, moment("00:00", 3)), (9, moment("00:00", 9)), (12, moment("12:00", 9))],
)
def test_coded_procedure_counts_from_midnight_of_its_day_inside_the_admission(tmp_path, day, counts_from):
    row = {"seq_num": 1, "icd_code": "5491", "icd_version": 9, "chartdate": at("00:00", day)}
    write(tmp_path, procedures_icd=[row])
    (event,) = read(tmp_path, "procedure").rows(named=True)
    assert (event["text"], event["time"], event["known"]) == ("ICD9:5491", counts_from, moment("12:00", 9))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"org_name": "ESCHERICHIA COLI"}, ["blood|ESCHERICHIA COLI"]),
        ({"org_name": "CANCELLED"}, []),
        ({"spec_type_desc": "STOOL", "test_name": "C. difficile PCR", "org_name": "POSITIVE"}, ["stool|C. difficile PCR"]),
        (
            {"spec_type_desc": "Rapid Respiratory Viral Screen & Culture", "test_name": "Respiratory Viral Culture",
             "org_name": "PARAINFLUENZA VIRUS TYPE 3"},
            ["virus|PARAINFLUENZA VIRUS TYPE 3"],
        ),
        ({"spec_type_desc": "MRSA SCREEN", "test_name": "MRSA SCREEN", "org_name": "STAPH AUREUS COAG +"}, []),
        ({"spec_type_desc": "MRSA SCREEN", "org_name": "STAPH AUREUS COAG +"}, []),
    ],
)  # fmt: skip
def test_organisms_grown_or_found_but_not_screened_for(tmp_path, row, expected):
    write(tmp_path, microbiologyevents=[culture(1, **row)])
    assert texts(tmp_path, "organism") == expected


def test_stays(tmp_path):
    stays = open_mimic_iv(write(tmp_path)).stays().sort("kind")
    assert stays.select("patient", "stay", "kind", "age", "sex", "died", "discharged_to").rows() == [
        ("7", "70", "hospital", 62, "F", None, "HOME"),
        ("7", "700", "icu", 62, "F", None, "WARD"),
    ]
    assert stays["admitted"].to_list() == [moment("08:00"), moment("10:00")]
    assert stays["discharged"].to_list() == [moment("12:00", 9), moment("10:00", 5)]


@pytest.mark.parametrize(
    ("deathtime", "dod", "expected"),
    [
        (at("11:00", 9), at("00:00", 9), moment("11:00", 9)),
        ("", at("00:00", 9), moment("12:00", 9)),
        ("", at("00:00", 20), moment("00:00", 20)),
    ],
)
def test_death_on_a_date_is_not_before_leaving_alive(tmp_path, deathtime, dod, expected):
    admission = {
        "admittime": at("08:00"),
        "dischtime": at("12:00", 9),
        "deathtime": deathtime,
        "discharge_location": "DIED",
    }
    patient = {"gender": "M", "anchor_age": 60, "anchor_year": 2150, "dod": dod}
    stays = open_mimic_iv(write(tmp_path, patients=[patient], admissions=[admission])).stays()
    assert stays["died"].unique().to_list() == [expected]


def test_stay_in_intensive_care_without_an_end_ends_with_the_admission(tmp_path):
    write(tmp_path, icustays=[{"intime": at("10:00"), "outtime": ""}])
    icu = open_mimic_iv(tmp_path).stays().filter(kind="icu")
    assert icu["discharged"].to_list() == [moment("12:00", 9)]
    assert icu["discharged_to"].to_list() == ["HOME"]

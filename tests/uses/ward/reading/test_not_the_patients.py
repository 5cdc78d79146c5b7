"""Values under a patient's number that are another's, or of no patient: by specimen, name, number or birth; HL7 and FHIR."""

import pytest

from opensepsis.data.decode.fhir.observations import ANOTHERS_SPECIMEN
from opensepsis.data.decode.nobody import names_nobody
from opensepsis.data.intake.clumped import CLUMPED
from opensepsis.data.intake.specimen import (
    AFTER_A_FILTER,
    ANOTHER_BY_NAME,
    ANOTHERS,
    ANOTHERS_NAME,
    NOT_ARTERIAL,
    NOT_BLOOD_BY_NAME,
    wrong_by_name,
    wrong_specimen,
)
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.uses.ward.model.facts import Merged
from tests.support.ward.fhir_said import Feeding, loinc, observation, patient
from tests.support.ward.hl7_messages import ANN, charted, found, order, problems, reasons, result

PO2, LACTATE = ("2703-7^pO2^LN", "mm[Hg]"), ("2524-7^Lactate^LN", "mmol/L")


def blood(**more) -> dict:
    """A contained specimen of blood."""
    held = {"resourceType": "Specimen", "id": "s", "type": {"text": "Blood"}, **more}
    return {"contained": [held], "specimen": {"reference": "#s"}}


@pytest.mark.parametrize(
    ("concept", "specimen", "site", "why"),
    [("pao2", "Mixed", "", NOT_ARTERIAL), ("pao2", "V", "", NOT_ARTERIAL), ("pao2", "Arterial post-oxygenator", "", NOT_ARTERIAL),
     ("pao2", "ECMO circuit", "", NOT_ARTERIAL), ("pao2", "Arterialised earlobe", "", NOT_ARTERIAL),
     ("pao2", "Blood", "Central venous catheter", NOT_ARTERIAL), ("pao2", "Arterial blood", "radial artery", ""),
     ("pao2", "Arterial blood", "central line", ""), ("lactate", "Blood", "Central venous catheter", ""),
     ("lactate", "ECMO circuit", "", ""), ("creatinine", "Blood post filter", "", AFTER_A_FILTER), 
     ("lactate", "Liver perfusate", "", ANOTHERS), ("lactate", "Mixed venous", "", "")],
)  # fmt: skip
def test_blood_that_is_not_the_arterys(concept, specimen, site, why):
    assert wrong_specimen(concept, specimen, site) == why


@pytest.mark.parametrize(
    ("comment", "why"),
    [("NO CALLS MADE - NOT ARTERIAL BLOOD.", [NOT_ARTERIAL]), ("Drawn from femoral vein", [NOT_ARTERIAL]), ("Sample mixed well", []),
     ("Reference range for arterial blood; venous 30 to 50", [])],
)  # fmt: skip
def test_a_comment_says_that_blood_is_not_the_arterys(comment, why):
    line, note = result("88", *PO2), f"NTE|1||{comment}"
    arterial = "SPM|1|||BLDA^Arterial blood"
    assert reasons(ANN, order(code=PO2[0]), line, note, arterial) == why
    feeding = Feeding().send(
        observation(
            "2703-7", 88, "mm[Hg]", note=[{"text": comment}], **blood(type={"text": "Arterial blood"})
        )
    )
    assert feeding.shown == why and len(feeding.charted) == 1 - len(why)


def test_where_a_specimen_was_taken_is_told_in_hl7_and_fhir():
    site = "SPM|1|||BLD^Blood||||CVC^Central venous catheter"
    assert reasons(ANN, order(code=PO2[0]), result("38", *PO2), site) == [NOT_ARTERIAL]
    assert charted(ANN, order(code=PO2[0]), result("88", *PO2), site.replace("CVC^Central venous catheter", "^Right radial")) == [
        ("HOSP|100", "pao2", 88.0)
    ]  # fmt: skip
    taken = blood(collection={"bodySite": {"text": "Central venous catheter"}})
    assert Feeding().send(observation("2703-7", 38, "mm[Hg]", **taken)).shown == [NOT_ARTERIAL]


@pytest.mark.parametrize(
    ("code", "unit", "how", "why"),
    [("2703-7", "mm[Hg]", {"bodySite": {"text": "Umbilical vein"}}, [NOT_ARTERIAL]),
     ("2703-7", "mm[Hg]", {"bodySite": {"text": "Central venous line"}}, [NOT_ARTERIAL]),
     ("2703-7", "mm[Hg]", {"bodySite": {"text": "Right radial artery"}}, []),
     ("2703-7", "mm[Hg]", {"method": {"coding": [{"display": "Transcutaneous"}]}}, [ANOTHER_BY_NAME]),
     ("8480-6", "mm[Hg]", {"bodySite": {"text": "Left ankle"}}, [ANOTHER_BY_NAME]),
     ("8480-6", "mm[Hg]", {"bodySite": {"text": "Left arm"}, "method": {"text": "Cuff"}}, []),
     ("9279-1", "/min", {"method": {"text": "Ventilator set"}}, [ANOTHER_BY_NAME]),
     ("9279-1", "/min", {"method": {"text": "Counted"}, "bodySite": None}, []),
     ("8867-4", "/min", {"bodySite": {"text": "Fetal scalp"}}, [ANOTHERS_NAME])],
)  # fmt: skip
def test_where_and_how_it_was_measured_may_deny_a_code_in_fhir(code, unit, how, why):
    feeding = Feeding().send(observation(code, 60, unit, **how))
    assert feeding.shown == why and len(feeding.charted) == 1 - len(why)


@pytest.mark.parametrize(
    ("concept", "name", "why"),
    [("heart_rate", "Fetal heart rate", ANOTHERS_NAME), ("heart_rate", "FHR baseline", ANOTHERS_NAME), ("heart_rate", "Heart rate", ""),
     ("lactate", "Lactate, cord blood", ANOTHERS_NAME), ("lactate", "Cord lactate", ANOTHERS_NAME),
     ("lactate", "Lactate CSF", NOT_BLOOD_BY_NAME),
     ("creatinine", "Creatinine, urine", NOT_BLOOD_BY_NAME), ("creatinine", "Creatinine [Mass/volume] in Serum or Plasma", ""),
     ("bilirubin", "Bilirubin, neonatal", ""), ("lactate", "Lactate blood gas", ""), ("urine_output", "Urine output", "")],
)  # fmt: skip
def test_what_its_sender_calls_it_contradicts_its_code(concept, name, why):
    assert wrong_by_name(concept, name) == why


@pytest.mark.parametrize(
    ("concept", "name"),
    [("systolic_pressure", "Pulmonary artery systolic"), ("mean_pressure", "MAP goal"), ("mean_pressure", "CVP mean"),
     ("temperature", "Incubator temperature"), ("respiratory_rate", "Respiratory rate set"), ("spo2", "SpO2 alarm low"), ("spo2", "ScvO2"),
     ("bilirubin", "Bilirubin, direct"), ("bilirubin", "Bilirubin konjugiert"), ("creatinine", "Creatinine clearance"),
     ("lactate", "Lactate dehydrogenase"), ("weight", "Ideal body weight"), ("urine_output", "Stool output")],
)  # fmt: skip
def test_a_name_of_another_measurement(concept, name):
    """A wrong code with a right check digit is the common fault of maps: the name beside it tells."""
    assert wrong_by_name(concept, name) == ANOTHER_BY_NAME


@pytest.mark.parametrize("concept", CONCEPTS.values(), ids=lambda concept: concept.name)
def test_the_own_name_of_a_concept_is_none_of_another(concept):
    assert wrong_by_name(concept.name, concept.label) == ""


@pytest.mark.parametrize(
    ("concept", "name"),
    [("platelets", "Platelets [#/volume] in Blood by Automated count"), ("bilirubin", "Bilirubin.total [Mass/volume] in Serum or Plasma"),
     ("mean_pressure", "Mean arterial pressure, invasive"), ("spo2", "Oxygen saturation in Arterial blood by Pulse oximetry"),
     ("temperature", "Body temperature, bladder"), ("weight", "Body weight measured"), ("fio2", "Oxygen/Inspired gas setting"),
     ("urine_output", "Urine output from catheter"), ("creatinine", "Creatinine [Moles/volume] in Serum or Plasma")],
)  # fmt: skip
def test_a_long_name_of_the_same_measurement(concept, name):
    assert wrong_by_name(concept, name) == ""


def test_a_name_contradicts_a_code_in_hl7_and_fhir():
    line = result("25", "8480-6^Pulmonary artery systolic^LN", "mm[Hg]")
    assert reasons(ANN, order(), line) == [ANOTHER_BY_NAME] and charted(ANN, order(), line) == []
    said = observation(
        "8480-6", 25, "mm[Hg]", code=loinc("8480-6") | {"text": "PA systolic pressure, pulmonary"}
    )
    assert Feeding().send(said).shown == [ANOTHER_BY_NAME]


def test_a_fetus_monitored_in_the_mothers_message():
    line = result("150", "8867-4^Fetal heart rate^LN", "/min")
    assert reasons(ANN, order(), line) == [ANOTHERS_NAME] and charted(ANN, order(), line) == []
    second = result("4", "LACCSF^Lactate CSF^L^2524-7^Lactate^LN", "mmol/L")
    assert reasons(ANN, order(), second) == [NOT_BLOOD_BY_NAME]
    feeding = Feeding().send(
        observation("8867-4", 150, "/min", code=loinc("8867-4") | {"text": "Fetal heart rate"})
    )
    assert feeding.shown == [ANOTHERS_NAME] and feeding.charted == []


@pytest.mark.parametrize(
    ("comment", "clumped"),
    [("Platelet clumps present, count may be falsely low", True), ("Thrombozytenaggregate", True), ("CLUMPED", True),
     ("Count may be inaccurate due to platelet clumping", True), ("No platelet clumps seen", False), ("Clumps not seen", False),
     ("Previous specimen clumped, recollected in citrate", False), ("Smear reviewed: no evidence of clumping", False),
     ("Haemolysed", False)],
)  # fmt: skip
def test_clumped_platelets_are_no_count(comment, clumped):
    """A count in clumped blood is too low (pseudothrombocytopenia); 40 would be 3 points of SOFA."""
    line, note = result("40", "777-3^PLT^LN", "10*3/uL"), f"NTE|1||{comment}"
    in_hl7, in_fhir = (
        charted(ANN, order(), line, note),
        Feeding().send(observation("777-3", 40, "10*3/uL", note=[{"text": comment}])),
    )
    assert [row[2] for row in in_hl7] == [row[2] for row in in_fhir.charted] == ([] if clumped else [40.0])
    assert reasons(ANN, order(), line, note) == in_fhir.shown == ([CLUMPED] if clumped else [])


def test_a_comment_about_clumps_says_nothing_of_another_value():
    assert charted(ANN, order(), result("4.0"), "NTE|1||Platelet clumps present")[0][2] == 4.0


def test_a_specimen_of_another_patient_is_not_the_patients():
    theirs, own = ({"subject": {"reference": f"Patient/{who}"}} for who in ("99", "7"))
    assert Feeding().send(observation(**blood(**theirs))).shown == [ANOTHERS_SPECIMEN]
    assert Feeding().send(observation(**blood(**own))).charted == [("server ehr|7", "lactate", 4.0)]
    known_otherwise = blood(subject={"identifier": {"system": "urn:mrn", "value": "100"}})
    assert Feeding().send(observation(**known_otherwise)).charted == [("server ehr|7", "lactate", 4.0)]


@pytest.mark.parametrize(
    "number",
    ["NO ID", "no-id", "UNKNOWN PATIENT", "Unidentified male", "000-00-0000", "999-99-9999", "XXXXXX", "????", "Not provided", "QC", "TBA",
     "Notfall", "okänd"],
)  # fmt: skip
def test_a_placeholder_names_nobody(number):
    assert names_nobody(number)
    pid = f"PID|1||{number}^^^HOSP^MR||DOE^JOHN||19500101|M"
    assert (
        charted(pid, order(), result("4.0")) == [] and problems(pid, order(), result("4.0"))[0][0] == "dead"
    )
    said = {"identifier": {"system": "urn:mrn", "value": number}}
    assert Feeding().send(observation(subject=said)).dead


@pytest.mark.parametrize("number", ["UNKNOWN77", "TRAUMA-0311", "0100", "9999", "X100", "TEMP123"])
def test_a_number_that_one_patient_was_given_names_somebody(number):
    assert not names_nobody(number)


def test_an_account_has_a_space_of_its_own_beside_the_record_numbers_of_its_issuer():
    """HL7 table 0203: AN and VN number accounts and visits; a hospital issues both kinds under one name."""
    by_account = "PID|1||100^^^HOSP^AN||DOE^BEN||19600101|M"
    assert charted(by_account, order(), result("4.0")) == [("number AN of HOSP|100", "lactate", 4.0)]
    assert charted(ANN, order(), result("4.0")) == [("HOSP|100", "lactate", 4.0)]


def test_a_merge_that_names_an_account_alone_merges_no_other_record():
    facts, _ = found(ANN, "MRG|55^^^HOSP^AN", kind="ADT^A40")
    assert "HOSP|55" not in [fact.old for fact in facts if isinstance(fact, Merged)]


def test_in_fhir_a_record_number_comes_before_an_account():
    account = {"system": "urn:accounts", "value": "555", "type": {"coding": [{"code": "AN"}]}}
    who = patient("p", identifier=[account, {"system": "urn:mrn", "value": "100"}])
    said = observation(contained=[who], subject={"reference": "#p"})
    assert Feeding().send(said).patients == {"urn:mrn|100"}


def test_a_mother_and_her_child_under_one_number_in_one_message():
    child = "PID|2||100^^^HOSP^MR||ROE^BABY||20260302|F"
    lines = (ANN, order("F1"), result("4.0"), child, order("F2"), result("9.0"))
    assert charted(*lines) == [] and problems(*lines)[0][0] == "dead"
    same = (ANN, order("F1"), result("4.0"), ANN, order("F2"), result("9.0"))
    assert [value for _, _, value in charted(*same)] == [4.0, 9.0]


def test_a_record_that_is_replaced_by_two_is_neither():
    """FHIR R4, Patient.link: a record of two people that was parted."""
    links = [{"type": "replaced-by", "other": {"reference": f"Patient/{who}"}} for who in ("8", "9")]
    feeding = Feeding().send(patient("7", link=links))
    assert feeding.of(Merged) == [] and feeding.dead
    assert [fact.survivor for fact in Feeding().send(patient("7", link=links[:1])).of(Merged)] == [
        "server ehr|8"
    ]

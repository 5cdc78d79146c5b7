"""Measurements of a CDM: by standard concept, mapping and source code; units, limits and answers by their concepts."""

import pytest

from opensepsis.data.intake.clumped import CLUMPED
from opensepsis.data.intake.specimen import ANOTHER_BY_NAME, ANOTHERS_NAME, NOT_BLOOD, NOT_BLOOD_BY_NAME
from tests.support.hospitals.small_omop import (
    PERSON,
    lab,
    moment,
    read,
    read_all,
    reasons,
    texts,
    values,
    write,
)

LACTATE, PLATELETS, PO2, SPECIMEN, TEMPERATURE = 3047181, 3024929, 3027315, 40769406, 3020891
MMOL, MG_DL, THOUSAND = 8753, 8840, 8848
VOCABULARY = [
    {"concept_id": 3016723, "concept_name": "Creatinine", "vocabulary_id": "LOINC", "concept_code": "2160-0"},
    {"concept_id": 3020564, "concept_name": "Creatinine, molar", "vocabulary_id": "LOINC", "concept_code": "14682-9"},
    {"concept_id": 8749, "concept_name": "micromole per liter", "vocabulary_id": "UCUM", "concept_code": "umol/L"},
    {"concept_id": 3016436, "concept_name": "LDH", "vocabulary_id": "LOINC", "concept_code": "2532-0"},
    {"concept_id": 2_000_000_001, "concept_name": "KREA", "vocabulary_id": "our lab", "concept_code": "KREA"},
]  # fmt: skip


def test_identifiers_above_two_to_the_53_keep_their_last_digit(tmp_path):
    folder = write(tmp_path, measurement=[lab(PLATELETS, value_as_number=90, unit_concept_id=THOUSAND)])
    assert read(folder, "platelets")["patient"].to_list() == [str(PERSON)]


def test_a_standard_concept_without_vocabulary_tables(tmp_path):
    rows = [
        lab(TEMPERATURE, value_as_number=38.3, unit_concept_id=586323),
        lab(TEMPERATURE, "13:00", value_as_number=100.4, unit_concept_id=9289),
    ]
    found = read(write(tmp_path, measurement=rows), "temperature")
    assert found["value"].to_list() == [38.3, 38.0]
    assert found["origin"].to_list() == ["measurement/1", "measurement/2"]
    assert found["known"].to_list() == [moment("12:00"), moment("13:00")]


def test_a_unit_may_be_told_by_the_source_alone_and_lacking_is_never_guessed(tmp_path):
    rows = [
        lab(LACTATE, value_as_number=2.1, unit_source_value="mmol/l"),
        lab(LACTATE, "13:00", value_as_number=2.2, unit_concept_id=0),
        lab(LACTATE, "14:00", value_as_number=2.3, unit_concept_id=8713, unit_source_value="mmol/l"),
    ]
    assert reasons(write(tmp_path, measurement=rows), "lactate")[:2] == [None, "no unit"]
    # grams per decilitre: the unit concept speaks before the source's own spelling
    assert reasons(tmp_path, "lactate")[2] == "the unit contradicts the code (SCnc)"


@pytest.mark.parametrize(
    ("sign", "text"),
    [(4171756, "<"), (4171754, "<="), (4172704, ">"), (4171755, ">="), (4172703, None), (0, None)],
)
def test_the_operator_makes_a_limit_of_a_number(tmp_path, sign, text):
    row = lab(PLATELETS, value_as_number=5, unit_concept_id=THOUSAND, operator_concept_id=sign)
    folder = write(tmp_path, measurement=[row])
    assert (values(folder, "platelets"), texts(folder, "platelets")) == ([5.0], [text])


@pytest.mark.parametrize(
    ("printed", "sign", "limit"),
    [("<5", None, "<"), (" > 5 ", None, ">"), ("≤5", None, "<="), ("<5", 4171756, "<"), ("5", None, None), ("", None, None),
     ("clotted, <10", None, None)],
)  # fmt: skip
def test_a_printed_limit_counts_where_no_operator_tells_it(tmp_path, printed, sign, limit):
    row = lab(
        PLATELETS,
        value_as_number=5,
        unit_concept_id=THOUSAND,
        operator_concept_id=sign,
        value_source_value=printed,
    )
    assert read(write(tmp_path, measurement=[row]), "platelets").select("value", "text").rows() == [
        (5.0, limit)
    ]


def test_a_printed_limit_counts_where_there_is_no_number(tmp_path):
    rows = [
        lab(PLATELETS, value_source_value="<5", unit_concept_id=THOUSAND),
        lab(PLATELETS, "13:00", value_source_value="CLUMPED", unit_concept_id=THOUSAND),
    ]
    folder = write(tmp_path, measurement=rows)
    assert (values(folder, "platelets"), texts(folder, "platelets")) == ([5.0], ["<"])
    assert reasons(folder, "platelets") == [None, "no value"]


def test_the_code_of_the_vocabulary_says_what_is_measured(tmp_path):
    rows = [
        lab(3020564, value_as_number=88.42, unit_concept_id=8749),
        lab(3020564, "13:00", value_as_number=1, unit_concept_id=MG_DL),
        lab(3016436, "14:00", value_as_number=200, measurement_source_value="2524-7"),
    ]
    folder = write(tmp_path, measurement=rows, concept=VOCABULARY)
    assert values(folder, "creatinine") == [1.0]
    assert reasons(folder, "creatinine")[1] == "the unit contradicts the code (SCnc)"
    assert read_all(folder, "lactate").is_empty()  # the standard concept is LDH, whatever the source calls it


def test_vital_signs_in_snomed(tmp_path):
    pulse = {
        "concept_id": 4301868,
        "concept_name": "Pulse rate",
        "vocabulary_id": "SNOMED",
        "concept_code": "78564009",
    }
    row = lab(4301868, value_as_number=88, unit_source_value="/min")
    assert values(write(tmp_path, measurement=[row], concept=[pulse]), "heart_rate") == [88.0]


def test_a_local_concept_is_read_through_its_mapping(tmp_path):
    rows = [
        lab(0, value_as_number=1.4, unit_concept_id=MG_DL, measurement_source_concept_id=2_000_000_001),
        lab(2_000_000_001, "13:00", value_as_number=1.5, unit_concept_id=MG_DL),
    ]
    mapped = [
        {"concept_id_1": 2_000_000_001, "concept_id_2": 3016723, "relationship_id": "Maps to"},
        {"concept_id_1": 2_000_000_001, "concept_id_2": 3016436, "relationship_id": "Is a"},
    ]
    folder = write(tmp_path, measurement=rows, concept=VOCABULARY, concept_relationship=mapped)
    assert values(folder, "creatinine") == [1.4, 1.5]


def test_a_source_code_counts_where_no_concept_was_mapped(tmp_path):
    rows = [
        lab(0, value_as_number=1.4, unit_source_value="mg/dL", measurement_source_value="2160-0"),
        lab(
            0, "13:00", value_as_number=1.4, unit_source_value="mg/dL", measurement_source_value="Creatinine"
        ),
    ]
    assert values(write(tmp_path, measurement=rows), "creatinine") == [1.4]  # a code, never a name


def test_blood_gases_only_of_arteries(tmp_path):
    rows = [
        lab(PO2, f"{hour}:00", value_as_number=40 + hour, unit_source_value="mm[Hg]")
        for hour in (10, 11, 12, 13)
    ]
    kinds = [(10, "ART."), (11, "VEN."), (12, "ART."), (12, "MIX.")]
    rows += [lab(SPECIMEN, f"{hour}:00", value_source_value=kind) for hour, kind in kinds]
    folder = write(tmp_path, measurement=rows)
    assert values(folder, "pao2") == [50.0]  # at 12 two specimens were drawn, at 13 nothing is told
    assert values(
        write(tmp_path / "b", measurement=[lab(3027801, value_as_number=80, unit_source_value="mm[Hg]")]),
        "pao2",
    ) == [80.0]


def test_a_saturation_of_venous_blood_is_no_spo2(tmp_path):
    rows = [
        lab(3013502, f"{hour}:00", value_as_number=value, unit_source_value="%")
        for hour, value in ((10, 55), (11, 96))
    ]
    rows += [
        lab(SPECIMEN, "10:00", value_source_value="VEN."),
        lab(SPECIMEN, "11:00", value_source_value="ART."),
    ]
    assert values(write(tmp_path, measurement=rows), "spo2") == [96.0]


def test_a_day_without_a_time_is_not_put_at_midnight(tmp_path):
    row = lab(PLATELETS, value_as_number=90, unit_concept_id=THOUSAND) | {"measurement_datetime": None}
    assert reasons(write(tmp_path, measurement=[row]), "platelets") == [
        "'measurement_datetime' is a day without a time"
    ]


def test_coded_answers_of_the_coma_scale(tmp_path):
    vocabulary = [
        {
            "concept_id": 3016335,
            "concept_name": "GCS eye",
            "vocabulary_id": "LOINC",
            "concept_code": "9267-6",
        },
        {
            "concept_id": 45877537,
            "concept_name": "Eye opening to pain",
            "vocabulary_id": "LOINC",
            "concept_code": "LA6554-5",
        },
    ]
    rows = [
        lab(3016335, value_as_concept_id=45877537),
        {"observation_concept_id": 3016335, "observation_date": "2021-03-01", "observation_datetime": "2021-03-01 14:00:00",
         "value_as_string": "4"},
    ]  # fmt: skip
    folder = write(tmp_path, measurement=rows[:1], observation=rows[1:], concept=vocabulary)
    assert values(folder, "gcs_eye") == [2.0, 4.0]


def test_a_verbal_score_of_one_under_a_tube_is_no_score(tmp_path):
    verbal = [lab(3009094, f"{hour}:00", value_as_number=1) for hour in (9, 11, 15)]
    tube = {"procedure_date": "2021-03-01"}
    procedures = [
        {"procedure_concept_id": 4097246, "procedure_datetime": "2021-03-01 10:00:00"} | tube,
        {"procedure_concept_id": 4150627, "procedure_datetime": "2021-03-01 14:00:00"} | tube,
    ]
    folder = write(tmp_path, measurement=verbal, procedure_occurrence=procedures)
    assert read(folder, "gcs_verbal")["time"].to_list() == [moment("09:00"), moment("15:00")]


def test_times_are_those_of_the_zone_that_is_named(tmp_path):
    folder = write(tmp_path, measurement=[lab(PLATELETS, value_as_number=90, unit_concept_id=THOUSAND)])
    found = read_all(folder, "platelets", timezone="Europe/Berlin")
    assert found["time"].to_list() == [moment("11:00")]


@pytest.mark.parametrize(
    ("concept", "number", "name", "reason"),
    [
        ("heart_rate", 3027018, "Fetal heart rate", ANOTHERS_NAME),
        ("heart_rate", 3027018, "Heart rate alarm - high", ANOTHER_BY_NAME),
        ("systolic_pressure", 3004249, "Pulmonary artery systolic", ANOTHER_BY_NAME),
        ("lactate", LACTATE, "Lactate, CSF", NOT_BLOOD_BY_NAME),
        ("lactate", LACTATE, "Lactate, whole blood", None),
        ("lactate", LACTATE, "52442", None),
    ],
)
def test_what_the_source_calls_a_value_may_deny_its_concept(tmp_path, concept, number, name, reason):
    unit = {"unit_concept_id": MMOL} if concept == "lactate" else {"unit_source_value": "/min"}
    if concept == "systolic_pressure":
        unit = {"unit_source_value": "mmHg"}
    plain = lab(number, "13:00", value_as_number=90 if concept != "lactate" else 1.5, **unit)
    row = lab(
        number, value_as_number=140 if concept != "lactate" else 9, measurement_source_value=name, **unit
    )
    assert reasons(write(tmp_path, measurement=[row, plain]), concept) == [reason, None]


@pytest.mark.parametrize(
    ("concept", "number", "unit", "printed", "reason"),
    [
        ("platelets", PLATELETS, THOUSAND, "30 clumped", CLUMPED),
        ("platelets", PLATELETS, THOUSAND, "30 K/uL", None),
        ("platelets", PLATELETS, THOUSAND, "Provider notified per current lab policy.", None),
        ("lactate", LACTATE, MMOL, "30 (CSF)", NOT_BLOOD),
        ("lactate", LACTATE, MMOL, "30 haemolysed", None),
    ],
)
def test_what_was_printed_beside_a_number_may_deny_it(tmp_path, concept, number, unit, printed, reason):
    row = lab(number, value_as_number=30, unit_concept_id=unit, value_source_value=printed)
    plain = lab(number, "13:00", value_as_number=2, unit_concept_id=unit, value_source_value="2")
    assert sorted(reasons(write(tmp_path, measurement=[row, plain]), concept), key=str) == sorted(
        [reason, None], key=str
    )

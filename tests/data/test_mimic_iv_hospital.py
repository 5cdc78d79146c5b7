"""Laboratory, urine, cultures, diagnoses and stays: what was found, and where the patient was."""

import pytest

import opensepsis
from opensepsis.data.intake.clumped import CLUMPED
from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.intake.specimen import NOT_ARTERIAL, NOT_BLOOD
from opensepsis.data.intake.text_codes_batch import WordsRead
from opensepsis.data.sources.mimic_iv import open_mimic_iv
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import OpensepsisError
from tests.support.hospitals.small_mimic import at, moment, read, texts, values, write


def lab(itemid: int, clock: str = "12:00", **row) -> dict:
    return {"labevent_id": 1, "specimen_id": 1, "itemid": itemid, "charttime": at(clock), **row}


def test_only_arterial_oxygen_counts(tmp_path):
    kinds = {1: "ART.", 2: "VEN.", 3: "CENTRAL VENOUS."}
    rows = [lab(50821, specimen_id=s, valuenum=80 + s, valueuom="mm Hg") for s in [*kinds, 4]]
    write(tmp_path, labevents=[*rows, *(lab(52033, specimen_id=s, value=word) for s, word in kinds.items())])
    assert values(tmp_path, "pao2") == [81]


@pytest.mark.parametrize(
    ("itemid", "concept", "unit", "comment", "reason"),
    [
        (50821, "pao2", "mm Hg", "VERIFIED.  NO CALLS MADE - NOT ARTERIAL BLOOD.", NOT_ARTERIAL),
        (50821, "pao2", "mm Hg", "PROVIDER NOTIFIED PER CURRENT LAB POLICY.", None),
        (50821, "pao2", "mm Hg", "___", None),
        (51265, "platelets", "K/uL", "PLATELET CLUMPS SEEN.", CLUMPED),
        (50912, "creatinine", "mg/dL", "PLEURAL FLUID.", NOT_BLOOD),
        (50912, "creatinine", "mg/dL", "VERIFIED BY DILUTION.", None),
        (50912, "creatinine", "umol/L", "PLEURAL FLUID.", "unknown unit"),
    ],
)
def test_a_comment_may_say_that_a_result_is_none_of_the_patients(
    tmp_path, itemid, concept, unit, comment, reason
):
    rows = [lab(itemid, valuenum=40, valueuom=unit, comments=comment), lab(52033, value="ART.")]
    write(tmp_path, labevents=rows)
    source = open_mimic_iv(tmp_path)
    assert [reason_of for batch in source.events(frozenset({concept})) for reason_of in batch["reason"]] == [
        reason
    ]


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


MIXED = "MIXED BACTERIAL FLORA ( >= 3 COLONY TYPES), CONSISTENT WITH SKIN AND/OR GENITAL CONTAMINATION.  "


FECAL = "MIXED BACTERIAL FLORA ( >= 3 COLONY TYPES), CONSISTENT WITH FECAL CONTAMINATION.  "
GROWTH = [  # the rows of a specimen, and whether something grew
    ([{"org_name": "MIXED BACTERIAL FLORA"}], None),
    ([{"org_name": "MIXED BACTERIAL FLORA", "comments": "___"}, {"org_name": "YEAST"}], 1),
    ([{"org_name": "NORMAL FLORA"}], 0),
    ([{"org_name": "CONTAMINATED"}], None),
    ([{"comments": MIXED}], None),
    ([{"comments": FECAL}], None),
    ([{"comments": MIXED, "org_name": "ENTEROCOCCUS SP."}], 1),
    ([{"comments": "SPARSE GROWTH Commensal Respiratory Flora.  "}], 0),
    ([{"comments": "NO GROWTH.  "}], 0),
    ([{"org_name": "GRAM NEGATIVE ROD(S)"}], 1),
    ([{"org_name": "A NAME THAT NO LIST HAS"}], 1),
]


def test_mixed_flora_is_not_known_to_have_grown_and_names_no_organism(tmp_path):
    rows = [
        culture(specimen, charttime=at(f"{specimen:02}:00"), storetime=at("09:00", 3), **row)
        for specimen, (rows, _) in enumerate(GROWTH, 1)
        for row in rows
    ]
    write(tmp_path, microbiologyevents=rows)
    found = WordsRead().read(read(tmp_path, "culture", "organism"))
    for specimen, (rows, grew) in enumerate(GROWTH, 1):
        mine = found.filter(time=moment(f"{specimen:02}:00"))
        assert mine.filter(concept="culture")["value"].to_list() == [None, grew], rows
        named = [text.partition("|")[2] for text in mine.filter(concept="organism")["text"]]
        assert bool("".join(named)) is (grew == 1), rows


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
    assert (event["text"], event["time"]) == ("ICD9:0389|principal", moment("12:00", 9))


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


ONE = frozenset({"heart_rate"})  # what is asked of events where only stays matter


def hospitals_of_two(path, **changed):
    """Two admissions; the second as `changed` says."""
    good = {"admittime": at("08:00"), "dischtime": at("12:00", 9), "discharge_location": "HOME"}
    other = good | {"subject_id": 8, "hadm_id": 80} | changed
    people = [{"gender": "F", "anchor_age": 60, "anchor_year": 2150}]
    people.append(people[0] | {"subject_id": 8, "dod": changed.get("dod", "")})
    return write(path, admissions=[good, other], patients=people, icustays=[])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"dischtime": "2152-02-27 12:00:00"}, "ends before it starts"),
        ({"deathtime": "2152-02-28 12:00:00"}, "died before admission"),
        ({"dod": "2152-02-20"}, "died before admission"),
        ({"admittime": ""}, "no time of admission"),
        ({"dischtime": "2158-03-09 12:00:00"}, "longer than 5 years"),
    ],
)
def test_an_impossible_admission_is_rejected_with_its_row_and_the_other_kept(tmp_path, changed, reason):
    source = open_mimic_iv(hospitals_of_two(tmp_path / "m", **changed))
    made = write_timeline(source, tmp_path / "t", ONE)
    assert made.stays["stay"].to_list() == ["70"]
    (told,) = made.counts["rejections"]
    assert told == {
        "table": "hosp/admissions.csv.gz", "rejected": "stay", "id": "hadm_id", "concept": None, "reason": reason,
        "count": 1, "rows": [3],
    }  # fmt: skip
    with pytest.raises(OpensepsisError, match="row 3"):
        write_timeline(source, tmp_path / "u", ONE, limits=RejectionLimits(strict=True))


def test_a_death_on_the_day_of_admission_is_no_reason(tmp_path):
    source = open_mimic_iv(hospitals_of_two(tmp_path / "m", dod="2152-03-01"))
    assert write_timeline(source, tmp_path / "t", ONE).stays.height == 2


def test_fluids_of_a_ward_are_told_as_not_read(tmp_path):
    rows = [
        {"emar_id": "1", "medication": name, "event_txt": "Administered", "charttime": at("12:00")}
        for name in ("", "Ceftriaxone", "")
    ]
    write(tmp_path, emar=rows)
    labels = opensepsis.label("mimic-iv", tmp_path, definitions="sep1")
    told = labels.run["counts"]["source"]
    assert told["not_read"] == {"emar": 2}
    assert any("fluids of a ward" in note for note in told["notes"])

"""The tables of MIMIC-IV, as data. What is not named is text, so that codes keep their leading zeros."""

from opensepsis.data.sources.relational.form import Form, Table, columns, tables

MIMIC_IV = Form(
    title="MIMIC-IV",
    layout="opensepsis reads the official MIMIC-IV layout, version 2.0 or newer.",
    repair="Compare it with the checksums of the official release (SHA256SUMS.txt) and copy it again.",
    absent="Give the folder of the official release (MIMIC-IV 2.0 or newer), the one that holds hosp/ and icu/.",
    schemas=("mimiciv_{}", "mimic_{}", "{}"),
    tables=tables(
        Table("patients", columns(whole="subject_id anchor_age anchor_year", time="dod"), "hosp"),
        Table(
            "admissions",
            columns(whole="subject_id hadm_id", time="admittime dischtime deathtime edregtime edouttime"),
            "hosp",
        ),
        Table("diagnoses_icd", columns(whole="subject_id hadm_id seq_num icd_version"), "hosp"),
        Table(
            "procedures_icd",
            columns(whole="subject_id hadm_id seq_num icd_version", time="chartdate"),
            "hosp",
        ),
        Table(
            "labevents",
            columns(
                whole="labevent_id subject_id hadm_id specimen_id itemid",
                time="charttime storetime",
                number="valuenum ref_range_lower ref_range_upper",
            ),
            "hosp",
        ),
        Table("d_labitems", columns(whole="itemid"), "hosp"),
        Table(
            "microbiologyevents",
            columns(
                whole="microevent_id subject_id hadm_id micro_specimen_id spec_itemid test_seq isolate_num",
                time="chartdate charttime storedate storetime",
            ),
            "hosp",
        ),
        Table(
            "prescriptions",
            columns(whole="subject_id hadm_id pharmacy_id poe_seq", time="starttime stoptime"),
            "hosp",
        ),
        Table(
            "emar",
            columns(whole="subject_id hadm_id emar_seq pharmacy_id", time="charttime scheduletime storetime"),
            "hosp",
        ),
        Table("emar_detail", columns(whole="subject_id emar_seq pharmacy_id"), "hosp"),
        Table(
            "icustays",
            columns(whole="subject_id hadm_id stay_id", time="intime outtime", number="los"),
            "icu",
        ),
        Table(
            "chartevents",
            columns(
                whole="subject_id hadm_id stay_id caregiver_id itemid warning",
                time="charttime storetime",
                number="valuenum",
            ),
            "icu",
        ),
        Table(
            "inputevents",
            columns(
                whole="subject_id hadm_id stay_id caregiver_id itemid orderid linkorderid",
                time="starttime endtime storetime",
                number="amount rate patientweight totalamount originalamount originalrate",
            ),
            "icu",
            optional=frozenset({"originalrate"}),
        ),
        Table(
            "outputevents",
            columns(
                whole="subject_id hadm_id stay_id caregiver_id itemid",
                time="charttime storetime",
                number="value",
            ),
            "icu",
        ),
        Table(
            "procedureevents",
            columns(
                whole="subject_id hadm_id stay_id caregiver_id itemid orderid linkorderid",
                time="starttime endtime storetime",
                number="value patientweight originalamount originalrate",
            ),
            "icu",
        ),
        Table("d_items", columns(whole="itemid"), "icu"),
    ),
)

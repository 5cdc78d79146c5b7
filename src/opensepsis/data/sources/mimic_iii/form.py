"""The tables of MIMIC-III, named as those of MIMIC-IV where they hold the same, so that its readers read them."""

from opensepsis.data.sources.relational.form import Form, Table, columns, tables

_STAY = {"stay_id": ("icustay_id",)}

MIMIC_III = Form(
    title="MIMIC-III",
    layout="opensepsis reads the official MIMIC-III layout, version 1.4.",
    repair="Compare it with the checksums of the official release (SHA256SUMS.txt) and copy it again.",
    absent="Give the folder of the official release (MIMIC-III 1.4), the one that holds PATIENTS.csv.gz.",
    schemas=("mimiciii", "mimiciii_clinical"),
    tables=tables(
        Table("patients", columns(whole="subject_id", time="dob dod")),
        Table("admissions", columns(whole="subject_id hadm_id", time="admittime dischtime deathtime")),
        Table("icustays", columns(whole="subject_id hadm_id stay_id", time="intime outtime"), renamed=_STAY),
        Table(
            "chartevents",
            columns(
                whole="subject_id hadm_id stay_id itemid error", time="charttime storetime", number="valuenum"
            ),
            renamed=_STAY,
            optional=frozenset({"error"}),
        ),
        Table(
            "labevents",
            columns(
                whole="labevent_id subject_id hadm_id itemid", time="charttime storetime", number="valuenum"
            ),
            renamed={"labevent_id": ("row_id",)},
            optional=frozenset({"storetime", "comments"}),
        ),
        Table(
            "microbiologyevents",
            columns(
                whole="subject_id hadm_id spec_itemid",
                time="chartdate charttime storetime storedate",
            ),
            optional=frozenset({"storetime", "storedate", "comments"}),
        ),
        Table(
            "prescriptions",
            columns(whole="subject_id hadm_id pharmacy_id", time="starttime"),
            renamed={"starttime": ("startdate",), "pharmacy_id": ("row_id",)},
        ),
        Table(
            "diagnoses_icd",
            columns(whole="subject_id hadm_id seq_num icd_version"),
            renamed={"icd_code": ("icd9_code",)},
            optional=frozenset({"icd_version"}),
        ),
        Table(
            "inputevents",
            columns(
                whole="subject_id hadm_id stay_id itemid orderid linkorderid",
                time="starttime endtime storetime",
                number="amount rate patientweight originalrate",
            ),
            other_names=("inputevents_mv",),
            renamed=_STAY,
            optional=frozenset({"originalrate"}),
        ),
        Table(
            "inputevents_cv",
            columns(
                whole="subject_id hadm_id stay_id itemid", time="charttime storetime", number="amount rate"
            ),
            renamed=_STAY,
        ),
        Table(
            "outputevents",
            columns(whole="subject_id stay_id itemid iserror", time="charttime storetime", number="value"),
            renamed=_STAY,
            optional=frozenset({"iserror"}),
        ),
        Table(
            "procedureevents",
            columns(whole="subject_id hadm_id stay_id itemid orderid", time="starttime endtime storetime"),
            other_names=("procedureevents_mv",),
            renamed=_STAY,
        ),
        Table("d_items", columns(whole="itemid")),
        Table("d_labitems", columns(whole="itemid")),
    ),
)

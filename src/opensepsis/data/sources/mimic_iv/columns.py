"""The type of every MIMIC-IV column, by its name: a column that is empty throughout cannot be guessed from its content."""

_WHOLE = {
    "subject_id", "hadm_id", "stay_id", "labevent_id", "specimen_id", "micro_specimen_id", "microevent_id", "pharmacy_id",
    "orderid", "linkorderid", "itemid", "spec_itemid", "anchor_age", "anchor_year", "icd_version", "seq_num",
    "hospital_expire_flag", "warning", "caregiver_id", "transfer_id", "emar_seq", "poe_seq", "test_seq", "isolate_num",
}  # fmt: skip
_TIMES = {
    "admittime", "dischtime", "deathtime", "edregtime", "edouttime", "intime", "outtime", "charttime", "storetime", "starttime",
    "endtime", "stoptime", "scheduletime", "chartdate", "storedate", "dod",
}  # fmt: skip
_NUMBERS = {
    "valuenum", "amount", "rate", "patientweight", "totalamount", "ref_range_lower", "ref_range_upper", "originalamount",
    "originalrate", "los",
}  # fmt: skip
_VALUE_IS_A_NUMBER = {"outputevents", "procedureevents"}


def type_of(table: str, column: str) -> str:
    """The Ibis type of a column; what no rule names is text, so that codes keep their leading zeros.

    >>> type_of("outputevents", "value"), type_of("chartevents", "value"), type_of("diagnoses_icd", "icd_code")
    ('float64', 'string', 'string')
    """
    name = column.lower()
    if name in _WHOLE:
        return "int64"
    if name in _TIMES:
        return "timestamp(6)"
    if name in _NUMBERS or (name == "value" and table in _VALUE_IS_A_NUMBER):
        return "float64"
    return "string"


DUCKDB_TYPES = {"int64": "BIGINT", "timestamp(6)": "TIMESTAMP", "float64": "DOUBLE", "string": "VARCHAR"}

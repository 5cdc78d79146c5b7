"""The tables of CLIF, their columns in the versions 2.1 to 3.0, and what to say when one is missing."""

from opensepsis.data.sources.relational.form import Form, Table, columns, tables

_DOSE = "med_dose med_dose_converted"
_STATUS = {"convert_status": ("_convert_status",)}


def _table(name: str, optional: str = "", renamed: dict | None = None, **kinds: str) -> Table:
    """A table by its own name or with the prefix `clif_`; `optional`: columns that a version or a site may lack."""
    listed = frozenset(optional.split())
    return Table(
        name, columns(**kinds), other_names=(f"clif_{name}",), renamed=renamed or {}, optional=listed
    )


CLIF = Form(
    title="CLIF",
    tables=tables(
        _table("patient", "birth_date death_dttm sex_category", time="birth_date", instant="death_dttm"),
        _table(
            "hospitalization",
            "age_at_admission discharge_category",
            instant="admission_dttm discharge_dttm",
            number="age_at_admission",
        ),
        _table("adt", "hospital_id hospital_type location_name location_type", instant="in_dttm out_dttm"),
        _table(
            "vitals", "measured_dttm vital_name", instant="recorded_dttm measured_dttm", number="vital_value"
        ),
        _table(
            "labs",
            "lab_value_numeric lab_value lab_result_dttm reference_unit lab_order_category lab_specimen_category lab_name",
            instant="lab_order_dttm lab_collect_dttm lab_result_dttm",
            number="lab_value_numeric",
        ),
        _table(
            "respiratory_support",
            "device_name mode_category tracheostomy fio2_set lpm_set peep_set peep_obs resp_rate_obs is_scaffold",
            instant="recorded_dttm",
            number="fio2_set lpm_set peep_set peep_obs resp_rate_obs",
        ),
        _table(
            "medication_admin_continuous",
            "med_order_id med_name med_dose med_dose_unit med_route_category mar_action_category mar_action_group med_dose_converted "
            "med_dose_unit_converted convert_status",
            _STATUS,
            instant="admin_dttm",
            number=_DOSE,
        ),
        _table(
            "medication_admin_intermittent",
            "med_order_id med_name med_dose med_dose_unit med_route_category mar_action_category mar_action_group",
            instant="admin_dttm",
            number=_DOSE,
        ),
        _table(
            "patient_assessments",
            "numerical_value categorical_value text_value",
            instant="recorded_dttm",
            number="numerical_value",
        ),
        _table(
            "crrt_therapy",
            "mode_category blood_flow_rate",
            {"mode_category": ("crrt_mode_category",)},
            instant="recorded_dttm",
            number="blood_flow_rate",
        ),
        _table(
            "renal_replacement_therapy", "blood_flow_rate", instant="recorded_dttm", number="blood_flow_rate"
        ),
        _table("intermittent_dialysis", "blood_flow_rate", instant="recorded_dttm", number="blood_flow_rate"),
        _table(
            "ecmo_mcs",
            "config_category",
            {"config_category": ("ecmo_configuration_category", "ecmo_config_category")},
            instant="recorded_dttm",
        ),
        _table("mcs", "config_category", instant="recorded_dttm"),
        _table(
            "microbiology_culture",
            "patient_id order_dttm result_dttm fluid_name method_category organism_name organism_category",
            instant="order_dttm collect_dttm result_dttm",
        ),
        _table(
            "microbiology_nonculture",
            "patient_id result_dttm fluid_name fluid_category organism_category micro_order_name",
            {"organism_category": ("component_category", "micro_component_category")},
            instant="collect_dttm result_dttm",
        ),
        _table("input", instant="recorded_dttm", number="input_volume"),
        _table(
            "output",
            "output_unit output_group",
            {"output_value": ("output_volume",)},
            instant="recorded_dttm",
            number="output_value",
        ),
        _table("intake_output", instant="intake_dttm", number="amount in_out_flag"),
        _table(
            "hospital_diagnosis",
            "diagnosis_primary poa_present",
            {"diagnosis_code": ("diagnostic_code",)},
            number="diagnosis_primary poa_present",
        ),
        _table("patient_procedures", instant="procedure_billed_dttm"),
        _table("code_status", instant="start_dttm"),
    ),
    layout="opensepsis reads CLIF 2.1, 2.2 and 3.0.",
    repair="Write the table again as Parquet, with the columns of the CLIF data dictionary.",
    absent="Give the folder of the CLIF tables, the one that holds clif_patient.parquet or patient.parquet.",
    schemas=("clif",),
)

"""The tables of the OMOP Common Data Model 5.3 and 5.4, as data."""

from opensepsis.data.sources.relational.form import Form, Table, columns, tables

OMOP = Form(
    title="OMOP CDM",
    layout="opensepsis reads the OMOP Common Data Model 5.3 and 5.4.",
    repair="Export it again from the database.",
    absent="Give the folder with the tables of the Common Data Model (person, visit_occurrence, measurement, …).",
    schemas=("cdm", "omop", "omop_cdm", "cdm_synthea", "public"),
    tables=tables(
        Table(
            "person",
            columns(
                whole="person_id gender_concept_id year_of_birth month_of_birth day_of_birth",
                time="birth_datetime",
            ),
            optional=frozenset({"month_of_birth", "day_of_birth", "birth_datetime", "gender_source_value"}),
        ),
        Table(
            "visit_occurrence",
            columns(
                whole="visit_occurrence_id person_id visit_concept_id visit_type_concept_id care_site_id "
                "discharged_to_concept_id admitted_from_concept_id",
                time="visit_start_date visit_start_datetime visit_end_date visit_end_datetime",
            ),
            renamed={
                "discharged_to_concept_id": ("discharge_to_concept_id",),
                "discharged_to_source_value": ("discharge_to_source_value",),
                "admitted_from_concept_id": ("admitting_source_concept_id",),
                "admitted_from_source_value": ("admitting_source_value",),
            },
            optional=frozenset(
                {
                    "visit_start_datetime", "visit_end_datetime", "care_site_id", "discharged_to_concept_id",
                    "discharged_to_source_value",
                }
            ),
        ),
        Table(
            "visit_detail",
            columns(
                whole="visit_detail_id person_id visit_detail_concept_id care_site_id visit_occurrence_id",
                time="visit_detail_start_date visit_detail_start_datetime visit_detail_end_date visit_detail_end_datetime",
            ),
            optional=frozenset(
                {"visit_detail_start_datetime", "visit_detail_end_datetime", "care_site_id"}
            ),
        ),
        Table(
            "care_site",
            columns(whole="care_site_id place_of_service_concept_id"),
            optional=frozenset({"place_of_service_concept_id", "care_site_name"}),
        ),
        Table(
            "death",
            columns(whole="person_id", time="death_date death_datetime"),
            optional=frozenset({"death_datetime"}),
        ),
        Table(
            "measurement",
            columns(
                whole="measurement_id person_id measurement_concept_id operator_concept_id value_as_concept_id "
                "unit_concept_id visit_occurrence_id measurement_source_concept_id",
                number="value_as_number",
                time="measurement_date measurement_datetime",
            ),
            optional=frozenset(
                {
                    "measurement_datetime", "operator_concept_id", "value_as_concept_id", "unit_concept_id",
                    "measurement_source_value", "measurement_source_concept_id", "unit_source_value", "value_source_value",
                }
            ),
        ),
        Table(
            "observation",
            columns(
                whole="observation_id person_id observation_concept_id value_as_concept_id unit_concept_id "
                "visit_occurrence_id observation_source_concept_id",
                number="value_as_number",
                time="observation_date observation_datetime",
            ),
            optional=frozenset(
                {
                    "observation_datetime", "value_as_number", "value_as_string", "value_as_concept_id", "unit_concept_id",
                    "observation_source_value", "observation_source_concept_id", "unit_source_value", "value_source_value",
                }
            ),
        ),
        Table(
            "drug_exposure",
            columns(
                whole="drug_exposure_id person_id drug_concept_id drug_type_concept_id route_concept_id drug_source_concept_id",
                number="quantity",
                time="drug_exposure_start_date drug_exposure_start_datetime drug_exposure_end_date drug_exposure_end_datetime",
            ),
            optional=frozenset(
                {
                    "drug_exposure_start_datetime", "drug_exposure_end_datetime", "drug_exposure_end_date", "quantity",
                    "route_concept_id", "drug_source_value", "drug_source_concept_id", "route_source_value",
                    "dose_unit_source_value", "stop_reason", "sig",
                }
            ),
        ),
        Table(
            "procedure_occurrence",
            columns(
                whole="procedure_occurrence_id person_id procedure_concept_id procedure_source_concept_id visit_occurrence_id",
                time="procedure_date procedure_datetime procedure_end_datetime",
            ),
            optional=frozenset(
                {
                    "procedure_datetime", "procedure_end_datetime", "procedure_source_value",
                    "procedure_source_concept_id", "visit_occurrence_id",
                }
            ),
        ),
        Table(
            "device_exposure",
            columns(
                whole="device_exposure_id person_id device_concept_id device_source_concept_id visit_occurrence_id",
                time="device_exposure_start_date device_exposure_start_datetime device_exposure_end_date device_exposure_end_datetime",
            ),
            optional=frozenset(
                {
                    "device_exposure_start_datetime", "device_exposure_end_datetime", "device_source_value",
                    "device_source_concept_id", "visit_occurrence_id",
                }
            ),
        ),
        Table(
            "condition_occurrence",
            columns(
                whole="condition_occurrence_id person_id condition_concept_id condition_source_concept_id visit_occurrence_id "
                "condition_status_concept_id",
                time="condition_start_date condition_start_datetime",
            ),
            optional=frozenset(
                {
                    "condition_start_datetime", "condition_source_value", "condition_source_concept_id", "visit_occurrence_id",
                    "condition_status_concept_id",
                }
            ),
        ),
        Table(
            "specimen",
            columns(
                whole="specimen_id person_id specimen_concept_id", time="specimen_date specimen_datetime"
            ),
            optional=frozenset({"specimen_datetime", "specimen_source_value"}),
        ),
        Table("concept", columns(whole="concept_id")),
        Table("local_concept", columns(whole="concept_id"), other_names=("2b_concept",)),
        Table("concept_relationship", columns(whole="concept_id_1 concept_id_2")),
        Table(
            "local_concept_relationship",
            columns(whole="concept_id_1 concept_id_2"),
            other_names=("2b_concept_relationship",),
        ),
        Table("concept_ancestor", columns(whole="ancestor_concept_id descendant_concept_id")),
        Table("cdm_source", columns(), optional=frozenset({"cdm_version"})),
    ),
)  # fmt: skip

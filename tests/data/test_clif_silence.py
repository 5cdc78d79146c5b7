"""What a CLIF hospital did not send is not known: infections are not denied for want of their tables."""

import pytest

import opensepsis
from opensepsis.data.sources.clif import open_clif
from tests.support.hospitals.small_clif import at, write

CULTURE = {
    "patient_id": "p7",
    "fluid_category": "blood_buffy",
    "method_category": "culture",
    "collect_dttm": at("12:00"),
}
ANTIBIOTIC = {
    "med_category": "vancomycin",
    "admin_dttm": at("12:00"),
    "med_route_category": "iv",
    "med_dose": 1.0,
}
VITAL = {"vital_category": "heart_rate", "recorded_dttm": at("12:00"), "vital_value": 80.0}


@pytest.mark.parametrize(
    ("tables", "silent"),
    [
        ({}, {"antibiotic", "antibiotic_order", "culture", "organism"}),
        ({"medication_admin_intermittent": [ANTIBIOTIC]}, {"antibiotic_order", "culture", "organism"}),
        ({"microbiology_culture": [CULTURE]}, {"antibiotic", "antibiotic_order"}),
        ({"microbiology_nonculture": [CULTURE]}, {"antibiotic", "antibiotic_order", "culture"}),
    ],
)
def test_a_table_that_is_absent_is_silent_for_every_stay(tmp_path, tables, silent):
    place = {"location_category": "icu", "in_dttm": at("12:00"), "out_dttm": at("18:00")}
    found = open_clif(write(tmp_path, adt=[place], **tables)).not_sent()
    assert set(found.rows()) == {(stay, concept) for stay in ("h70", "h70-icu-1") for concept in silent}


def test_sepsis_is_judged_only_where_cultures_and_antibiotics_were_sent(tmp_path):
    both = {"medication_admin_intermittent": [ANTIBIOTIC], "microbiology_culture": [CULTURE]}
    for name, tables in {"all": both, "none": {}}.items():
        (tmp_path / name).mkdir()
        write(tmp_path / name, vitals=[VITAL], **tables)
    told = {
        name: opensepsis.label("clif", tmp_path / name, definitions="sepsis3,sepsis3:orders").stays
        for name in ("all", "none")
    }
    # orders are never read
    assert told["all"].select("sepsis3", "sepsis3:orders").rows() == [(False, None)]
    assert told["none"].select("sepsis3", "sepsis3:orders").rows() == [(None, None)]

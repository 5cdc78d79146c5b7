"""What a hospital sent of nobody is not known, and to which site and ward a stay belongs, as far as each form tells."""

import polars as pl
import pytest

import opensepsis
from opensepsis.data.sources import open_source
from tests.support.hospitals import bulk_export, small_clif, small_meds, small_omop

INFECTION = frozenset({"antibiotic", "antibiotic_order", "culture", "organism"})
GIVEN, ORDERED, HOME = 32818, 32838, 32865


def silent(name: str, place) -> set[str]:
    """The concepts that a source says its hospital never sent, after it was read."""
    source = open_source(name, str(place))
    stays = source.stays()["stay"].to_list()
    list(source.events(INFECTION))
    found = source.not_sent()
    concepts = set(found["concept"])
    assert set(found.rows()) == {(stay, concept) for stay in stays for concept in concepts}
    return concepts


@pytest.mark.parametrize(
    "kind, left",
    [(GIVEN, {"antibiotic_order"}), (ORDERED, {"antibiotic"}), (HOME, {"antibiotic", "antibiotic_order"})],
)
def test_a_cdm_without_doses_given_or_ordered_or_cultures_is_silent_of_them(tmp_path, kind, left):
    dose = small_omop.dose(0, kind, drug_source_value="Ceftriaxone 2 g")
    assert silent("omop", small_omop.write(tmp_path, drug_exposure=[dose])) == left | {"culture", "organism"}


def test_a_cdm_with_a_culture_is_not_silent_of_cultures(tmp_path):
    culture = small_omop.lab(0, measurement_source_value="600-7", value_source_value="no growth")
    assert silent("omop", small_omop.write(tmp_path, measurement=[culture])) == {
        "antibiotic",
        "antibiotic_order",
    }


def test_sepsis_of_a_cdm_with_orders_only_is_not_judged_but_its_variant_with_orders_is(tmp_path):
    dose = small_omop.dose(0, ORDERED, drug_source_value="Ceftriaxone 2 g")
    culture = small_omop.lab(0, measurement_source_value="600-7", value_source_value="no growth")
    place = small_omop.write(tmp_path / "data", drug_exposure=[dose], measurement=[culture])
    names = "suspected_infection,suspected_infection:orders"
    labels = opensepsis.label("omop", str(place), tmp_path / "out", definitions=names)
    judged = labels.run["judged"]
    assert judged["suspected_infection"] == 0 and judged["suspected_infection:orders"] == 1


def test_a_meds_folder_is_silent_of_what_no_code_tells(tmp_path):
    events = [*small_meds.stay(), (7, small_meds.at(2), "MEDICATION//Vancomycin//Administered")]
    assert silent("meds", small_meds.folder(tmp_path, *events)) == {"antibiotic_order", "culture", "organism"}


def test_an_export_is_silent_of_what_no_resource_tells(tmp_path):
    assert silent("fhir", bulk_export.usual(tmp_path / "a", bulk_export.administration())) == INFECTION - {
        "antibiotic"
    }
    assert silent("fhir", bulk_export.usual(tmp_path / "b", bulk_export.observation())) == INFECTION


def test_concepts_that_were_not_asked_for_are_not_called_silent(tmp_path):
    source = open_source("fhir", str(bulk_export.usual(tmp_path, bulk_export.observation())))
    list(source.events(frozenset({"lactate"})))
    assert source.not_sent().is_empty()


def groups(name: str, place) -> list[dict]:
    found = open_source(name, str(place)).groups()
    return [] if found is None else found.sort("stay").to_dicts()


def test_the_care_sites_of_a_cdm_are_site_and_ward(tmp_path):
    place = small_omop.write(
        tmp_path,
        care_site=[
            {"care_site_id": 1, "care_site_name": "North"},
            {"care_site_id": 2, "care_site_name": "MICU"},
        ],
        visit_detail=[small_omop.SOMEBODY["visit_detail"][0] | {"care_site_id": 2}],
    )
    text = (place / "visit_occurrence.csv").read_text()
    head, row = text.splitlines()
    (place / "visit_occurrence.csv").write_text(f"{head},care_site_id\n{row},1\n")
    told = {row["stay"][:1]: (row["site"], row["ward"]) for row in groups("omop", place)}
    assert told == {"-": ("North", None), "d": ("North", "MICU")}


def test_the_locations_of_clif_are_site_ward_and_unit(tmp_path):
    at = {"in_dttm": small_clif.at("12:00"), "out_dttm": small_clif.at("18:00")}
    place = small_clif.write(
        tmp_path,
        adt=[
            {
                "location_category": "icu",
                "location_name": "7 West",
                "location_type": "medical_icu",
                "hospital_id": "North",
                **at,
            }
        ],
    )
    assert groups("clif", place) == [
        {"stay": "h70", "site": "North", "ward": None, "unit": None},
        {"stay": "h70-icu-1", "site": "North", "ward": "7 West", "unit": "medical_icu"},
    ]


def test_a_clif_without_names_of_hospitals_tells_no_groups(tmp_path):
    at = {"in_dttm": small_clif.at("12:00"), "out_dttm": small_clif.at("18:00")}
    assert groups("clif", small_clif.write(tmp_path, adt=[{"location_category": "icu", **at}])) == []


def test_the_code_that_begins_intensive_care_is_its_ward(tmp_path):
    events = [
        *small_meds.stay(),
        (7, small_meds.at(3), "ICU_ADMISSION//MICU"),
        (7, small_meds.at(9), "ICU_DISCHARGE//MICU"),
    ]
    told = {row["stay"]: row["ward"] for row in groups("meds", small_meds.folder(tmp_path, *events))}
    assert told == {"7/hospital-1": None, "7/icu-1": "MICU"}


def test_the_organization_of_an_encounter_is_its_site_and_the_place_its_ward(tmp_path):
    visit = bulk_export.encounter(serviceProvider={"reference": "Organization/1", "display": "North"})
    unit = bulk_export.encounter(
        "i", partOf={"reference": "Encounter/e"}, location=[{"location": {"display": "MICU"}}]
    )
    place = bulk_export.export(tmp_path, a=[bulk_export.patient(), visit, unit])
    assert groups("fhir", place) == [
        {"stay": "e", "site": "North", "ward": None},
        {"stay": "i", "site": "North", "ward": "MICU"},
    ]


def test_groups_and_silence_stand_in_the_results(tmp_path):
    place = small_clif.write(
        tmp_path,
        adt=[
            {
                "location_category": "icu",
                "hospital_id": "North",
                "in_dttm": small_clif.at("12:00"),
                "out_dttm": small_clif.at("18:00"),
            }
        ],
    )
    opensepsis.label("clif", str(place), tmp_path / "out", definitions="sofa")
    assert pl.read_parquet(tmp_path / "out" / "timeline" / "groups.parquet")["site"].to_list() == [
        "North",
        "North",
    ]

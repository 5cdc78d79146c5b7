"""Antibiotics, cultures, diagnoses and what a hospital never sent, on made-up tables of eICU."""

from pathlib import Path

import polars as pl
import pytest

import opensepsis
from opensepsis.data.sources.eicu import open_eicu
from tests.support.hospitals.small_eicu import events, read, stay, write


def _order(name: str = "VANCOMYCIN HCL 1000 MG IV SOLR", **more) -> dict:
    return {
        "drugorderoffset": 5,
        "drugstartoffset": 30,
        "drugordercancelled": "No",
        "drugname": name,
        "routeadmin": "IV",
    } | more


def test_an_antibiotic_is_an_order_from_its_start_and_no_dose_given(tmp_path: Path) -> None:
    timeline = read(write(tmp_path / "eicu", medication=[_order()]), tmp_path)
    assert events(timeline, "antibiotic_order").select("time", "known", "text").rows() == [
        (30.0, 30.0, "vancomycin|IV")
    ]
    assert events(timeline, "antibiotic").is_empty()


def test_an_order_made_after_its_start_is_known_when_it_was_made(tmp_path: Path) -> None:
    made = write(tmp_path / "eicu", medication=[_order(drugstartoffset=-188, drugorderoffset=1)])
    assert events(read(made, tmp_path), "antibiotic_order").select("time", "known").rows() == [(-188.0, 1.0)]


@pytest.mark.parametrize(
    "row",
    [
        _order(drugordercancelled="Yes"), _order("VANCOMYCIN CONSULT TO PHARMACY"), _order("ACETAMINOPHEN 325 MG PO TABS"),
        _order("Vancomycin trough level"), _order("", drughiclseqno=1866), _order(drugordercancelled="yes"),
        _order(drugordercancelled="Y"), _order("CEFTRIAXONE 1 G (HOLD)"),
    ],
)  # fmt: skip
def test_what_was_cancelled_or_is_no_dose_is_no_order(tmp_path: Path, row: dict) -> None:
    assert events(read(write(tmp_path / "eicu", medication=[row]), tmp_path), "antibiotic_order").is_empty()


@pytest.mark.parametrize(
    ("name", "route", "said"),
    [
        ("GENTAMICIN OPHTH SOLN 0.3%", "", "gentamicin|eye"),
        ("VANCOMYCIN 125 MG CAPS", "", "vancomycin|oral"),
        ("VANCOMYCIN LOCK", "IV", "vancomycin|lock"),
        ("CEFAZOLIN IRRIGATION 1 GM", "", "cefazolin|irrigation"),
        ("VANCOMYCIN HCL 1 GM VIAL", "IV", "vancomycin|IV"),
        ("VANCOMYCIN HCL 1 GM VIAL", "", "vancomycin|"),
    ],
)
def test_a_form_in_the_name_of_an_order_tells_its_route(
    tmp_path: Path, name: str, route: str, said: str
) -> None:
    made = write(tmp_path / "eicu", medication=[_order(name, routeadmin=route)])
    source = open_eicu(made)
    texts = [text for batch in source.events(frozenset({"antibiotic_order"})) for text in batch["text"]]
    assert texts == [said]


def test_an_order_without_a_name_is_told_by_its_code(tmp_path: Path) -> None:
    made = write(
        tmp_path / "eicu", medication=[_order("", drughiclseqno=4042), _order("aspirin", drughiclseqno=4042)]
    )
    assert events(read(made, tmp_path), "antibiotic_order")["text"].to_list() == ["vancomycin|IV"]


@pytest.mark.parametrize(("said", "route"), [("INTRAVEN", "IV"), ("MISC", ""), ("PO", "PO"), ("", "")])
def test_a_route_cut_short_is_mended_and_a_word_that_is_none_is_not_told(
    tmp_path: Path, said: str, route: str
) -> None:
    made = write(tmp_path / "eicu", medication=[_order("ceftriaxone", routeadmin=said)])
    assert events(read(made, tmp_path), "antibiotic_order")["text"].to_list() == [f"ceftriaxone|{route}"]


def test_a_noted_antibiotic_is_an_order_by_its_own_name(tmp_path: Path) -> None:
    root = "infectious diseases|medications|therapeutic antibacterials"
    paths = (f"{root}|carbapenem|meropenem", root)
    made = write(
        tmp_path / "eicu", treatment=[{"treatmentoffset": 30, "treatmentstring": path} for path in paths]
    )
    assert set(events(read(made, tmp_path), "antibiotic_order")["text"]) == {"meropenem|", "antibacterial|"}


def _culture(site: str = "Blood, Venipuncture", organism: str = "no growth", **more) -> dict:
    return {"culturetakenoffset": 20, "culturesite": site, "organism": organism} | more


def test_a_culture_is_pending_when_taken_and_its_result_known_at_discharge(tmp_path: Path) -> None:
    rows = [
        _culture(),
        _culture(organism="Escherichia coli", antibiotic="x"),
        _culture(organism="Escherichia coli", antibiotic="y"),
    ]
    timeline = read(write(tmp_path / "eicu", microlab=rows), tmp_path)
    found = events(timeline, "culture").select("time", "known", "value", "text").rows()
    assert found == [(20.0, 20.0, None, "blood"), (20.0, 1440.0, 1.0, "blood")]
    assert events(timeline, "organism").select("time", "known", "text").rows() == [
        (20.0, 1440.0, "blood|Escherichia coli")
    ]


@pytest.mark.parametrize(
    ("organism", "grown", "named"),
    [("no growth", 0.0, 0), ("No growth in 3 days", 0.0, 0), ("normal flora", 0.0, 0), ("mixed flora", None, 0),
     ("Other", 1.0, 1), ("yeast", 1.0, 1), ("", 0.0, 0)],
)  # fmt: skip
def test_what_stands_for_no_organism_did_not_grow(
    tmp_path: Path, organism: str, grown: float | None, named: int
) -> None:
    timeline = read(write(tmp_path / "eicu", microlab=[_culture(organism=organism)]), tmp_path)
    assert events(timeline, "culture")["value"].to_list() == [None, grown]
    assert events(timeline, "organism").height == named


def test_a_cancelled_culture_is_none_and_one_of_no_site_is_of_an_unknown_specimen(tmp_path: Path) -> None:
    rows = [_culture(organism="cancelled"), _culture("", "Escherichia coli")]
    timeline = read(write(tmp_path / "eicu", microlab=rows), tmp_path)
    assert events(timeline, "culture").select("value", "text").rows() == [(None, "unknown"), (1.0, "unknown")]
    assert events(timeline, "organism")["text"].to_list() == ["unknown|Escherichia coli"]


def test_a_screening_swab_is_no_culture(tmp_path: Path) -> None:
    rows = [_culture("Nasopharynx", "Staphylococcus aureus"), _culture("Rectal Swab", "no growth")]
    timeline = read(write(tmp_path / "eicu", microlab=rows), tmp_path)
    assert events(timeline, "culture").is_empty() and events(timeline, "organism").is_empty()


def test_where_a_hospital_sent_no_cultures_sepsis_is_not_known(tmp_path: Path) -> None:
    stays = [stay(1, hospitalid=1), stay(2, hospitalid=1), stay(3, hospitalid=2)]
    orders = [_order(), _order(patientunitstayid=3)]
    made = write(tmp_path / "eicu", stays, microlab=[_culture()], medication=orders)
    labels = opensepsis.label("eicu", made, stay_kind="icu", definitions="sepsis3:orders,sepsis3,bacteremia")
    told = labels.stays.sort("stay").select("sepsis3:orders", "sepsis3", "bacteremia").rows()
    # stay 2 of the sending hospital had no culture; hospital 2 sent none; no dose is ever told as given
    assert told == [(False, None, False), (False, None, False), (None, None, None)]
    assert labels.run["judged"] == {"sepsis3": 0, "sepsis3:orders": 2, "bacteremia": 2}


def test_what_was_not_sent_stays_not_known_through_a_timeline(tmp_path: Path) -> None:
    made = write(tmp_path / "eicu", medication=[_order()])
    read(made, tmp_path)
    labels = opensepsis.label(
        "timeline", tmp_path / "timeline", stay_kind="icu", definitions="sepsis3:orders"
    )
    assert labels.stays["sepsis3:orders"].to_list() == [None]


def test_how_many_hospitals_sent_each_table_is_told(tmp_path: Path) -> None:
    stays = [stay(1, hospitalid=1), stay(2, hospitalid=2)]
    told = read(write(tmp_path / "eicu", stays, microlab=[_culture()]), tmp_path).counts["source"]
    assert told["sent"]["microlab"] == {"stays": 1, "of_stays": 2, "hospitals": 1, "of_hospitals": 2}


def test_diagnoses_are_codes_of_both_editions_when_they_were_entered(tmp_path: Path) -> None:
    rows = [{"diagnosisoffset": 40, "icd9code": "038.9, A41.9"}, {"diagnosisoffset": 40, "icd9code": ""}]
    found = events(read(write(tmp_path / "eicu", diagnosis=rows), tmp_path), "diagnosis")
    assert sorted(found.select("time", "known", "text").rows()) == [
        (40, 40, "ICD10:A41.9"),
        (40, 40, "ICD9:038.9"),
    ]


def test_comfort_care_lasts_to_full_therapy_or_for_good(tmp_path: Path) -> None:
    said = [
        (10, "Full therapy"),
        (60, "Comfort measures only"),
        (90, "Do not resuscitate"),
        (120, "Full therapy"),
        (300, "Comfort measures only"),
    ]
    rows = [{"cplitemoffset": at, "cplgroup": "Care Limitation", "cplitemvalue": value} for at, value in said]
    found = events(read(write(tmp_path / "eicu", careplangeneral=rows), tmp_path), "comfort_care")
    assert found.select("time", "end").rows() == [(60.0, 120.0), (300.0, None)]


def test_long_term_dialysis_of_the_history_lasts_to_the_end_of_the_hospital_stay(tmp_path: Path) -> None:
    rows = [
        {
            "pasthistoryoffset": 5,
            "pasthistoryenteredoffset": 9,
            "pasthistoryvalue": "renal failure - hemodialysis",
        }
    ]
    found = events(read(write(tmp_path / "eicu", pasthistory=rows), tmp_path), "chronic_dialysis")
    assert found.select("time", "end", "known").rows() == [(5.0, 1440.0, 9.0)]


def test_free_text_and_totals_of_a_score_are_never_read(tmp_path: Path) -> None:
    rows = [
        {
            "physicalexamoffset": 5,
            "physicalexampath": "notes/Progress Notes/Physical Exam/Neurologic/GCS/Mental Status/sedated",
        }
    ]
    timeline = read(write(tmp_path / "eicu", physicalexam=rows), tmp_path)
    assert (
        timeline.events()
        .filter(pl.col("concept").cast(pl.String).str.starts_with("gcs"))
        .collect()
        .is_empty()
    )

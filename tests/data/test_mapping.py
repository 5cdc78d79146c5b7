"""`opensepsis map`: proposals, what a draft tells of patients, and lines that count only once a person confirmed them."""

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.mapping.draft import draft, write_draft
from opensepsis.data.mapping.gain import gain
from opensepsis.data.mapping.names import named
from opensepsis.data.mapping.proposals import propose
from opensepsis.data.site.local_code import DRUG, ORDER, LocalCode, Spread
from opensepsis.data.site.mapping import read_confirmed
from opensepsis.data.sources import open_mappable, open_source
from opensepsis.errors import ConceptError, FormatError, MissingError, SourceError, UnitError
from tests.support.hospitals import bulk_export, small_clif, small_eicu, small_meds, small_omop

USUAL_LACTATE = Spread(0.8, 1.2, 1.9, 3.0, 8.0)


def code(name: str, unit: str = "", values: Spread | None = None, **more) -> LocalCode:
    return LocalCode(
        "lab", name, name, unit=unit, values=values, **{"rows": 90, "patients": 40, "numbers": 90} | more
    )


def first(found: LocalCode) -> str:
    return next((proposal.concept for proposal in propose(found)), "")


@pytest.mark.parametrize(
    "name, concept",
    [
        ("Laktat (BGA)", "lactate"),
        ("Arterial Blood Pressure mean", "mean_pressure"),
        ("Platelets [#/volume] in Blood by Automated count", "platelets"),
        ("Respiratory Rate", "respiratory_rate"),
        ("Glasgow coma score eye opening", "gcs_eye"),
        ("Central Venous Pressure", ""),
        ("Respiratory Rate (Set)", ""),
        ("Bilirubin Direct", "direct_bilirubin"),
        ("Bilirubin, Indirect", ""),
        ("Calcium, Total", "calcium"),
        ("Free Calcium", ""),
        ("Chloride, Urine", ""),
        ("Sodium Chloride 0.9%", "crystalloid"),
        ("Potassium Chloride", ""),
        ("Troponin I", "troponin_i"),
        ("Troponin T", ""),
        ("Creatinine, Urine", ""),
        ("Mean Platelet Volume", ""),
        ("Lactate Dehydrogenase (LD)", ""),
        ("Heart Rate Alarm - High", ""),
        ("Plateletsx", ""),
    ],
)
def test_a_name_speaks_of_a_concept_by_whole_words_and_names_of_other_things_compete(name, concept):
    assert next((found.concept for found in named(name)), "") == concept


def test_a_unit_that_cannot_be_converted_rules_a_concept_out():
    assert first(code("Lactate", "mmol/L", USUAL_LACTATE)) == "lactate"
    assert first(code("Lactate", "mm[Hg]", USUAL_LACTATE)) == ""


def test_values_outside_the_limits_rule_a_concept_out_and_usual_ones_speak_for_it():
    usual = propose(code("Lactate", "mmol/L", USUAL_LACTATE))[0]
    high = propose(code("Lactate", "mmol/L", Spread(14, 18, 22, 26, 30)))[0]
    assert usual.score > high.score and "unusual" in high.because
    assert not propose(code("Lactate", "mmol/L", Spread(90, 100, 110, 120, 130)))


def test_the_values_tell_the_unit_that_the_data_do_not_name():
    assert propose(code("Temp", values=Spread(97, 98, 98.6, 99, 101)))[0].unit == "[degF]"
    assert propose(code("Temp", values=Spread(36, 36.5, 37, 37.4, 38)))[0].unit == "Cel"
    assert propose(code("Bodyweight (lb)", values=Spread(100, 140, 175, 220, 280)))[0].unit == "lb"


def test_a_code_without_any_number_is_proposed_as_no_measurement():
    assert not propose(code("Temperature Site", numbers=0))


def test_a_standard_code_stands_before_the_name_and_one_of_no_list_is_told():
    assert propose(code("x", codes=("LOINC/2524-7",)))[0].because == "LOINC 2524-7"
    other = propose(code("Glucose", "mg/dL", codes=("LOINC/5792-7",)))[0]
    assert "5792-7 is on no list" in other.because and other.score < 1


def test_drugs_are_proposed_by_code_and_name_and_an_order_only_of_antibiotics():
    assert propose(code("?", kind=DRUG, codes=("RxNorm/7512",)))[0].concept == "norepinephrine"
    assert propose(code("Rocephin 2 g", kind=DRUG))[0].ingredient == "ceftriaxone"
    assert propose(code("Rocephin 2 g", kind=ORDER))[0].concept == "antibiotic_order"
    assert not propose(code("Propofol", kind=ORDER))


def test_a_fluid_in_which_a_drug_is_dissolved_is_none():
    assert first(code("NS IVF")) == "crystalloid"
    assert first(code("Dobutamine (NS)-IN")) == "" and first(code("D5 0.45 NS")) == ""


def test_what_few_patients_have_or_may_be_a_name_is_counted_and_not_listed(tmp_path):
    found = draft(
        [
            code("Lactate", "mmol/L", patients=2, rows=7),
            code("Case 1234567", patients=40, rows=5, printed=True),
            code("nurse@ward", patients=40, rows=3, printed=True),
            code("Lactat " + "x" * 90, patients=40, rows=2, printed=True),
            code("Laktat", "mmol/L", patients=4, rows=11, printed=True),
        ]
    )
    text = write_draft(found, tmp_path).read_text(encoding="utf-8")
    assert (found.not_listed, found.rows_not_listed) == (4, 17)
    assert "Laktat" in text and "3-9" in text
    assert not any(word in text for word in ("1234567", "nurse", "xxx"))


def test_values_of_few_patients_are_not_summed_up(tmp_path):
    place = small_omop.write(
        tmp_path,
        person=[
            {"person_id": number, "gender_concept_id": 8532, "year_of_birth": 1950} for number in range(1, 13)
        ],
        measurement=[
            small_omop.lab(
                0,
                person_id=number,
                measurement_source_value=name,
                value_as_number=1.0 + number,
                unit_source_value="mmol/L",
            )
            for number in range(1, 13)
            for name in (("Lac A", "Lac B") if number < 5 else ("Lac A",))
        ],
    )
    told = {found.code: found for found in open_mappable("omop", str(place)).local_codes()}
    assert told["source: Lac A"].values is not None and told["source: Lac A"].patients == 12
    assert told["source: Lac B"].values is None and told["source: Lac B"].patients == 4


def test_answered_lines_are_kept_and_the_rest_is_drafted_anew(tmp_path):
    file = write_draft(draft([code("Laktat", "mmol/L"), code("Thrombos")]), tmp_path)
    lines = file.read_text(encoding="utf-8").replace(",lab,Laktat,", "yes,lab,Laktat,")
    file.write_text(lines.replace("mmol/L", "mmol/L of ours"), encoding="utf-8")
    write_draft(draft([code("Laktat", "mmol/L"), code("HF")]), tmp_path)
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert [(row["code"], row["confirmed"]) for row in rows] == [("Laktat", "yes"), ("HF", "")]
    assert "of ours" in rows[0]["values"]


def test_the_gain_counts_rows_concepts_and_rows_of_sofa():
    told = gain(
        draft(
            [code("x", mapped="creatinine"), code("Thrombozyten", "10*9/L", rows=30), code("Braden", rows=10)]
        )
    )
    assert (told.rows, told.now, told.proposed) == (130, 90, 30)
    assert told.concepts_now == ("creatinine",) and told.concepts_proposed == ("platelets",)
    parts = {part.title: part for part in told.sofa}
    assert parts["Coagulation (platelets)"].gained and parts["Renal"].now == 90


# what each source makes of one local code, before and after it is confirmed


def mapping(
    folder: Path, confirmed: str, table: str, code: str, concept: str, unit: str = "", ingredient: str = ""
) -> Path:
    """A site's folder whose mapping.csv has one line."""
    folder.mkdir(exist_ok=True)
    with (folder / "mapping.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(["confirmed", "table", "code", "concept", "ingredient", "unit"])
        writer.writerow([confirmed, table, code, concept, ingredient, unit])
    return folder


def seen(name: str, place, site: Path, concept: str) -> list[float | None]:
    """The usable values of a concept that a source reads with a site."""
    batches = list(open_source(name, place, None, site).events(frozenset({concept})))
    kept = [b.filter(pl.col("reason").is_null()) if "reason" in b.columns else b for b in batches]
    return [value for batch in kept for value in batch["value"]]


def omop(tmp_path: Path):
    rows = [small_omop.lab(0, measurement_source_value="LAK", value_as_number=18.016)]
    return "omop", small_omop.write(tmp_path / "data", measurement=rows), "measurement", "source: LAK"


def eicu_lab(tmp_path: Path):
    rows = [
        {
            "labname": "LAK",
            "labresultoffset": 60,
            "labresultrevisedoffset": 60,
            "labresult": 18.016,
            "labresulttext": "18.016",
        }
    ]
    return "eicu", small_eicu.write(tmp_path / "data", lab=rows), "lab", "LAK"


def eicu_nurses(tmp_path: Path):
    names = {"nursingchartcelltypevallabel": "Lab", "nursingchartcelltypevalname": "LAK"}
    rows = [{"nursingchartoffset": 60, "nursingchartentryoffset": 61, **names, "nursingchartvalue": "18.016"}]
    return "eicu", small_eicu.write(tmp_path / "data", nursecharting=rows), "nursecharting", "Lab|LAK"


def eicu_respiratory(tmp_path: Path):
    rows = [
        {
            "respchartoffset": 60,
            "respchartentryoffset": 61,
            "respchartvaluelabel": "LAK",
            "respchartvalue": "18.016",
        }
    ]
    return "eicu", small_eicu.write(tmp_path / "data", respiratorycharting=rows), "respiratorycharting", "LAK"


def clif(tmp_path: Path):
    (tmp_path / "data").mkdir()
    times = {"lab_collect_dttm": small_clif.at("10:00"), "lab_result_dttm": small_clif.at("11:00")}
    rows = [
        {
            "lab_category": "lak",
            **times,
            "lab_value_numeric": 18.016,
            "lab_value": "18.016",
            "reference_unit": None,
        }
    ]
    return (
        "clif",
        small_clif.write(tmp_path / "data", schema={"reference_unit": pl.String}, labs=rows),
        "labs",
        "lak",
    )


def meds(tmp_path: Path):
    place = small_meds.folder(
        tmp_path / "data", *small_meds.stay(), (7, small_meds.at(1), "OURS//LAK", 18.016)
    )
    return "meds", place, "data", "OURS//LAK"


def meds_of_nobody(tmp_path: Path):
    events = [(7, small_meds.at(0), "HOSPITAL_ADMISSION"), (7, small_meds.at(1), "OURS//LAK", 18.016)]
    return (
        "meds",
        small_meds.folder(tmp_path / "data", *events, dataset={"dataset_name": "Ours"}),
        "data",
        "OURS//LAK",
    )


def fhir(tmp_path: Path):
    place = tmp_path / "data"
    place.mkdir()
    said = bulk_export.observation(code="LAK", value=18.016)
    said["code"] = bulk_export.coded("LAK", "http://ours")
    del said["valueQuantity"]["unit"], said["valueQuantity"]["code"], said["valueQuantity"]["system"]
    lines = [bulk_export.patient(), bulk_export.encounter(), said]
    (place / "all.ndjson").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return "fhir", place, "Observation", "http://ours|LAK"


def own_files(tmp_path: Path):
    place = tmp_path / "data"
    place.mkdir()
    (place / "stays.csv").write_text("patient,stay,admitted\nP,S,2026-03-02T08:00:00Z\n", encoding="utf-8")
    rows = (
        "patient,concept,time,value\nP,platelets,2026-03-02T09:00:00Z,90\nP,LAK,2026-03-02T09:00:00Z,18.016\n"
    )
    (place / "events.csv").write_text(rows, encoding="utf-8")
    return "csv", place, "names", "LAK"


SOURCES = [omop, eicu_lab, eicu_nurses, eicu_respiratory, clif, meds, meds_of_nobody, fhir, own_files]


@pytest.mark.parametrize("made", SOURCES, ids=lambda one: one.__name__)
def test_a_line_counts_only_once_it_is_confirmed_and_in_the_unit_it_names(made, tmp_path):
    name, place, table, code = made(tmp_path)
    for answer in ("", "no", "yes"):
        site = mapping(tmp_path / "site", answer, table, code, "lactate", "mg/dL")
        assert [round(v, 6) for v in seen(name, place, site, "lactate")] == (
            [2.0] if answer == "yes" else []
        ), answer


@pytest.mark.parametrize("made", SOURCES, ids=lambda one: one.__name__)
def test_a_draft_names_the_code_as_its_line_does(made, tmp_path):
    name, place, table, code = made(tmp_path)
    found = [(one.table, one.code) for one in open_mappable(name, place).local_codes() if not one.mapped]
    assert (table, code) in found


def test_a_confirmed_drug_of_a_cdm_is_a_dose(tmp_path):
    given = small_omop.dose(0, 32818, drug_source_value="Hausmix C")
    place = small_omop.write(tmp_path / "data", drug_exposure=[given])
    line = ("drug_exposure", "source: Hausmix C", "antibiotic")
    read = {}
    for answer in ("", "yes"):
        site = mapping(tmp_path / "site", answer, *line, ingredient="ceftriaxone")
        read[answer] = list(open_source("omop", place, None, site).events(frozenset({"antibiotic"})))
    assert read[""] == [] and read["yes"][0]["text"].str.contains("ceftriaxone").all()


def test_a_confirmed_infusion_of_eicu_runs_in_the_unit_of_its_name(tmp_path):
    rows = [{"infusionoffset": 60, "drugname": "Hausmix N (mcg/kg/min)", "drugrate": "0.1"},
            {"infusionoffset": 120, "drugname": "Hausmix N (mcg/kg/min)", "drugrate": "0"}]  # fmt: skip
    place = small_eicu.write(tmp_path / "data", infusiondrug=rows)
    line = ("infusiondrug", "Hausmix N (mcg/kg/min)", "norepinephrine")
    assert seen("eicu", place, mapping(tmp_path / "site", "", *line), "norepinephrine") == []
    assert seen("eicu", place, mapping(tmp_path / "site", "yes", *line), "norepinephrine") == [0.1]


@pytest.mark.parametrize(
    "line, error, said",
    [
        (("maybe", "lab", "x", "lactate"), FormatError, "row 2: confirmed must be yes, no or empty"),
        (
            ("yes", "lab", "x", "lactat"),
            ConceptError,
            "row 2: unknown concept 'lactat'. Did you mean 'lactate'",
        ),
        (("yes", "lab", "x", ""), ConceptError, "row 2: unknown concept ''"),
        (("yes", "lab", "x", "lactate", "mmHg"), UnitError, "row 2"),
    ],
)
def test_a_line_that_cannot_be_used_is_an_error_that_names_its_row(line, error, said, tmp_path):
    with pytest.raises(error, match=said):
        read_confirmed(mapping(tmp_path / "site", *line))


def test_a_site_without_a_mapping_and_a_source_without_local_codes_are_errors(tmp_path):
    place = small_omop.write(tmp_path / "data")
    with pytest.raises(MissingError, match=r"There is no mapping\.csv"):
        open_source("omop", place, None, tmp_path)
    with pytest.raises(SourceError, match="The codes of hourly are not a hospital's own"):
        open_mappable("hourly", place)

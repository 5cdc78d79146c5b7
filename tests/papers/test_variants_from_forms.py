"""Variants and gaps as hospitals send them: sedation and dialysis from the OMOP CDM, diagnoses without a mark, births without weeks."""

import polars as pl
import pytest

import opensepsis
from tests.support.hospitals.small_omop import at, dose, lab, moment, write

PROPOFOL, INTRAVENOUS, ADMINISTERED, GCS, CREATININE, HEMODIALYSIS = (
    40220388,
    4171047,
    32818,
    3032652,
    3016723,
    4051326,
)


def points(labels, score: str, row: str, clock: str, day: int = 1) -> int | None:
    found = labels.scores[score].filter(pl.col("time") == moment(clock, day))
    return found[row].item()


def test_sedation_of_the_omop_cdm_outlasts_its_end_in_the_variant(tmp_path):
    """Typed: GCS 15 at 9, propofol 10 to 14, GCS 7 at 15 and at 03:00 of the next day, 13 h after its end."""
    awake = {"value_as_number": 15}
    deep = {"value_as_number": 7}
    later = {"measurement_date": at("03:00", 2)[:10], "measurement_datetime": at("03:00", 2)}
    given = {
        "drug_exposure_end_datetime": at("14:00"),
        "drug_exposure_end_date": at("14:00")[:10],
        "quantity": 200,
        "dose_unit_source_value": "mg",
    }
    folder = write(
        tmp_path,
        measurement=[
            lab(GCS, "09:00", **awake),
            lab(GCS, "15:00", **deep),
            lab(GCS, "03:00", **deep | later),
        ],
        drug_exposure=[dose(PROPOFOL, ADMINISTERED, "10:00", route_concept_id=INTRAVENOUS, **given)],
    )
    labels = opensepsis.label("omop", folder, definitions=["sofa2", "sofa2:sedation_12h"])
    told = {
        s: (points(labels, s, "brain", "16:00"), points(labels, s, "brain", "04:00", 2))
        for s in ("sofa2", "sofa2:sedation_12h")
    }
    assert told == {"sofa2": (3, 3), "sofa2:sedation_12h": (0, 3)}


@pytest.mark.parametrize(("variant", "after"), [("kdigo", 0), ("kdigo:between_sessions", 3)])
def test_dialysis_of_the_omop_cdm_pauses_between_its_sessions(tmp_path, variant, after):
    session = {
        "procedure_concept_id": HEMODIALYSIS, "procedure_date": at("10:00")[:10], "procedure_datetime": at("10:00"),
        "procedure_end_datetime": at("14:00"),
    }  # fmt: skip
    normal = {"value_as_number": 1.0, "unit_concept_id": 8840}
    second = {"measurement_date": at("06:00", 2)[:10], "measurement_datetime": at("06:00", 2)}
    rows = [lab(CREATININE, "09:00", **normal), lab(CREATININE, "06:00", **normal | second)]
    folder = write(tmp_path, measurement=rows, procedure_occurrence=[session])
    labels = opensepsis.label("omop", folder, definitions=[variant])
    assert points(labels, variant, "aki", "12:00") == 3
    assert points(labels, variant, "aki", "20:00", 2) == after


NEWBORN = """patient,concept,time,value,unit,text
1,maternal_temperature,2026-03-02T08:05:00Z,39.5,Cel,
1,membranes_ruptured,2026-03-02T08:05:00Z,20,h,
1,maternal_gbs,2026-03-02T08:05:00Z,,,positive
1,intrapartum_antibiotic,2026-03-02T08:05:00Z,,,none
"""


@pytest.mark.parametrize(
    ("weeks", "risk"), [("", None), ("1,gestational_age,2026-03-02T08:05:00Z,39,wk,\n", 2)]
)
def test_a_newborn_without_a_gestational_age_has_no_risk(tmp_path, weeks, risk):
    stays = "patient,stay,admitted,discharged,born\n1,s,2026-03-02T08:00:00Z,2026-03-03T08:00:00Z,2026-03-02T07:00:00Z\n"
    (tmp_path / "stays.csv").write_text(stays, encoding="utf-8")
    (tmp_path / "events.csv").write_text(NEWBORN + weeks, encoding="utf-8")
    labels = opensepsis.label("csv", tmp_path, definitions=["early_onset_sepsis"])
    row = labels.scores["early_onset_sepsis"].row(0, named=True)
    assert (row["risk"], row["total"]) == (risk, risk if risk is None else row["total"])
    assert risk is not None or row["total"] is None

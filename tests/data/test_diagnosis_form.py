"""A principal diagnosis and another one: the same two texts from every form of data that has them."""

from datetime import UTC, datetime
from functools import partial

import polars as pl
import pytest

from opensepsis.data.intake.diagnosis_codes import QUALIFIED
from opensepsis.data.sources import open_source
from opensepsis.data.sources.given_frames import Frames
from opensepsis.data.timeline.writer import write_timeline
from tests.support.hospitals import bulk_export, small_clif, small_mimic, small_omop
from tests.support.ward.hl7_messages import ANN, found

TEXTS = ["ICD10:A41.9|principal", "ICD10:N18.6"]
ICD = "http://hl7.org/fhir/sid/icd-10-cm"


def csv(folder):
    at = [datetime(2026, 3, day, 8, tzinfo=UTC) for day in (1, 2)]
    stays = pl.DataFrame(
        {"patient": ["a"], "stay": ["s"], "admitted": at[:1], "discharged": at[1:], "age": [60]}
    )
    rows = {
        "patient": "a",
        "concept": "diagnosis",
        "time": at[1],
        "text": ["icd10:A419|principal", "ICD-10-CM:N18.6"],
    }
    return open_source("csv", Frames(stays, pl.DataFrame(rows), None, {}, "hospital"))


def mimic_iv(folder):
    codes = [{"seq_num": n, "icd_code": code, "icd_version": 10} for n, code in ((1, "A419"), (2, "N186"))]
    return open_source("mimic-iv", small_mimic.write(folder, diagnoses_icd=codes))


def omop(folder):
    codes = [
        {"condition_source_value": code, "condition_start_date": "2021-03-01", "condition_status_concept_id": status}
        for code, status in (("A41.9", 32903), ("N18.6", None))
    ]  # fmt: skip
    return open_source("omop", small_omop.write(folder, condition_occurrence=codes))


def clif(folder):
    names = ("diagnosis_code", "diagnosis_code_format", "diagnosis_primary")
    codes = [dict(zip(names, row, strict=True)) for row in (("A41.9", "ICD10CM", 1), ("N18.6", "ICD10CM", 0))]
    folder.mkdir()
    return open_source("clif", small_clif.write(folder, hospital_diagnosis=codes))


def fhir(folder):
    told = [
        {"resourceType": "Condition", "id": code, "subject": {"reference": "Patient/p"}, "encounter": {"reference": "Encounter/e"},
         "code": bulk_export.coded(code, ICD)}
        for code in ("A41.9", "N18.6")
    ]  # fmt: skip
    ranked = [{"condition": {"reference": f"Condition/{c['id']}"}, "rank": n} for n, c in enumerate(told, 1)]
    visit = bulk_export.encounter(diagnosis=ranked)
    return open_source(
        "fhir", bulk_export.export(folder, people=[bulk_export.patient()], visits=[visit], told=told)
    )


@pytest.mark.parametrize("form", [csv, mimic_iv, omop, clif, fhir], ids=lambda form: form.__name__)
def test_a_source(form, tmp_path):
    timeline = write_timeline(form(tmp_path / "in"), tmp_path / "timeline", frozenset({"diagnosis"}))
    coded = timeline.events().filter(pl.col("concept") == "diagnosis").collect()
    assert sorted(coded["text"].cast(pl.String)) == TEXTS


def test_hl7():
    coded = "DG1|{}||{}^x^I10|||F|||||||||{}"
    told = partial(found, "EVN|A03|202603021150+0000", ANN, "PV1|1|I|3B", kind="ADT^A03")
    facts, _ = told(coded.format(1, "A41.9", 1), coded.format(2, "N18.6", 2))
    assert sorted(f.event.text for f in facts if hasattr(f, "event")) == TEXTS


SAID = [
    "ICD10:A41.9|rule out",
    "A419|suspected",
    "ICD10:R65.21|history of",
    "ICD10:J18.9|secondary",
    "ICD9:995.92|poa|confirmed",
]


def test_a_diagnosis_in_words_that_may_take_it_back_is_rejected_and_counted(tmp_path):
    at = [datetime(2026, 3, day, 8, tzinfo=UTC) for day in (1, 2)]
    stays = pl.DataFrame({"patient": "a", "stay": "s", "admitted": at[:1], "discharged": at[1:], "age": 60})
    rows = pl.DataFrame({"patient": "a", "concept": "diagnosis", "time": at[1], "text": SAID})
    timeline = write_timeline(
        open_source("csv", Frames(stays, rows, None, {}, "hospital")), tmp_path / "timeline"
    )
    assert (
        pl.read_parquet(tmp_path / "timeline" / "events" / "**" / "*.parquet")["text"].to_list() == SAID[3:]
    )
    assert timeline.rejected["text"].to_list() == SAID[:3]
    assert timeline.rejected["reason"].unique().to_list() == [QUALIFIED]

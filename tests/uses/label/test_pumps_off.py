"""Pumps that are charted without an end: a rate of 0, or a word for off, ends what ran of the drug. Texts beside numbers in csv."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from opensepsis.data.decode.site import read_site
from opensepsis.uses.label import label
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Charted, Rejected
from opensepsis.uses.ward.model.messages import Message
from tests.support.hospitals.csv_folder import folder

ADMITTED = datetime(2026, 1, 1, tzinfo=UTC)
STAYS = "patient,stay,admitted,discharged,age\na,1,2026-01-01T00:00:00Z,2026-01-04T00:00:00Z,60\n"
HEADER = "patient,concept,time,end,value,unit,text,origin\n"
MEAN = "a,mean_pressure,2026-01-02T09:00:00Z,,80,mm[Hg],,m\n"
RAN = "a,norepinephrine,2026-01-01T03:00:00Z,,0.2,ug/kg/min,,r1\n"
NOON = int(datetime(2026, 1, 9, tzinfo=UTC).timestamp()) * 1_000_000


def circulation(tmp_path, *rows: str, as_known: bool = False) -> int | None:
    """The points of circulation 34 h after the admission: the pump ran within the last day only if it was never off."""
    found = label(
        "csv",
        folder(tmp_path / "h", STAYS, HEADER + MEAN + "".join(rows)),
        definitions="sofa",
        as_known=as_known,
    )
    at = pl.col("time") == ADMITTED + timedelta(hours=34)
    return found.scores["sofa"].filter(at).row(0, named=True)["circulation"]


def by_ward(row: str) -> tuple[list, list]:
    """What the ward's folder charts of a row, and why it shows it instead."""
    facts, _ = read(Message(1, "csv", "csv", "events.csv:1", (HEADER + row).encode(), NOON), read_site())
    charted = [(f.event.concept, f.event.value, f.event.text) for f in facts if isinstance(f, Charted)]
    return charted, [f.reason for f in facts if isinstance(f, Rejected)]


OFF = [
    "0,ug/kg/min,",
    "0.00,ug/kg/min,",
    "off,ug/kg/min,",
    "stopped,,",
    ",,stopped",
    ",,off",
    "0.2,ug/kg/min,held",
    "paused,,",
    ",,gestoppt",
]


@pytest.mark.parametrize("as_known", [False, True])
@pytest.mark.parametrize("cells", OFF)
def test_a_pump_that_is_off_runs_no_longer(tmp_path, cells, as_known):
    """Norepinephrine above 0.1 ug/kg/min is 4 points (Vincent 1996); MAP of 80 without it none."""
    off = f"a,norepinephrine,2026-01-01T05:00:00Z,,{cells},r2\n"
    assert circulation(tmp_path / "ran", RAN, as_known=as_known) == 4
    assert circulation(tmp_path / "off", RAN, off, as_known=as_known) == 0
    assert by_ward(off) == ([("norepinephrine", None, "off")], [])


@pytest.mark.parametrize(
    "row",
    ["a,norepinephrine,2026-01-01T05:00:00Z,2026-01-01T06:00:00Z,0,ug/kg/min,,r2\n",  # another pump that stood still for an hour
     "a,epinephrine,2026-01-01T05:00:00Z,,0,ug/kg/min,,r2\n",
     "a,norepinephrine,2026-01-01T05:00:00Z,,,,off?,r2\n",
     "a,norepinephrine,2026-01-01T02:00:00Z,,0,ug/kg/min,,r2\n"],  # before
)  # fmt: skip
def test_what_does_not_end_a_pump(tmp_path, row):
    assert circulation(tmp_path, RAN, row) == 4


def test_a_pump_runs_again_after_it_was_off(tmp_path):
    off = "a,norepinephrine,2026-01-01T05:00:00Z,,0,ug/kg/min,,r2\n"
    again = "a,norepinephrine,2026-01-02T06:00:00Z,,0.05,ug/kg/min,,r3\n"
    assert circulation(tmp_path, RAN, off, again) == 3


BESIDE = [
    ("pao2,38,mm[Hg],venous", "not from arterial blood"), ("pao2,38,mm[Hg],central line", "not from arterial blood"),
    ("creatinine,12,mg/dL,urine", "not from blood, by its specimen"), ("lactate,4,mmol/L,CSF", "not from blood, by its specimen"),
    ("heart_rate,150,/min,fetal", "by its name it is of a fetus, a cord or a donor"),
    ("platelets,40,10*3/uL,clumped", "clumped, by its comment: no count"),
    ("gcs_total,3,,intubated", "intubated: no verbal score"), ("gcs_verbal,1,,T", "intubated: no verbal score"),
    ("antibiotic,,,ceftriaxone|IV refused", "not given, by its name"), ("antibiotic,0,,ceftriaxone|IV", "not given: its amount is zero"),
    ("pregnancy,,,?pregnant", None), ("consciousness,,,confused?", None), ("comfort_care,,,comfort measures only?", None),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "reason"), BESIDE)
def test_a_text_by_which_a_row_is_none(tmp_path, cells, reason):
    """As the ward's HL7 and FHIR say it; a question is no statement."""
    name, value, unit, text = cells.split(",")
    row = f"a,{name},2026-01-01T05:00:00Z,,{value},{unit},{text},r\n"
    found = label(
        "csv",
        folder(tmp_path, STAYS, HEADER + row),
        definitions="sofa,news2,septic_shock,adult_sepsis_event:nhsn_draft",
    )
    charted, shown = by_ward(row)
    rejected = [(one["concept"], one["reason"]) for one in found.run["counts"]["rejections"]]
    assert charted == [] and len(shown) == 1 and [concept for concept, _ in rejected] == [name]
    assert reason is None or (shown == [reason] and rejected[0][1] == reason)


@pytest.mark.parametrize(
    "cells",
    ["pao2,88,mm[Hg],arterial", "creatinine,1.2,mg/dL,serum", "lactate,4,mmol/L,haemolysed", "platelets,40,10*3/uL,no clumps seen",
     "gcs_total,15,,was intubated", "gcs_total,3,,sedated", "antibiotic,2,g,ceftriaxone|IV"],
)  # fmt: skip
def test_any_other_text_leaves_a_row_as_it_is(cells):
    name, value, unit, text = cells.split(",")
    charted, shown = by_ward(f"a,{name},2026-01-01T05:00:00Z,,{value},{unit},{text},r\n")
    assert [(concept, number) for concept, number, _ in charted] == [(name, float(value))] and shown == []

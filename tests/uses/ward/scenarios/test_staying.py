"""What the requirements of live.md, section 5.1, ask beside the golden scenarios: cancellations, staleness, coming back, nobody."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensepsis import NEWS2, SOFA
from opensepsis.data.decode.fhir.dispatch import READERS
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.messages import Arrival, Message
from tests.support.ward.feeds import SITE, Day, to_microseconds


def test_r5_a_cancelled_admission_leaves_nobody(day):
    day.admit(0)
    assert len(day.hospital.board(None)) == 1
    hl7 = day._head("ADT^A11", 10, "1") + f"EVN|A11|{day.stamp(10)}\rPV1|1|I|||||||||||||||||V1\r"
    fhir = {
        "resourceType": "Encounter",
        "id": "V1",
        "status": "entered-in-error",
        "subject": {"reference": "Patient/1"},
    }
    day.send(10, hl7, fhir | {"period": {"start": day.iso(0)}, "meta": {"lastUpdated": day.iso(10)}})
    assert day.hospital.board(None) == ()


def test_r5_a_cancelled_transfer_takes_the_patient_back(day):
    day.admit(0)
    day.admit(60, "ICU", event="A02")
    assert day.patient().visit.kind == "icu"
    day.admit(70, "3B", event="A12", at=70 if day.form == "hl7" else 0)
    if day.form == "fhir":  # FHIR says it again: the place since now
        day.admit(71, "3B", event="A02")
    assert (day.patient().visit.ward, day.patient().visit.kind) == ("3B", "hospital")


@pytest.mark.parametrize("kind", sorted(READERS))
@pytest.mark.parametrize(
    "whom", [{}, {"subject": {}}, {"subject": {"reference": ""}}, {"subject": {"display": "ROE"}}]
)
def test_r6_nobody_without_an_identifier_gets_a_fact(kind, whom):
    said = {
        "resourceType": kind,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
    }
    said |= {
        "effectiveDateTime": "2026-03-02T08:00:00Z",
        "valueQuantity": {"value": 80, "unit": "/min"},
        "intent": "order",
    }
    said |= {
        "period": {"start": "2026-03-02T08:00:00Z"},
        "authoredOn": "2026-03-02T08:00:00Z",
        "performedDateTime": "2026-03-02T08:00:00Z",
    }
    facts, _ = read(Message(1, "feed", "fhir", "k", orjson.dumps(said | whom), to_microseconds(0)), SITE)
    assert facts == ()


def standing(day, minute: float) -> dict[str, str]:
    day.wait(minute)
    view = day.hospital.patient(day.key(), None)
    return {shown.what: shown.standing for score in view.scores for row in score.rows for shown in row.inputs}


def test_r10_values_grow_stale_and_are_marked(day):
    day.admit(0)
    day.well(10)
    day.result(10, creatinine=1.0)
    now = standing(day, 11)
    assert (now["heart rate"], now["creatinine"]) == ("measured", "measured")
    now = standing(day, 10 + 8 * 60)
    assert (now["heart rate"], now["creatinine"]) == ("stale", "measured")
    assert day.hospital.board(None)[0].stale == ("vitals",)
    now = standing(day, 10 + 24 * 60)
    assert (now["heart rate"], now["creatinine"]) == ("stale", "stale")
    assert day.total("news2", 10 + 12 * 60) is None  # then nothing is known any more
    assert day.total("sofa", 10 + 24 * 60) is None


VALUES = {
    "respiratory_rate": (5.0, 40.0), "spo2": (75.0, 100.0), "systolic_pressure": (60.0, 230.0), "heart_rate": (30.0, 160.0),
    "temperature": (33.0, 41.0), "oxygen_flow": (0.0, 10.0), "creatinine": (0.5, 6.0), "platelets": (10.0, 400.0),
    "bilirubin": (0.2, 15.0), "mean_pressure": (40.0, 110.0),
}  # fmt: skip


@given(data=st.data())
def test_r11_without_an_input_a_score_is_never_higher_and_never_normal(data):
    """A total of what is known is a lower bound: taking a value away lowers it or makes it unknown, and says so."""
    values = {n: data.draw(st.floats(low, high)) for n, (low, high) in VALUES.items()}
    missing = data.draw(st.sampled_from(sorted(values)))
    whole, partial = Bedside([NEWS2, SOFA]), Bedside([NEWS2, SOFA])
    for name, value in values.items():
        whole.see(Event(name, 0, value=value))
        if name != missing:
            partial.see(Event(name, 0, value=value))
    for score in (NEWS2, SOFA):
        full, less = whole.points(score, 0), partial.points(score, 0)
        assert (less.total or 0) <= (full.total or 0)
        assert less.rows_known <= full.rows_known


def test_a_patient_who_left_days_ago_and_comes_back_is_remembered(day):
    day.admit(0)
    day.ill(20)
    day.does(25, "acknowledge")
    day.admit(100, event="A03")
    day.wait(100 + 25 * 60)
    assert day.name() not in day.engine.ward.patients
    assert day.name() in day.engine.ward.left
    again = 4 * 24 * 60
    day.firsts = {}
    day.admit(again)
    assert day.patient().visit.admitted == to_microseconds(
        again
    )  # another stay, though under the same number
    assert day.patient().bedside.chart.series["heart_rate"].values == [118]
    day.ill(again + 10)
    assert day.alerts() == ["alert", "acknowledged", "resolved", "alert"]
    assert [t.alert for t in day.store.transitions()] == [1, 1, 1, 2]
    assert len({t.name for t in day.store.transitions()}) == 4


def test_a_patient_whose_discharge_was_lost_leaves_the_board_and_comes_back(day):
    day.admit(0)
    day.well(5)
    day.wait(24 * 60 * 6)
    assert len(day.hospital.board(None)) == 1
    day.wait(24 * 60 * 7 + 70)
    assert day.hospital.board(None) == () and day.hospital.silent_patients() == 1
    assert "<b>1</b> patient was never discharged" in day.at_work("admin").get("/feeds").text
    day.well(24 * 60 * 40)
    assert len(day.hospital.board(None)) == 1 and day.hospital.silent_patients() == 0
    hours = [(time - to_microseconds(0)) // 3_600_000_000 for time, _ in day.patient().ticks.as_known]
    assert hours[-1] <= 24 * 40 and not any(24 * 7 + 1 < hour < 24 * 33 - 1 for hour in hours)


def test_r15_a_row_of_a_csv_folder_without_an_origin_leads_to_its_message(tmp_path):
    day = Day("hl7", tmp_path / "ward.db")
    rows = {"respiratory_rate": 30, "heart_rate": 135, "spo2": 88}
    for name, value in rows.items():
        raw = f"patient,concept,time,value\nfeed|1,{name},{day.iso(0)},{value}\n".encode()
        day.store.keep(
            [Arrival("csv", "csv", f"{name}|{n}", raw, to_microseconds(1)) for n in "12"]
        )  # the same in two files
    day.wait(2)
    call = next(t for t in day.store.transitions() if t.state == "alert")
    assert len(call.evidence) >= len(rows)
    assert len(day.patient().bedside.chart.standing("heart_rate")) == 1
    day.check()
    day.close()

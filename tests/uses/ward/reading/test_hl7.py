"""HL7 v2 messages as facts: statuses, times, units, identities; made-up messages and the open samples."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hl7
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensepsis.data.decode.site import Feed, Site, own_codes
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.decode.hl7.parser import segments
from opensepsis.uses.ward.model.facts import (
    Charted,
    Described,
    Merged,
    Move,
    Rejected,
    Visited,
)
from opensepsis.uses.ward.model.messages import Message
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.patient import Patient
from tests.support.ward.hl7_facts import PID, facts, one, result
from tests.support.ward.hl7_messages import MINUTE, NOON, SITE, sent

SHARED = Path(os.environ.get("OPENSEPSIS_SHARED", Path(__file__).parents[5] / "shared"))


def test_a_lactate_is_charted_at_the_time_of_its_specimen():
    event = one(*result()).event
    assert (event.concept, event.value, event.time) == ("lactate", 4.1, NOON - 60 * MINUTE)


@pytest.mark.parametrize("status", ["I", "O", "X", "N"])
def test_a_status_without_a_result_gives_no_value(status):
    found, _ = facts(PID, *result(status=status))
    assert found and not [f for f in found if isinstance(f, Charted) and f.event.value is not None]
    assert [f for f in found if isinstance(f, Rejected)]


@pytest.mark.parametrize("status", ["P", "R", "S"])
def test_a_preliminary_result_is_marked(status):
    assert one(*result(status=status)).preliminary


@pytest.mark.parametrize("status", ["D", "W"])
def test_deleted_and_wrong_results_take_back_what_they_name(status):
    first, gone = one(*result()), one(*result(status=status))
    assert (gone.event.value, gone.event.text) == (None, None)
    assert (gone.event.concept, gone.event.time, gone.event.origin) == (
        "lactate",
        first.event.time,
        first.event.origin,
    )
    assert gone.event.known > first.event.known


def test_a_correction_filed_at_the_same_time_still_comes_after():
    first, corrected = one(*result()), one(*result(value="0.8", status="C"))
    assert corrected.event.origin == first.event.origin
    assert corrected.event.known > first.event.known


def test_a_null_value_deletes():
    assert one(*result(value='""')).event.value is None


@pytest.mark.parametrize(
    ("code", "value", "unit", "concept", "expected"),
    [
        ("14118-4^Lactate mass^LN", "36.032", "mg/dL", "lactate", 4.0),
        ("14682-9^Creatinine^LN", "176.84", "umol/L", "creatinine", 2.0),
        ("8310-5^Temp^LN", "100.4", "[degF]", "temperature", 38.0),
        ("777-3^Platelets^LN", "90", "K/uL", "platelets", 90.0),
        ("3150-0^FiO2^LN", "40", "%", "fio2", 0.4),
        ("2524-7^Lactate^LN", "1,25", "mmol/L", "lactate", 1.25),
        ("2160-0^Creatinine^LN", "0,885", "mg/dL", "creatinine", 0.885),
        ("8867-4^HR^LN", "88", "bpm", "heart_rate", 88.0),
    ],
)
def test_units_are_converted(code, value, unit, concept, expected):
    event = one(*result(code, value, unit)).event
    assert (event.concept, event.value) == (concept, pytest.approx(expected, abs=1e-6))


@pytest.mark.parametrize(
    ("code", "value", "unit", "why"),
    [
        ("2524-7^Lactate^LN", "36", "mg/dL", "contradicts"),
        ("2524-7^Lactate^LN", "3.6", "", "no unit"),
        ("8310-5^Temp^LN", "98.6", "", "no unit"),
        ("8310-5^Temp^LN", "3.7", "Cel", "outside plausible limits"),
        ("59408-5^SpO2^LN", "0", "%", "outside plausible limits"),
        ("8867-4^HR^LN", "0", "/min", "outside plausible limits"),
        ("2160-0^Creatinine^LN", "1.2", "bananas", "no conversion"),
        ("777-3^Platelets^LN", "150,000", "/uL", "thousands"),
    ],
)
def test_what_cannot_be_trusted_is_shown_and_not_scored(code, value, unit, why):
    found = one(*result(code, value, unit))
    assert isinstance(found, Rejected)
    assert why in found.reason


def test_an_unknown_code_is_counted_not_guessed():
    found, problems = facts(PID, *result("2532-0^Lactate dehydrogenase^LN", "300", "U/L"))
    assert found == []
    assert [(p.kind, p.code, p.unit) for p in problems] == [("unmapped", "2532-0", "U/L")]


def test_a_day_cannot_start_a_clock():
    assert isinstance(one(*result(time="20260302")), Rejected)


def test_the_time_of_the_message_is_never_used_in_silence():
    assert isinstance(one(*result(time="")), Rejected)
    site = Site(own_codes(), feeds={"lab": Feed(message_time=True)})
    assert one(*result(time=""), site=site).event.time == NOON


@pytest.mark.parametrize(("minutes", "kept"), [(5, True), (6, False), (7 * 60, False)])
def test_the_future_is_quarantined_after_five_minutes(minutes, kept):
    stamp = datetime.fromtimestamp((NOON + minutes * MINUTE) / 1e6, UTC).strftime("%Y%m%d%H%M%S+0000")
    assert isinstance(one(*result(time=stamp)), Charted) is kept


@pytest.mark.parametrize(
    ("stamp", "zone", "hour"),
    [("202607011200", "Europe/Berlin", 10), ("202601011200", "Europe/Berlin", 11), ("202610250230", "Europe/Berlin", 0),
     ("202603080230", "America/New_York", 7), ("202603291200+0215", "UTC", 9)],
)  # fmt: skip
def test_naive_times_are_of_the_site(stamp, zone, hour):
    site = Site(own_codes(), feeds={"lab": Feed(zone)})
    event = one(*result(time=stamp), site=site, received=NOON * 2, at="20260302120000").event
    assert datetime.fromtimestamp(event.time / 1e6, UTC).hour == hour


def test_nobody_without_an_identifier_gets_a_fact():
    found, problems = facts("PID|1||^^^HOSP^MR", *result())
    assert found == []
    assert problems[0].kind == "dead"


def given_dose(name="ceftriaxone", route="IV", status="CP", action="A", amount="2", unit="g"):
    return (
        "ORC|RE||77",
        f"RXA|0|1|202603021130+0000||{name}|{amount}|{unit}|||||||||||||{status}|{action}",
        f"RXR|{route}",
    )


def test_what_was_given_ticks_and_what_was_not_does_not():
    dose = one(*given_dose(), kind="RAS^O17").event
    assert (dose.concept, dose.text, dose.time) == ("antibiotic", "ceftriaxone|iv", NOON - 30 * MINUTE)
    for status in ("RE", "NA"):
        assert isinstance(one(*given_dose(status=status), kind="RAS^O17"), Rejected)


def test_vancomycin_by_mouth_does_not_tick():
    found = one(*given_dose("vancomycin", "PO"), kind="RAS^O17")
    assert isinstance(found, Rejected)


@pytest.mark.parametrize("route", ["PO", "NG tube", "Orally", "26643006", "PR"])
def test_vancomycin_into_the_gut_by_any_spelling(route):
    assert isinstance(one(*given_dose("vancomycin hydrochloride", route), kind="RAS^O17"), Rejected)


@pytest.mark.parametrize("route", ["IVPB", "IV piggyback", "Intravenous", "IV DRIP", "47625008"])
def test_a_vein_by_any_spelling(route):
    assert one(*given_dose(route=route), kind="RAS^O17").event.text == "ceftriaxone|iv"


def test_a_route_that_no_list_knows_is_told():
    found, problems = facts(PID, *given_dose(route="by drone"), kind="RAS^O17")
    assert found[0].event.text == "ceftriaxone|by drone"
    assert [(p.kind, p.words, p.code) for p in problems] == [
        ("unmapped", "no list knows this route", "by drone")
    ]


def row(text, concept="oxygen", value="") -> tuple[list[Any], list[Any]]:
    head = b"patient,concept,time,value,text"
    raw = head + f"\n7,{concept},2026-03-02T11:00:00Z,{value},{text}\n".encode()
    found, problems = read(Message(1, "rows", "csv", "k", raw, NOON), SITE)
    return list(found), list(problems)


def test_rows_are_read_in_the_words_of_their_concept():
    assert row("Room Air")[0][0].event.text == "air"
    assert row("V-A", "ecmo")[0][0].event.text == "cardiovascular"
    assert row("norepinephrine bitartrate", "norepinephrine", "0.2")[0][0].event.text == "bitartrate"
    found, problems = row("Frobnicator")
    assert isinstance(found[0], Rejected) and problems[0].words == "no list knows this word"
    found, problems = row("line 2", "norepinephrine", "0.2")
    assert found[0].event.value == 0.2 and found[0].event.text is None and problems


def test_a_pressor_needs_its_weight():
    rate = one(*given_dose("norepinephrine", amount="0.12", unit="mcg/kg/min"), kind="RAS^O17").event
    assert (rate.concept, rate.value) == ("norepinephrine", 0.12)
    whole = one(*given_dose("norepinephrine", amount="10", unit="mcg/min"), kind="RAS^O17")
    assert (whole.event.value, whole.whole, whole.weigh) == (None, 10, "divide")
    found, problems = facts(PID, *given_dose("norepinephrine", amount="10", unit="mL/h"), kind="RAS^O17")
    assert {type(f) for f in found} == {Rejected, Charted}
    assert next(f for f in found if isinstance(f, Charted)).event.value is None
    assert problems[0].kind == "unit"


def test_an_order_is_shown_and_is_no_specimen():
    found = one("ORC|NW|1", "OBR|1|1||600-7^Blood culture^LN", kind="ORM^O01")
    assert isinstance(found, Rejected)


@pytest.mark.parametrize(
    ("event", "move"),
    [("A01", Move.ADMIT), ("A02", Move.TRANSFER), ("A03", Move.DISCHARGE), ("A08", Move.UPDATE), ("A11", Move.CANCEL_ADMIT),
     ("A12", Move.CANCEL_TRANSFER), ("A13", Move.CANCEL_DISCHARGE), ("A05", Move.UPDATE), ("A38", Move.CANCEL_ADMIT)],
)  # fmt: skip
def test_adt_moves(event, move):
    visit = "PV1|1|I|3B^12^1||||||||||||||||V1"
    found = one(f"EVN|{event}|202603021155+0000", visit, kind=f"ADT^{event}")
    assert isinstance(found, Visited)
    assert (found.move, found.ward, found.bed, found.visit, found.time) == (
        move,
        "3B",
        "12-1",
        "V1",
        NOON - 5 * MINUTE,
    )


def test_a40_merges_each_pair():
    found, _ = facts(PID, "MRG|78^^^HOSP^MR", "PID|2||90^^^HOSP^MR", "MRG|91^^^HOSP^MR", kind="ADT^A40")
    assert [(f.survivor, f.old) for f in found if isinstance(f, Merged)] == [
        ("HOSP|77", "HOSP|78"),
        ("HOSP|90", "HOSP|91"),
    ]


@pytest.mark.parametrize("event", ["A29", "A44", "A45", "A50"])
def test_a_person_deleted_or_a_visit_moved_to_another_patient_is_left_to_a_person(event):
    found, problems = facts(
        PID, "MRG|78^^^HOSP^MR||||V1", "PV1|1|I|3B^12^1||||||||||||||||V1", kind=f"ADT^{event}"
    )
    assert [p.kind for p in problems] == ["dead"]
    assert not [f for f in found if isinstance(f, Merged)]


def test_two_quotes_are_no_sex_and_no_name():
    raw = sent('PID|1||77^^^HOSP^MR||""||19500101|""', kind="ADT^A31")
    [described] = read(Message(1, "lab", "hl7", "k", raw, NOON), SITE)[0]
    assert isinstance(described, Described) and (described.name, described.sex) == (None, None)


def described(*after_address: str) -> Described:
    person = "|".join((PID, *[""] * 20, *after_address))
    found, _ = read(Message(1, "lab", "hl7", "k", sent(person, kind="ADT^A08"), NOON), SITE)
    return next(f for f in found if isinstance(f, Described))


@pytest.mark.parametrize(
    ("time", "indicator", "died", "dead"),
    [("202603021100+0000", "Y", NOON - 60 * MINUTE, None), ("202603021100+0000", "", NOON - 60 * MINUTE, None),
     ("", "Y", None, True), ("", "N", None, False), ('""', "N", None, False), ('""', "", None, False),
     ('""', '""', None, False), ("202603021100+0000", "N", None, False), ("20260302", "Y", NOON, None), ("", "", None, None),
     ("2026", "Y", None, True), ("202603", "", None, True), ("2026", "N", None, False), ("", "Yes", None, True), ("", "J", None, True),
     ("", "alive", None, False), ("", "survivor", None, False), ("", "U", None, None), ("", "perhaps", None, None),
     ("unknown", "", None, None), ("unknown", "Y", None, True), ("20261340", "", None, None)],
)  # fmt: skip
def test_death_is_read_from_both_fields(time, indicator, died, dead):
    found = described(time, indicator)
    assert (found.died, found.dead) == (died, dead)


@pytest.mark.parametrize(
    ("said", "died"),
    [([(5, True), (None, False)], None), ([(None, False), (5, None)], 5), ([(None, True)], 1),
     ([(5, None), (None, True)], 5), ([(5, None), (None, None)], 5), ([(None, True), (None, False), (7, None)], 7)],
)  # fmt: skip
def test_the_last_statement_on_death_counts(said, died):
    patient = Patient("HOSP|77", watched(), 10**9)
    for stated, (time, dead) in enumerate(said, 1):
        patient.take(stated, stated, Described("HOSP|77", stated, died=time, dead=dead))
    assert patient.person.died == died


def samples() -> list[Path]:
    return sorted((SHARED / "data" / "hl7v2-samples").rglob("*.hl7"))


@pytest.mark.skipif(not samples(), reason=f"the HL7 samples are not in {SHARED} (OPENSEPSIS_SHARED)")
def test_the_open_samples_are_read_and_split_as_another_parser_does():
    read_at_all = 0
    for path in samples():
        raw = path.read_bytes()
        found, problems = read(Message(1, "lab", "hl7", path.name, raw, NOON), SITE)
        read_at_all += bool(found)
        assert not [p for p in problems if p.kind == "dead" and "could not be read" in p.words], path.name
        text = raw.decode("utf-8-sig", "replace").strip().replace("\r\n", "\r").replace("\n", "\r")
        theirs: Any = hl7.parse(text)
        mine = segments(raw)
        assert [s.name for s in mine][:3] == [str(s[0]) for s in theirs][:3], path.name
        header = theirs.segment("MSH")
        assert mine[0].part(9, 1) == str(header[9]).split("^")[0], path.name
    assert read_at_all > 75  # not the six of OUL whose number is 00000-0000000


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 600), st.integers(0, 40))
def test_nothing_that_is_sent_raises_or_reaches_another_patient(noise, place, cut):
    whole = sent(PID, *result())
    broken = whole[:place] + noise + whole[place + cut :]
    found, _ = read(Message(1, "lab", "hl7", "k", broken, NOON), SITE)
    intact = segments(broken)
    people = [s for s in intact if s.name == "PID"]
    if people and people[0].text(3) == "77^^^HOSP^MR":
        assert {f.patient for f in found if isinstance(f, Charted)} <= {"HOSP|77"}

"""Code status, advance directives and isolation in HL7, and code status as a FHIR Observation: shown with their time, never scored."""

from dataclasses import replace

import pytest

from opensepsis.data.site import LocalWords, StandingOrder
from tests.support.ward.feeds import SITE, Day, to_microseconds

NOT_TO, ORDERS, STATUS = ("LN", "81351-9"), ("LN", "100822-6"), ("SCT", "304251008")
SYSTEMS = {"LN": "http://loinc.org", "SCT": "http://snomed.info/sct"}
LOCAL = LocalWords(code_status=StandingOrder(frozenset({("l", "CODE")}), frozenset({"reanimationsstatus"})))


@pytest.fixture
def made(tmp_path):
    days: list[Day] = []

    def begin(form: str, site=SITE) -> Day:
        days.append(Day(form, tmp_path / "ward.db", site=site))
        days[0].admit(0)
        return days[0]

    yield begin
    days[0].store.close()


def flags(day: Day) -> list[tuple[str, float]]:
    """What stands on the board, each with the minute since when."""
    (bed,) = day.hospital.board(None)
    return [(one.words, (one.since - to_microseconds(0)) / 60e6) for one in bed.flags]


def observed(
    day: Day,
    minute: float,
    asked,
    answer: str,
    late: float | None = None,
    status: str = "F",
    order: str = "o1",
) -> None:
    """An OBX in an ORU, or an Observation: of a minute, received `late`."""
    system, code = asked
    received = minute if late is None else late
    hl7 = (
        day._head("ORU^R01", received, "1")
        + f"OBR|1||{order}|x|||{day.stamp(minute)}|||||||||||||||{day.stamp(received)}\r"
    )
    hl7 += f"OBX|1|CWE|{code}^Code status^{system}||{answer}||||||{status}|||{day.stamp(minute)}\r"
    value, _, text = answer.partition("^")
    said = (
        {"valueBoolean": value == "Y"}
        if value in "YN"
        else {"valueCodeableConcept": {"coding": [{"code": value}], "text": text}}
    )
    states = {
        "F": "final",
        "C": "corrected",
        "W": "entered-in-error",
        "P": "preliminary",
        "X": "cancelled",
        "I": "registered",
        "": "unknown",
    }
    day.send(received, hl7, {
        "resourceType": "Observation", "id": order, "status": states[status], "subject": {"reference": "Patient/1"},
        "code": {"coding": [{"system": SYSTEMS.get(system, system), "code": code}]}, "effectiveDateTime": day.iso(minute),
        "meta": {"lastUpdated": day.iso(received)}, **said,
    })  # fmt: skip


def moved(day: Day, minute: float, segments: str, event: str = "A08", place: str = "") -> None:
    """An ADT message with more segments; `place` are the fields of PV1 after the visit's number."""
    hl7 = day._head(f"ADT^{event}", minute, "1") + f"EVN|{event}|{day.stamp(minute)}\r{segments}"
    day.send(minute, f"{hl7}PV1|1|I|3B^1^1||||||||||||||||V1{place}\r", {})


@pytest.mark.parametrize("form", ["hl7", "fhir"])
@pytest.mark.parametrize(
    ("asked", "answer", "shown"),
    [
        (NOT_TO, "Y", "do not resuscitate"), (NOT_TO, "N", "no order against resuscitation"),
        (NOT_TO, "LA33-6^Yes", "do not resuscitate"), (NOT_TO, "UNK^Not asked yet", "order against resuscitation: Not asked yet"),
        (ORDERS, "LA33471-6^No CPR: Do Not Attempt Resuscitation", "No CPR: Do Not Attempt Resuscitation"),
        (STATUS, "450475007^For attempted cardiopulmonary resuscitation", "For attempted cardiopulmonary resuscitation"),
    ],
)  # fmt: skip
def test_the_code_status_is_shown_with_its_time(made, form, asked, answer, shown):
    day = made(form)
    day.ill(5)
    (before,) = day.hospital.board(None)
    observed(day, 20, asked, answer, late=30)
    (after,) = day.hospital.board(None)
    assert flags(day) == [(f"code status: {shown}", 20)]
    assert (after.scores, after.alert, after.comfort_care) == (before.scores, before.alert, False)
    day.check()


@pytest.mark.parametrize("form", ["hl7", "fhir"])
def test_the_last_one_holds_whenever_it_comes(made, form):
    day = made(form)
    observed(day, 40, STATUS, "1^Not for resuscitation", order="b")
    observed(day, 20, STATUS, "2^For resuscitation", late=50, order="a")
    assert flags(day) == [("code status: Not for resuscitation", 40)]
    observed(day, 60, ORDERS, "3^Yes CPR", order="c")
    assert flags(day) == [("code status: Yes CPR", 60)]


@pytest.mark.parametrize("form", ["hl7", "fhir"])
def test_one_that_is_corrected_or_taken_back_leaves_what_held_before(made, form):
    day = made(form)
    observed(day, 10, STATUS, "2^For resuscitation", order="a")
    observed(day, 40, STATUS, "1^Not for resuscitation", order="b")
    observed(day, 40, STATUS, "1^Ward based care only", late=45, status="C", order="b")
    assert flags(day) == [("code status: Ward based care only", 40)]
    observed(day, 40, STATUS, "1^Ward based care only", late=50, status="W", order="b")
    assert flags(day) == [("code status: For resuscitation", 10)]


@pytest.mark.parametrize("form", ["hl7", "fhir"])
@pytest.mark.parametrize("status", ["F", "C", "P", ""])
def test_it_stands_in_every_status_in_which_a_result_does(made, form, status):
    day = made(form)
    observed(day, 10, STATUS, "1^Not for resuscitation", status=status)
    assert flags(day) == [("code status: Not for resuscitation", 10)]


@pytest.mark.parametrize("form", ["hl7", "fhir"])
def test_one_of_which_there_is_no_result_yet_is_shown_as_such(made, form):
    day = made(form)
    observed(day, 10, STATUS, "1^Not for resuscitation", status="I")
    assert flags(day) == []
    assert [one.reason for one in shown(day)] == ["pending"]


def shown(day: Day) -> list:
    return [fact for _, fact in day.engine.ward.patients[day.name()].rejected if fact.what == "code status"]


def cancelled(day: Day, minute: float, how: str, order: str = "b") -> None:
    """What takes a code status back: its order is cancelled, or it is deleted; in FHIR, cancelled, deleted, without a value."""
    about = f"304251008^x^SCT||{'' if how == 'blank' else '1^Not for resuscitation'}"
    time = "" if how == "D without a time" else day.stamp(40)
    hl7 = day._head("ORU^R01", minute, "1") + ("ORC|CA||b\r" if how == "CA" else "")
    state = "X" if how == "OBR" else ""
    hl7 += f"OBR|1||{order}|x|||{time}|||||||||||||||{day.stamp(minute)}|||{state}\r"
    status = {"OBR": "F", "CA": "F", "blank": "C"}.get(how, how[:1])
    hl7 += f"OBX|1|CWE|{about}||||||{status}|||{time}\r"
    said = {
        "resourceType": "Observation", "id": order, "status": "cancelled" if how != "blank" else "corrected",
        "subject": {"reference": "Patient/1"}, "effectiveDateTime": day.iso(40), "meta": {"lastUpdated": day.iso(minute)},
        "code": {"coding": [{"system": SYSTEMS["SCT"], "code": "304251008"}]},
    }  # fmt: skip
    if how == "OBR":
        said |= {"status": "entered-in-error"}
    elif how == "D":
        said = {"resourceType": "Bundle", "type": "transaction", "entry": [
            {"request": {"method": "DELETE", "url": f"Observation/{order}"}}]}  # fmt: skip
    elif how == "X":
        said |= {
            "status": "final",
            "subject": {"reference": "Patient/2"},
            "valueString": "Not for resuscitation",
        }
        said["meta"] |= {"versionId": "2"}
    day.send(minute, hl7, said)


@pytest.mark.parametrize("form", ["hl7", "fhir"])
@pytest.mark.parametrize("how", ["OBR", "CA", "D", "D without a time", "X", "blank"])
def test_a_code_status_follows_the_cancel_of_its_order(made, form, how):
    day = made(form)
    observed(day, 10, STATUS, "2^For resuscitation", order="a")
    observed(day, 40, STATUS, "1^Not for resuscitation", order="b")
    cancelled(day, 50, how)
    day.admit(51, who="1", event="A08")
    assert flags(day) == [("code status: For resuscitation", 10)]
    day.store.close()
    day.open()
    assert flags(day) == [("code status: For resuscitation", 10)]


@pytest.mark.parametrize("form", ["hl7", "fhir"])
def test_a_cancel_that_comes_before_what_it_takes_back_holds(made, form):
    day = made(form)
    cancelled(day, 50, "OBR")
    observed(day, 40, STATUS, "1^Not for resuscitation", order="b", late=41)
    assert flags(day) == []


def test_one_of_another_order_stays(made):
    day = made("hl7")
    observed(day, 10, STATUS, "2^For resuscitation", order="b2")
    cancelled(day, 50, "OBR")
    assert flags(day) == [("code status: For resuscitation", 10)]


def test_an_adt_that_withdraws_one_without_a_time_names_none(made):
    day = made("hl7")
    moved(day, 30, f"OBX|1|CWE|81351-9^x^LN||Y||||||F|||{day.stamp(25)}\r")
    moved(day, 40, "OBX|1|CWE|81351-9^x^LN||Y||||||D\r")
    assert flags(day) == [("code status: do not resuscitate", 25)] and len(shown(day)) == 1
    moved(day, 50, f"OBX|1|CWE|81351-9^x^LN||Y||||||D|||{day.stamp(25)}\r")
    assert flags(day) == []


def test_an_observation_whose_code_was_wrong_is_no_value_any_more(made):
    day = made("fhir")
    day.result(10, lactate=9, order="o")
    said = {
        "resourceType": "Observation", "id": "1-lactate-o", "status": "corrected", "subject": {"reference": "Patient/1"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "304251008"}]}, "effectiveDateTime": day.iso(10),
        "valueString": "Not for resuscitation", "meta": {"lastUpdated": day.iso(20), "versionId": "2"},
    }  # fmt: skip
    day.send(20, "", said)
    assert flags(day) == [("code status: Not for resuscitation", 10)]
    assert not day.engine.ward.patients[day.name()].bedside.chart.standing("lactate")


@pytest.mark.parametrize("form", ["hl7", "fhir"])
@pytest.mark.parametrize("system", ["sct", "http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96"])
def test_a_code_of_the_sites_list_is_found_however_its_system_is_named(made, form, system):
    listed = LocalWords(code_status=StandingOrder(frozenset({("snomed", "4242")})))
    assert listed.code_status.has_code(system, "4242")
    day = made(form, replace(SITE, local=listed))
    observed(day, 20, ("SCT", "4242"), "1^Full code")
    assert flags(day) == [("code status: Full code", 20)]


def test_one_of_an_earlier_visit_does_not_hold_in_the_next(made):
    day = made("hl7")
    observed(day, 10, STATUS, "1^Not for resuscitation")
    day.admit(60, event="A03")
    hl7 = day._head("ADT^A01", 300, "1") + f"EVN|A01|{day.stamp(300)}\rPV1|1|I|3B^1^1||||||||||||||||V2\r"
    day.send(300, hl7, {})
    assert flags(day) == []


def test_what_says_nothing_yet_is_not_shown(made):
    day = made("hl7")
    for status, answer in (("I", "1^Not for resuscitation"), ("F", "")):
        hl7 = day._head("ORU^R01", 20, "1") + f"OBR|1||o|x|||{day.stamp(20)}\r"
        day.send(20, f"{hl7}OBX|1|CWE|304251008^x^SCT||{answer}||||||{status}|||{day.stamp(20)}\r", {})
    assert flags(day) == []


@pytest.mark.parametrize("asked", ["CODE^Code status^L", "77^Reanimationsstatus^99X"])
def test_a_sites_own_code_or_words_are_the_code_status(made, asked):
    day = made("hl7", replace(SITE, local=LOCAL))
    hl7 = day._head("ORU^R01", 20, "1") + f"OBR|1||o|x|||{day.stamp(20)}\r"
    day.send(20, f"{hl7}OBX|1|ST|{asked}||Full code||||||F|||{day.stamp(20)}\r", {})
    assert flags(day) == [("code status: Full code", 20)]


def test_words_of_no_list_are_no_code_status(made):
    day = made("hl7")
    hl7 = day._head("ORU^R01", 20, "1") + f"OBR|1||o|x|||{day.stamp(20)}\r"
    day.send(20, f"{hl7}OBX|1|ST|77^No code status^99X||DNR||||||F|||{day.stamp(20)}\r", {})
    assert flags(day) == []


def test_an_adt_may_hold_the_code_status(made):
    day = made("hl7")
    moved(day, 30, f"OBX|1|CWE|81351-9^x^LN||Y||||||F|||{day.stamp(25)}\r")
    assert flags(day) == [("code status: do not resuscitate", 25)]


@pytest.mark.parametrize("segment", ["PD1" + "|" * 15 + "{}\r", "PV2" + "|" * 45 + "{}\r"])
def test_an_advance_directive_is_shown_while_it_is_sent(made, segment):
    day = made("hl7")
    moved(day, 10, segment.format("DNR^Do not resuscitate^HL70435"))
    assert flags(day) == [("advance directive: do not resuscitate", 10)]
    moved(day, 20, "")
    assert flags(day) == [("advance directive: do not resuscitate", 10)], "what is not sent says nothing"
    moved(day, 30, segment.format("LW^Living will on file^L"))
    assert flags(day) == [("advance directive: Living will on file", 30)]
    for minute, code in ((40, "N^No directive^HL70435"), (60, '""')):
        moved(day, minute, segment.format(code))
        assert flags(day) == []
        moved(day, minute + 5, segment.format("DNR"))
        assert flags(day) == [("advance directive: do not resuscitate", minute + 5)]


def test_a_living_will_is_no_directive_and_a_directive_no_code_status(made):
    day = made("hl7")
    moved(day, 10, "PD1|||||||Y\r")
    assert flags(day) == []
    observed(day, 20, STATUS, "2^For resuscitation")
    moved(day, 30, "PD1" + "|" * 15 + "DNR\r")
    assert flags(day) == [
        ("code status: For resuscitation", 20),
        ("advance directive: do not resuscitate", 30),
    ]


def test_a_bed_in_isolation_is_shown_until_it_is_not(made):
    day = made("hl7")
    moved(day, 10, "", place="|" * 21 + "I")
    assert flags(day) == [("isolation", 10)]
    moved(day, 20, "")
    assert flags(day) == [("isolation", 10)]
    moved(day, 30, "", place="|" * 21 + "O")
    assert flags(day) == []

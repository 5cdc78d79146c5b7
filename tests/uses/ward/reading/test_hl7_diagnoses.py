"""DG1: codes in one form, which is the principal diagnosis, what was present on admission, and which set of them stands."""

import pytest

from opensepsis.uses.ward.model.facts import Charted, Voided
from tests.support.ward.hl7_messages import ANN, MINUTE, NOON, found, problems

EVENT = "EVN|A08|202603021150+0000"
VISIT = "PV1|1|I|3B" + "|" * 16 + "V7" + "|" * 25 + "202603021000+0000"


def dg1(
    code: str,
    *,
    kind: str = "F",
    when: str = "",
    priority: str = "",
    poa: str = "",
    action: str = "",
    number: str = "",
) -> str:
    """A DG1 with the fields that are read."""
    fields = [""] * 27
    fields[1], fields[3], fields[5], fields[6] = "1", code, when, kind
    fields[15], fields[20], fields[21], fields[26] = priority, number, action, poa
    return "DG1|" + "|".join(fields[1:])


def told(*segments: str, at: str = "20260302120000+0000") -> list:
    """The diagnoses and what takes earlier ones back."""
    facts, _ = found(EVENT, ANN, VISIT, *segments, kind="ADT^A08", at=at)
    return [
        f
        for f in facts
        if isinstance(f, Voided) or (isinstance(f, Charted) and f.event.concept == "diagnosis")
    ]


def texts(*segments: str) -> list[str]:
    return [f.event.text for f in told(*segments) if isinstance(f, Charted)]


@pytest.mark.parametrize(
    ("code", "text"),
    [("A41.9^Sepsis^I10", "ICD10:A41.9"), ("A419^Sepsis^ICD-10-CM", "ICD10:A41.9"), ("99592^Severe sepsis^I9C", "ICD9:995.92"),
     ("E880.0^Fall^I9CDX", "ICD9:E880.0"), ("A41.9^Sepsis^ICD10GM2026", "ICD10:A41.9"), ("123^Sepsis^L^A41.9^Sepsis^I10", "ICD10:A41.9")],
)  # fmt: skip
def test_a_code_has_one_form(code, text):
    assert texts(dg1(code)) == [text]


@pytest.mark.parametrize(
    "code",
    ["91302008^Sepsis^SCT", "0DTJ4ZZ^Appendectomy^I10P", "5491^Drainage^I9CP", "A41.9^Sepsis", "^Sepsis"],
)
def test_what_is_no_code_of_a_diagnosis_is_counted(code):
    assert texts(dg1(code)) == []
    assert [kind for kind, _ in problems(EVENT, ANN, VISIT, dg1(code), kind="ADT^A08")] == ["unmapped"]


def test_the_coding_method_of_older_messages_names_the_system():
    assert texts("DG1|1|I10|A41.9|Sepsis") == ["ICD10:A41.9"]


@pytest.mark.parametrize(
    ("kind", "priority", "text"),
    [("F", "1", "ICD10:A41.9|principal"), ("", "1", "ICD10:A41.9|principal"), ("F", "2", "ICD10:A41.9"), ("F", "", "ICD10:A41.9"),
     ("A", "1", "ICD10:A41.9"), ("W", "1", "ICD10:A41.9"), ("F", "0", "ICD10:A41.9"), ("F", "11", "ICD10:A41.9")],
)  # fmt: skip
def test_the_first_of_the_final_ones_is_the_principal_diagnosis(kind, priority, text):
    assert texts(dg1("A41.9^x^I10", kind=kind, priority=priority)) == [text]


@pytest.mark.parametrize(
    ("poa", "mark"), [("Y", "|poa"), ("W", "|poa"), ("N", "|not_poa"), ("U", ""), ("E", ""), ("", "")]
)
def test_present_on_admission_is_told_or_not_known(poa, mark):
    assert texts(dg1("N18.4^x^I10", poa=poa)) == [f"ICD10:N18.4{mark}"]


@pytest.mark.parametrize(
    ("when", "minute"), [("202603021100+0000", -60), ("", -120), ("20260302", -120), ("soon", -120)]
)
def test_the_time_is_its_own_else_that_of_the_admission(when, minute):
    (event,) = (f.event for f in told(dg1("A41.9^x^I10", when=when)) if isinstance(f, Charted))
    assert (event.time, event.known) == (NOON + minute * MINUTE, NOON)


def test_a_set_takes_the_place_of_the_one_before():
    void, first = told(dg1("A41.9^x^I10"), at="20260302110000+0000")
    later, _ = told(dg1("J18.9^x^I10"))
    assert later.covers(first.event) and not void.covers(first.event)


def test_one_that_is_told_by_itself_leaves_the_others():
    earlier = "20260302110000+0000"
    sepsis = told(dg1("A41.9^x^I10", action="A", number="1"), at=earlier)[1]
    pneumonia = told(dg1("J18.9^x^I10", action="A", number="2"), at=earlier)[1]
    (void,) = told(dg1("A41.9^x^I10", action="D", number="1"))
    assert void.covers(sepsis.event) and not void.covers(pneumonia.event)


def test_one_deleted_in_the_same_second_is_gone():
    sepsis = told(dg1("A41.9^x^I10", action="A", number="1"))[1]
    (void,) = told(dg1("A41.9^x^I10", action="D", number="1"))
    assert void.covers(sepsis.event)


def test_a_deleted_set_leaves_nothing():
    (void,) = told(dg1('""'))
    assert void.covers(told(dg1("A41.9^x^I10"), at="20260302110000+0000")[1].event)

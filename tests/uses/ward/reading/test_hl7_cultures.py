"""Cultures in HL7: when they were taken, of what, what grew and what that means."""

import pytest

from opensepsis.uses.ward.model.facts import (
    Charted,
)
from tests.support.ward.hl7_facts import PID, facts
from tests.support.ward.hl7_messages import MINUTE, NOON


def the_culture(*lines):
    found, _ = facts(PID, *lines)
    (event,) = (f.event for f in found if isinstance(f, Charted) and f.event.concept == "culture")
    return event


def test_a_culture_is_taken_when_it_is_collected_and_grows_later():
    lines = (
        "OBR|1||B1|600-7^Blood culture^LN|||202603021000+0000",
        "OBX|1|ST|600-7^Blood culture^LN||{}||||||{}",
        "SPM|1|||BLD^Blood|||||||||||||202603021000+0000",
    )
    taken, grown, nothing = (
        the_culture(lines[0], lines[1].format(said, status), lines[2])
        for said, status in (("", "P"), ("Escherichia coli", "F"), ("No growth at 5 days", "F"))
    )
    assert (taken.value, grown.value, nothing.value) == (None, 1.0, 0.0)
    assert taken.text == "blood"
    assert taken.time == grown.time == NOON - 120 * MINUTE
    assert taken.origin == grown.origin


@pytest.mark.parametrize(
    ("code", "specimen"),
    [
        ("600-7", "blood"),
        ("17928-3", "blood"),
        ("630-4", "urine"),
        ("606-4", "cerebrospinal fluid"),
        ("6463-4", "unknown"),
    ],
)
def test_a_code_names_the_specimen_of_a_culture_that_came_without_one(code, specimen):
    lines = (f"OBR|1||B1|{code}^^LN|||202603021000+0000", f"OBX|1|ST|{code}^^LN||E. coli||||||F")
    assert the_culture(*lines).text == specimen
    assert the_culture(*lines, "SPM|1|||CATH^Catheter tip").text == "catheter tip"


def culture(said, specimen="BLD^Blood", status="F"):
    return facts(
        PID,
        "OBR|1||B1|600-7^Blood culture^LN|||202603021000+0000",
        f"OBX|1|ST|600-7^Blood culture^LN||{said}||||||{status}",
        f"SPM|1|||{specimen}|||||||||||||202603021000+0000",
    )


@pytest.mark.parametrize(
    ("said", "value", "counted"),
    [
        ("GRAM NEGATIVE RODS", 1.0, 0),
        ("Gram negative rods in 2 of 2 bottles", 1.0, 0),
        ("No aerobic growth at 48 h", 0.0, 0),
        ("negative", 0.0, 0),
        ("Pending", None, 0),
        ("Mixed flora", None, 0),
        ("Contaminated", None, 0),
        ("Rule out MRSA", None, 0),
        ("?MRSA", None, 0),
        ("kein Keimnachweis", 0.0, 0),
        ("NG5D", 0.0, 0),
        ("1 of 2 bottles positive", 1.0, 0),
        ("see comment", None, 1),
    ],
)
def test_the_words_of_a_culture(said, value, counted):
    found, problems = culture(said)
    cultures = [f.event for f in found if isinstance(f, Charted) and f.event.concept == "culture"]
    assert [event.value for event in cultures] == [value]
    assert len(problems) == counted


def test_a_culture_that_was_not_performed_is_none():
    found, _ = culture("Specimen rejected")
    assert [type(f).__name__ for f in found] == ["Voided", "Rejected"]
    assert found[0].origin == "hl7 result lab B1  600-7 600-7"


def test_a_screen_is_no_culture():
    for said, specimen in (("Staphylococcus aureus", "X^MRSA screen"), ("MRSA screen", "")):
        assert [type(f).__name__ for f in culture(said, specimen)[0]] == ["Voided", "Rejected"]

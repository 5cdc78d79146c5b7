"""Results of HL7 under the numbers of their order: a correction finds its value by either, and its time too; a series stays one."""

from itertools import permutations

import pytest

pytestmark = pytest.mark.parametrize("form", ["hl7"])
BOTH, PLACER, FILLER, ISSUED = ("P1", "F1"), ("P1", ""), ("", "F1"), ("P1^EHR", "F1^LIS")
LACTATE = "2524-7^x^LN"


def report(day, minute, value, numbers=BOTH, status="F", sent=None, feed="feed", code=LACTATE, who="1", order=None, sub="",
           service="LAC", whole="F") -> None:  # fmt: skip
    """One value taken at a minute; `order` are the numbers of an ORC, `whole` is OBR-25."""
    sent = minute if sent is None else sent
    orc = f"ORC|RE|{order[0]}|{order[1]}\r" if order else ""
    asked = f"OBR|1|{numbers[0]}|{numbers[1]}|{service}|||{day.stamp(minute)}|||||||||||||||{day.stamp(sent)}|||{whole}\r"
    seen = f"OBX|1|NM|{code}|{sub}|{value}|mmol/L|||||{status}\r"
    day.send(sent, day._head("ORU^R01", sent, who) + orc + asked + seen, {}, feed=feed)


def values(day, concept: str = "lactate", who: str = "1") -> dict:
    """The values that stand, by the minute at which each was taken."""
    found = [
        (((e.time - day.to_microseconds(0)) // 60_000_000), e.value)
        for e in day.patient(who).bedside.chart.standing(concept)
    ]
    assert len(dict(found)) == len(found), found
    return dict(found)


def holds(day, *right) -> None:
    """What stands, now and after a restart."""
    assert values(day) in right
    now = values(day)
    day.killed()
    assert values(day) == now


@pytest.mark.parametrize("status", ["C", "F", "A"])
@pytest.mark.parametrize("then", [BOTH, PLACER, FILLER, ISSUED])
@pytest.mark.parametrize("first", [BOTH, ISSUED])
def test_a_result_that_is_told_again_under_one_number_takes_the_place_of_the_first(day, first, then, status):
    day.admit(0)
    report(day, 10, 4.1, first, sent=20)
    report(day, 10, 2.1, then, status, sent=30)
    holds(day, {10: 2.1})


@pytest.mark.parametrize("then", [BOTH, PLACER, FILLER])
@pytest.mark.parametrize("status", ["D", "W", "X", "N"])
def test_a_result_that_is_withdrawn_under_one_number_is_none(day, status, then):
    day.admit(0)
    report(day, 10, 4.1, sent=20)
    report(day, 10, "", then, status, sent=30)
    holds(day, {})


@pytest.mark.parametrize("then", [BOTH, PLACER, FILLER])
@pytest.mark.parametrize("late", [False, True])
def test_a_corrected_time_moves_the_value(day, then, late):
    """In either order of arrival."""
    day.admit(0)
    told = [lambda at: report(day, 10, 4.1, sent=20), lambda at: report(day, 5, 2.1, then, "C", sent=30)]
    if late:
        day.admit(1)
        report_late(day, then)
    else:
        for one in told:
            one(0)
    holds(day, {5: 2.1})


def report_late(day, then) -> None:
    """The correction comes first."""
    report(day, 5, 2.1, then, "C", sent=30)
    asked = f"OBR|1|P1|F1|LAC|||{day.stamp(10)}|||||||||||||||{day.stamp(20)}|||F\r"
    seen = f"OBX|1|NM|{LACTATE}||4.1|mmol/L|||||F\r"
    day.send(40, day._head("ORU^R01", 20, "1") + asked + seen, {})


@pytest.mark.parametrize("status", ["D", "W"])
def test_a_withdrawal_at_a_corrected_time_takes_the_value_back(day, status):
    day.admit(0)
    report(day, 10, 4.1, sent=20)
    report(day, 5, "", PLACER, status, sent=30)
    holds(day, {})


@pytest.mark.parametrize(("taken", "left"), [(12, {}), (30, {10: 4.1})])
def test_a_result_that_cannot_be_had_is_that_of_a_specimen_that_was_there(day, taken, left):
    """What is collected after the first result was filed is another specimen, whose failure says nothing of the first."""
    day.admit(0)
    report(day, 10, 4.1, sent=20)
    report(day, taken, "", BOTH, "X", sent=40)
    holds(day, left)


@pytest.mark.parametrize("numbers", [BOTH, PLACER, FILLER])
def test_a_series_under_one_order_stays_a_series(day, numbers):
    day.admit(0)
    for minute, value in ((10, 4.1), (20, 3.1), (30, 2.1)):
        report(day, minute, value, numbers)
    holds(day, {10: 4.1, 20: 3.1, 30: 2.1})
    report(day, 20, 3.5, numbers, "C", sent=40)
    holds(day, {10: 4.1, 20: 3.5, 30: 2.1})
    report(day, 25, 1.5, numbers, "C", sent=50)
    holds(day, {10: 4.1, 20: 3.5, 25: 1.5, 30: 2.1})
    assert [fact.reason for _, fact in day.patient().rejected if "which one is not known" in fact.reason]


def test_of_a_series_whose_parts_have_numbers_each_is_corrected_by_its_own(day):
    day.admit(0)
    for minute, value in ((10, 4.1), (20, 3.1), (30, 2.1)):
        report(day, minute, value, ("P1", f"F{minute}"))
    report(day, 22, 3.5, ("", "F20"), "C", sent=40)
    holds(day, {10: 4.1, 22: 3.5, 30: 2.1})
    report(day, 30, 2.5, ("P1", ""), "C", sent=50)
    holds(day, {10: 4.1, 22: 3.5, 30: 2.5})


def test_a_whole_report_that_is_sent_again_corrects_what_it_does_not_repeat(day):
    day.admit(0)
    first = "".join(seen(day, *one) for one in ((10, 4.1), (20, 3.1), (30, 2.1)))
    again = "".join(seen(day, *one) for one in ((10, 4.1), (22, 3.1), (30, 2.1)))
    for sent, status, lines in ((40, "F", first), (50, "C", again)):
        asked = f"OBR|1|P1|F1|LAC|||{day.stamp(10)}|||||||||||||||{day.stamp(sent)}|||{status}\r"
        day.send(sent, day._head("ORU^R01", sent, "1") + asked + lines, {})
    holds(day, {10: 4.1, 22: 3.1, 30: 2.1})


def test_a_value_that_is_added_to_a_report_is_of_a_series(day):
    """Its specimen was taken after the first result was filed."""
    day.admit(0)
    report(day, 10, 4.1, sent=20)
    report(day, 50, 2.1, sent=60, whole="C")
    holds(day, {10: 4.1, 50: 2.1})
    report(day, 45, 2.5, sent=70, whole="C", status="C")
    holds(day, {10: 4.1, 45: 2.5, 50: 2.1})


def seen(day, minute, value) -> str:
    return f"OBX|1|NM|{LACTATE}||{value}|mmol/L|||||F|||{day.stamp(minute)}\r"


@pytest.mark.parametrize("order", [("P1", "F1"), ("P1", ""), ("", "F1")])
def test_the_numbers_of_the_orc_stand_for_those_of_the_obr(day, order):
    day.admit(0)
    report(day, 10, 4.1, sent=20)
    report(day, 10, 2.1, ("", ""), "C", sent=30, order=order)
    holds(day, {10: 2.1})


def test_an_orc_of_another_order_names_nothing(day):
    day.admit(0)
    report(day, 10, 4.1, ("P1", ""), sent=20)
    report(day, 15, 3.1, ("P2", "F2"), sent=25)
    report(day, 12, 2.1, ("P1", ""), "C", sent=30, order=("P2", "F2"))
    holds(day, {12: 2.1, 15: 3.1})


@pytest.mark.parametrize("number", ["0", "NONE", "000", "N/A", '""', "UNKNOWN"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_word_for_no_number_joins_nothing(day, number, place):
    day.admit(0)
    numbers = (number, "") if place == 0 else ("", number)
    report(day, 10, 4.1, numbers, sent=20)
    report(day, 15, 2.1, numbers, "C", sent=30)
    holds(day, {10: 4.1, 15: 2.1})


def test_one_number_of_two_feeds_is_two_orders(day):
    day.admit(0)
    report(day, 10, 4.1, sent=20, feed="lab")
    report(day, 15, 2.1, BOTH, "C", sent=30, feed="poct")
    report(day, 10, 8.1, PLACER, "C", sent=40, feed="other")
    chart = day.patient().bedside.chart
    assert [e.value for e in chart.standing("lactate")] == [4.1, 8.1, 2.1]


def test_one_number_of_two_patients_is_two_orders(day):
    day.admit(0)
    day.admit(1, who="2")
    report(day, 10, 4.1, sent=20)
    report(day, 15, 2.1, BOTH, "C", sent=30, who="2")
    report(day, 10, "", BOTH, "W", sent=40, who="2")
    assert (values(day), values(day, who="2")) == ({10: 4.1}, {})


def test_numbers_of_two_issuers_are_two_orders(day):
    day.admit(0)
    report(day, 10, 4.1, ("", "7^LIS"), sent=20)
    report(day, 15, 2.1, ("", "7^RIS"), "C", sent=30)
    holds(day, {10: 4.1, 15: 2.1})


def test_numbers_that_are_told_together_of_another_value_are_of_one_order(day):
    """Each was told alone until then."""
    day.admit(0)
    report(day, 10, 4.1, FILLER, sent=20)
    report(day, 12, 2.1, PLACER, "C", sent=30)
    assert values(day) == {10: 4.1, 12: 2.1}
    report(day, 10, 1.1, BOTH, sent=40, code="2160-0^x^LN")
    holds(day, {12: 2.1})


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_arrival_makes_no_difference(day, order):
    """A correction of one, a correction back, and the first: what was filed last stands."""
    day.admit(0)
    day.wait(60)
    told = [(10, 4.1, BOTH, "F", 20), (12, 3.1, PLACER, "C", 30), (14, 2.1, FILLER, "C", 40)]
    for at, number in enumerate(order):
        minute, value, numbers, status, filed = told[number]
        asked = f"OBR|1|{numbers[0]}|{numbers[1]}|LAC|||{day.stamp(minute)}|||||||||||||||{day.stamp(filed)}|||F\r"
        seen = f"OBX|1|NM|{LACTATE}||{value}|mmol/L|||||{status}\r"
        day.send(61 + at, day._head("ORU^R01", 60, "1") + asked + seen, {})
    holds(day, {14: 2.1})


def test_a_series_that_comes_after_its_correction_is_one_again(day):
    """The correction seemed to be of the only value; then came the one that it is of."""
    day.admit(0)
    report(day, 10, 4.1, sent=20)
    report(day, 30, 2.1, BOTH, "C", sent=40)
    assert values(day) == {30: 2.1}
    asked = f"OBR|1|P1|F1|LAC|||{day.stamp(30)}|||||||||||||||{day.stamp(35)}|||F\r"
    day.send(50, day._head("ORU^R01", 35, "1") + asked + f"OBX|1|NM|{LACTATE}||9.1|mmol/L|||||F\r", {})
    holds(day, {10: 4.1, 30: 2.1})


@pytest.mark.parametrize(("then", "left"), [(PLACER, {}), (FILLER, {}), (("P2", ""), {10: 4.1})])
def test_a_cancelled_order_is_known_by_either_number(day, then, left):
    day.admit(0)
    report(day, 10, 4.1, sent=20)
    cancelled = f"OBR|1|{then[0]}|{then[1]}|LAC|||{day.stamp(10)}|||||||||||||||{day.stamp(30)}|||X\r"
    day.send(30, day._head("ORU^R01", 30, "1") + cancelled, {})
    holds(day, left)


def test_a_panel_that_is_cancelled_leaves_what_else_has_its_accession_number(day):
    day.admit(0)
    report(day, 10, 4.1, sent=20)
    cancelled = f"OBR|1|P1|F1|CBC|||{day.stamp(10)}|||||||||||||||{day.stamp(30)}|||X\r"
    day.send(30, day._head("ORU^R01", 30, "1") + cancelled, {})
    holds(day, {10: 4.1})


def test_another_sub_id_is_another_value(day):
    day.admit(0)
    report(day, 10, 4.1, sent=20, sub="1")
    report(day, 15, 2.1, PLACER, "C", sent=30, sub="2")
    holds(day, {10: 4.1, 15: 2.1})


def test_a_correction_that_cannot_be_read_takes_the_value_away(day):
    day.admit(0)
    report(day, 10, 4.1, sent=20)
    report(day, 12, "clotted", PLACER, "C", sent=30)
    holds(day, {})


def test_a_number_with_spaces_and_signs_is_one_number(day):
    day.admit(0)
    report(day, 10, 4.1, ("SO 12 7", "24%20/7?"), sent=20)
    report(day, 12, 2.1, ("SO 12 7", ""), "C", sent=30)
    report(day, 12, 3.1, ("", "24%20/7?"), "C", sent=40)
    holds(day, {12: 3.1})


def test_a_placers_number_is_no_fillers(day):
    day.admit(0)
    report(day, 10, 4.1, ("7", "A"), sent=20)
    report(day, 15, 3.1, ("B", "7"), sent=25)
    report(day, 16, 2.1, ("", "7"), "C", sent=30)
    holds(day, {10: 4.1, 16: 2.1})
    report(day, 11, 1.1, ("7", ""), "C", sent=40)
    holds(day, {11: 1.1, 16: 2.1})


def test_of_two_specimens_of_one_minute_each_has_its_own_number(day):
    day.admit(0)
    report(day, 10, 4.1, ("P1", "F1"), sent=20)
    report(day, 10, 3.1, ("P1", "F2"), sent=20)
    report(day, 12, 1.1, ("P1", "F2"), "C", sent=30)
    assert sorted(e.value for e in day.patient().bedside.chart.standing("lactate")) == [1.1, 4.1]


def test_after_a_merge_the_numbers_of_both_records_are_one_patients(day):
    day.admit(0)
    day.admit(1, who="2")
    report(day, 10, 4.1, sent=20, who="2")
    day.merge(30, "1", "2")
    report(day, 12, 2.1, PLACER, "C", sent=40)
    holds(day, {12: 2.1})


def test_a_result_that_is_moved_to_its_patient_is_corrected_there(day):
    day.admit(0)
    day.admit(1, who="2")
    report(day, 10, 4.1, sent=20)
    report(day, 10, "", PLACER, "W", sent=30)
    report(day, 10, 4.1, BOTH, "F", sent=31, who="2")
    report(day, 12, 2.1, FILLER, "C", sent=40, who="2")
    assert (values(day), values(day, who="2")) == ({}, {12: 2.1})


def test_an_issuer_may_be_told_and_left_out(day):
    day.admit(0)
    report(day, 10, 4.1, ("P1^EHR^1.2.3^ISO", "F1"), sent=20)
    report(day, 12, 3.1, ("P1", ""), "C", sent=30)
    report(day, 13, 2.1, ("", "F1^LIS"), "C", sent=40)
    holds(day, {13: 2.1})


def test_an_orc_names_the_obr_after_it_alone(day):
    day.admit(0)
    orc = "ORC|RE|P1|F1\r"

    def asked(value, minute, status="F") -> str:
        return f"OBR|1|||LAC|||{day.stamp(minute)}\rOBX|1|NM|{LACTATE}||{value}|mmol/L|||||{status}\r"

    day.send(20, day._head("ORU^R01", 20, "1") + orc + asked(4.1, 10) + asked(3.1, 15), {})
    day.send(30, day._head("ORU^R01", 30, "1") + orc + asked(2.1, 12, "C"), {})
    holds(day, {12: 2.1, 15: 3.1})


def test_the_first_once_more_changes_nothing(day):
    """A restarted interface sends it again as it was filed."""
    day.admit(0)
    report(day, 10, 4.1, sent=20)
    report(day, 12, 2.1, PLACER, "C", sent=30)
    report(day, 10, 4.1, sent=20)
    holds(day, {12: 2.1})


def test_two_versions_of_one_filing_time_are_one_value(day):
    day.admit(0)
    report(day, 10, 4.1, sent=20)
    report(day, 10, 4.1, PLACER, sent=20)
    assert len(values(day)) == 1


def culture(day, sent: float, text: str, numbers, status: str = "F", taken: float = 10) -> None:
    asked = f"OBR|1|{numbers[0]}|{numbers[1]}|600-7^x^LN|||{day.stamp(taken)}|||||||||||||||{day.stamp(sent)}|||F\r"
    grew = f"OBX|1|ST|600-7^x^LN||{text}||||||{status}\rSPM|1|||BLD^Blood|||||||||||||{day.stamp(taken)}\r"
    day.send(sent, day._head("ORU^R01", sent, "1") + asked + grew, {})


def test_a_culture_is_corrected_with_what_grew_in_it(day):
    day.admit(0)
    culture(day, 20, "Escherichia coli", BOTH)
    culture(day, 40, "No growth", PLACER, "C")
    chart = day.patient().bedside.chart
    assert ([e.value for e in chart.standing("culture")], chart.standing("organism")) == ([0.0], [])
    culture(day, 60, "Staphylococcus aureus", FILLER, "C", taken=8)
    day.killed()
    chart = day.patient().bedside.chart
    assert [e.value for e in chart.standing("culture")] == [1.0]
    assert [e.text for e in chart.standing("organism")] == ["blood|Staphylococcus aureus"]


def test_an_amount_is_not_counted_twice(day):
    day.admit(0)
    for sent, value, numbers, end, status in ((65, 300, BOTH, 60, "F"), (80, 200, PLACER, 55, "C")):
        asked = f"OBR|1|{numbers[0]}|{numbers[1]}|U|||{day.stamp(0)}|{day.stamp(end)}||||||||||||||{day.stamp(sent)}\r"
        urine = f"OBX|1|NM|9187-6^x^LN||{value}|mL|||||{status}\r"
        day.send(sent, day._head("ORU^R01", sent, "1") + asked + urine, {})
    holds(day, {})
    assert values(day, "urine_output") == {55: 200.0}


def test_a_code_status_whose_time_is_corrected_is_one(day):
    day.admit(0)
    told = ((20, "DNR", BOTH, "F", 21), (5, "Full code", PLACER, "C", 30))
    for minute, words, numbers, status, sent in told:
        asked = f"OBR|1|{numbers[0]}|{numbers[1]}|CS|||{day.stamp(minute)}|||||||||||||||{day.stamp(sent)}\r"
        seen = f"OBX|1|CWE|100822-6^x^LN||X^{words}||||||{status}|||{day.stamp(minute)}\r"
        day.send(sent, day._head("ORU^R01", sent, "1") + asked + seen, {})
    day.killed()
    assert [flag.words for flag in day.patient().flags.values()] == ["code status: Full code"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_series_that_is_flagged_as_corrections_throughout_stays_a_series(day, order):
    """OBX-11 C at a time that nothing was told of, where the first was a C too: none is lost, and that is shown."""
    day.admit(0)
    told = [(10, 4.1), (20, 3.1), (30, 2.1)]
    for at, place in enumerate(order, 100):
        minute, value = told[place]
        asked = f"OBR|1|P1|F1|LAC|||{day.stamp(minute)}|||||||||||||||{day.stamp(minute)}|||F\r"
        line = f"OBX|1|NM|{LACTATE}||{value}|mmol/L|||||C\r"
        day.send(at, day._head("ORU^R01", minute, "1") + asked + line, {})
    holds(day, {10: 4.1, 20: 3.1, 30: 2.1})
    report(day, 20, 3.5, status="C", sent=140)
    holds(day, {10: 4.1, 20: 3.5, 30: 2.1})


def test_what_a_correction_with_another_time_replaces_is_shown(day):
    day.admit(0)
    report(day, 10, 4.1, sent=20)
    report(day, 5, 2.1, status="C", sent=30)
    holds(day, {5: 2.1})
    (shown,) = [f for _, f in day.patient().rejected]
    assert (shown.time, shown.what, shown.reason) == (
        day.to_microseconds(10),
        "lactate",
        "replaced by a correction with another time",
    )
    report(day, 7, 1.9, status="C", sent=40)
    holds(day, {7: 1.9})
    assert len(day.patient().rejected) == 2

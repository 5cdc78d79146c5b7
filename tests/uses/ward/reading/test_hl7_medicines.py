"""Doses and orders of drugs in HL7: routes, rates, ends, completion status, action code, and whether an order stands."""

import pytest

from opensepsis.data.decode.current import listed_order, may_limit_care
from opensepsis.data.intake.text_codes import word_of
from opensepsis.data.site import LocalWords
from opensepsis.uses.ward.model.facts import Charted, Ended, Rejected, Voided
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.patient import Patient
from tests.support.ward.hl7_doses import EPINEPHRINE, LEVOPHED, dose, given, minutes_before_noon
from tests.support.ward.hl7_messages import ANN, MINUTE, NOON, found, problems, reasons


@pytest.mark.parametrize(
    ("lines", "runs"),
    [((dose(LEVOPHED, "0.1", "mcg/kg/min"), "RXR|IV"), True), ((dose(LEVOPHED, "", "", rate="0.1^mcg/kg/min"), "RXR|IV"), True),
     ((dose(LEVOPHED, "0.1", "mcg/kg/min"),), True), ((dose(EPINEPHRINE, "0.3", "mg"), "RXR|IM"), False),
     ((dose(EPINEPHRINE, "0.1", "mcg/kg/min"), "RXR|IM"), False), ((dose(EPINEPHRINE, "1", "mg"), "RXR|IV"), False),
     ((dose("L^Lidocaine 1 % with epinephrine^L", "10", "mL"), "RXR|infiltration"), False),
     ((dose(EPINEPHRINE, "1", "mg", end="202603021130+0000"), "RXR|IV"), False),
     ((dose(EPINEPHRINE, "5", "mg", end="202603021230+0000"), "RXR|IV"), True),
     ((dose(EPINEPHRINE, "5", "mg", end="202603021030+0000"), "RXR|IV"), False),
     ((dose(EPINEPHRINE, "0.1", "mcg/kg/min", end="tomorrow"), "RXR|IV"), False),
     ((dose(EPINEPHRINE, "0.1", "mcg/kg/min", end="202603021130+0000"), "RXR|IV"), True),
     ((dose(EPINEPHRINE, "0.1", "mcg/kg/min", end="20260302113000+0000"), "RXR|IV"), True)],
)  # fmt: skip
def test_a_vasoactive_drug_runs_by_vein_with_a_rate_or_an_end(lines, runs):
    lasting = [e for e in given(*lines) if e.end is None or e.end > e.time]
    assert bool(lasting) is runs
    assert runs or reasons(ANN, "ORC|RE||77", *lines, kind="RAS^O17") or given(*lines)


def test_irrigation_is_no_fluid():
    line = dose("S^Sodium chloride 0.9 %^L", "3000", "mL")
    assert [e.value for e in given(line, "RXR|IV")] == [3000]
    for route in (
        "IRR",
        "IRR^Irrigation^HL70162",
        "X^Irrigation^L",
        "GU^GU Irrigant^HL70162",
        "UR^Urethral^HL70162",
        "20046000",
    ):
        assert given(line, f"RXR|{route}") == []


@pytest.mark.parametrize(
    ("route", "text"),
    [("IV^Intravenous^HL70162", "iv"), ("47625008^Intravenous route^SCT", "iv"), ("12^Intravenous^L", "iv"), ("12^^L^IV^^HL70162", "iv"),
     ("PO^Oral^HL70162", "oral"), ("7^By drone^L", "7")],
)  # fmt: skip
def test_the_first_word_of_a_route_that_is_known(route, text):
    assert [e.text for e in given(dose(), f"RXR|{route}")] == [f"ceftriaxone|{text}"]


def test_one_route_for_several_doses_and_one_for_each():
    several = given(dose(), dose(start="202603021140+0000"), "RXR|IV")
    assert [e.text for e in several] == ["ceftriaxone|iv"] * 2
    each = given(dose(), "RXR|IV", dose(start="202603021140+0000"), "RXR|PO")
    assert [e.text for e in each] == ["ceftriaxone|iv", "ceftriaxone|oral"]


def test_the_route_of_the_order_holds_for_its_doses():
    assert [e.text for e in given("RXE||C^x^L", "RXR|IV", dose())] == ["ceftriaxone|iv"]


@pytest.mark.parametrize("status", ["CP", "PA", ""])
def test_what_was_given_counts(status):
    assert len(given(dose(status=status), "RXR|IV")) == 1


@pytest.mark.parametrize(
    ("status", "action"), [("RE", "A"), ("NA", "A"), ("XX", "A"), ("CP", "Q"), ("A", "")]
)
def test_what_was_not_given_or_is_not_known_is_shown(status, action):
    line = dose(status=status, action=action)
    assert given(line, "RXR|IV") == [] and reasons(ANN, "ORC|RE||77", line, "RXR|IV", kind="RAS^O17")


def standing(concept: str, *messages: tuple[str, ...]) -> int:
    """How many rows of a concept stand after several messages of an administration, a minute apart."""
    patient = Patient("HOSP|100", watched(), 10**12)
    for n, lines in enumerate(messages):
        at = f"2026030212{n:02d}00+0000"
        for fact in found(ANN, "ORC|RE||77", *lines, kind="RAS^O17", at=at, received=NOON + n * MINUTE)[0]:
            patient.take(n, NOON + n * MINUTE, fact)
    events = patient.bedside.chart.standing(concept)
    return len(
        [
            e
            for e in events
            if (e.value is not None or e.text is not None)
            and (e.end is None or e.end > e.time or concept != LEVOPHED)
        ]
    )


def rates(*messages: tuple[str, ...]) -> list[tuple[int, int | None, float | None]]:
    """When each rate that stands begins and ends, in minutes before noon, after messages a minute apart."""
    patient = Patient("HOSP|100", watched(), 10**12)
    for n, lines in enumerate(messages):
        said = {"kind": "RAS^O17", "at": f"2026030212{n:02d}00+0000", "received": NOON + n * MINUTE}
        for fact in found(ANN, "ORC|RE||77", *lines, **said)[0]:
            patient.take(n, NOON + n * MINUTE, fact)
    standing = [e for e in patient.bedside.chart.standing(LEVOPHED) if e.value is not None]
    return sorted((minutes_before_noon(e.time), minutes_before_noon(e.end), e.value) for e in standing)


def rate(value: str, minute: int, **more: str) -> str:
    return dose(LEVOPHED, value, "mcg/kg/min", start=f"2026030210{minute:02d}+0000", **more)


FIRST, SECOND, THIRD = rate("0.3", 10), rate("0.2", 30), rate("0.1", 50)


@pytest.mark.parametrize(
    "messages",
    [((FIRST,), (SECOND,), (THIRD,)), ((THIRD,), (SECOND,), (FIRST,)), ((FIRST, SECOND, THIRD),), ((THIRD, FIRST, SECOND),),
     ((FIRST,), (THIRD,), (SECOND,)), ((SECOND,), (FIRST, THIRD))],
)  # fmt: skip
def test_a_new_rate_takes_the_place_of_the_one_before(messages):
    last, middle, first = rates(*messages)
    assert last == (70, None, 0.1) and middle == (90, 70, 0.2)
    assert first in ((110, 90, 0.3), (110, 70, 0.3))  # 70 where the one between came last


def test_a_rate_that_is_taken_back_leaves_the_others():
    for change in ({"action": "D"}, {"status": "NA"}, {"status": "RE", "action": "U"}):
        assert [r[::2] for r in rates((FIRST,), (SECOND,), (rate("0.3", 10, **change),))] == [(90, 0.2)]


@pytest.mark.parametrize("taken_back", [{"action": "D"}, {"status": "NA"}, {"status": "RE", "action": "U"}])
def test_the_rate_before_one_that_is_taken_back_runs_again(taken_back):
    gone = rate("0.1", 50, **taken_back)
    assert rates((FIRST,), (SECOND,), (THIRD,), (gone,)) == [(90, None, 0.2), (110, 90, 0.3)]
    assert rates((FIRST,), (SECOND,), (gone,)) == [(90, None, 0.2), (110, 90, 0.3)]
    no_second = rate("0.2", 30, **taken_back)
    assert rates((FIRST,), (SECOND,), (THIRD,), (no_second,)) == [(70, None, 0.1), (110, 70, 0.3)]
    assert rates((FIRST,), (THIRD,), (gone,), (rate("0.1", 50, action="U"),)) == [
        (70, None, 0.1),
        (110, 70, 0.3),
    ]
    ended = rate("0.3", 10, end="202603021030+0000")
    assert rates((ended,), (SECOND,), (no_second,)) == [(110, 90, 0.3)]  # its end was told


@pytest.mark.parametrize(
    ("control", "runs"), [("RE", True), ("OK", True), ("DC", False), ("HD", False), ("CA", False)]
)
def test_a_rate_ends_with_its_order(control, runs):
    over = [f"ORC|{control}||77", rate("0.3", 40, end="202603021040+0000"), "RXR|IV"]
    assert rates((FIRST,), tuple(over))[0][1:] == ((None, 0.3) if runs else (80, 0.3))


def test_a_dose_of_an_order_that_was_discontinued_was_given_all_the_same():
    facts, _ = found(ANN, "ORC|DC||77", dose(), "RXR|IV", kind="RAS^O17")
    assert [f.event.concept for f in facts if isinstance(f, Charted)] == ["antibiotic"]


def test_one_number_of_two_systems_is_two_orders():
    """HL7 2.5.1, EI: the number is unique within its namespace only."""
    first = ("ORC|RE||77^PUMP", FIRST, "RXR|IV")
    assert rates(first, ("ORC|RE||77^OR", SECOND, "RXR|IV")) == [(90, None, 0.2), (110, None, 0.3)]
    assert rates(first, ("ORC|RE||77^PUMP", SECOND, "RXR|IV")) == [(90, None, 0.2), (110, 90, 0.3)]
    assert rates(first, ("ORC|RE||77^^1.2.3^ISO", SECOND, "RXR|IV"))[1] == (110, None, 0.3)


@pytest.mark.parametrize(
    "change", [{"action": "D"}, {"status": "RE", "action": "U"}, {"status": "NA", "action": "A"}]
)
def test_a_dose_that_is_taken_back_was_none(change):
    assert standing("antibiotic", (dose(), "RXR|IV")) == 1
    assert standing("antibiotic", (dose(), "RXR|IV"), (dose(**change), "RXR|IV")) == 0
    assert standing("antibiotic", (dose(**change), "RXR|IV"), (dose(), "RXR|IV")) == 1


def test_a_fluid_with_an_end_is_taken_back_too():
    line = {"name": "S^Sodium chloride 0.9 %^L", "amount": "500", "unit": "mL", "end": "202603021145+0000"}
    name = given(dose(**line), "RXR|IV")[0].concept
    assert standing(name, (dose(**line), "RXR|IV"), (dose(**line, action="D"), "RXR|IV")) == 0


def test_a_lab_order_that_is_cancelled_leaves_a_dose_of_the_same_number():
    assert standing("antibiotic", (dose(), "RXR|IV")) == 1
    facts, _ = found(ANN, "OBR|1||77|2524-7^Lactate^LN|||202603021100+0000" + "|" * 18 + "X")
    event = given(dose(), "RXR|IV")[0]
    assert not any(f.covers(event) for f in facts if isinstance(f, Voided))


COMFORT = "133918004^Comfort care^SCT"


def ordered(
    control: str,
    status: str = "",
    code: str = COMFORT,
    number: str = "9",
    placer: str = "",
    at: str = "202603021100+0000",
):
    order = f"ORC|{control}|{placer}|{number}||{status}||||{at}"
    return found(ANN, order, f"OBR|1||{number}|{code}", kind="ORM^O01")


def charted_or_shown(facts: list) -> list:
    """Without what an order takes the place of."""
    return [type(f) for f in facts if not isinstance(f, Ended)]


@pytest.mark.parametrize(
    ("control", "status"),
    [("NW", ""), ("OK", ""), ("SN", "IP"), ("XO", ""), ("SC", "IP"), ("", ""), ("RE", "A"), ("RL", "")],
)
def test_an_order_that_stands(control, status):
    assert charted_or_shown(ordered(control, status)[0]) == [Charted]


@pytest.mark.parametrize(
    ("control", "status"),
    [(c, "") for c in ("CA", "DC", "HD", "OC", "CR", "OD", "DR", "DE", "OH", "HR", "RP", "RU", "RQ")]
    + [(c, s) for c in ("SC", "OK", "NW", "XX", "") for s in ("CA", "DC", "HD", "CM", "RP", "ER")],
)
def test_an_order_that_ended(control, status):
    assert [type(f) for f in ordered(control, status)[0]] == [Ended]


@pytest.mark.parametrize("control", ["UC", "UD", "UH", "UX", "UA", "SS", "DF", "ZZ", "RR"])
def test_a_message_that_does_not_say_whether_an_order_stands(control):
    facts, _ = ordered(control)
    assert [type(f) for f in facts] == [Rejected]


def test_results_from_before_are_no_order():
    assert ordered("PR")[0] == []


@pytest.mark.parametrize(
    "code",
    ["X^Not for comfort care: full escalation^L", "X^Discontinue comfort care^L", "X^Consult: discuss end of life wishes^L",
     "X^ABG - exclude hypercapnic failure^L", "X^Comfort care^L", "133918004^Comfort care^L", "^Comfort measures only"],
)  # fmt: skip
def test_words_of_an_order_are_for_a_person(code):
    assert charted_or_shown(ordered("NW", code=code)[0]) == [Rejected]


@pytest.mark.parametrize(
    ("words", "may"),
    [("Studying fatigue", False), ("Chest X-ray", False), ("Unhospiceable", False), ("Nonpalliative chemotherapy", False),
     ("Dying patient", True), ("End-of-life care", True), ("PALLIATIVKONSIL", True), ("Comfort-focused care", True),
     ("SpO2 scale 2", True), ("Soins palliatifs", True), ("Komforttherapie", True), ("Withdrawal of life support", True)],
)  # fmt: skip
def test_words_that_may_limit_care_count_from_the_start_of_a_word(words, may):
    assert may_limit_care([words]) is may


@pytest.mark.parametrize(
    ("code", "concept"), [("133918004", "comfort_care"), ("385763009", "comfort_care"), ("38576300", "")]
)
def test_the_codes_of_comfort_care_are_one_list(code, concept):
    assert listed_order(LocalWords(), [("SCT", code)], []) == concept
    assert (word_of("comfort_care", code) is not None) is bool(concept)


def test_an_order_that_no_map_knows_is_counted():
    facts, said = ordered("NW", code="X9^Chest X-ray^L")
    assert facts == [] and [(p.kind, p.code) for p in said] == [("unmapped", "X9")]


def test_a_time_of_an_order_that_cannot_be_read_is_as_of_the_receipt():
    assert ordered("NW", at="yesterday")[0][0].event.time == NOON


@pytest.mark.parametrize(
    ("control", "status", "stands"),
    [("NW", "", True), ("HD", "", False), ("SC", "DC", False), ("NW", "CM", True)],
)
def test_an_antibiotic_that_is_ordered(control, status, stands):
    order = f"ORC|{control}||5||{status}||||202603021100+0000"
    facts, _ = found(ANN, order, "RXE||2193^Ceftriaxone^RXNORM|2||g", "RXR|IV", kind="RDE^O11")
    (row,) = [f.event for f in facts if isinstance(f, Charted)] if stands else [None]
    (void,) = [f for f in facts if isinstance(f, Voided)]
    assert void.takes_back("hl7 order 5 ceftriaxone iv", void.known - 1) is (row is None)
    assert void.takes_back("hl7 order 5 meropenem", void.known - 1)


def test_an_encoded_order_is_not_doubled_by_its_original():
    lines = (
        "ORC|NW||5",
        "RXO|2193^Ceftriaxone^RXNORM",
        "RXR|IV",
        "RXE||2193^Ceftriaxone^RXNORM|2||g",
        "RXR|IV",
    )
    assert len([f for f in found(ANN, *lines, kind="RDE^O11")[0] if isinstance(f, Charted)]) == 1


def test_a_drug_that_no_list_knows_is_counted():
    assert problems(ANN, "ORC|RE||7", dose("Z^Zorbinol^L"), "RXR|IV", kind="RAS^O17") == [("unmapped", "Z")]
